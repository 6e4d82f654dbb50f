"""The buttons under a painting's status: it goes on with other choices, or swapped; and going on after a cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.conversation.effects import (
    CancelJob,
    ChangeJob,
    Delete,
    Edit,
    SetButtons,
)
from bot.conversation.refusal import RefusalError
from bot.conversation.results import is_under_way, repeat, require_pictures, submit_anew
from bot.messages import status_keyboards
from bot.messages.keyboards import BACK, SWAP, Verb
from core.jobs.models import ACTIVE, JobState
from core.jobs.preference_choices import QUALITIES, STRENGTHS, from_percent
from core.jobs.preferences import NO_WISHES
from core.jobs.repeat_options import is_of_use, with_strength
from core.style.options import Colours, Preset

if TYPE_CHECKING:
    from bot.conversation.captions import Understood
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import Job, JobFacts
    from core.jobs.preferences import Wishes
    from core.style.options import Options


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData, facts: JobFacts) -> None:
    """A button under a job's status."""
    if data.verb is Verb.GO_ON:
        notice = _go_on(draft, facts)
    elif data.verb is Verb.QUALITY:
        notice = _change(draft, facts, _other_quality(draft, data, facts.job))
    elif data.value in {"", BACK}:
        notice = _open(draft, facts, opened=not data.value)
    elif data.value == SWAP:
        notice = _swap(draft, facts)
    else:
        notice = _change(draft, facts, _other_choice(draft, data, facts.job))
    draft.answer(event.query_id, notice)


def words_understood(draft: Draft, job: Job, understood: Understood) -> str:
    """Words say how an active painting is to go on; what to say to them."""
    wishes, texts = understood.wishes, draft.texts
    options = wishes.upon(job.options)
    if not _can_have(job, wishes):
        return texts.cannot_change(opens=not job.options.collage)
    said = texts.understood(wishes)
    if wishes.swapped:
        refused = draft.refused() if _needs_room(job) else ""
        if refused:
            return refused
        notice = _swap_active(draft, job, options)
        return texts.joined(said, notice) if said else notice
    if options == job.options:
        return texts.already()
    _change_active(draft, job, options)
    return said


def words_about_result(draft: Draft, facts: JobFacts, understood: Understood) -> str:
    """Words say how a result is to be painted once more; what to say to them, empty if they cannot mean that."""
    job, wishes, texts = facts.job, understood.wishes, draft.texts
    options = wishes.upon(job.options)
    if not _can_have(job, wishes):
        return ""
    if options == job.options and not wishes.swapped:
        return texts.as_it_is()
    refused = draft.refused()
    if refused:
        return refused
    goes_on = is_of_use(job.options, options) and not wishes.swapped
    repeat(draft, facts, options, from_result=goes_on, swapped=wishes.swapped)
    return texts.understood(wishes, swapped=wishes.swapped)


def _can_have(job: Job, wishes: Wishes) -> bool:
    """Whether a painting can go on as words want it."""
    if wishes == NO_WISHES or job.options.collage or (wishes.swapped and job.further):
        return False
    if wishes.preset is not None and not {job.options.preset, wishes.preset} <= set(QUALITIES):
        return False
    options = wishes.upon(job.options)
    return wishes.strength is None or with_strength(options, wishes.strength) is not None


def _other_quality(draft: Draft, data: CallbackData, job: Job) -> Options:
    if data.value not in QUALITIES or job.options.named_preset not in QUALITIES:
        raise RefusalError(draft.texts.old_button())
    return replace(job.options, preset=Preset(data.value))


def _other_choice(draft: Draft, data: CallbackData, job: Job) -> Options:
    """A strength in percent, or whose colours."""
    strength = from_percent(data.value, STRENGTHS)
    options: Options | None = None
    if strength is not None:
        options = with_strength(job.options, strength)
    elif data.value in {Colours.STYLE, Colours.LUMINANCE}:
        options = replace(job.options, colours=Colours(data.value))
    if options is None or job.options.collage:
        raise RefusalError(draft.texts.old_button())
    return options


def _open(draft: Draft, facts: JobFacts, *, opened: bool) -> str:
    """Show what can be changed under the status, in place, or close it."""
    job = facts.job
    if job.state not in ACTIVE or job.status is None or job.options.collage:
        raise RefusalError(_no_choice(draft, facts))
    keyboard = status_keyboards.under_status(draft.texts, job, opened=opened)
    draft.effects.append(SetButtons(message=job.status.id, keyboard=keyboard, opened=opened))
    return ""


def _no_choice(draft: Draft, facts: JobFacts) -> str:
    """A painting has no such choice: it never had, or it has ended, and its result has choices of its own."""
    if facts.job.state in ACTIVE:
        return draft.texts.old_button()
    return draft.texts.over() if facts.result is None else draft.texts.over_already()


def _change(draft: Draft, facts: JobFacts, options: Options) -> str:
    """Go on with other choices. What has ended meanwhile is gone on with as by the buttons under a result."""
    job, texts = facts.job, draft.texts
    if job.state is JobState.CANCELLED:
        return _continue(draft, facts, options)
    if job.state not in ACTIVE:
        goes_on = facts.result is not None and is_of_use(job.options, options)
        return repeat(draft, facts, options, from_result=goes_on)
    if job.options == options:
        return texts.already()
    _change_active(draft, job, options)
    if options.preset != job.options.preset:
        return texts.quality_changed(options.preset)
    if not is_of_use(job.options, options):
        return texts.colours_changed(options.colours)
    return texts.strength_changed(options.strength)


def _go_on(draft: Draft, facts: JobFacts) -> str:
    """Go on with a job that was cancelled."""
    if facts.job.state is not JobState.CANCELLED:
        raise RefusalError(_no_choice(draft, facts))
    return _continue(draft, facts, facts.job.options)


def _change_active(draft: Draft, job: Job, options: Options) -> None:
    texts, preset = draft.texts, options.preset
    draft.effects.append(ChangeJob(job_id=job.id, options=options))
    if job.status is None:
        return  # The next progress asks for another one.
    place = draft.state.facts.place(job.id)
    if place is not None:
        text = texts.waiting(preset, place, None)
    elif not is_of_use(job.options, options):
        text = texts.preparing(preset)
    else:
        text = texts.going_on(preset)
    keyboard = status_keyboards.under_status(texts, replace(job, options=options))
    draft.effects.append(
        Edit(text=texts.with_choices(text, options), message=job.status.id, keyboard=keyboard)
    )


def _swap(draft: Draft, facts: JobFacts) -> str:
    """Photo and style change places: another job takes the place of this one."""
    job, texts = facts.job, draft.texts
    if job.further or job.options.collage:
        active = job.state in ACTIVE
        raise RefusalError(texts.old_button() if active else texts.no_such_change())
    if job.state not in ACTIVE:
        return repeat(draft, facts, job.options, swapped=True)
    if _needs_room(job):
        draft.require_room()
    return _swap_active(draft, job, job.options)


def _needs_room(job: Job) -> bool:
    """Whether another painting in a job's place is one more; one that waits makes room for the other."""
    return job.state is not JobState.QUEUED


def _swap_active(draft: Draft, job: Job, options: Options) -> str:
    draft.effects.append(CancelJob(job_id=job.id, replaced=True))
    # In a message of its own: it answers the other photo, and the buttons of the old one must not reach the replaced job.
    submit_anew(draft, job, (job.style, job.content), options, further=job.further)
    if job.status is not None:
        draft.effects.append(Delete(message=job.status.id, instead=draft.texts.outdated()))
    return draft.texts.swapped_while_painting()


def _continue(draft: Draft, facts: JobFacts, options: Options) -> str:
    """Another job takes over the pictures, what is painted, and the message of one that was cancelled."""
    job = facts.job
    if is_under_way(draft, job.content, job.styles, options):
        return draft.texts.already()
    require_pictures(draft, facts)
    submit_anew(
        draft,
        job,
        (job.content, job.style),
        options,
        further=job.further,
        status=job.status,
        continues=job.id,
    )
    return ""
