"""What each finer scale begins with."""

from __future__ import annotations

import pytest
import torch

from core.style.canvas import Canvas
from core.style.options import Options
from core.style.presets import plan
from tests.auxil.scenes import dots, waves

SIZE = (120, 120)


def test_the_photos_detail_comes_back_only_as_far_as_it_is_wanted() -> None:
    spreads = [_spread(strength) for strength in (0.2, 0.5, 0.75, 1.0)]
    assert spreads[0] > 0.01
    assert spreads == pytest.approx([spreads[0], spreads[0], spreads[0] / 2, 0], rel=0.1, abs=1e-6)


def _spread(strength: float) -> float:
    """Of what a finer scale begins with, after a coarser one that left a grey picture."""
    options = Options(strength=strength)
    canvas = Canvas(
        dots(SIZE),
        [waves()],
        start=None,
        done=0,
        options=options,
        plan=plan(options, SIZE),
        device=torch.device("cpu"),
    )
    return float(canvas.initial_image(SIZE, torch.full((1, 3, 60, 60), 0.5)).std())
