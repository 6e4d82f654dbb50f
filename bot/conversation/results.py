"""The buttons under a result or a failure: repeat it in another way, or look at how it came about."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Final

from bot.conversation import blends
from bot.conversation.effects import Film, LossCurve, ReleaseResult, Send, SetButtons
from bot.conversation.job_events import send_file, send_result
from bot.conversation.refusal import RefusalError
from bot.messages import result_keyboards
from bot.messages.keyboards import Verb
from core.jobs import repeat_options
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import Role, Session
from core.jobs.preference_choices import STRENGTHS, STYLE_SCALES, from_percent
from core.jobs.preferences import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import BotMessage, Job, JobFacts, SentPicture
    from core.style.options import Options
    from core.style.progress import Result

_CHANGES: Final[Mapping[Verb, tuple[Callable[[Options], Options | None], bool]]] = {
    Verb.SOFTER: (repeat_options.softer, True),
    Verb.STRONGER: (repeat_options.stronger, True),
    Verb.FINER: (repeat_options.finer, True),
    Verb.COLOURS: (repeat_options.other_colours, False),
    Verb.OTHER_LOOKS: (repeat_options.other_looks, False),
    Verb.TRY_AGAIN: (repeat_options.smallest, False),
}
"""How each button changes the options, and whether the new job starts from the result."""

_CHOICES: Final[
    Mapping[Verb, tuple[Sequence[float], Callable[[Options, float], Options | None], bool]]
] = {
    Verb.STRENGTH: (STRENGTHS, repeat_options.with_strength, True),
    Verb.STYLE_SCALE: (STYLE_SCALES, repeat_options.with_style_scale, False),
}
"""What each of these offers, how a choice changes the options, and whether the new job starts from the result."""

_BEGINNING: Final = {Verb.NEW_PHOTO, Verb.NEW_STYLE, Verb.BLEND}
"""What begins another session."""

_KEYBOARDS: Final[Mapping[Verb, Callable[[Draft, Job, Result], Keyboard]]] = {
    Verb.MORE: lambda draft, job, _: result_keyboards.more(draft.texts, job, shares=draft.shares),
    Verb.BACK: lambda draft, job, result: result_keyboards.result(
        draft.texts, job, cutout=result.cutout
    ),
    Verb.STRENGTH: lambda draft, job, _: result_keyboards.strengths(draft.texts, job),
    Verb.STYLE_SCALE: lambda draft, job, _: result_keyboards.style_sizes(draft.texts, job),
}
"""What each button opens in its own place."""


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData, facts: JobFacts) -> None:
    """A button under a result or a failure."""
    job, verb, notice = facts.job, data.verb, ""
    if data.value and verb in _CHOICES:
        notice = _choose(draft, facts, data)
    elif verb in _KEYBOARDS:
        _open(draft, event, facts, _KEYBOARDS[verb])
    elif verb in _CHANGES:
        change, from_result = _CHANGES[verb]
        notice = repeat(draft, facts, change(job.options), from_result=from_result)
    elif verb is Verb.LOOK:
        notice = _paint_look(draft, event, facts)
    elif verb is Verb.SWAP_RESULT:
        notice = repeat(draft, facts, job.options, swapped=True)
    elif verb in _BEGINNING:
        _begin(draft, facts, verb)
    elif verb is Verb.SEND_AGAIN:
        if facts.job.missing:
            draft.effects.append(ReleaseResult(job_id=job.id))
            send_result(draft, job, _kept_result(draft, facts))
    else:
        notice = _show(draft, facts, verb)
    draft.answer(event.query_id, notice)


def _open(
    draft: Draft,
    event: ButtonPressed,
    facts: JobFacts,
    keyboard_of: Callable[[Draft, Job, Result], Keyboard],
) -> None:
    """Show other buttons under the result, in place."""
    if facts.result is None or not facts.pictures_kept:
        raise RefusalError(draft.texts.said(PictureGoneError().spoken))
    # By its row if it has one, so that the changes of one message keep their order.
    parts = [one for one in facts.job.messages if one.role in {Role.PHOTO, Role.DOCUMENT}]
    row = next((one.id for one in parts if event.message_id in {None, one.message_id}), None)
    message_id = event.message_id if row is None else None
    keyboard = keyboard_of(draft, facts.job, facts.result)
    draft.effects.append(SetButtons(message=row, message_id=message_id, keyboard=keyboard))


def _choose(draft: Draft, facts: JobFacts, data: CallbackData) -> str:
    """Paint with one of the offered numbers, which the button carries as percent."""
    offered, change, from_result = _CHOICES[data.verb]
    chosen = from_percent(data.value, offered)
    options = None if chosen is None else change(facts.job.options, chosen)
    if options == facts.job.options:
        return draft.texts.as_it_is()
    return repeat(draft, facts, options, from_result=from_result)


def repeat(
    draft: Draft,
    facts: JobFacts,
    options: Options | None,
    *,
    from_result: bool = False,
    swapped: bool = False,
    style: SentPicture | None = None,
) -> str:
    """Submit a job with a job's pictures; what to say to the press.

    Args:
        draft: The turn.
        facts: The job.
        options: The choices of the new one; None if the button should not be there.
        from_result: Whether it starts from the job's result.
        swapped: Whether photo and style change places.
        style: Another style picture than the job's.

    Raises:
        RefusalError: It cannot be submitted.
    """
    texts, job = draft.texts, facts.job
    if options is None:
        raise RefusalError(texts.no_such_change())
    # The blend belongs to the job's own style.
    pictures, further = (job.content, style or job.style), job.further if style is None else ()
    if swapped:
        pictures, further = (job.style, job.content), ()
        options = replace(options, style_weights=())
    if is_under_way(draft, pictures[0], (pictures[1], *further), options):
        return texts.already()  # A double press is one press.
    require_pictures(draft, facts)
    if from_result and facts.result is None:
        raise RefusalError(texts.said(PictureGoneError().spoken))
    submit_anew(
        draft,
        job,
        pictures,
        options,
        start_from=job.id if from_result else None,
        further=further,
    )
    return texts.in_hand()


def submit_anew(
    draft: Draft,
    job: Job,
    pictures: tuple[SentPicture, SentPicture],
    options: Options,
    *,
    further: tuple[SentPicture, ...],
    status: BotMessage | None = None,
    start_from: int | None = None,
    continues: int | None = None,
) -> None:
    """Submit another job after one, with a status message that answers its photo, in the topic of both.

    Args:
        draft: The turn.
        job: The earlier one.
        pictures: Content and style.
        options: The choices of the transfer.
        further: The styles that are blended with the first one.
        status: The message that becomes its status; None for a new one.
        start_from: A job whose result is the initial image.
        continues: A cancelled job that it goes on with.
    """
    row = draft.new_message() if status is None else status.id
    job_id, text, keyboard = draft.submit(
        pictures,
        options,
        status=row,
        start_from=start_from,
        continues=continues,
        further=further,
        after=job,
    )
    send = Send(
        text=text,
        message=row,
        role=Role.STATUS,
        keyboard=keyboard,
        reply_to=pictures[0].message_id or None,
        topic=job.topic,
        silent=draft.is_silent(job, final=False),
        job_id=job_id,
    )
    draft.show_status(send, anew=status is None)


def _what_is_painted(
    content: SentPicture, styles: tuple[SentPicture, ...], options: Options
) -> tuple[int, tuple[int | str, ...], Options]:
    """What makes two jobs the same; a built-in style is a picture of its own each time that it is chosen."""
    return content.id, tuple(one.builtin or one.id for one in styles), options


def _paint_look(draft: Draft, event: ButtonPressed, facts: JobFacts) -> str:
    """Paint a collage's photo in the style of one of its tiles, as that shows it, in the person's usual quality."""
    if event.trouble is not None and event.trouble.reason is not None:
        raise RefusalError(draft.texts.said(event.trouble.reason))
    if event.picture is None:
        raise RefusalError(draft.texts.no_such_change())
    shown, preferences = facts.job.options, draft.state.preferences
    options = replace(
        preferences.options(preferences.usual_preset),
        strength=shown.strength,
        colours=shown.colours,
        style_scale=shown.style_scale,
    )
    return repeat(draft, facts, options, style=event.picture)


def is_under_way(
    draft: Draft, content: SentPicture, styles: tuple[SentPicture, ...], options: Options
) -> bool:
    """Whether such a job waits or runs already."""
    wanted = _what_is_painted(content, styles, options)
    return any(
        _what_is_painted(one.content, one.styles, one.options) == wanted for one in draft.state.jobs
    )


def require_pictures(draft: Draft, facts: JobFacts) -> None:
    """Raises RefusalError if another job with the same pictures is not possible."""
    if not facts.pictures_kept:
        raise RefusalError(draft.texts.said(PictureGoneError().spoken))
    draft.require_room()


def _begin(draft: Draft, facts: JobFacts, verb: Verb) -> None:
    """Begin another session with some of the job's pictures."""
    if not facts.pictures_kept:
        raise RefusalError(draft.texts.said(PictureGoneError().spoken))
    job = facts.job
    if verb is Verb.BLEND:
        session = blends.session_for(draft, facts)
    elif verb is Verb.NEW_STYLE:
        session = Session(content=job.content)
    else:
        session = Session(style=job.style, further_of=job.id if job.further else None)
    draft.close_question()
    draft.set_session(session)
    draft.remind()


def _show(draft: Draft, facts: JobFacts, verb: Verb) -> str:
    """The file, a film or the loss curve."""
    job, texts = facts.job, draft.texts
    if verb is Verb.FILE and job.has(Part.DOCUMENT):
        return texts.file_sent()
    result = _kept_result(draft, facts)
    match verb:
        case Verb.FILE:
            send_file(draft, job, result)
        case Verb.CURVE:
            labels = astuple(texts.curve_labels())
            _send_once(draft, job, texts.curve_caption(), LossCurve(job.id, labels))
        case _:
            if not facts.pictures_kept:
                raise RefusalError(texts.said(PictureGoneError().spoken))
            compare = verb is Verb.COMPARE
            caption = texts.compare_caption() if compare else texts.film_caption()
            _send_once(draft, job, caption, Film(job.id, compare))
    return texts.a_moment()


def _send_once(draft: Draft, job: Job, text: str, attachment: Film | LossCurve) -> None:
    draft.effects.append(
        Send(
            text=text,
            attachment=attachment,
            reply_to=job.result_message_id or None,
            topic=job.topic,
            once=True,
            job_id=job.id,
        )
    )


def _kept_result(draft: Draft, facts: JobFacts) -> Result:
    if facts.result is None:
        raise RefusalError(draft.texts.said(PictureGoneError().spoken))
    return facts.result
