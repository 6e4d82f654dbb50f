"""The buttons under a painting's status: another quality, from what is painted; and going on after a cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.conversation.effects import ChangeJob, Edit, Send
from bot.conversation.refusal import RefusalError
from bot.conversation.results import is_under_way, repeat, require_pictures
from bot.messages import keyboards
from bot.messages.keyboards import Verb
from core.jobs.models import ACTIVE, JobState, Role
from core.jobs.preference_choices import QUALITIES
from core.style.options import Preset

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import Job, JobFacts
    from core.style.options import Options


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData, facts: JobFacts) -> None:
    """A button under a job's status."""
    if data.verb is Verb.GO_ON:
        _go_on(draft, event, facts)
    else:
        _change_quality(draft, event, data, facts)


def _change_quality(
    draft: Draft, event: ButtonPressed, data: CallbackData, facts: JobFacts
) -> None:
    """Go on in another quality. What has ended meanwhile is gone on with as by "Finer"."""
    texts, job = draft.texts, facts.job
    if data.value not in QUALITIES or job.options.named_preset not in QUALITIES:
        raise RefusalError(texts.old_button())
    options = replace(job.options, preset=Preset(data.value))
    if job.state is JobState.CANCELLED:
        notice = _continue(draft, facts, options)
    elif job.state not in ACTIVE:
        notice = repeat(draft, facts, options, from_result=facts.result is not None)
    elif job.options == options:
        notice = texts.already()
    else:
        _change(draft, job, options)
        notice = texts.quality_changed(options.preset)
    draft.answer(event.query_id, notice)


def _go_on(draft: Draft, event: ButtonPressed, facts: JobFacts) -> None:
    """Go on with a job that was cancelled."""
    if facts.job.state is not JobState.CANCELLED:
        raise RefusalError(draft.texts.old_button())
    draft.answer(event.query_id, _continue(draft, facts, facts.job.options))


def _change(draft: Draft, job: Job, options: Options) -> None:
    texts, preset = draft.texts, options.preset
    draft.effects.append(ChangeJob(job_id=job.id, options=options))
    if job.status is None:
        return  # The next progress asks for another one.
    place = draft.state.facts.place(job.id)
    text = texts.going_on(preset) if place is None else texts.waiting(preset, place, None)
    keyboard = keyboards.status(texts, job.person.user_id, job.id, preset)
    draft.effects.append(Edit(text=text, message=job.status.id, keyboard=keyboard))


def _continue(draft: Draft, facts: JobFacts, options: Options) -> str:
    """Another job takes over the pictures, what is painted, and the message of one that was cancelled."""
    job = facts.job
    if is_under_way(draft, job.content, job.styles, options):
        return draft.texts.already()
    require_pictures(draft, facts)
    row = draft.new_message() if job.status is None else job.status.id
    job_id, text, keyboard = draft.submit(
        (job.content, job.style), options, status=row, continues=job.id, further=job.further
    )
    send = Send(
        text=text,
        message=row,
        role=Role.STATUS,
        keyboard=keyboard,
        reply_to=job.content.message_id or None,
        topic=draft.topic,
        silent=draft.is_silent(job, final=False),
        job_id=job_id,
    )
    draft.show_status(send, anew=job.status is None)
    return ""
