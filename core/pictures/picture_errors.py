"""The errors for pictures that cannot be used.

Every error is a type, and says in one or two sentences what is wrong and what to do.
"""

from __future__ import annotations

from core.sentences import SpokenError, sentence


class PictureError(SpokenError):
    """Base of all errors about a picture; the sentence addresses the person who sent it."""


class UnknownFormatError(PictureError):
    """The bytes are in no picture format that this package reads."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "This file is not a picture I can read. "
                "Please send a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF."
            )
        )


class TruncatedPictureError(PictureError):
    """The file begins as a picture, and is incomplete or damaged."""

    def __init__(self) -> None:
        super().__init__(sentence("This picture is incomplete or damaged. Please send it again."))


class UnreadTiffError(PictureError):
    """The file is a TIFF of a kind that this package does not read."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "This is a kind of TIFF that I can't read. "
                "Please save it as an ordinary JPEG or PNG and send that."
            )
        )


class AnimatedPictureError(PictureError):
    """The picture has more than one frame."""

    def __init__(self) -> None:
        super().__init__(sentence("This picture is animated. Please send a still one."))


class FileTooLargeError(PictureError):
    """The file has more bytes than the limit."""

    def __init__(self, *, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(
            sentence(
                "This file has {size} MB; I can take {limit} MB. Please send a smaller one.",
                size=f"{size / 1e6:.0f}",
                limit=f"{limit / 1e6:.0f}",
            )
        )


class TooManyPixelsError(PictureError):
    """The picture has more pixels than the limit; its header says so before any pixel is decoded."""

    def __init__(self, *, width: int, height: int, limit: int) -> None:
        self.width = width
        self.height = height
        self.limit = limit
        super().__init__(
            sentence(
                "This picture has {width} × {height} pixels; I can take {limit} megapixels. "
                "Please send a smaller one.",
                width=width,
                height=height,
                limit=f"{limit / 1e6:.0f}",
            )
        )


class TooSmallError(PictureError):
    """The shorter side is too short for a content or style picture."""

    def __init__(self, *, width: int, height: int, limit: int) -> None:
        self.width = width
        self.height = height
        self.limit = limit
        super().__init__(
            sentence(
                "This picture is only {width} × {height} pixels; each side needs at least {limit}. "
                "Please send a larger one.",
                width=width,
                height=height,
                limit=limit,
            )
        )


class TooNarrowError(PictureError):
    """One side is too many times as long as the other."""

    def __init__(self, *, width: int, height: int, limit: float) -> None:
        self.width = width
        self.height = height
        self.limit = limit
        super().__init__(
            sentence(
                "This picture is {width} × {height} pixels: one side is more than {limit} times the other. "
                "Please crop it.",
                width=width,
                height=height,
                limit=f"{limit:g}",
            )
        )


class InvisiblePictureError(PictureError):
    """The picture is transparent everywhere."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "This picture is transparent everywhere. Please send one that shows something."
            )
        )


class NotOpenedError(PictureError):
    """No process could be started to open the picture in; the picture may be fine."""

    def __init__(self) -> None:
        super().__init__(
            sentence("I could not open this picture just now. Please send it again in a moment.")
        )


class TooCostlyError(PictureError):
    """Opening the picture takes too much time or memory, or crashes the decoder."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "This picture takes more time or memory to open than I have for one. "
                "Please save it as an ordinary JPEG or PNG and send that."
            )
        )
