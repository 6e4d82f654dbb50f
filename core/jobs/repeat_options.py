"""The options of the job that each button under a result, or under a failure, submits."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.style.options import Colours, Options, Preset

STEP: Final = 0.2
"""How much a press changes the strength: five presses from one end to the other."""

_FINER: Final = {Preset.QUICK: Preset.BALANCED, Preset.BALANCED: Preset.FINE}


def softer(options: Options) -> Options | None:
    """Less strength; None if it is at its lower end."""
    return _with_strength(options, options.strength - STEP)


def stronger(options: Options) -> Options | None:
    """More strength; None if it is at its upper end."""
    return _with_strength(options, options.strength + STEP)


def finer(options: Options) -> Options | None:
    """The next larger preset; None after the last one."""
    following = _FINER.get(options.preset)
    return None if following is None else replace(options, preset=following)


def smallest(options: Options) -> Options:
    """The smallest preset, which needs the least memory and time."""
    return replace(options, preset=Preset.QUICK)


def other_colours(options: Options) -> Options:
    """The colours of the photo instead of those of the style, or back."""
    kept = options.colours is not Colours.STYLE
    return replace(options, colours=Colours.STYLE if kept else Colours.LUMINANCE)


def _with_strength(options: Options, strength: float) -> Options | None:
    # At 0 the result would be the photo, and classic has no strength.
    within = round(min(1.0, max(0.1, strength)), 2)
    if options.preset is Preset.CLASSIC or within == options.strength:
        return None
    return replace(options, strength=within)
