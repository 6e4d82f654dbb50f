"""The keyboards under a result, four buttons and what each of them opens in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.inline_keyboard import Button, Emphasis
from bot.messages.keyboards import CallbackData, Verb, percents
from core.jobs import repeat_options
from core.jobs.models import MAX_BLEND
from core.jobs.preference_choices import STRENGTHS, STYLE_SCALES
from core.jobs.preferences import Part
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.texts import Texts
    from core.jobs.models import Job


def result(texts: Texts, job: Job, *, cutout: bool = False, file_sent: bool = False) -> Keyboard:
    """What people do most with a result; a button that would change nothing is left out.

    Args:
        texts: The person's language.
        job: The job.
        cutout: Whether the result is transparent somewhere, which only its file shows.
        file_sent: Whether the file is on its way although the person wanted the photo only.
    """
    if job.options.collage:
        return _looks(texts, job)
    return _rows(
        [
            _button(texts.stronger_button(), Verb.STRONGER, job)
            if repeat_options.stronger(job.options)
            else None,
            _button(texts.softer_button(), Verb.SOFTER, job)
            if repeat_options.softer(job.options)
            else None,
        ],
        [
            _button(texts.new_style_button(), Verb.NEW_STYLE, job, emphasis=Emphasis.PRIMARY),
            _button(texts.more_button(), Verb.MORE, job),
        ],
        [
            _button(texts.cutout_button(), Verb.FILE, job)
            if cutout and not (file_sent or _file_wanted(job))
            else None,
        ],
    )


def more(texts: Texts, job: Job, *, file_sent: bool = False, shares: bool = True) -> Keyboard:
    """All else that can be done with a result; what would change nothing is left out.

    Args:
        texts: The person's language.
        job: The job.
        file_sent: Whether the file is on its way although the person wanted the photo only.
        shares: Whether styles may be passed on.
    """
    return _rows(
        [
            _button(texts.finer_button(), Verb.FINER, job)
            if repeat_options.finer(job.options)
            else None,
            _button(texts.colours_button(job.options.colours), Verb.COLOURS, job),
        ],
        [
            _button(texts.strength_button(job.options.strength), Verb.STRENGTH, job)
            if _adjustable(job)
            else None,
            _button(texts.style_size_button(job.options.style_scale), Verb.STYLE_SCALE, job)
            if _adjustable(job)
            else None,
        ],
        [
            _button(texts.new_photo_button(), Verb.NEW_PHOTO, job),
            _button(texts.turn_round_button(), Verb.SWAP_RESULT, job),
        ],
        [
            _button(texts.blend_button(), Verb.BLEND, job) if len(job.styles) < MAX_BLEND else None,
        ],
        [
            _button(texts.compare_button(), Verb.COMPARE, job),
            _button(texts.film_button(), Verb.FILM, job),
        ],
        [
            _button(texts.curve_button(), Verb.CURVE, job),
            None
            if file_sent or _file_wanted(job)
            else _button(texts.file_button(), Verb.FILE, job),
        ],
        [_button(texts.share_button(), Verb.SHARE, job) if shares else None],
        [_button(texts.back_button(), Verb.BACK, job)],
    )


def _looks(texts: Texts, job: Job) -> Keyboard:
    """A button for each tile of a collage, in the rows of the tiles, and the ways to other styles."""
    tiles: list[Button | None] = [
        _button(texts.numbered(number, texts.builtin_name(name)), Verb.LOOK, job, name)
        for number, name in enumerate(job.options.collage, 1)
    ]
    return _rows(
        *(tiles[at : at + 3] for at in range(0, len(tiles), 3)),
        [
            _button(texts.other_looks_button(), Verb.OTHER_LOOKS, job),
            _button(texts.new_style_button(), Verb.NEW_STYLE, job),
        ],
    )


def strengths(texts: Texts, job: Job) -> Keyboard:
    """How strongly to paint the style; the present strength is marked."""
    named = {one: texts.strength_name(one) for one in STRENGTHS}
    rows = _percents(texts, job, Verb.STRENGTH, named, job.options.strength)
    return (*rows, _way_back(texts, job))


def style_sizes(texts: Texts, job: Job) -> Keyboard:
    """How large the style's strokes are to be; the present size is marked."""
    named = {one: texts.style_size_name(one) for one in STYLE_SCALES}
    rows = _percents(texts, job, Verb.STYLE_SCALE, named, job.options.style_scale)
    return (*rows, _way_back(texts, job))


def _percents(
    texts: Texts, job: Job, verb: Verb, named: Mapping[float, str], present: float
) -> Keyboard:
    return percents(texts, lambda label, value: _button(label, verb, job, value), named, present)


def _file_wanted(job: Job) -> bool:
    """Whether the file was sent, or is sent anyway."""
    return Part.DOCUMENT in job.handover.form.parts or job.has(Part.DOCUMENT)


def _adjustable(job: Job) -> bool:
    return job.options.preset is not Preset.CLASSIC


def _way_back(texts: Texts, job: Job) -> tuple[Button, ...]:
    """From the choices of one thing to all that can be done."""
    return (_button(texts.back_button(), Verb.MORE, job),)


def _button(
    label: str, verb: Verb, job: Job, value: str = "", *, emphasis: Emphasis | None = None
) -> Button:
    argument = f"{job.id}={value}" if value else str(job.id)
    return Button(label, str(CallbackData(verb, argument, job.person.user_id)), emphasis)


def _rows(*rows: list[Button | None]) -> Keyboard:
    shown = (tuple(button for button in row if button is not None) for row in rows)
    return tuple(row for row in shown if row)
