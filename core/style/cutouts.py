"""Pictures with transparent parts: what is painted there, and which positions of a picture count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from PIL import Image
from torch.nn import functional

from core.style.tensors import to_picture, to_tensor

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.layers import Layer
    from core.style.tiling import Tile

_CPU: Final = torch.device("cpu")
_SHORTEST: Final = 64
_NARROWEST: Final = 20
"""What is left of a style has at least these pixels a side and at most this ratio, as pictures do that are taken."""


def split(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """A picture's colours everywhere, RGB, and its alpha channel; None if it is opaque.

    Transparent places take the colours around them, smoothly, so that the border of what is opaque is no edge to the
    network. The colours that the file hides there do not matter.
    """
    if picture.mode != "RGBA":
        return picture.convert("RGB"), None
    alpha = picture.getchannel("A")
    return to_picture(_filled(to_tensor(picture, device=_CPU), _mask(alpha))), alpha


def opaque_part(picture: Image.Image) -> Image.Image:
    """The part of a picture in which something is to be seen, not narrower than pictures are that are taken."""
    box = picture.getchannel("A").getbbox() if picture.mode == "RGBA" else None
    if box is None:
        return picture
    left, upper, right, lower = box
    least = max(_SHORTEST, (right - left) // _NARROWEST, (lower - upper) // _NARROWEST)
    left, right = _widened(left, right, least, picture.width)
    upper, lower = _widened(upper, lower, least, picture.height)
    return picture.crop((left, upper, right, lower))


def with_alpha(picture: Image.Image, alpha: Image.Image) -> Image.Image:
    """A picture, RGB, cut out by an alpha channel of any size; nothing is left where nothing is to be seen."""
    cut = picture.copy()
    cut.putalpha(alpha.resize(picture.size, Image.Resampling.LANCZOS))
    hidden = cut.getchannel("A").point(lambda value: 255 * (value == 0))
    cut.paste((0, 0, 0, 0), mask=hidden)
    return cut


def mask_of(alpha: Image.Image, size: tuple[int, int], *, device: torch.device) -> Tensor:
    """How opaque a picture is at ``size`` (width, height): (1, 1, height, width) in [0, 1]."""
    return _mask(alpha.resize(size, Image.Resampling.LANCZOS)).to(device)


class Visible:
    """Which positions of a picture's features count.

    Args:
        mask: How opaque each pixel is, (1, 1, height, width) in [0, 1]; None if all of them are.
        size: (width, height) of the picture in pixels.
    """

    def __init__(self, mask: Tensor | None, size: tuple[int, int]) -> None:
        self._mask = mask
        self._size = size
        self._masks: dict[int, Tensor] = {}

    def part(self, features: Tensor, layer: Layer, tile: Tile) -> Tensor:
        """The inner part of a tile's features, with zeros where positions do not count."""
        inner = tile.inner(features, layer)
        return inner if self._mask is None else inner * tile.outer(self._at(layer.stride), layer)

    def elements(self, layer: Layer) -> int:
        """The number of elements of the whole picture's features that count: channels times positions."""
        if self._mask is None:
            return layer.channels * layer.positions(self._size)
        return layer.channels * int(self._at(layer.stride).sum())

    def _at(self, stride: int) -> Tensor:
        """A position counts if what it covers is opaque by half; if none is, the most opaque ones do."""
        assert self._mask is not None  # noqa: S101 - the callers look
        if stride not in self._masks:
            covered = functional.avg_pool2d(self._mask, stride)
            self._masks[stride] = covered >= min(0.5, float(covered.max()))
        return self._masks[stride]


def _mask(alpha: Image.Image) -> Tensor:
    return to_tensor(alpha, device=_CPU)[:, :1]


def _filled(pixels: Tensor, mask: Tensor) -> Tensor:
    """Fill transparent places by ever larger averages of opaque ones, the smallest that has any.

    It is the pull-push algorithm of Gortler, Grzeszczuk, Szeliski and Cohen, "The Lumigraph" (SIGGRAPH 1996), 3.4.
    """
    levels = [(pixels * mask, mask)]
    while max(levels[-1][1].shape) > 1:
        weighted, weight = (
            functional.avg_pool2d(each, 2, ceil_mode=True, count_include_pad=False)
            for each in levels[-1]
        )
        # An average counts in full as soon as a quarter of it is opaque.
        full = (4 * weight).clamp(max=1) / weight.clamp(min=1e-12)
        levels.append((weighted * full, weight * full))
    weighted, weight = levels[-1]
    filled = weighted / weight.clamp(min=1e-12)
    for weighted, weight in reversed(levels[:-1]):
        coarse = functional.interpolate(
            filled, size=weight.shape[-2:], mode="bilinear", align_corners=False
        )
        filled = weighted + (1 - weight) * coarse
    return filled


def _widened(start: int, stop: int, least: int, length: int) -> tuple[int, int]:
    missing = max(0, least - (stop - start))
    start = min(max(0, start - missing // 2), max(0, length - least))
    return start, min(length, max(stop, start + least))
