"""The photo's colours are kept as far as each way promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.style.colours import keep_luminance, match_statistics
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from PIL import Image


def test_matched_colours_have_the_photos_mean_and_covariance() -> None:
    style, photo = _tensor(dots()) * 0.3 + 0.35, _tensor(waves()) * 0.3 + 0.35
    matched, wanted = match_statistics(style, photo)[0].flatten(1), photo[0].flatten(1)
    assert torch.allclose(matched.mean(dim=1), wanted.mean(dim=1), atol=1e-3)
    assert torch.allclose(torch.cov(matched), torch.cov(wanted), atol=3e-4)


def test_a_style_of_one_colour_is_no_trouble() -> None:
    matched = match_statistics(torch.full((1, 3, 8, 8), 0.5), _tensor(waves()))
    assert matched.isfinite().all()
    assert torch.allclose(matched[0, :, 0, 0], _tensor(waves()).mean(dim=(0, 2, 3)), atol=1e-3)


def test_luminance_comes_from_the_painting_and_colour_from_the_photo() -> None:
    kept = keep_luminance(dots((80, 60)), waves((160, 120))).convert("YCbCr")
    painted = dots((80, 60)).convert("YCbCr")
    assert kept.size == (80, 60)
    luminance = np.asarray(kept.getchannel(0), float) - np.asarray(painted.getchannel(0), float)
    assert abs(luminance).mean() < 3


def test_a_grey_photo_gives_a_grey_picture() -> None:
    kept = np.asarray(keep_luminance(dots(), waves().convert("L")), float)
    assert np.ptp(kept, axis=-1).max() <= 2


def _tensor(picture: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).unsqueeze(0).float() / 255
