"""Converts a decoded picture of any mode to 8-bit sRGB."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageCms

from core.pictures.picture_errors import InvisiblePictureError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_WHITE: Final = (255, 255, 255)
_DEEP_MODES: Final = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_GRAY_MODES: Final = ("1", "L", "LA", "La")
_PROFILE_ERRORS: Final = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert to 8-bit sRGB: apply the colour profile, drop metadata, and colours that nobody can see.

    Args:
        image: A loaded picture of any mode, with its ICC profile in ``image.info``. A profile that is damaged or does
            not fit the mode is ignored.

    Returns:
        A new picture without metadata: mode RGBA if a part of it is transparent, and else RGB.

    Raises:
        InvisiblePictureError: All of it is transparent.
    """
    profile = image.info.get("icc_profile")
    if image.mode in _DEEP_MODES:
        image = _eight_bits(image)
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    colours = _apply_profile(image, profile)
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
    import numpy as np  # noqa: PLC0415 - few pictures need it, and it is half of the memory of the child process

    values: NDArray[np.float32] = np.nan_to_num(np.asarray(image, dtype=np.float32))
    nominal = 1.0 if image.mode == "F" else 65535.0
    # In a file that exceeds its nominal range, the brightest value is white.
    full_scale = nominal if (top := float(values.max())) <= nominal else top
    scaled = np.clip(values * (255 / full_scale), 0, 255)
    return Image.fromarray(scaled.round().astype(np.uint8))


def _apply_profile(image: Image.Image, profile: object) -> Image.Image:
    if image.mode == "LAB":
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _transform(image, source)
    if isinstance(profile, bytes) and profile:
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
