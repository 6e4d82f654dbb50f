"""The options of the job that each button under a result, or under a failure, submits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.jobs.job_errors import PictureGoneError, TooManyCrashesError
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Colours, Options, Preset
from core.style.style_errors import UNPREPARED, NotFiniteError, OutOfMemoryError, TooLongError

if TYPE_CHECKING:
    from core.sentences import Sentence

STEP: Final = 0.2
"""How much a press changes the strength: five presses from one end to the other."""

LOOKS: Final = 6
"""How many styles a collage shows."""

LOOK_SIDE: Final = 256
"""Long side in pixels of a tile of a collage."""

_LASTING: Final = {UNPREPARED.text, PictureGoneError().spoken.text}
"""Why a job failed that would fail with any options."""

_TOO_MUCH: Final = {
    OutOfMemoryError().spoken.text,
    TooLongError(hours=1).spoken.text,
    NotFiniteError().spoken.text,
    TooManyCrashesError(attempts=1).spoken.text,
}
"""Why a job failed that would fail again with the same options."""

_FINER: Final = {Preset.QUICK: Preset.BALANCED, Preset.BALANCED: Preset.FINE}


def softer(options: Options) -> Options | None:
    """Less strength; None if it is at its lower end."""
    return _with_strength(options, options.strength - STEP)


def stronger(options: Options) -> Options | None:
    """More strength; None if it is at its upper end."""
    return _with_strength(options, options.strength + STEP)


def with_strength(options: Options, strength: float) -> Options | None:
    """Another strength; None if the recipe has none."""
    return None if options.preset is Preset.CLASSIC else replace(options, strength=strength)


def with_style_scale(options: Options, scale: float) -> Options | None:
    """Another size of the style's strokes; None if the recipe has its own."""
    return None if options.preset is Preset.CLASSIC else replace(options, style_scale=scale)


def blended(options: Options, styles: int, share: float | None) -> Options:
    """One more style beside those that there are, which keep their proportions.

    Args:
        options: The options of the job that has them.
        styles: How many there are.
        share: How much of the result is the new style's, above 0 and below 1; None for as much as each of the others.
    """
    if share is None:
        return replace(options, style_weights=())
    old = options.style_weights or (1.0,) * styles
    kept = tuple(round((1 - share) * weight / sum(old), 4) for weight in old)
    return replace(options, style_weights=(*kept, share))


def finer(options: Options) -> Options | None:
    """The next larger preset; None after the last one."""
    following = _FINER.get(options.preset)
    return None if following is None else replace(options, preset=following)


def smallest(options: Options) -> Options:
    """The smallest preset, which needs the least memory and time."""
    return replace(options, preset=Preset.QUICK)


def after_failure(options: Options, reason: Sentence | None) -> Options | None:
    """The options with which a job that failed is worth another try; None if that would only fail again."""
    tried, text = smallest(options), None if reason is None else reason.text
    if text in _LASTING or (text in _TOO_MUCH and tried == options):
        return None
    return tried


def looks(options: Options) -> Options:
    """A small collage of the photo in the first built-in styles."""
    first = BUILTIN_STYLES[:LOOKS]
    return replace(options, preset=Preset.QUICK, size=LOOK_SIDE, collage=first)


def other_looks(options: Options) -> Options | None:
    """A collage of the styles that are not in this one; None for what is no collage."""
    others = tuple(name for name in BUILTIN_STYLES if name not in options.collage)
    return replace(options, collage=others[:LOOKS]) if options.collage else None


def other_colours(options: Options) -> Options:
    """The colours of the photo instead of those of the style, or back."""
    kept = options.colours is not Colours.STYLE
    return replace(options, colours=Colours.STYLE if kept else Colours.LUMINANCE)


def is_of_use(painted: Options, wanted: Options) -> bool:
    """Whether a picture painted with some options is a beginning for others: in other colours it is not."""
    return painted.colours == wanted.colours


def _with_strength(options: Options, strength: float) -> Options | None:
    # At 0 the result would be the photo, and classic has no strength.
    within = round(min(1.0, max(0.1, strength)), 2)
    if options.preset is Preset.CLASSIC or within == options.strength:
        return None
    return replace(options, strength=within)
