"""The inline keyboards, and what their buttons say when pressed.

Callback data is ``verb:argument:owner``, within Telegram's 64 bytes. The owner is in it because anybody in a
group can press a button.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.texts import Texts

PRESETS: Final = (Preset.QUICK, Preset.BALANCED, Preset.FINE, Preset.CLASSIC)

YES: Final = "yes"
NO: Final = "no"


class Verb(StrEnum):
    """What a button does."""

    PRESET = "preset"
    SWAP = "swap"
    DROP = "drop"
    CANCEL = "cancel"
    AGAIN = "again"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Press:
    """A button's callback data.

    Attributes:
        verb: What it does.
        argument: A preset's name or a job's number, or empty.
        owner: The person it is for.
    """

    verb: Verb
    argument: str
    owner: int

    def __str__(self) -> str:
        return f"{self.verb}:{self.argument}:{self.owner}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """The inverse of ``str``; None for what no button of ours carries."""
        verb, _, rest = data.partition(":")
        argument, _, owner = rest.rpartition(":")
        try:
            return cls(Verb(verb), argument, int(owner))
        except ValueError:
            return None

    @property
    def number(self) -> int | None:
        """The argument as a number, such as a job's id."""
        return int(self.argument) if self.argument.isdecimal() else None


def presets(
    texts: Texts, owner: int, seconds: Mapping[Preset, float | None]
) -> InlineKeyboardMarkup:
    """One button a preset with its rough duration, and the swap button."""
    rows = [
        [_button(texts.preset_button(one, seconds.get(one)), Verb.PRESET, one, owner)]
        for one in PRESETS
    ]
    rows.append([_button(texts.swap_button(), Verb.SWAP, "", owner)])
    return InlineKeyboardMarkup(rows)


def cancel(texts: Texts, owner: int, job_id: int) -> InlineKeyboardMarkup:
    """The cancel button under a job's status."""
    return InlineKeyboardMarkup([[_button(texts.cancel_button(), Verb.CANCEL, str(job_id), owner)]])


def cancel_or_drop(texts: Texts, owner: int, job_id: int) -> InlineKeyboardMarkup:
    """The choice after /cancel where both a job and photos are there."""
    return InlineKeyboardMarkup(
        [
            [_button(texts.stop_button(), Verb.CANCEL, str(job_id), owner)],
            [_button(texts.drop_button(), Verb.DROP, "", owner)],
        ]
    )


def send_again(texts: Texts, owner: int, job_id: int) -> InlineKeyboardMarkup:
    """The button under a result whose sending got no answer."""
    return InlineKeyboardMarkup(
        [[_button(texts.send_again_button(), Verb.AGAIN, str(job_id), owner)]]
    )


def forget(texts: Texts, owner: int) -> InlineKeyboardMarkup:
    """The choice after /forget."""
    return InlineKeyboardMarkup(
        [
            [_button(texts.forget_button(), Verb.FORGET, YES, owner)],
            [_button(texts.keep_button(), Verb.FORGET, NO, owner)],
        ]
    )


def _button(label: str, verb: Verb, argument: str, owner: int) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=str(Press(verb, argument, owner)))
