"""What a painting must not have: one patch again and again, things copied from its style picture, a frame.

Pictures are tensors (1, 3, height, width), RGB in [0, 1]. Numbers, 0 where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from tests.auxil.fine_patterns import LEVEL, gray_of, smoothed

if TYPE_CHECKING:
    from torch import Tensor

_PATCH: Final = 24
_FLAT: Final = 8 * LEVEL
_QUERIES: Final = 48
_FAINT: Final = 3 * LEVEL
_ALIKE: Final = 0.8
_LOOKALIKES: Final = 3

_THING: Final = 64
_FIELDS: Final = 8
_COPIED: Final = 0.55
_BEYOND_CHANCE: Final = 0.1

_BORDER: Final = 8


def flat_places(photo: Tensor) -> Tensor:
    """Where the photo hardly changes, (height, width) of bools."""
    gray = gray_of(photo)
    size = 2 * (_PATCH // 2) + 1
    mean, square = (smoothed(values, size) for values in (gray, gray.square()))
    return (square - mean.square()).clamp_min(0).sqrt()[0, 0] < _FLAT


def repeated(picture: Tensor, places: Tensor) -> float:
    """The share of patches in these places that have three lookalikes there or more.

    Patches of 24 pixels, high-passed, compared in colour at half size at every offset by normalised correlation.

    Args:
        picture: The result, or the style picture.
        places: (height, width) of bools, as of ``flat_places``.

    Returns:
        0..1; 0 where there are too few such places to tell.
    """
    half = functional.avg_pool2d(picture, 2)
    side = _PATCH // 2
    detail = half - smoothed(half, 9)
    # A patch lies in these places where its middle does.
    inside = functional.avg_pool2d(places[None, None].to(half.dtype), 2)[0, 0] > 0.5
    middle = inside[side // 2 : 1 - side // 2, side // 2 : 1 - side // 2]
    height, width = (length - side + 1 for length in detail.shape[-2:])
    if min(height, width) < 2 * side:
        return 0.0
    middle = middle[:height, :width]
    energy = 3 * side**2 * smoothed(detail.square().mean(1, keepdim=True), side, inside=True)[0, 0]
    # Fainter detail is nothing that an eye finds again.
    usable = middle & (energy > 3 * side**2 * _FAINT**2)
    spots = usable.nonzero()
    if len(spots) < (_LOOKALIKES + 1) * side**2:
        return 0.0
    chosen = spots[torch.linspace(0, len(spots) - 1, _QUERIES).round().long().to(spots.device)]
    patches = torch.stack(
        [detail[0, :, top : top + side, left : left + side] for top, left in chosen.tolist()]
    )
    norms = patches.square().sum((1, 2, 3), keepdim=True).sqrt()
    alike = functional.conv2d(detail, patches / norms)[0] / energy.clamp_min(1e-9).sqrt()
    alike = alike.masked_fill(~usable, 0)
    # Of neighbouring offsets the best counts; a patch itself is one of the peaks.
    best = alike[None]
    for size in ((side + 1, 1), (1, side + 1)):
        padding = (size[0] // 2, size[1] // 2)
        best = functional.max_pool2d(best, size, stride=1, padding=padding)
    peaks = ((alike == best[0]) & (alike > _ALIKE)).sum((1, 2))
    share = float((peaks > _LOOKALIKES).double().mean())
    return share * len(spots) / int(middle.sum())


def resemblance(picture: Tensor, style: Tensor) -> Tensor:
    """How well the style picture's richest places are found in another picture.

    The richest patch of 64 pixels in each of 8 x 8 fields of the style picture, high-passed, compared with the other at
    every offset, without colour, by normalised correlation.

    Args:
        picture: The result.
        style: The style picture as large as it was painted from.

    Returns:
        (patches,) the best correlation of each, at most 1.
    """
    ours, theirs = (functional.avg_pool2d(gray_of(each), 2) for each in (picture, style))
    side = min(_THING // 2, *ours.shape[-2:], *theirs.shape[-2:])
    ours, theirs = (each - smoothed(each, _THING // 2 + 1) for each in (ours, theirs))
    patches = _rich_patches(theirs, side)
    patches = patches - patches.mean((-2, -1), keepdim=True)
    norms = patches.square().sum((-2, -1), keepdim=True).sqrt()
    patches = patches / (norms + side * LEVEL)
    mean, square = (smoothed(each, side, inside=True)[0, 0] for each in (ours, ours.square()))
    spread = side * (square - mean.square()).clamp_min(LEVEL**2).sqrt()
    found = _correlation(ours[0, 0], patches) / spread
    best: Tensor = found.amax((-2, -1))
    return best


def copied(found: Tensor, *chance: Tensor) -> float:
    """The share of the style picture's places that a result shows whole: things, lettering, a signature.

    Args:
        found: The result's ``resemblance``.
        chance: Those of pictures that copy nothing: the photo, the style picture mirrored. What resembles them as well is
            a stroke or an edge like many.
    """
    usual = torch.stack(chance).amax(0)
    return float(((found > _COPIED) & (found > usual + _BEYOND_CHANCE)).double().mean())


def _rich_patches(detail: Tensor, side: int) -> Tensor:
    """(patches, side, side): from each of 8 x 8 fields the patch with most detail, where there is any."""
    energy = smoothed(detail.square(), side, inside=True)
    fields = [min(_FIELDS, length) for length in energy.shape[-2:]]
    richest, places = functional.adaptive_max_pool2d(energy, fields, return_indices=True)
    width = energy.shape[-1]
    return torch.stack(
        [
            detail[0, 0, place // width :, place % width :][:side, :side]
            for place, much in zip(places.flatten().tolist(), richest.flatten(), strict=True)
            if much > _FAINT**2
        ]
        or [torch.zeros_like(detail[0, 0, :side, :side])]
    )


def _correlation(picture: Tensor, patches: Tensor) -> Tensor:
    """Products of each patch with the picture at every offset where it lies inside, by Fourier transforms."""
    side, shape = patches.shape[-1], picture.shape
    product = torch.fft.rfft2(picture) * torch.fft.rfft2(patches, s=shape).conj()
    whole: Tensor = torch.fft.irfft2(product, s=shape)
    return whole[:, : shape[0] - side + 1, : shape[1] - side + 1]


def frame(picture: Tensor, photo: Tensor) -> float:
    """How much the outermost 8 pixels differ from what is beside them, beyond the photo's own difference.

    Args:
        picture: The result.
        photo: Of the same size.

    Returns:
        0 for none; 1 where the colour of a border is a whole standard deviation of the picture off, or its contrast
        e times as strong or as weak. The mean over the four sides.
    """
    found, known = _border(picture), _border(photo)
    return float((found - known).clamp_min(0).mean())


def _border(picture: Tensor) -> Tensor:
    """(4,) each side's difference from the 16 pixels next to it."""
    spread = picture.std() + LEVEL
    differences = []
    for turns in range(4):
        turned = picture.rot90(turns, (-2, -1))
        edge, beside = turned[..., :_BORDER, :], turned[..., _BORDER : 3 * _BORDER, :]
        shift = (edge.mean((-2, -1)) - beside.mean((-2, -1))).abs().mean() / spread
        ratio = ((_activity(edge) + LEVEL) / (_activity(beside) + LEVEL)).log().abs()
        differences.append(shift + ratio)
    return torch.stack(differences)


def _activity(strip: Tensor) -> Tensor:
    across, along = strip.diff(dim=-2).square().mean(), strip.diff(dim=-1).square().mean()
    return ((across + along) / 2).sqrt()
