"""Converts a decoded picture of any mode to 8-bit sRGB."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageCms

from core.pictures.colour_space import profile_cicp
from core.pictures.picture_errors import InvisiblePictureError
from core.pictures.tone_curve import tone_mapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.pictures.colour_space import Cicp

logger = logging.getLogger(__name__)

_WHITE: Final = (255, 255, 255)
_DEEP_MODES: Final = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_GRAY_MODES: Final = ("1", "L", "LA", "La")
_PROFILE_ERRORS: Final = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert to 8-bit sRGB: apply the colour space, drop metadata, and colours that nobody can see.

    Args:
        image: A loaded picture of any mode, with its colour space in ``image.info``: an ICC profile, or a
            ``core.pictures.colour_space.Cicp`` under ``cicp``. One that is damaged or does not fit the mode is ignored.

    Returns:
        A new picture without metadata: mode RGBA if a part of it is transparent, and else RGB.

    Raises:
        InvisiblePictureError: All of it is transparent.
    """
    profile, numbers = image.info.get("icc_profile"), image.info.get("cicp")
    if image.mode in _DEEP_MODES:
        image = _eight_bits(image)
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    colours = _in_srgb(image, profile, numbers)
    if alpha is not None and (extrema := alpha.getextrema()) != (255, 255):
        if extrema == (0, 0):
            raise InvisiblePictureError
        colours.putalpha(alpha)
        # What an eraser has hidden must not come out again.
        colours.paste((0, 0, 0, 0), mask=alpha.point(lambda value: 255 * (value == 0)))
    colours.info = {}
    return colours


def on_white(image: Image.Image) -> Image.Image:
    """A copy of the pixels as RGB, white where they are transparent, without metadata."""
    bare = without_metadata(image)
    if bare.mode == "RGB":
        return bare
    white = Image.new("RGB", bare.size, _WHITE)
    white.paste(bare, mask=bare.getchannel("A"))
    return white


def without_metadata(image: Image.Image) -> Image.Image:
    """A copy of the pixels without metadata: mode RGBA if any may be transparent, and else RGB."""
    bare = image.convert("RGBA" if image.has_transparency_data else "RGB")
    bare.info = {}
    return bare


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and floating-point grays to 8 bits over their nominal range."""
    values: NDArray[np.float32] = np.nan_to_num(np.asarray(image, dtype=np.float32))
    nominal = 1.0 if image.mode == "F" else 65535.0
    # In a file that exceeds its nominal range, the brightest value is white.
    full_scale = nominal if (top := float(values.max())) <= nominal else top
    scaled = np.clip(values * (255 / full_scale), 0, 255)
    return Image.fromarray(scaled.round().astype(np.uint8))


def _in_srgb(image: Image.Image, profile: object, numbers: Cicp | None) -> Image.Image:
    """Apply the colour space. A profile counts more than numbers, except for those that it names itself."""
    if image.mode == "LAB":
        return _transform(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if isinstance(profile, bytes) and profile:
        named = profile_cicp(profile)
        if named is None or not named.is_hdr or image.mode == "CMYK":
            return _apply_profile(image, profile)
        numbers = named
    if numbers is None:
        return image.convert("RGB")
    if not numbers.full_range:
        image = image.convert("RGB").point([_full_range(value) for value in range(256)] * 3)
    if numbers.is_hdr:
        return tone_mapped(image, numbers)
    profile = numbers.profile()
    return image.convert("RGB") if profile is None else _apply_profile(image, profile)


def _full_range(value: int) -> int:
    return round(max(0, min(255, (value - 16) * 255 / 219)))


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _mode_for(image, source.profile.xcolor_space.strip())
        if mode is not None:
            return _transform(image.convert(mode), source)
    except _PROFILE_ERRORS as error:
        logger.debug("A colour profile was ignored: %s", error)
    return image.convert("RGB")


def _transform(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    transformed = ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if transformed is None:
        raise ValueError("no transform")
    return transformed


def _mode_for(image: Image.Image, space: str) -> str | None:
    """The mode in which a profile of this colour space applies to the picture; None if it does not apply."""
    if image.mode == "CMYK" or space == "CMYK":
        return "CMYK" if image.mode == space else None
    if space == "GRAY":
        return "L" if image.mode in _GRAY_MODES else None
    return "RGB" if space == "RGB" else None
