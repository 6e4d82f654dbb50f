"""The machine, its ceilings, and which precision the project chooses on it."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import time
from typing import TYPE_CHECKING, Final

import numpy as np
import PIL
import torch

from core.style.layers import convolution_gflop, find_layer
from core.style.vgg19 import VGG19, Precision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.gpu.rig import Rig

DTYPES: Final = (torch.float32, torch.bfloat16, torch.float16)
ORDERS: Final = (torch.contiguous_format, torch.channels_last)
SIDES: Final = (256, 512, 1024)
REPEATS: Final = 9
NEARLY: Final = 1.1
"""A precision that takes at most so many times the fastest one's time is as good."""
QUERY: Final = "driver_version,pstate,clocks.sm,power.limit,memory.total,memory.used"


def card(rig: Rig) -> None:
    """Names, versions, what the card can do at best, and the precision that is chosen."""
    cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    rig.say(
        "machine",
        f"{_name(rig)}; {os.cpu_count()} cores; Python {platform.python_version()}, torch {torch.__version__},"
        f" CUDA {torch.version.cuda}, cuDNN {cudnn}, Pillow {PIL.__version__},"
        f" numpy {np.__version__}",
    )
    if (command := shutil.which("nvidia-smi")) is not None:
        with rig.attempt("nvidia-smi"):
            asked = [command, f"--query-gpu={QUERY}", "--format=csv,noheader"]
            answer = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
            rig.say(f"nvidia-smi: {QUERY}", " / ".join(answer.stdout.split("\n")).strip(" /"))
    with rig.attempt("ceiling: copy"):
        rig.say("ceiling: a copy on the device, read and written", f"{_copy(rig):.0f} GB/s")
    with rig.attempt("ceiling: bfloat16 matrix product"):
        rig.say("ceiling: a bfloat16 matrix product", f"{matrix_teraflop(rig):.1f} TFLOP/s")
    began = time.monotonic()
    _ = rig.stylizer
    rig.say("import, weights, measurement, warm-up", f"{time.monotonic() - began:.1f} s")
    rig.say("chosen precision", rig.networks.measurement)
    seconds: dict[Precision, float] = {}
    for side in (64,) if rig.tiny else SIDES:
        for dtype in DTYPES[:1] if rig.tiny else DTYPES:
            for order in ORDERS:
                with rig.attempt(f"VGG19 in {dtype} at {side} px"):
                    precision = Precision(dtype, order)
                    seconds[precision] = _candidate(rig, side, precision)
    if not rig.tiny:
        with rig.attempt("the choice"):
            _judge(rig, seconds)


def median_seconds(rig: Rig, work: Callable[[], object], *, repeats: int = REPEATS) -> float:
    """The median time of a call after two others, the device's work included."""
    times = []
    for _ in range(2 + repeats):
        rig.wait()
        began = time.perf_counter()
        work()
        rig.wait()
        times.append(time.perf_counter() - began)
    return statistics.median(times[2:])


def matrix_teraflop(rig: Rig) -> float:
    """TFLOP a second of the largest matrix product that is worth its time, in bfloat16, of random numbers."""
    side = 256 if rig.tiny else 8192
    one, other = (torch.randn(side, side, device=rig.device).bfloat16() for _ in range(2))
    return 2e-12 * side**3 / median_seconds(rig, lambda: one @ other)


def _copy(rig: Rig) -> float:
    source = torch.empty(2**20 if rig.tiny else 2**30, dtype=torch.uint8, device=rig.device)
    source.random_(0, 255)
    target = torch.empty_like(source)
    return 2e-9 * source.numel() / median_seconds(rig, lambda: target.copy_(source))


def _name(rig: Rig) -> str:
    if not rig.cuda:
        return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"
    facts = torch.cuda.get_device_properties(rig.device)
    return (
        f"{facts.name}, compute capability {facts.major}.{facts.minor}, {facts.multi_processor_count}"
        f" multiprocessors, {facts.total_memory / 1e9:.1f} GB"
    )


def _candidate(rig: Rig, side: int, precision: Precision) -> float:
    deepest = find_layer("relu5_1")
    device = torch.device(rig.device)
    network = VGG19(rig.networks._weights, deepest=deepest, device=device, precision=precision)
    pixels = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)

    def both_ways() -> None:
        saved = network.forward(pixels, (), lambda _layer, _features: None)
        network.backward(saved, (), lambda _layer, _features, _gradient: None)

    seconds = median_seconds(rig, both_ways, repeats=2 if rig.tiny else REPEATS)
    speed = 2e-3 * convolution_gflop(deepest, (side, side)) / seconds
    dtype, order = (
        str(one).rpartition(".")[2] for one in (precision.dtype, precision.memory_format)
    )
    rig.say(
        f"VGG19 to relu5_1 and back at {side} px, {dtype}, {order}",
        f"{1000 * seconds:.2f} ms, {speed:.1f} TFLOP/s",
    )
    return seconds


def _judge(rig: Rig, seconds: Mapping[Precision, float]) -> None:
    """Compare what was chosen with the fastest at the largest size, of the formats that the project knows."""
    known = {one: each for one, each in seconds.items() if one.dtype is not torch.float16}
    ratio = known[rig.networks.measurement.fast] / min(known.values())
    rig.say(
        f"the chosen precision against the fastest at {SIDES[-1]} px",
        f"{ratio:.2f} times its time",
        wanted=f"at most {NEARLY} times",
        ok=ratio <= NEARLY,
    )
