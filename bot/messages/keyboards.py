"""The inline keyboards, and what their buttons say when pressed.

Callback data is ``verb:argument:owner``, within Telegram's 64 bytes. The owner is in it because anybody in a
group can press a button.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import again
from bot.choices import PRESETS, Aspect, current, offered
from core.jobs.preferences import Part
from core.style.options import Options, Preset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.messages.texts import Texts
    from core.jobs.models import Job, Style
    from core.jobs.preferences import Preferences

YES: Final = "yes"
NO: Final = "no"
DONE: Final = "done"


class Verb(StrEnum):
    """What a button does."""

    PRESET = "preset"
    SWAP = "swap"
    DROP = "drop"
    CANCEL = "cancel"
    AGAIN = "again"
    FORGET = "forget"
    PICK = "pick"
    MINE = "mine"
    USE = "use"
    NAME = "name"
    KEEP = "keep"
    LET_GO = "letgo"
    REMOVE = "remove"
    SOFTER = "softer"
    STRONGER = "stronger"
    FINER = "finer"
    COLOURS = "colours"
    SMALLER = "smaller"
    TURN_ROUND = "turn"
    NEW_PHOTO = "photo"
    NEW_STYLE = "style"
    COMPARE = "compare"
    FILM = "film"
    CURVE = "curve"
    FILE = "file"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Press:
    """A button's callback data.

    Attributes:
        verb: What it does.
        argument: A preset's, pattern's or setting's name, a job's or style's number, or empty.
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
    texts: Texts,
    owner: int,
    seconds: Mapping[Preset, float | None],
    usual: Preset | None = None,
) -> InlineKeyboardMarkup:
    """One button a preset with its rough duration, the person's usual one first, and the swap button."""
    rows = []
    for preset in sorted(PRESETS, key=lambda one: one is not usual):
        label = texts.preset_button(preset, seconds.get(preset))
        shown = texts.usual_button(label) if preset is usual else label
        rows.append([_button(shown, Verb.PRESET, preset, owner)])
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


def try_again(texts: Texts, job: Job) -> InlineKeyboardMarkup:
    """The button under a failed job's status: the same pictures with the smallest preset."""
    label = texts.try_again_button(Preset.QUICK)
    return InlineKeyboardMarkup([[_button(label, Verb.SMALLER, str(job.id), job.person.user_id)]])


def result(texts: Texts, job: Job) -> InlineKeyboardMarkup:
    """What can be done with a finished picture; what would change nothing is left out."""
    options = job.options
    file_wanted = Part.DOCUMENT in job.handover.form.parts or job.document_id is not None
    rows: list[list[tuple[str, Verb, Options | None]]] = [
        [
            (texts.softer_button(), Verb.SOFTER, again.softer(options)),
            (texts.stronger_button(), Verb.STRONGER, again.stronger(options)),
        ],
        [(texts.finer_button(), Verb.FINER, again.finer(options))],
        [(texts.colours_button(options.colours), Verb.COLOURS, options)],
        [
            (texts.new_photo_button(), Verb.NEW_PHOTO, options),
            (texts.new_style_button(), Verb.NEW_STYLE, options),
        ],
        [(texts.turn_round_button(), Verb.TURN_ROUND, options)],
        [(texts.compare_button(), Verb.COMPARE, options)],
        [
            (texts.film_button(), Verb.FILM, options),
            (texts.curve_button(), Verb.CURVE, options),
        ],
        [(texts.file_button(), Verb.FILE, None if file_wanted else options)],
    ]
    owner = job.person.user_id
    shown = [
        [
            _button(label, verb, str(job.id), owner)
            for label, verb, after in row
            if after is not None
        ]
        for row in rows
    ]
    return InlineKeyboardMarkup([row for row in shown if row])


def styles(labels: Sequence[tuple[str, str]], verb: Verb, owner: int) -> InlineKeyboardMarkup:
    """One button a style, in the rows of the picture above; ``labels`` as in ``bot.gallery.Sheet``."""
    buttons = [_button(label, verb, argument, owner) for label, argument in labels]
    return InlineKeyboardMarkup([buttons[at : at + 3] for at in range(0, len(buttons), 3)])


def style(texts: Texts, one: Style, owner: int) -> InlineKeyboardMarkup:
    """What can be done with one of a person's styles."""
    keep = (
        _button(texts.let_go_button(), Verb.LET_GO, str(one.id), owner)
        if one.kept
        else _button(texts.keep_style_button(), Verb.KEEP, str(one.id), owner)
    )
    return InlineKeyboardMarkup(
        [
            [_button(texts.use_button(), Verb.USE, str(one.id), owner)],
            [_button(texts.name_button(), Verb.NAME, str(one.id), owner), keep],
            [_button(texts.remove_button(), Verb.REMOVE, str(one.id), owner)],
            [_button(texts.all_styles_button(), Verb.MINE, "", owner)],
        ]
    )


def back_to(texts: Texts, one: Style, owner: int) -> InlineKeyboardMarkup:
    """Out of the question for a name."""
    return InlineKeyboardMarkup([[_button(texts.no_name_button(), Verb.MINE, str(one.id), owner)]])


def forget(texts: Texts, owner: int) -> InlineKeyboardMarkup:
    """The choice after /forget."""
    return InlineKeyboardMarkup(
        [
            [_button(texts.forget_button(), Verb.FORGET, YES, owner)],
            [_button(texts.keep_button(), Verb.FORGET, NO, owner)],
        ]
    )


def settings(
    texts: Texts, owner: int, preferences: Preferences, language: str | None
) -> InlineKeyboardMarkup:
    """All settings with their values; ``language`` is the name of the chosen one."""
    rows = [
        [_button(texts.setting(aspect, preferences, language), Verb.SETTINGS, aspect, owner)]
        for aspect in Aspect
    ]
    rows.append([_button(texts.done_button(), Verb.SETTINGS, DONE, owner)])
    return InlineKeyboardMarkup(rows)


def choices(
    texts: Texts,
    owner: int,
    preferences: Preferences,
    aspect: Aspect,
    languages: Mapping[str, str],
) -> InlineKeyboardMarkup:
    """What one setting can be, the present value marked; ``languages`` are names by code."""
    rows = []
    for value in offered(aspect, languages):
        label = texts.choice(aspect, value, languages.get(value))
        shown = texts.chosen_mark(label) if value == current(preferences, aspect) else label
        rows.append([_button(shown, Verb.SETTINGS, f"{aspect}={value}", owner)])
    rows.append([_button(texts.back_button(), Verb.SETTINGS, "", owner)])
    return InlineKeyboardMarkup(rows)


def _button(label: str, verb: Verb, argument: str, owner: int) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=str(Press(verb, argument, owner)))
