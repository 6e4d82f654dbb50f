"""What can go wrong with a picture, the weights or a transfer.

Every error is a type, and says in one or two sentences what is wrong and what to do.
"""

from __future__ import annotations

from typing import Final

from core.sentences import SpokenError, sentence

UNPREPARED: Final = sentence(
    "I cannot paint just now: something here is not set up right. Please tell whoever runs me."
)


class StyleError(SpokenError):
    """Base of every error that this package raises on purpose."""


class SetupError(StyleError):
    """Nothing that a person could change by sending something else; the text is for the operator."""

    def __init__(self, text: str) -> None:
        super().__init__(UNPREPARED, text)


class PictureError(StyleError):
    """A picture that cannot be used; the sentence is meant for the person who sent it."""


class NotAPictureError(PictureError):
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
    """The shorter side is too short to carry a picture or a manner."""

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


class WeightsError(SetupError):
    """VGG19's weights are missing, damaged or of another network; the sentence says what to do."""


class DeviceError(SetupError):
    """The device asked for does not exist here."""


class OptionsError(SetupError):
    """An option of the transfer is out of its range."""


class NeedsGPUError(OptionsError):
    """The preset is offered only where there is a GPU."""

    def __init__(self, *, preset: str) -> None:
        self.preset = preset
        super().__init__(
            f"The preset {preset} needs a GPU, and there is none here. "
            "Choose fine, or fine with a larger size if you have the time."
        )


class TransferError(StyleError):
    """A transfer began and could not go on."""


class TooLongError(TransferError):
    """The transfer took longer than any may."""

    def __init__(self, *, hours: float) -> None:
        self.hours = hours
        super().__init__(
            sentence(
                "This picture was not done after {hours} h, so I stopped. Please try a smaller preset.",
                hours=f"{hours:g}",
            )
        )


class NotFiniteError(TransferError):
    """The loss or its gradient became infinite or not a number, and stepping back did not help."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "The picture ran out of numbers while it was being painted. "
                "Please try another preset or pair."
            )
        )


class OutOfMemoryError(TransferError):
    """The device has too little memory for this size, and every smaller step was tried."""

    def __init__(self) -> None:
        super().__init__(
            sentence("There is not enough memory here for this size. Please try a smaller preset.")
        )
