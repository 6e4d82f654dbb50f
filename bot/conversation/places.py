"""Where the bot may write: what becomes of what Telegram refuses for good, and of those who go and come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import (
    CancelJob,
    Delete,
    DeliverJob,
    HoldResult,
    MoveJob,
    NoteMuted,
    Refusal,
    ReleaseResult,
    Send,
    SetForm,
)
from bot.conversation.job_events import is_part, result_image, send_result, send_unconfirmed
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards, result_keyboards, status_keyboards
from bot.messages.texts.result_texts import UNDELIVERABLE
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import JobState, Role
from core.jobs.preferences import Form, Part

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import Added, ButtonPressed, LetIn, SendFailed, ShutOut
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import Job, JobFacts

_OTHER_PART: Final = {
    (Refusal.PHOTOS, Part.PHOTO): (Refusal.FILES, Form.FILE),
    (Refusal.FILES, Part.DOCUMENT): (Refusal.PHOTOS, Form.PHOTO),
}
"""What to try when a part of a result is refused, unless that was refused before."""


def added(draft: Draft, _event: Added) -> None:
    """Somebody added the bot to a group: how to use it, in two lines."""
    draft.effects.append(Send(text=draft.texts.added()))


def shut_out(draft: Draft, _event: ShutOut) -> None:
    """The jobs here stop and free their places; a result that is ready waits, and its owner learns so in private."""
    finished = draft.state.facts.unfinished
    for job in draft.state.jobs:
        draft.effects += [CancelJob(job_id=job.id), HoldResult(job_id=job.id)]
    for job in finished:
        draft.effects.append(HoldResult(job_id=job.id))
        if not draft.state.private:
            _tell_in_private(draft, draft.texts.waits(Refusal.SHUT_OUT), job)
    if draft.state.jobs and not draft.state.private:
        _tell_in_private(draft, draft.texts.removed_from_group())


def let_in(draft: Draft, _event: LetIn) -> None:
    """The bot may write here again."""
    send_held(draft)


def send_held(draft: Draft) -> None:
    """Send the results that wait for the person here; in private, offer those of other chats."""
    for facts in draft.state.facts.held:
        job = facts.job
        if job.person != draft.state.person:
            if facts.result is not None:
                _offer(draft, job)
            continue
        draft.effects.append(ReleaseResult(job_id=job.id))
        if facts.result is not None:
            send_result(draft, job, facts.result)
        elif job.state is JobState.CANCELLED:
            draft.set_status(
                job, draft.texts.stopped(), status_keyboards.try_again(draft.texts, job)
            )


def pressed(draft: Draft, event: ButtonPressed, _data: CallbackData) -> None:
    """Send a result that waits to where the button was pressed; from then on the job belongs there."""
    facts = draft.state.facts.subject
    if facts is None:
        raise RefusalError(draft.texts.unknown_painting(), dead=True)
    if facts.job.person.user_id != draft.owner:
        raise RefusalError(draft.texts.not_yours())
    if facts.result is None:
        raise RefusalError(draft.texts.said(PictureGoneError().spoken))
    if facts.job.held:
        job = _moved(draft, facts)
        draft.effects.append(MoveJob(job_id=job.id, topic=draft.topic))
        draft.effects.append(SetForm(job=job, form=job.handover.form))
        send_result(draft, job, facts.result)
    elif facts.job.result_message_id is not None:
        raise RefusalError(draft.texts.sent_already())
    draft.answer(event.query_id, draft.texts.a_moment())


def send_failed(draft: Draft, event: SendFailed) -> None:
    """A message was not sent, or may not have been."""
    if event.unanswered or event.reason is not None:
        send_unconfirmed(draft, event)
        return
    effect, job, refusal = event.effect, event.facts_of, event.refusal or Refusal.OTHER
    if effect.job_id is not None and job is None:
        return  # The person was forgotten meanwhile.
    if effect.chat_id is not None:
        _tell_in_general(draft, effect, job)
    elif job is not None and is_part(job, effect):
        _part_refused(draft, effect, job, refusal)
    elif refusal in {Refusal.TEXT, Refusal.TOPIC}:
        _say_why_in_private(draft, refusal)
    elif refusal is not Refusal.SHUT_OUT:
        draft.effects.append(
            Send(text=draft.texts.refused(refusal), topic=effect.topic, reply_to=effect.reply_to)
        )


def _moved(draft: Draft, facts: JobFacts) -> Job:
    """A job in the turn's place, in which it has no messages yet, and which may take all forms of its result."""
    job, person = facts.job, draft.state.person
    content = job.content
    if job.person.chat_id != person.chat_id or job.topic != draft.topic:
        content = replace(content, message_id=0)
    handover = replace(job.handover, form=draft.state.preferences.form)
    return replace(
        job,
        person=person,
        topic=draft.topic,
        messages=(),
        content=content,
        handover=handover,
    )


def _part_refused(draft: Draft, effect: Send, job: Job, refusal: Refusal) -> None:
    """A part of a result: the other part may do, or it waits for the person."""
    part, photo = Part(effect.role or ""), job.message(Role.PHOTO)
    other, form = _OTHER_PART.get((refusal, part), (None, None))
    if form is Form.PHOTO and photo is not None and photo.message_id is not None:
        draft.effects += [SetForm(job=job, form=form), DeliverJob(job_id=job.id)]
        _delete_status(draft, job)
    elif form is not None and other not in effect.refused:
        changed = replace(job, handover=replace(job.handover, form=form))
        draft.effects.append(SetForm(job=job, form=form))
        draft.effects.append(_as(draft, effect, changed, refusal))
        _delete_status(draft, job)
    else:
        _hold(draft, job, refusal)


def _as(draft: Draft, effect: Send, job: Job, refusal: Refusal) -> Send:
    """A part of a result as the only one of its form."""
    (part,) = job.handover.form.parts
    return replace(
        effect,
        message=draft.new_message(),
        role=Role(part),
        keyboard=result_keyboards.result(draft.texts, job),
        attachment=result_image(job, part),
        delivers=True,
        refused=(*effect.refused, refusal),
    )


def _hold(draft: Draft, job: Job, refusal: Refusal) -> None:
    """The result waits behind a button, and the person learns why."""
    draft.effects.append(HoldResult(job_id=job.id))
    if refusal is Refusal.OTHER:
        keyboard = status_keyboards.send_again(draft.texts, draft.owner, job.id)
        draft.set_status(job, draft.texts.failed(UNDELIVERABLE), keyboard, sound=True)
    elif not draft.state.private:
        _delete_status(draft, job)
        _tell_in_private(draft, draft.texts.waits(refusal), job)


def _delete_status(draft: Draft, job: Job) -> None:
    if job.status is not None:
        draft.effects.append(Delete(message=job.status.id, instead=draft.texts.outdated()))


def _offer(draft: Draft, job: Job) -> None:
    keyboard = keyboards.send_here(draft.texts, job)
    draft.effects.append(Send(text=draft.texts.waits(None), keyboard=keyboard, topic=draft.topic))


def _say_why_in_private(draft: Draft, refusal: Refusal) -> None:
    """Why nothing was answered; that the bot may not write in a chat is said once."""
    if refusal is Refusal.TOPIC:
        _tell_in_private(draft, draft.texts.topic_closed())
    elif not draft.state.facts.muted:
        draft.effects.append(NoteMuted())
        _tell_in_private(draft, draft.texts.muted())


def _tell_in_private(draft: Draft, text: str, job: Job | None = None) -> None:
    """Tell the person something in private, with a button for the result if there is one."""
    draft.effects.append(
        Send(
            text=text,
            chat_id=draft.owner,
            keyboard=() if job is None else keyboards.send_here(draft.texts, job),
            job_id=None if job is None else job.id,
        )
    )


def _tell_in_general(draft: Draft, effect: Send, job: Job | None) -> None:
    """What could not be told in private, since the person never wrote there: that a result waits is said in the group."""
    if job is None or job.person.chat_id == draft.state.person.chat_id:
        return
    text = draft.texts.joined(effect.text, draft.texts.or_in_private())
    draft.effects.append(replace(effect, text=text, chat_id=job.person.chat_id))
