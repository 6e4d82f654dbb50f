"""Makes a large picture smaller as early and as cheaply as its format and mode allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_NEARLY: Final = 0.95
"""How much shorter than asked for the long side may become by a whole factor, which costs a tenth of a resampling."""

_DRAFTS: Final = (8, 4, 2)
_SMOOTH_MODES: Final = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB")
_OPAQUE_MODES: Final = {"1": "L", "P": "RGB"}


def draft(image: ImageFile, max_side: int | None) -> None:
    """Have a JPEG decoded at an eighth, a quarter or half of its size, where that is enough; call before ``load``.

    Args:
        image: A picture of which only the header was read.
        max_side: The long side in pixels that is enough; None for all of it.
    """
    most = _factor(image.size, max_side)
    for factor in _DRAFTS:
        if factor <= most:
            image.draft(None, (image.width // factor, image.height // factor))
            return


def shrink(image: Image.Image, max_side: int | None) -> Image.Image:
    """Reduce a picture to a long side of about ``max_side`` pixels and never more; a smaller one stays as it is.

    Colours under transparency do not mix into visible ones.

    Args:
        image: A loaded picture. One with 16 or 32 bits a channel stays as it is.
        max_side: The long side in pixels; None for any.
    """
    if max_side is None or max(image.size) <= max_side:
        return image
    # A colour that means "transparent", and a palette's numbers, cannot be averaged.
    if image.has_transparency_data and image.mode not in {"LA", "RGBA"}:
        image = image.convert("RGBA")
    image = image.convert(_OPAQUE_MODES.get(image.mode, image.mode))
    if image.mode not in _SMOOTH_MODES:
        return image
    if (factor := _factor(image.size, max_side)) > 1:
        image = image.reduce(factor)
    if max(image.size) <= max_side:
        return image
    scale = max_side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _factor(size: tuple[int, int], max_side: int | None) -> int:
    """The largest whole number by which the picture may be divided."""
    return 1 if max_side is None else max(1, int(max(size) / (_NEARLY * max_side)))
