"""What can be wrong with a picture that somebody sent.

Every error is a type, and says in one or two sentences what is wrong and what to do.
"""

from __future__ import annotations

from core.sentences import SpokenError, sentence


class PictureError(SpokenError):
    """A picture that cannot be used; the sentence is meant for the person who sent it."""


class UnknownFormatError(PictureError):
    """The bytes are in no picture format that is read here."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "This file is not a picture I can read. "
                "Please send a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or a still GIF."
            )
        )


class TruncatedPictureError(PictureError):
    """The file starts as a picture and then breaks off or is damaged."""

    def __init__(self) -> None:
        super().__init__(sentence("This picture is incomplete or damaged. Please send it again."))


class AnimatedPictureError(PictureError):
    """The picture has more than one frame."""

    def __init__(self) -> None:
        super().__init__(sentence("This picture is animated. Please send a still one."))


class FileTooLargeError(PictureError):
    """The file has more bytes than are taken."""

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
    """The picture has more pixels than are taken; known from its header, before decoding."""

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
    """The shorter side is too short to carry a picture or a style."""

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
    """One side is too many times the other."""

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


class TooCostlyError(PictureError):
    """To open the picture takes more time or memory than there is for one, or breaks what opens it."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "This picture takes more time or memory to open than I have for one. "
                "Please save it as an ordinary JPEG or PNG and send that."
            )
        )
