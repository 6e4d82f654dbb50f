"""From one scale to the next: what is carried on, and what is made once."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import torch

from core.pictures.codec import reread_picture
from core.style.network import Networks
from core.style.objective import Evaluation, Objective
from core.style.options import Colours, Options, Preset
from core.style.progress import Losses, Progress, Result
from core.style.style_errors import NotFiniteError
from core.style.tensors import to_tensor
from core.style.vgg19 import VGG19, Precision
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image
    from torch import Tensor

    from core.style.stylizer import Stylizer

SHORT = Options(preset=Preset.QUICK, size=192, evaluations=5)
SMALL = Options(preset=Preset.QUICK, size=64, evaluations=6)
PHOTO, STYLE = waves((96, 48)), dots((96, 48))
TWO_SCALES = Options(preset=Preset.QUICK, size=192, evaluations=36)


def test_what_one_scale_learned_of_the_curvature_speeds_up_the_next(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def objective(_networks: Networks, *_: Any, content: Tensor, **__: Any) -> Upside:
        return Upside(content)

    monkeypatch.setattr(Networks, "objective", objective)
    events = stylizer.stylize(waves((192, 160)), [dots()], TWO_SCALES)
    progress = [event for event in events if isinstance(event, Progress)]
    coarse = [event.losses.total for event in progress if event.scale == 1]
    fine = [event.losses.total for event in progress if event.scale == 2]
    # The first step knows nothing else yet, and what is known of other pictures would lead upwards.
    assert fine[1] < 0.8 * fine[0]
    assert coarse[-1] < 0.01 * coarse[0]


def test_the_photo_is_resized_once_a_scale_and_so_is_the_style(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resized: Counter[tuple[tuple[int, int], tuple[int, int]]] = Counter()

    def noted(picture: Image.Image, size: tuple[int, int], **rest: Any) -> Tensor:
        resized[picture.size, size] += 1
        return to_tensor(picture, size, **rest)

    monkeypatch.setattr("core.style.canvas.to_tensor", noted)
    photo, style = waves((97, 61)), dots((80, 80))
    options = replace(SHORT, colours=Colours.LUMINANCE)
    list(stylizer.stylize(photo, [style], options))
    assert resized == Counter(
        {
            (photo.size, (96, 60)): 1,
            (photo.size, (192, 121)): 1,
            (style.size, (96, 96)): 1,
            (style.size, (160, 160)): 1,
        }
    )


def test_the_styles_targets_are_computed_once_a_scale(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    extract = VGG19.extract

    def count(network: VGG19, pixels: Tensor, *rest: Any) -> None:
        seen.append((pixels.shape[-1], pixels.shape[-2]))
        extract(network, pixels, *rest)

    monkeypatch.setattr(VGG19, "extract", count)
    list(stylizer.stylize(waves((97, 61)), [dots((80, 80))], SHORT))
    assert (
        seen.count((96, 96)) == 3
    )  # for the layout, for the matches and for the Gram matrices beside them
    assert seen.count((160, 160)) == 3  # the last time in float32, for the losses at the end


@pytest.mark.parametrize("trouble", [torch.OutOfMemoryError("no memory left"), None])
def test_losses_that_cannot_be_measured_exactly_cost_nobody_the_picture(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
) -> None:
    def measure(_objective: Objective, _pixels: Tensor) -> Losses:
        if trouble is not None:
            raise trouble
        return Losses(math.nan, math.inf)

    monkeypatch.setattr(Objective, "measure", measure)
    events = list(stylizer.stylize(PHOTO, [STYLE], SMALL))
    progress = [event for event in events if isinstance(event, Progress)]
    result = events[-1]
    assert isinstance(result, Result)
    assert not result.exact_losses
    last = [event.losses for event in progress if event.scale == event.scales]
    assert (result.initial, result.final) == (last[0], last[-1])
    assert reread_picture(result.picture).size == (64, 32)


def test_numbers_that_end_late_leave_the_best_picture_so_far(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _spoil(monkeypatch, lambda count: count >= 4)
    *events, result = stylizer.stylize(PHOTO, [STYLE], replace(SMALL, evaluations=40))
    assert isinstance(result, Result)
    assert not result.complete
    assert result.final.total < 0.9 * result.initial.total
    assert len(events) < 40


def test_numbers_that_bfloat16_loses_are_found_in_float32(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = stylizer._loaded()
    fast = Precision(torch.bfloat16, torch.channels_last)
    monkeypatch.setattr(networks, "measurement", replace(networks.measurement, fast=fast))
    monkeypatch.setattr(networks, "_networks", {})
    evaluate = Objective.__call__

    def overflow(self: Objective, pixels: Tensor) -> Evaluation:
        found = evaluate(self, pixels)
        if self._network.precision.dtype is not torch.float32:
            found.losses.fill_(torch.inf)
        return found

    monkeypatch.setattr(Objective, "__call__", overflow)
    *_, result = stylizer.stylize(PHOTO, [STYLE], SMALL)
    assert isinstance(result, Result)
    assert result.complete
    assert result.evaluations == 6


def test_numbers_that_never_are_end_in_a_sentence(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _spoil(monkeypatch, lambda _count: True)
    with pytest.raises(NotFiniteError, match="another quality or pair"):
        list(stylizer.stylize(PHOTO, [STYLE], SMALL))


def _spoil(monkeypatch: pytest.MonkeyPatch, when: Callable[[int], bool]) -> None:
    """Make evaluations give no numbers, by how many there were before."""
    evaluate = Objective.__call__
    counter = count()

    def spoilt(self: Objective, pixels: Tensor) -> Evaluation:
        found = evaluate(self, pixels)
        if when(next(counter)):
            found.losses.fill_(torch.nan)
        return found

    monkeypatch.setattr(Objective, "__call__", spoilt)


class Upside:
    """An objective that is most curved where paintings are least: at the coarsest structure."""

    def __init__(self, content: Tensor) -> None:
        generator = torch.Generator().manual_seed(2)
        self._minimum = 0.3 + 0.4 * torch.rand(content.shape, generator=generator)
        self._size = (height, width) = (content.shape[-2], content.shape[-1])
        vertical = torch.fft.fftfreq(height).square()[:, None]
        frequency = (vertical + torch.fft.rfftfreq(width).square()).sqrt()
        self._weights = 0.02 / (0.02 + frequency) ** 2

    def __call__(self, pixels: Tensor) -> Evaluation:
        away = torch.fft.rfft2(pixels - self._minimum) * self._weights
        gradient = torch.fft.irfft2(away, s=self._size)
        total = 0.5 * float(((pixels - self._minimum) * gradient).sum())
        return Evaluation(torch.tensor([[total, 0.0]]), gradient)

    def measure(self, pixels: Tensor) -> Losses:
        return Losses(*self(pixels).losses[0].tolist())
