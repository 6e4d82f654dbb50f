"""What /settings offers, and how each choice changes a person's preferences."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from core.jobs.preferences import Form, Sound
from core.style.options import Colours, Options, Preset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from core.jobs.preferences import Preferences

YES: Final = "yes"
NO: Final = "no"
NONE: Final = "none"
"""The value of an open choice: no preferred preset, the language of the client."""

PRESETS: Final = (Preset.QUICK, Preset.BALANCED, Preset.FINE, Preset.CLASSIC)
"""The presets with a button. Ultra needs a GPU, and whether a job will get one is not known beforehand."""

QUALITIES: Final = (Preset.QUICK, Preset.BALANCED, Preset.FINE)
"""The presets among which a painting can change while it runs: they share an objective, so that one goes on from another."""

STRENGTHS: Final = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""The strengths to choose from, in one or two rows of buttons."""

STYLE_SCALES: Final = (0.5, 1.0, 2.0)
"""The sizes of a style's strokes to choose from: fine, normal, broad."""


class Aspect(StrEnum):
    """One setting, by the name that it has among the preferences."""

    PRESET = "preset"
    ASK = "ask"
    STRENGTH = "strength"
    COLOURS = "colours"
    STYLE_SCALE = "style_scale"
    FORM = "form"
    SOUND = "sound"
    LANGUAGE = "language"


def offered(aspect: Aspect, languages: Iterable[str]) -> tuple[str, ...]:
    """The values to choose from, in the order in which they are shown; ``languages`` are codes."""
    return {
        Aspect.PRESET: (NONE, *PRESETS),
        Aspect.ASK: (NO, YES),
        Aspect.STRENGTH: tuple(map(str, STRENGTHS)),
        Aspect.COLOURS: (Colours.STYLE, Colours.LUMINANCE),
        Aspect.STYLE_SCALE: tuple(map(str, STYLE_SCALES)),
        Aspect.FORM: tuple(Form),
        Aspect.SOUND: tuple(Sound),
        Aspect.LANGUAGE: (NONE, *languages),
    }[aspect]


def current(preferences: Preferences, aspect: Aspect) -> str:
    """The present value of a setting."""
    if aspect is Aspect.STRENGTH:
        return str(nearest(STRENGTHS, preferences.strength))
    if aspect is Aspect.STYLE_SCALE:
        return str(nearest(STYLE_SCALES, preferences.style_scale))
    if aspect is Aspect.ASK:
        return YES if preferences.ask else NO
    return str(getattr(preferences, aspect) or NONE)


def choose(preferences: Preferences, aspect: Aspect, value: str) -> Preferences:
    """The preferences with one value changed.

    Raises:
        ValueError: The value was never offered.
    """
    return replace(preferences, **{aspect: _READERS[aspect](value)})


def differs_from_default(preferences: Preferences) -> bool:
    """Whether a new job would differ from that of a person who chose nothing."""
    return preferences.options(Options().preset) != Options()


def as_percent(number: float) -> str:
    """How buttons carry a strength or a style size: in percent."""
    return str(round(100 * number))


def from_percent(text: str, choices: Iterable[float]) -> float | None:
    """The inverse, of a number that is among the choices; None if it is not."""
    return next((one for one in choices if as_percent(one) == text), None)


def nearest(choices: Iterable[float], number: float) -> float:
    """Which of some choices a number comes closest to."""
    return min(choices, key=lambda one: abs(one - number))


def _offered_number(choices: Sequence[float], value: str) -> float:
    return choices[[str(one) for one in choices].index(value)]


_READERS: Final[Mapping[Aspect, Callable[[str], Any]]] = {
    Aspect.PRESET: lambda value: None if value == NONE else Preset(value),
    Aspect.ASK: lambda value: value == YES,
    Aspect.STRENGTH: lambda value: _offered_number(STRENGTHS, value),
    Aspect.COLOURS: Colours,
    Aspect.STYLE_SCALE: lambda value: _offered_number(STYLE_SCALES, value),
    Aspect.FORM: Form,
    Aspect.SOUND: Sound,
    Aspect.LANGUAGE: lambda value: None if value == NONE else value,
}
"""What each setting's value stands for; the settings are named as the fields of ``Preferences``."""
