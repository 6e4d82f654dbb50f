"""The device of a transfer, chosen by name, and its fastest precision, found by a short measurement."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch

from core.style.layers import convolution_gflop, find_layer
from core.style.style_errors import DeviceError
from core.style.vgg19 import VGG19, Precision

if TYPE_CHECKING:
    from pathlib import Path

    from core.style.weights import Weights

_DTYPES: Final = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_FORMATS: Final = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
_SIDE: Final = 256
_REPEATS: Final = 2


def find_device(name: str) -> torch.device:
    """The device named ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``; auto is the fastest kind on this machine.

    Raises:
        DeviceError: This machine has no such device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(
            f"There is no device {name!r}. Choose auto, cpu, cuda, cuda:N or mps."
        ) from error
    if device.type == "cpu":
        return torch.device("cpu")
    if device.type == "mps" and torch.backends.mps.is_available():
        return torch.device("mps")
    if device.type == "cuda" and (device.index or 0) < torch.cuda.device_count():
        return torch.device("cuda", device.index or 0)
    if device.type in ("cuda", "mps"):
        raise DeviceError(f"The device {name} is not available here. Choose auto or cpu.")
    raise DeviceError(
        f"The device {name!r} is not supported. Choose auto, cpu, cuda, cuda:N or mps."
    )


@dataclass(frozen=True, slots=True)
class Measurement:
    """The fastest precisions on a device.

    Attributes:
        fast: The fastest number format and memory order, for everything that need not be exact.
        exact: float32 in its faster memory order.
        speed: GFLOP a second of ``fast``, forward and backward.
    """

    fast: Precision
    exact: Precision
    speed: float


def measure(weights: Weights, device: torch.device, *, cache_dir: Path | None) -> Measurement:
    """Try number formats and memory orders for a moment, or read an earlier measurement of this machine.

    Args:
        weights: Any VGG19 weights.
        device: The device to measure.
        cache_dir: The folder that keeps measurements; None keeps nothing.
    """
    path = cache_dir / f"speed-{_machine(device)}.json" if cache_dir is not None else None
    if path is not None and (remembered := _read(path)) is not None:
        return remembered
    speeds = {
        (dtype, order): _speed(weights, device, Precision(_DTYPES[dtype], _FORMATS[order]))
        for dtype in _candidates(device)
        for order in _FORMATS
    }
    fast = max(speeds, key=lambda key: speeds[key])
    exact = max((key for key in speeds if key[0] == "float32"), key=lambda key: speeds[key])
    found = {"fast": fast, "exact": exact, "speed": speeds[fast]}
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
    return _measurement(found)


def _candidates(device: torch.device) -> tuple[str, ...]:
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return ("float32",)
    return ("float32", "bfloat16") if device.type != "mps" else ("float32",)


def _speed(weights: Weights, device: torch.device, precision: Precision) -> float:
    deepest = find_layer("relu3_1")
    network = VGG19(weights, deepest=deepest, device=device, precision=precision)
    pixels = torch.rand(1, 3, _SIDE, _SIDE, generator=torch.Generator().manual_seed(0)).to(device)
    best = float("inf")
    for _ in range(_REPEATS + 1):
        began = time.perf_counter()
        saved = network.forward(pixels, (), lambda _layer, _features: None)
        gradient = network.backward(saved, (), lambda _layer, _features, _gradient: None)
        float(gradient.sum())  # waits for the device
        best = min(best, time.perf_counter() - began)
    return 2 * convolution_gflop(deepest, (_SIDE, _SIDE)) / best


def _machine(device: torch.device) -> str:
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    capability = torch.backends.cpu.get_cpu_capability()
    facts = (
        str(device),
        kind,
        capability,
        platform.node(),
        torch.__version__,
        torch.get_num_threads(),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _read(path: Path) -> Measurement | None:
    try:
        return _measurement(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measurement(found: dict[str, Any]) -> Measurement:
    fast, exact = (
        Precision(_DTYPES[dtype], _FORMATS[order])
        for dtype, order in (found["fast"], found["exact"])
    )
    return Measurement(fast, exact, float(found["speed"]))
