"""What can go wrong with the weights, the device, the options or a transfer.

Every error is a type, and says in one or two sentences what is wrong and what to do.
"""

from __future__ import annotations

from typing import Final

from core.sentences import SpokenError, sentence

UNPREPARED: Final = sentence(
    "I cannot paint just now: something here is not set up right. Please tell whoever runs me."
)


class StyleError(SpokenError):
    """Base of all errors that this package raises on purpose."""


class SetupError(StyleError):
    """The operator has to act; the log gets ``text``, and the person a sentence without details."""

    def __init__(self, text: str) -> None:
        super().__init__(UNPREPARED, text)


class WeightsError(SetupError):
    """VGG19's weights are missing, damaged or of another network; the text says what to do."""


class DeviceError(SetupError):
    """The requested device does not exist on this machine."""


class OptionsError(SetupError):
    """An option of the transfer is out of range."""


class NeedsGPUError(OptionsError):
    """The preset needs a GPU, and this machine has none."""

    def __init__(self, *, preset: str) -> None:
        self.preset = preset
        super().__init__(
            f"The preset {preset} needs a GPU, and there is none here. "
            "Choose fine, or fine with a larger size if you have the time."
        )


class TransferError(StyleError):
    """A transfer began and could not finish."""


class TooLongError(TransferError):
    """The transfer exceeded the longest time that any transfer may take."""

    def __init__(self, *, hours: float) -> None:
        self.hours = hours
        super().__init__(
            sentence(
                "This picture was not done after {hours} h, so I stopped. Please try a lower quality.",
                hours=f"{hours:g}",
            )
        )


class NotFiniteError(TransferError):
    """The loss or its gradient became infinite or not a number, and backtracking did not help."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "The picture ran out of numbers while it was being painted. "
                "Please try another quality or pair."
            )
        )


class OutOfMemoryError(TransferError):
    """The device has too little memory, even for the smallest budget and size."""

    def __init__(self) -> None:
        super().__init__(
            sentence("There is not enough memory here for this size. Please try a lower quality.")
        )
