"""The buttons of a question: a style, a quality, a strength or a swap, for the painting that is being prepared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import Edit, SetButtons, StyleImage
from bot.conversation.photos import begins_at_once
from bot.conversation.picture_places import swap
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards
from bot.messages.keyboards import BACK, Verb
from core.jobs.job_errors import StyleGoneError
from core.jobs.models import EMPTY_SESSION, Step
from core.jobs.preference_choices import PRESETS, STRENGTHS, from_percent
from core.jobs.repeat_options import looks
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import SentPicture


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """A button of a question; it counts as long as that is the open one."""
    CHOICES[data.verb](draft, event, data)


def _open_question(draft: Draft, event: ButtonPressed, data: CallbackData) -> int | None:
    """The open question if a button belongs to it; by its message, if it is of version 3 and bears no number."""
    session = draft.state.session
    if data.question is not None:
        return session.question if session.question == data.question else None
    by_message = event.message_id is not None and session.question_message_id == event.message_id
    return session.question if by_message else None


def _choose_preset(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    texts, session = draft.texts, draft.state.session
    if data.argument not in PRESETS:
        raise RefusalError(texts.old_button())
    preset, question = Preset(data.argument), _open_question(draft, event, data)
    if question is None or session.step is not Step.PRESET:
        _answer_late(draft, event, data)
        return
    options = draft.wanted.options(preset)
    job_id, text, keyboard = draft.submit_session(options, status=question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.remember_style(job_id)
    draft.answer(event.query_id, texts.chosen(preset))


def _answer_late(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """A button that begins a painting was pressed when its question was settled: twice, or too late.

    Raises:
        RefusalError: It did not lead to a painting that is active.
    """
    if not _leads_to_active_job(draft, event, data):
        raise RefusalError(draft.texts.settled_question(draft.state.session), dead=True)
    draft.answer(event.query_id)


def _leads_to_active_job(draft: Draft, event: ButtonPressed, data: CallbackData) -> bool:
    statuses = [job.status for job in draft.state.jobs if job.status is not None]
    return any(
        status.id == data.question
        or (event.message_id is not None and status.message_id == event.message_id)
        for status in statuses
    )


def _swap(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    session, question = draft.state.session, _open_question(draft, event, data)
    if session.step is not Step.PRESET or question is None:
        raise RefusalError(draft.texts.settled_question(session), dead=True)
    draft.set_session(swap(session.settled))
    text, keyboard = draft.preset_question(draft.texts.swapped(), question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.answer(event.query_id)


def _choose_strength(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """The question for a preset opens the strengths in its place, takes one for this painting, or comes back."""
    session, question, texts = draft.state.session, _open_question(draft, event, data), draft.texts
    if session.step is not Step.PRESET or question is None:
        raise RefusalError(texts.settled_question(session), dead=True)
    strength = from_percent(data.argument, STRENGTHS)
    if not data.argument:
        keyboard = keyboards.question_strengths(texts, draft.owner, question, draft.wanted.strength)
        draft.effects.append(SetButtons(message=question, keyboard=keyboard))
        draft.answer(event.query_id)
        return
    if strength is not None:
        wishes = replace(session.wishes, strength=strength)
        draft.set_session(replace(session, wishes=wishes))
    elif data.argument != BACK:
        raise RefusalError(texts.old_button())
    text, keyboard = draft.preset_question(texts.expected(session), question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.answer(event.query_id)


def _pick_style(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """A style of the sheet becomes the session's style; the sheet becomes the status, or the question for a preset."""
    texts, session, question = draft.texts, draft.state.session, _open_question(draft, event, data)
    if session.content is None or question is None:
        _answer_late(draft, event, data)
        return
    if event.trouble is not None and event.trouble.reason is not None:
        raise RefusalError(texts.said(event.trouble.reason))
    picture: SentPicture | None
    if data.argument in BUILTIN_STYLES:
        picture, image = event.picture, StyleImage(builtin=data.argument)
        head = texts.took(texts.builtin_name(data.argument))
    else:
        style = draft.state.style(data.argument)
        if style is None:
            raise RefusalError(texts.said(StyleGoneError().spoken))
        picture, image = style.picture, StyleImage(picture_id=style.picture.id)
        head = texts.took_mine() if style.name is None else texts.took(style.name)
    if picture is None:
        raise RefusalError(texts.said(StyleGoneError().spoken))
    chosen = session.with_style(picture)
    draft.set_session(chosen)
    if begins_at_once(draft):
        wanted = draft.wanted
        options = wanted.options(wanted.usual_preset)
        job_id, text, keyboard = draft.submit_session(options, status=question)
        text = f"{head}\n{text}"
    else:
        words = texts.joined(head, texts.expected(chosen))
        job_id, (text, keyboard) = None, draft.last_question(words, question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard, attachment=image))
    if job_id is not None:
        draft.remember_style(job_id)
    draft.answer(event.query_id)


def _try_looks(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """Paint the session's photo small in several built-in styles; the sheet becomes the job's status."""
    question = _open_question(draft, event, data)
    content = draft.state.session.content
    if question is None or content is None:
        _answer_late(draft, event, data)
        return
    draft.require_room()
    options = looks(draft.wanted.options(Preset.QUICK))
    _, text, keyboard = draft.submit((content, content), options, status=question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.set_session(EMPTY_SESSION)
    draft.answer(event.query_id)


CHOICES: Final[Mapping[Verb, Callable[[Draft, ButtonPressed, CallbackData], None]]] = {
    Verb.PRESET: _choose_preset,
    Verb.QUESTION_STRENGTH: _choose_strength,
    Verb.SWAP: _swap,
    Verb.PICK: _pick_style,
    Verb.LOOKS: _try_looks,
}
"""What each of them does."""
