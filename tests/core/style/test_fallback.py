"""A device that lacks something, or computes it wrongly, paints all the same."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from core.style.colours import match_statistics
from core.style.fallback import computed
from core.style.measurement import Measurement
from core.style.options import Colours, Options, Preset
from core.style.progress import Progress, Result
from core.style.stylizer import Stylizer
from core.style.tensors import resize
from core.style.vgg19 import Precision
from tests.auxil.poor_device import PoorDevice
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from torch import Tensor

DEVICE = PoorDevice.device
OPTIONS = Options(preset=Preset.QUICK, size=192, evaluations=4, colours=Colours.LUMINANCE)
MISSING = {
    "aten::_fft_c2r",
    "aten::_fft_r2c",
    "aten::_linalg_eigh",
    "aten::_upsample_bicubic2d_aa",
    "aten::linalg_matrix_exp",
    "aten::linalg_solve_triangular",
    "aten::max_pool2d_with_indices",
}
"""What MPS has lacked in one release or another."""
CONTENT, STYLE = waves((97, 31)), dots((64, 24))


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.style.fallback._trusted", {})


def test_what_a_device_lacks_the_cpu_computes_and_the_device_is_asked_once() -> None:
    pixels = _noise(1, 3, 9, 7)
    with PoorDevice(lacks={"aten::_upsample_bicubic2d_aa"}) as poor:
        found = [resize(pixels.to(DEVICE), (14, 20)) for _ in range(3)]
        assert [one.device for one in found] == [DEVICE] * 3
        assert all(torch.equal(one.cpu(), resize(pixels, (14, 20))) for one in found)
    assert poor.refused == ["aten::_upsample_bicubic2d_aa"]


def test_what_a_device_has_it_computes_itself() -> None:
    with PoorDevice() as poor:
        for _ in range(3):
            resize(_noise(1, 3, 9, 7).to(DEVICE), (14, 20))
    assert poor.refused == []
    assert "aten::_upsample_bicubic2d_aa" in poor.used


@pytest.mark.parametrize("wrong", [(), ("aten::_fft_r2c",)], ids=["right", "wrong"])
def test_a_device_is_trusted_with_a_shape_only_if_it_agrees_with_the_cpu(
    wrong: tuple[str, ...],
) -> None:
    pictures = [_noise(3, height, 6) for height in (5, 5, 8, 8)]
    with PoorDevice(wrong=wrong):
        for picture in pictures:
            found = computed(torch.fft.rfft2, picture.to(DEVICE), checked=True).cpu()
            assert torch.allclose(found, torch.fft.rfft2(picture), atol=1e-5)


def test_running_out_of_memory_is_no_lack_of_an_operator() -> None:
    def full(_tensor: Tensor) -> Tensor:
        raise RuntimeError("MPS backend out of memory")

    with PoorDevice(), pytest.raises(RuntimeError, match="out of memory"):
        computed(full, _noise(3).to(DEVICE))


def test_a_mistake_is_not_repeated_on_the_cpu() -> None:
    with PoorDevice(), pytest.raises(RuntimeError, match="size"):
        computed(functional.conv2d, _noise(1, 3, 8, 8).to(DEVICE), _noise(2, 4, 3, 3).to(DEVICE))


def test_colours_are_matched_without_float64_on_the_device() -> None:
    style, photo = _noise(1, 3, 20, 30), _noise(1, 3, 12, 10) * 0.3
    mask = (_noise(1, 1, 20, 30) > 0.3).float()
    with PoorDevice(lacks={"aten::_linalg_eigh"}):
        found = match_statistics(style.to(DEVICE), photo.to(DEVICE), style_mask=mask.to(DEVICE))
        assert found.device == DEVICE
        there = found.cpu()
    assert torch.allclose(there, match_statistics(style, photo, style_mask=mask), atol=1e-5)


def test_a_whole_picture_is_painted_as_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    library = SimpleNamespace(
        mallopt=lambda *setting: told.append(setting), malloc_trim=lambda _kept: None
    )
    monkeypatch.setattr("core.style.allocator._glibc", lambda: library)
    on_cpu = _losses(torch.device("cpu"), monkeypatch)
    assert told
    told.clear()
    with PoorDevice(lacks=MISSING) as poor:
        assert _losses(DEVICE, monkeypatch) == pytest.approx(on_cpu, rel=1e-3)
    assert "aten::convolution" in poor.used
    assert Counter(poor.refused) == {
        "aten::_fft_c2r": 1,
        "aten::_fft_r2c": 1,
        "aten::_upsample_bicubic2d_aa": 1,
        "aten::linalg_solve_triangular": 1,
        "aten::max_pool2d_with_indices": 2,  # forward and backward
    }
    assert not told  # keeping freed memory is for a CPU that paints


def _losses(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    measurement = Measurement(Precision(), Precision(), speed=1, side=64)
    monkeypatch.setattr("core.style.stylizer._warm_up", lambda _networks: None)
    for module in ("device", "network"):
        monkeypatch.setattr(f"core.style.{module}.find_device", lambda _name: device)
    monkeypatch.setattr("core.style.network.measure", lambda *_, **__: measurement)
    events = list(Stylizer().stylize(CONTENT, [STYLE], OPTIONS))
    assert isinstance(events[-1], Result)
    assert events[-1].device == str(device)
    return [event.losses.total for event in events if isinstance(event, Progress)]


def _noise(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(4))
