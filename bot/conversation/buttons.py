"""What happens when a button is pressed. Every press gets an answer, whoever pressed what, and however often."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation import (
    admin,
    blends,
    places,
    privacy,
    results,
    settings_menu,
    sharing,
    status_buttons,
    style_cards,
)
from bot.conversation.effects import CancelJob, CountRefusal, Edit, SetButtons, StyleImage
from bot.conversation.photos import begins_at_once, swap, trouble_words, use_as_content
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards
from bot.messages.keyboards import BACK, CallbackData, Verb
from core.jobs.job_errors import StyleGoneError
from core.jobs.models import EMPTY_SESSION, JobState, SentPicture, Step
from core.jobs.preference_choices import PRESETS, STRENGTHS, from_percent
from core.jobs.repeat_options import looks
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed
    from core.jobs.models import JobFacts

_ELSEWHERE: Final[dict[Verb, Callable[[Draft, ButtonPressed, CallbackData], None]]] = {
    Verb.ADMIN: admin.pressed,
    Verb.SETTINGS: settings_menu.pressed,
    Verb.FORGET: privacy.pressed,
    Verb.SEND_HERE: places.pressed,
    Verb.SHARE: sharing.share_style_of_result,
    Verb.SHARE_MINE: sharing.share_own_style,
    Verb.STOP_SHARING: sharing.stop,
    Verb.WEIGHTS: blends.pressed,
    **dict.fromkeys(
        (Verb.MINE, Verb.USE, Verb.NAME, Verb.KEEP, Verb.LET_GO, Verb.REMOVE), style_cards.pressed
    ),
}
"""The flows that have modules of their own."""


def button_pressed(draft: Draft, event: ButtonPressed) -> None:
    """A button was pressed; a refused one changes nothing, shows an alert, and goes if it can never be of use again."""
    before = draft.state
    try:
        _press(draft, event, _data(draft, event))
    except RefusalError as refusal:
        draft.state = before
        draft.effects.clear()
        draft.answer(event.query_id, str(refusal), alert=True)
        if refusal.full is not None:
            draft.effects.append(CountRefusal(refusal=refusal.full))
        if _is_dead(draft, event, refusal):
            draft.effects.append(SetButtons(message_id=event.message_id))


def _is_dead(draft: Draft, event: ButtonPressed, refusal: RefusalError) -> bool:
    """Whether no button of the message under which the press was can do anything again."""
    facts, shown = draft.state.facts.subject, draft.state.facts.pressed_job
    if event.message_id in {None, draft.state.session.question_message_id}:
        return False
    if shown is None:
        return refusal.dead
    # The message may show something else by now than where the button was: a question that has become a result.
    if facts is None or facts.job.id != shown.id:
        return False
    job, kept = facts.job, facts.pictures_kept or facts.result is not None
    return job.state.final and not (job.held or kept)


def _data(draft: Draft, event: ButtonPressed) -> CallbackData:
    """What the button carries, if it is the person's."""
    data = CallbackData.parse(event.data)
    if data is None:
        raise RefusalError(draft.texts.old_button(), dead=True)
    if data.owner != draft.owner and not (data.verb is Verb.CANCEL and event.may_stop):
        raise RefusalError(draft.texts.not_yours())
    return data


def _press(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    if data.verb in _ELSEWHERE:
        _ELSEWHERE[data.verb](draft, event, data)
    elif data.verb is Verb.DROP:
        _drop(draft, event)
    elif data.verb in _OF_QUESTIONS:
        _OF_QUESTIONS[data.verb](draft, event, data)
    elif data.verb is Verb.PROFILE:
        _take_profile_photo(draft, event)
    elif data.verb is Verb.CANCEL:
        _cancel(draft, event, _subject(draft, may_stop=event.may_stop))
    elif data.verb in {Verb.QUALITY, Verb.CHANGE, Verb.GO_ON}:
        status_buttons.pressed(draft, event, data, _subject(draft))
    else:
        results.pressed(draft, event, data, _subject(draft))


def _subject(draft: Draft, *, may_stop: bool = False) -> JobFacts:
    """The job that a button is about, if the person may decide about it: its owner stands in the job itself."""
    facts = draft.state.facts.subject
    if facts is None:
        raise RefusalError(draft.texts.unknown_painting(), dead=True)
    if facts.job.person != draft.state.person and not may_stop:
        raise RefusalError(draft.texts.not_yours())
    return facts


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
        if _leads_to_active_job(draft, event, data):
            draft.answer(event.query_id)  # A second press of the same button.
            return
        raise RefusalError(texts.settled_question(draft.state.session), dead=True)
    options = draft.wanted.options(preset)
    job_id, text, keyboard = draft.submit_session(options, status=question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.remember_style(job_id)
    draft.answer(event.query_id, texts.chosen(preset))


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
        if _leads_to_active_job(draft, event, data):
            draft.answer(event.query_id)  # A second press of the same button.
            return
        raise RefusalError(texts.settled_question(draft.state.session), dead=True)
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
    texts, question = draft.texts, _open_question(draft, event, data)
    content = draft.state.session.content
    if question is None or content is None:
        if _leads_to_active_job(draft, event, data):
            draft.answer(event.query_id)  # A second press of the same button.
            return
        raise RefusalError(texts.settled_question(draft.state.session), dead=True)
    draft.require_room()
    options = looks(draft.wanted.options(Preset.QUICK))
    _, text, keyboard = draft.submit((content, content), options, status=question)
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.set_session(EMPTY_SESSION)
    draft.answer(event.query_id)


def _take_profile_photo(draft: Draft, event: ButtonPressed) -> None:
    """The person's profile photo becomes the photo, also if another one was sent meanwhile."""
    if not draft.state.private:
        raise RefusalError(draft.texts.old_button())
    if event.picture is not None:
        use_as_content(draft, event.picture)
    elif event.trouble is not None:
        words, session = trouble_words(draft.texts, event.trouble), draft.state.session
        if event.trouble.missing and session.step is Step.CONTENT:
            draft.say(
                f"{words}\n\n{draft.texts.expected(session)}"
            )  # Without the button, which leads nowhere.
        else:
            draft.remind(words)
    draft.answer(event.query_id)


def _drop(draft: Draft, event: ButtonPressed) -> None:
    draft.drop_session()
    if event.message_id is not None:
        draft.effects.append(
            Edit(
                text=draft.texts.dropped(),
                message_id=event.message_id,
                captioned=event.captioned,
            )
        )
    draft.answer(event.query_id)


def _cancel(draft: Draft, event: ButtonPressed, facts: JobFacts) -> None:
    texts, job = draft.texts, facts.job
    if job.state not in {JobState.QUEUED, JobState.RUNNING}:
        raise RefusalError(texts.over())
    draft.effects.append(CancelJob(job_id=job.id))
    status = None if job.status is None else job.status.message_id
    if event.message_id is not None and event.message_id != status:
        draft.effects.append(
            Edit(
                text=texts.cancelled(),
                message_id=event.message_id,
                captioned=event.captioned,
            )
        )
    draft.answer(event.query_id, texts.cancelling())


_OF_QUESTIONS: Final[dict[Verb, Callable[[Draft, ButtonPressed, CallbackData], None]]] = {
    Verb.PRESET: _choose_preset,
    Verb.QUESTION_STRENGTH: _choose_strength,
    Verb.SWAP: _swap,
    Verb.PICK: _pick_style,
    Verb.LOOKS: _try_looks,
}
"""The buttons of a question."""
