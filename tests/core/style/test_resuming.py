"""A transfer that was interrupted goes on from its checkpoint as if nothing had happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import ImageChops

from core.style.events import Progress
from core.style.options import Colours, Options, Preset
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from core.style.stylizer import Stylizer

IN_THE_PHOTOS_COLOURS = Options(
    preset=Preset.QUICK, size=64, evaluations=10, strength=1.0, colours=Colours.LUMINANCE
)


def test_a_restart_gets_the_optimisers_picture_without_the_photos_colours(
    stylizer: Stylizer,
) -> None:
    losses = []
    for event in stylizer.stylize(waves(), [dots()], IN_THE_PHOTOS_COLOURS):
        assert isinstance(event, Progress)
        losses.append(event.losses.total)
        if event.evaluation == 8:
            shown, state = event.picture(), event.state()
            break

    assert ImageChops.difference(shown, state).getbbox() is not None
    (resumed, *_) = stylizer.stylize(waves(), [dots()], IN_THE_PHOTOS_COLOURS, start=state)
    assert isinstance(resumed, Progress)
    assert resumed.losses.total == pytest.approx(min(losses), rel=0.02)
