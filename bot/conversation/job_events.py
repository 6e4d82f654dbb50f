"""What happens to a person's jobs: a result is sent, a failure told, an unanswered sending asked about."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import (
    Delete,
    DeliverJob,
    Edit,
    FailJob,
    ResultImage,
    Send,
    SetButtons,
)
from bot.messages import result_keyboards, status_keyboards
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import JobState, Role
from core.jobs.preferences import Part, Sound
from core.jobs.repeat_options import after_failure

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import JobEnded, SendFailed, StatusLost
    from bot.messages.inline_keyboard import Keyboard
    from core.jobs.models import BotMessage, Job
    from core.sentences import Sentence
    from core.style.progress import Result

LOOKS_ON: Final = 60.0
"""Seconds for which a person is taken to watch a painting that they have asked for, or changed. An edit never notifies, so
that the result of a longer one is sent as a new message."""


def job_ended(draft: Draft, event: JobEnded) -> None:
    """A job finished, failed or was cancelled, or its result has to be sent as a new message."""
    job = event.job
    if job.state is JobState.FINISHED and event.result is not None:
        send_result(draft, job, event.result, in_place=not event.anew and _is_seen(draft, job))
    elif job.state is JobState.FINISHED:
        _give_up_delivery(draft, job, PictureGoneError().spoken)
    elif job.state is JobState.FAILED:
        worth_it = after_failure(job.options, job.error) is not None
        _tell_failure(
            draft, job, job.error, status_keyboards.try_again(draft.texts, job) if worth_it else ()
        )
    elif job.state is JobState.CANCELLED:
        draft.set_status(
            job, draft.texts.cancelled(), status_keyboards.go_on(draft.texts, job), sound=True
        )


def send_result(draft: Draft, job: Job, result: Result, *, in_place: bool = False) -> None:
    """Send what of a result was not sent yet, then take the status message away.

    Args:
        draft: The turn.
        job: The job.
        result: What it gave.
        in_place: Whether the status message becomes the photo instead, if one is wanted.
    """
    missing, status = job.missing, job.status
    if not missing:
        draft.effects.append(DeliverJob(job_id=job.id))
    for part in missing:
        last = part is missing[-1]
        send = _result_part(draft, job, result, part, delivers=last)
        if part is Part.PHOTO and status is not None and in_place:
            draft.effects.append(
                Edit(
                    text=send.text,
                    message=status.id,
                    keyboard=send.keyboard,
                    attachment=send.attachment,
                    job_id=job.id,
                    delivers=last,
                )
            )
            status = None
        else:
            draft.effects.append(send)
    if status is not None:
        draft.effects.append(Delete(message=status.id, instead=draft.texts.outdated()))


def _is_seen(draft: Draft, job: Job) -> bool:
    """Whether the person sees what becomes of the status message, or wants to be told of nothing."""
    status = job.status
    if status is None or job.message(Role.PHOTO) is not None:
        return False  # There is none, or a photo was sent that may have arrived.
    if job.handover.sound is Sound.NONE:
        return True
    asked = job.created if job.changed is None else max(job.created, job.changed)
    waited = (draft.state.facts.now - asked).total_seconds()
    return not status.followed and waited <= LOOKS_ON


def send_file(draft: Draft, job: Job, result: Result) -> None:
    """Send the file after all, although the person wanted the photo only."""
    send = _result_part(draft, job, result, Part.DOCUMENT, delivers=False)
    draft.effects.append(replace(send, silent=True))
    photo = job.message(Role.PHOTO)
    if photo is not None:
        # Not sent if the file is not: then the button stays, so that it can be pressed again.
        buttons = (
            result_keyboards.result(draft.texts, job, file_sent=True)
            if result.cutout
            else result_keyboards.more(draft.texts, job, file_sent=True, shares=draft.shares)
        )
        draft.effects.append(SetButtons(message=photo.id, keyboard=buttons))


def send_unconfirmed(draft: Draft, event: SendFailed) -> None:
    """A message that must not be sent twice got no answer, or could not be made."""
    effect, job = event.effect, event.facts_of
    part_of = job if job is not None and is_part(job, effect) else None
    if part_of is not None and event.unanswered:
        _ask_whether_it_arrived(draft, part_of)
    elif part_of is not None and part_of.state is JobState.FINISHED and event.reason is not None:
        _give_up_delivery(draft, part_of, event.reason)
    elif event.reason is not None:
        text = escape(draft.texts.said(event.reason))
        draft.effects.append(Send(text=text, reply_to=effect.reply_to, topic=effect.topic))
    elif event.unanswered:
        text = draft.texts.perhaps_sent()
        draft.effects.append(Send(text=text, reply_to=effect.reply_to, topic=effect.topic))


def status_lost(draft: Draft, event: StatusLost) -> None:
    """The status message of an active job is gone: another one takes its place, if none is on its way."""
    if not _comes(event.job.status):
        _send_status(draft, event.job)


def show_below(draft: Draft, job: Job) -> None:
    """Take a running job's status message away, and send it anew; the next progress brings its preview.

    One that is on its way already comes below by itself.
    """
    if _comes(job.status):
        return
    if job.status is not None and job.status.message_id:
        draft.effects.append(
            Delete(
                message_id=job.status.message_id,
                captioned=job.status.captioned,
                instead=draft.texts.outdated(),
            )
        )
    _send_status(draft, job)


def _comes(status: BotMessage | None) -> bool:
    """Whether a status message is about to be sent: a second one in its row would leave the first one behind for good."""
    return status is not None and status.message_id is None and status.pending


def _send_status(draft: Draft, job: Job) -> None:
    row = draft.new_message() if job.status is None else job.status.id
    place = draft.state.facts.place(job.id)
    texts, preset = draft.texts, job.options.named_preset
    if place is not None:
        text = texts.waiting(preset, place, None)
    else:
        text = texts.progress_line(job) if job.evaluations else texts.preparing(preset)
    draft.effects.append(
        Send(
            text=texts.with_choices(text, job.options),
            message=row,
            role=Role.STATUS,
            keyboard=status_keyboards.under_status(texts, job),
            reply_to=job.content.message_id or None,
            topic=job.topic,
            silent=draft.is_silent(job, final=False),
            job_id=job.id,
        )
    )


def result_image(job: Job, part: Part) -> ResultImage:
    """A job's result as a photo or as a file."""
    tiles = len(job.options.collage)
    return ResultImage(job.id, as_file=part is Part.DOCUMENT, tiles=tiles)


def is_part(job: Job, effect: Send) -> bool:
    """Whether a message is one of those that the person wanted a job's result as."""
    return (
        isinstance(effect.attachment, ResultImage)
        and effect.role is not None
        and Part(effect.role) in job.handover.form.parts
    )


def _ask_whether_it_arrived(draft: Draft, job: Job) -> None:
    """A result counts as delivered, and the status message offers to send it again."""
    draft.effects.append(DeliverJob(job_id=job.id))
    keyboard = status_keyboards.send_again(draft.texts, job.person.user_id, job.id)
    file_only = job.missing != job.handover.form.parts
    draft.set_status(job, draft.texts.unanswered(file_only=file_only), keyboard, sound=True)


def _give_up_delivery(draft: Draft, job: Job, reason: Sentence) -> None:
    """A result that cannot be sent fails its job, since no result waits for ever."""
    draft.effects.append(FailJob(job_id=job.id, reason=reason))
    _tell_failure(draft, job, reason)


def _tell_failure(draft: Draft, job: Job, reason: Sentence | None, keyboard: Keyboard = ()) -> None:
    """Say it where the person sees it, as with a result: an edit that nobody looks at goes unnoticed."""
    below = not _is_seen(draft, job)
    draft.set_status(job, draft.texts.failed(reason), keyboard, sound=True, below=below)


def _result_part(draft: Draft, job: Job, result: Result, part: Part, *, delivers: bool) -> Send:
    texts = draft.texts
    with_details = part is job.handover.form.parts[0]
    role = Role(part)
    old = job.message(role)
    return Send(
        text=texts.caption(job, result, draft.name_of_styles(job), as_photo=part is Part.PHOTO)
        if with_details
        else texts.file_caption(),
        message=draft.new_message() if old is None else old.id,
        role=role,
        keyboard=result_keyboards.result(texts, job, cutout=result.cutout) if with_details else (),
        attachment=result_image(job, part),
        reply_to=job.content.message_id or None,
        topic=job.topic,
        silent=not with_details or draft.is_silent(job, final=True),
        once=True,
        job_id=job.id,
        delivers=delivers,
    )
