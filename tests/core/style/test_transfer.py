"""From one scale to the next: what is carried on, and what is made once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from core.style.network import Networks
from core.style.objective import Evaluation
from core.style.options import Colours, Options, Preset
from core.style.progress import Losses, Progress
from core.style.tensors import to_tensor
from core.style.vgg19 import VGG19
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    import pytest
    from PIL import Image
    from torch import Tensor

    from core.style.stylizer import Stylizer

SHORT = Options(preset=Preset.QUICK, size=192, evaluations=5)
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

    def count(picture: Image.Image, size: tuple[int, int], **rest: Any) -> Tensor:
        resized[picture.size, size] += 1
        return to_tensor(picture, size, **rest)

    monkeypatch.setattr("core.style.canvas.to_tensor", count)
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
    assert seen.count((96, 96)) == 1
    assert seen.count((160, 160)) == 2  # the second time in float32, for the losses at the end


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
