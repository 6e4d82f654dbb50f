"""The device of a transfer, chosen by name, and what it can do."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

import torch

from core.style.control_groups import read
from core.style.style_errors import DeviceError

_BFLOAT16_CAPABILITY: Final = (8, 0)
_DRIVERS: Final = (Path("/proc/driver/nvidia/version"), Path("/sys/module/amdgpu/version"))
_PROCESSOR: Final = ("model name", "CPU implementer", "CPU part")  # on x86; the others on ARM


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


def use_true_float32() -> None:
    """Make float32 mean float32 in convolutions and matrix products on NVIDIA GPUs, in the whole process.

    From Ampere on, PyTorch computes float32 convolutions in TF32, which keeps 10 bits of the mantissa. What is to be fast
    is computed in bfloat16 or float16 here; what is in float32 (the classic preset, the losses that people read) is there
    to be exact. The older switches ``allow_tf32`` must not be read or set any more after this: PyTorch refuses a mixture.
    """
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]  # torch's stub lacks it


def fast_dtypes(device: torch.device) -> tuple[str, ...]:
    """The number formats that convolutions may be fast in on this device."""
    if device.type == "mps":
        return ("float32",)
    if device.type == "cuda" and torch.cuda.get_device_capability(device) < _BFLOAT16_CAPABILITY:
        return ("float32", "float16")
    return ("float32", "bfloat16")


def memory_orders(device: torch.device) -> tuple[str, ...]:
    """The memory orders that convolutions may be fast in on this device.

    On MPS a pool's backward pass ends the process where channels come last (PyTorch issue 175190).
    """
    return ("contiguous",) if device.type == "mps" else ("contiguous", "channels_last")


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all it was asked to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def describe(device: torch.device) -> tuple[str, ...]:
    """All that a measurement of the device depends on, and nothing that changes when a container starts anew."""
    return (
        device.type,
        *(_gpu(device) if device.type == "cuda" else _processor()),
        torch.__version__,
        str(torch.get_num_threads()),
    )


def _gpu(device: torch.device) -> tuple[str, ...]:
    return torch.cuda.get_device_name(device), *(read(driver) for driver in _DRIVERS)


def _processor() -> tuple[str, ...]:
    lines = read(Path("/proc/cpuinfo")).splitlines()
    named = sorted({line for line in lines if line.startswith(_PROCESSOR)})
    return platform.machine(), platform.processor(), *named, torch.backends.cpu.get_cpu_capability()
