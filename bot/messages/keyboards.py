"""The inline keyboards, and the callback data of their buttons.

Callback data is ``verb:argument:owner``, within Telegram's 64 bytes. The owner is in it because anybody in a group can
press a button. Buttons of a question carry the question's number behind a dot, so that only the open question counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from bot.messages.inline_keyboard import Button, Emphasis
from core.jobs.preference_choices import (
    PRESETS,
    STRENGTHS,
    Aspect,
    as_percent,
    current,
    offered,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.texts import Texts
    from core.jobs.models import Job, Style
    from core.jobs.preferences import Preferences
    from core.style.options import Preset

YES: Final = "yes"
NO: Final = "no"
DONE: Final = "done"
SWAP: Final = "swap"
BACK: Final = "back"

SHARES: Final[Mapping[str, float | None]] = {"even": None, "less": 0.25, "more": 0.75}
"""How much of a blend can be the new style: as much as each of the others, or a share of all."""


class Verb(StrEnum):
    """What a button does."""

    PRESET = "preset"
    QUESTION_STRENGTH = "amount"
    SWAP = "swap"
    DROP = "drop"
    CANCEL = "cancel"
    QUALITY = "quality"
    CHANGE = "change"
    GO_ON = "on"
    SEND_AGAIN = "again"
    SEND_HERE = "here"
    FORGET = "forget"
    PICK = "pick"
    LOOKS = "looks"
    OTHER_LOOKS = "others"
    LOOK = "look"
    PROFILE = "profile"
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
    TRY_AGAIN = "smaller"
    SWAP_RESULT = "turn"
    NEW_PHOTO = "photo"
    NEW_STYLE = "style"
    COMPARE = "compare"
    FILM = "film"
    CURVE = "curve"
    FILE = "file"
    MORE = "more"
    BACK = "back"
    STRENGTH = "strength"
    BLEND = "blend"
    WEIGHTS = "weights"
    STYLE_SCALE = "scale"
    SETTINGS = "settings"
    SHARE = "share"
    SHARE_MINE = "pass"
    STOP_SHARING = "unshare"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class CallbackData:
    """What a button carries.

    Attributes:
        verb: What it does.
        argument: A preset's, style's or setting's name, a job's or style's number, or empty. What is chosen for a job
            or a setting stands behind an equals sign.
        owner: The user whom it is for.
        question: The question to which the button belongs, as its row in the store; None for any other message.
    """

    verb: Verb
    argument: str
    owner: int
    question: int | None = None

    def __str__(self) -> str:
        question = "" if self.question is None else f".{self.question}"
        return f"{self.verb}:{self.argument}{question}:{self.owner}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """The inverse of ``str``; None for data that no button of ours carries."""
        verb, _, rest = data.partition(":")
        argument, _, owner = rest.rpartition(":")
        head, dot, question = argument.rpartition(".")
        try:
            if verb in _OF_QUESTIONS and dot:
                return cls(Verb(verb), head, int(owner), int(question))
            return cls(Verb(verb), argument, int(owner))
        except ValueError:
            return None

    @property
    def number(self) -> int | None:
        """The argument as a number, such as a job's id."""
        number, _, _ = self.argument.partition("=")
        return int(number) if number.isdecimal() else None

    @property
    def value(self) -> str:
        """What is chosen; empty for a button that chooses nothing."""
        return self.argument.partition("=")[2]


_OF_QUESTIONS: Final = {
    Verb.PRESET,
    Verb.QUESTION_STRENGTH,
    Verb.SWAP,
    Verb.PICK,
    Verb.LOOKS,
    Verb.WEIGHTS,
}
_FINAL: Final = {Verb.CANCEL, Verb.REMOVE}
"""What these stop or remove does not come back."""


def profile_photo(texts: Texts, owner: int) -> Keyboard:
    """The button under the question for a photo."""
    return ((_button(texts.profile_photo_button(), Verb.PROFILE, "", owner),),)


def presets(
    texts: Texts,
    owner: int,
    question: int,
    seconds: Mapping[Preset, float | None],
    usual: Preset | None = None,
    *,
    strength: float,
) -> Keyboard:
    """One button a preset with its rough duration, the person's usual one first; the strength, and the swap button."""
    rows: list[tuple[Button, ...]] = []
    for preset in sorted(PRESETS, key=lambda one: one is not usual):
        label = texts.preset_button(preset, seconds.get(preset))
        shown = texts.usual_button(label) if preset is usual else label
        rows.append((_button(shown, Verb.PRESET, preset, owner, question),))
    label = texts.strength_button(strength)
    opens = _button(label, Verb.QUESTION_STRENGTH, "", owner, question)
    rows.append((opens, _button(texts.swap_button(), Verb.SWAP, "", owner, question)))
    return tuple(rows)


def question_strengths(texts: Texts, owner: int, question: int, present: float) -> Keyboard:
    """What the question for a preset opens in its place: how strongly to paint the style, the present strength marked."""
    verb = Verb.QUESTION_STRENGTH
    rows = percents(
        texts,
        lambda label, value: _button(label, verb, value, owner, question),
        {one: texts.strength_name(one) for one in STRENGTHS},
        present,
    )
    return (*rows, (_button(texts.back_button(), verb, BACK, owner, question),))


def percents(
    texts: Texts,
    button_of: Callable[[str, str], Button],
    names: Mapping[float, str],
    present: float,
) -> Keyboard:
    """A button for each of some numbers, which carries it as percent; the present one is marked.

    Args:
        texts: The person's language.
        button_of: Makes a button of what it shows and what it carries.
        names: What each number is called.
        present: The number that holds now.
    """
    buttons = [
        button_of(texts.marked(name, chosen=one == present), as_percent(one))
        for one, name in names.items()
    ]
    return in_rows(buttons, 3)


def weights(texts: Texts, owner: int, question: int) -> Keyboard:
    """How much of a new style is blended in."""
    return tuple(
        (_button(texts.share_name(share), Verb.WEIGHTS, name, owner, question),)
        for name, share in SHARES.items()
    )


def cancel_or_drop(texts: Texts, owner: int, job_id: int) -> Keyboard:
    """The choice after /cancel, if there are both a job and a session."""
    return (
        (_button(texts.stop_button(), Verb.CANCEL, str(job_id), owner),),
        (_button(texts.drop_button(), Verb.DROP, "", owner),),
    )


def send_here(texts: Texts, job: Job) -> Keyboard:
    """The button under the word that a result waits: it is sent to where the button is pressed."""
    label = texts.send_here_button()
    return ((_button(label, Verb.SEND_HERE, str(job.id), job.person.user_id),),)


def styles(
    labels: Sequence[tuple[str, str]], verb: Verb, owner: int, question: int | None = None
) -> Keyboard:
    """One button a style, in the rows of the sheet above.

    Args:
        labels: What each button shows, and its argument: a built-in style's name or a style's number.
        verb: What it does with the style.
        owner: The user whom it is for.
        question: The question to which the sheet belongs, if it does.
    """
    buttons = [_button(label, verb, argument, owner, question) for label, argument in labels]
    return in_rows(buttons, 3)


def styles_to_pick(
    texts: Texts, labels: Sequence[tuple[str, str]], owner: int, question: int | None
) -> Keyboard:
    """The buttons under the question for a style: one a style, and one for several built-in ones at once."""
    looks = _button(texts.looks_button(), Verb.LOOKS, "", owner, question)
    return (*styles(labels, Verb.PICK, owner, question), (looks,))


def style(texts: Texts, one: Style, owner: int, *, shares: bool = True) -> Keyboard:
    """What can be done with one of a person's styles; ``shares`` if styles may be passed on."""
    keep = (
        _button(texts.let_go_button(), Verb.LET_GO, str(one.id), owner)
        if one.kept
        else _button(texts.keep_style_button(), Verb.KEEP, str(one.id), owner)
    )
    share = (_button(texts.share_button(), Verb.SHARE_MINE, str(one.id), owner),)
    return (
        (_button(texts.use_button(), Verb.USE, str(one.id), owner),),
        (_button(texts.name_button(), Verb.NAME, str(one.id), owner), keep),
        *((share,) if shares else ()),
        (_button(texts.remove_button(), Verb.REMOVE, str(one.id), owner),),
        (_button(texts.all_styles_button(), Verb.MINE, "", owner),),
    )


def back_to(texts: Texts, one: Style, owner: int) -> Keyboard:
    """Leaves the question for a style's name."""
    return ((_button(texts.no_name_button(), Verb.MINE, str(one.id), owner),),)


def forget(texts: Texts, owner: int) -> Keyboard:
    """The choice after /forget."""
    return (
        (
            replace(
                _button(texts.forget_button(), Verb.FORGET, YES, owner), emphasis=Emphasis.DANGER
            ),
        ),
        (_button(texts.keep_button(), Verb.FORGET, NO, owner),),
    )


def settings(texts: Texts, owner: int, preferences: Preferences, language: str | None) -> Keyboard:
    """All settings with their values; ``language`` is the name of the chosen one."""
    rows = [
        (_button(texts.setting(aspect, preferences, language), Verb.SETTINGS, aspect, owner),)
        for aspect in Aspect
    ]
    return (*rows, (_button(texts.done_button(), Verb.SETTINGS, DONE, owner),))


def choices(
    texts: Texts,
    owner: int,
    preferences: Preferences,
    aspect: Aspect,
    languages: Mapping[str, str],
) -> Keyboard:
    """What one setting can be, the present value marked; ``languages`` are names by code."""
    present = current(preferences, aspect)
    buttons = [
        _button(
            texts.marked(
                texts.choice(aspect, value, languages.get(value)), chosen=value == present
            ),
            Verb.SETTINGS,
            f"{aspect}={value}",
            owner,
        )
        for value in offered(aspect, languages)
    ]
    # Numbers are short: three fit into a row.
    rows = in_rows(buttons, 3 if aspect in {Aspect.STRENGTH, Aspect.STYLE_SCALE} else 1)
    return (*rows, (_button(texts.back_button(), Verb.SETTINGS, "", owner),))


def in_rows(buttons: Sequence[Button], length: int) -> Keyboard:
    """Buttons in rows of this length, the last one perhaps shorter."""
    return tuple(tuple(buttons[at : at + length]) for at in range(0, len(buttons), length))


def _button(
    label: str, verb: Verb, argument: str, owner: int, question: int | None = None
) -> Button:
    data = str(CallbackData(verb, argument, owner, question))
    return Button(label, data, Emphasis.DANGER if verb in _FINAL else None)
