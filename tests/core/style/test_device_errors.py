"""An error of torch is told apart: memory ran out, the device is lost, or something else went wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from core.style.device_errors import is_out_of_memory, lost_device
from core.style.style_errors import OutOfMemoryError

FULL = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    torch.AcceleratorError("CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    RuntimeError("FIND was unable to find an engine to execute this computation"),
    RuntimeError(
        'NVML_SUCCESS == r INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp"'
    ),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.18 GB, other allocations: 1 GB)"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate"),
]

LOST = [
    "an illegal memory access was encountered",
    "device-side assert triggered",
    "unspecified launch failure",
    "uncorrectable ECC error encountered",
    "misaligned address",
    "the launch timed out and was terminated",
    "device not ready",
    "CUDA-capable device(s) is/are busy or unavailable",
    "unknown error",
]

OTHER = [
    RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
    RuntimeError("CUDA error: invalid argument"),
    RuntimeError("CUDA error: no kernel image is available for execution on the device"),
    RuntimeError("cuDNN error: CUDNN_STATUS_BAD_PARAM"),
    ValueError("unknown error"),
]


@pytest.mark.parametrize("error", FULL, ids=str)
def test_memory_that_ran_out_is_recognised_and_leaves_the_device_usable(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert lost_device(error) is None


@pytest.mark.parametrize("words", LOST)
@pytest.mark.parametrize("kind", [RuntimeError, torch.AcceleratorError])
def test_a_lost_device_is_recognised_and_named_in_one_line(
    words: str, kind: type[RuntimeError]
) -> None:
    error = kind(f"CUDA error: {words}\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1")

    assert lost_device(error) == f"CUDA error: {words}"
    assert not is_out_of_memory(error)


@pytest.mark.parametrize("error", OTHER, ids=str)
def test_other_errors_are_neither(error: Exception) -> None:
    assert lost_device(error) is None
    assert not is_out_of_memory(error)


def test_a_lost_device_shows_through_the_errors_that_it_led_to() -> None:
    def broken() -> None:
        try:
            raise RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")
        finally:
            raise RuntimeError("CUDA error: unspecified launch failure")

    def blamed() -> None:
        try:
            broken()
        except RuntimeError as error:
            raise OutOfMemoryError from error

    with pytest.raises(OutOfMemoryError) as caught:
        blamed()

    assert lost_device(caught.value) == "CUDA error: unspecified launch failure"


ON_A_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")

LOSE_THE_DEVICE = """
import torch
from core.style.device_errors import lost_device

def whether_lost(use):
    try:
        use()
        torch.cuda.synchronize()
    except RuntimeError as error:
        return lost_device(error)

three = torch.zeros(3, device="cuda")
print(whether_lost(lambda: three[torch.tensor([5], device="cuda")]))
print(whether_lost(lambda: torch.ones(3, device="cuda")))
print(whether_lost(torch.cuda.empty_cache))
"""


@ON_A_GPU
def test_a_real_gpu_is_lost_for_good_to_the_process_that_broke_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOSE_THE_DEVICE], check=True, capture_output=True, text=True
    )

    assert run.stdout.splitlines() == ["CUDA error: device-side assert triggered"] * 3


@ON_A_GPU
def test_a_real_gpu_whose_memory_ran_out_is_usable() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**45, device="cuda")

    assert is_out_of_memory(caught.value)
    assert lost_device(caught.value) is None
    assert torch.ones(3, device="cuda").sum().item() == 3
