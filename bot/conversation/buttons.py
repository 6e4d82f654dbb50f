"""What happens when a button is pressed. Every press gets an answer, whoever pressed what, and however often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import (
    admin,
    blends,
    places,
    privacy,
    question_buttons,
    results,
    settings_menu,
    sharing,
    status_buttons,
    style_cards,
)
from bot.conversation.effects import CancelJob, CountRefusal, Edit, SetButtons
from bot.conversation.photos import trouble_words, use_as_content
from bot.conversation.refusal import RefusalError
from bot.messages.keyboards import CallbackData, Verb
from core.jobs.models import JobState, Step

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
    **dict.fromkeys(question_buttons.CHOICES, question_buttons.pressed),
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
