"""The fastest number format and memory order on a device, found by a short measurement and remembered."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import torch

from core.style.device import describe, fast_dtypes, memory_orders, synchronize
from core.style.device_errors import is_out_of_memory
from core.style.layers import LAYERS, convolution_gflop, find_layer
from core.style.memory import release
from core.style.vgg19 import VGG19, Precision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.style.layers import Layer
    from core.style.weights import Weights

logger = logging.getLogger(__name__)

_Name: TypeAlias = tuple[str, str]
_DTYPES: Final = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_ORDERS: Final = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
_VERSION: Final = 2  # of the way to measure, and of the file
_TOLERANCE: Final = 1.5
_HOPELESS: Final = 4.0  # times as long as the fastest: not tried again
_FAILED: Final = float("inf")


@dataclass(frozen=True, slots=True)
class _Effort:
    """How a kind of device is measured.

    Attributes:
        sides: Sides of the picture in pixels, tried in turn until one fits into memory.
        final: The side for the two best precisions, if there is time for it; None for the same side.
        deepest: The last layer to compute.
        warm_up: Evaluations of each precision that do not count.
        repeats: Evaluations of each precision that count.
        seconds: What the measurement should take at most. After that, what is known must do.
    """

    sides: tuple[int, ...]
    final: int | None
    deepest: str
    warm_up: int
    repeats: int
    seconds: float


# On a small picture a GPU waits for its host, and every precision is as fast as another.
_GPU: Final = _Effort((1024, 512, 256), None, "relu5_1", warm_up=3, repeats=5, seconds=8.0)
# A CPU is busy with a small picture already, and the start must not take long.
_CPU: Final = _Effort((256,), 512, "relu3_1", warm_up=1, repeats=3, seconds=3.0)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The fastest precisions on a device.

    Attributes:
        fast: The fastest number format and memory order, for everything that need not be exact.
        exact: float32 in its faster memory order.
        speed: GFLOP a second of ``fast``, forward and backward.
        side: Side in pixels of the picture that ``speed`` was measured on.
    """

    fast: Precision
    exact: Precision
    speed: float
    side: int

    def contradicts(self, gflop: float, size: tuple[int, int], seconds: float) -> bool:
        """Whether an evaluation was clearly faster or slower than measured.

        Args:
            gflop: Its work.
            size: (width, height) in pixels. A picture much smaller than the measured one contradicts nothing.
            seconds: What it took.
        """
        if max(size) < self.side / 2:
            return False
        return not 1 / _TOLERANCE < gflop / seconds / self.speed < _TOLERANCE


def measure(
    weights: Weights, device: torch.device, *, cache_dir: Path | None, anew: bool = False
) -> Measurement:
    """Try number formats and memory orders for a moment, or read an earlier measurement of such a device.

    Args:
        weights: Any VGG19 weights.
        device: The device to measure.
        cache_dir: The folder that keeps measurements; None keeps nothing. If it cannot be used, the log says so.
        anew: Measure even if there is an earlier measurement, and replace it.
    """
    path = None if cache_dir is None else _path(device, cache_dir)
    if path is not None and not anew and (remembered := _read(path)) is not None:
        return remembered
    found = _measure(weights, device)
    if path is not None:
        _write(path, found)
    return _measurement(found)


def kept_measurement(device: torch.device, cache_dir: Path) -> Measurement | None:
    """An earlier measurement of such a device, if the folder keeps one."""
    return _read(_path(device, cache_dir))


def _path(device: torch.device, cache_dir: Path) -> Path:
    return cache_dir / f"speed-{_key(device)}.json"


def _measure(weights: Weights, device: torch.device) -> dict[str, Any]:
    effort = _CPU if device.type == "cpu" else _GPU
    for side in effort.sides:
        try:
            return _compare(weights, device, effort, side)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or side == effort.sides[-1]:
                raise
        release(device)  # outside of the except block, where the error holds tensors
    raise AssertionError  # the last side returns or raises


def _compare(weights: Weights, device: torch.device, effort: _Effort, side: int) -> dict[str, Any]:
    deepest = _deepest(weights, effort)
    networks = {
        (dtype, order): VGG19(
            weights,
            deepest=deepest,
            device=device,
            precision=Precision(_DTYPES[dtype], _ORDERS[order]),
        )
        for dtype in fast_dtypes(device)
        for order in memory_orders(device)
        # Matrix units want half a float's channels side by side, and so do the Gram products, which are not measured here.
        if dtype == "float32" or order == "channels_last"
    }
    deadline = time.perf_counter() + effort.seconds
    seconds = _race(networks, effort, side, deadline)
    ranked = sorted(networks, key=lambda name: seconds[name])
    best = ranked[:2]
    enlarged = effort.final or side
    evaluations = (effort.warm_up + effort.repeats) * (enlarged / side) ** 2
    left = deadline - time.perf_counter()
    if evaluations * sum(seconds[name] for name in best) < left:
        side = enlarged
    if left > 0:
        seconds = _race({name: networks[name] for name in best}, effort, side, deadline)
    del networks
    release(device)
    fast = min(best, key=lambda name: seconds[name])
    return {
        "fast": fast,
        "exact": next(name for name in (fast, *ranked) if name[0] == "float32"),
        "speed": 2 * convolution_gflop(deepest, (side, side)) / seconds[fast],
        "side": side,
    }


def _deepest(weights: Weights, effort: _Effort) -> Layer:
    last = find_layer(effort.deepest)
    while last.convolution > len(weights.convolutions):
        last = LAYERS[last.index - 1]
    return last


def _race(
    networks: Mapping[_Name, VGG19], effort: _Effort, side: int, deadline: float
) -> dict[_Name, float]:
    """The median seconds of an evaluation in each precision. They take turns, so that a busy moment slows all of them."""
    device = next(iter(networks.values())).device
    pixels = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)
    first: dict[_Name, float] = {}
    for name, network in networks.items():
        for _ in range(effort.warm_up):
            first[name] = _try(network, pixels)
    hopeful = [name for name in networks if first[name] < _HOPELESS * min(first.values())]
    times: dict[_Name, list[float]] = {name: [] for name in hopeful}
    for _ in range(effort.repeats):
        if time.perf_counter() > deadline:
            break
        for name in hopeful:
            times[name].append(_try(networks[name], pixels))
    return first | {name: statistics.median(several) for name, several in times.items() if several}


def _try(network: VGG19, pixels: torch.Tensor) -> float:
    """The seconds that an evaluation takes; infinity where the device or the weights do not suit this precision."""
    synchronize(network.device)
    began = time.perf_counter()
    try:
        saved = network.forward(pixels, (), lambda _layer, _features: None)
        last = saved[-1]
        network.backward(saved, (), lambda _layer, _features, _gradient: None)
        synchronize(network.device)
    except RuntimeError as error:
        if network.precision.dtype is torch.float32 or is_out_of_memory(error):
            raise
        logger.info("%s cannot be used on %s: %s", network.precision.dtype, network.device, error)
        return _FAILED
    seconds = time.perf_counter() - began
    # The features of somebody's own weights may be larger than float16 can say.
    return seconds if last.isfinite().all() else _FAILED


def _key(device: torch.device) -> str:
    return hashlib.sha256(repr((_VERSION, *describe(device))).encode()).hexdigest()[:16]


def _read(path: Path) -> Measurement | None:
    try:
        return _measurement(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no file, or a damaged one: writing a new one tells whether the folder can be used


def _write(path: Path, found: dict[str, Any]) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(found))
        partial.replace(path)
    except OSError as error:
        logger.warning(
            "The device is measured at every start, since %s cannot be kept: %s", path, error
        )


def _measurement(found: dict[str, Any]) -> Measurement:
    fast, exact = (
        Precision(_DTYPES[dtype], _ORDERS[order])
        for dtype, order in (found["fast"], found["exact"])
    )
    return Measurement(fast, exact, float(found["speed"]), int(found["side"]))
