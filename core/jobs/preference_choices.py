"""What /settings offers, and how each choice changes a person's preferences."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from core.jobs.preferences import Form, Sound
from core.style.options import Colours, Options, Preset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.jobs.preferences import Preferences

NONE: Final = "none"
"""The value of an open choice: no preferred preset, the language of the client."""

PRESETS: Final = (Preset.QUICK, Preset.BALANCED, Preset.FINE, Preset.CLASSIC)
"""The presets with a button. Ultra needs a GPU, and whether a job will get one is not known beforehand."""

STRENGTHS: Final = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""The strengths that have a name."""


class Aspect(StrEnum):
    """One setting."""

    PRESET = "preset"
    STRENGTH = "strength"
    COLOURS = "colours"
    FORM = "form"
    SOUND = "sound"
    LANGUAGE = "language"


def offered(aspect: Aspect, languages: Iterable[str]) -> tuple[str, ...]:
    """The values to choose from, in the order in which they are shown; ``languages`` are codes."""
    return {
        Aspect.PRESET: (NONE, *PRESETS),
        Aspect.STRENGTH: tuple(map(str, STRENGTHS)),
        Aspect.COLOURS: (Colours.STYLE, Colours.LUMINANCE),
        Aspect.FORM: tuple(Form),
        Aspect.SOUND: tuple(Sound),
        Aspect.LANGUAGE: (NONE, *languages),
    }[aspect]


def current(preferences: Preferences, aspect: Aspect) -> str:
    """The present value of a setting."""
    if aspect is Aspect.STRENGTH:
        return str(min(STRENGTHS, key=lambda one: abs(one - preferences.strength)))
    return str(getattr(preferences, aspect) or NONE)


def choose(preferences: Preferences, aspect: Aspect, value: str) -> Preferences:
    """The preferences with one value changed.

    Raises:
        ValueError: The value was never offered.
    """
    match aspect:
        case Aspect.PRESET:
            return replace(preferences, preset=None if value == NONE else Preset(value))
        case Aspect.STRENGTH:
            return replace(preferences, strength=STRENGTHS[_place(value)])
        case Aspect.COLOURS:
            return replace(preferences, colours=Colours(value))
        case Aspect.FORM:
            return replace(preferences, form=Form(value))
        case Aspect.SOUND:
            return replace(preferences, sound=Sound(value))
        case Aspect.LANGUAGE:
            return replace(preferences, language=None if value == NONE else value)


def differs_from_default(preferences: Preferences) -> bool:
    """Whether a new job would differ from that of a person who chose nothing."""
    default = Options()
    return (preferences.strength, preferences.colours) != (default.strength, default.colours)


def _place(value: str) -> int:
    return [str(strength) for strength in STRENGTHS].index(value)
