"""/start, /help, /status, /cancel and the other commands; and messages that are neither picture nor command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import (
    admin,
    job_events,
    photos,
    places,
    privacy,
    settings_menu,
    status_buttons,
    style_cards,
)
from bot.conversation.captions import read_words
from bot.conversation.effects import CancelJob
from bot.messages import keyboards
from bot.messages.message_kinds import MessageKind
from core.jobs.models import EMPTY_SESSION, JobState, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.conversation.draft import Draft
    from bot.conversation.events import CommandSent, Heard, WordsSent
    from core.jobs.models import Job

START: Final = "start"
PRIVACY: Final = "privacy"

PAINT: Final = "paint"
"""The command that gives the bot a picture: the one that it stands under, or the one that it answers."""


def command_sent(draft: Draft, event: CommandSent) -> None:
    """A command that brings no picture."""
    desk = draft.state.facts.desk
    if event.name == admin.ADMIN and desk is not None:
        admin.command(draft, event, desk)
        return
    COMMANDS.get(event.name, _unknown)(draft, event)


def words_sent(draft: Draft, event: WordsSent) -> None:
    """A message that brings no picture: a style's name if one was asked for, how to paint, or something to be sorry about."""
    heard = event.heard
    if event.text is not None and style_cards.take_name(draft, heard, event.text):
        return
    replied = heard.replied
    if replied is not None and not heard.private and not heard.mentions_bot:
        question = draft.state.session.question_message_id
        if not replied.has_text and replied.message_id != question:
            # In a group people talk about a picture of the bot's, and not to the bot; but how to paint their own they tell the bot.
            if event.text is not None and _answered(draft, heard) is not None:
                _heed(draft, heard, event.text)
            return
    if event.text is not None and _heed(draft, heard, event.text):
        return
    lead = "" if heard.mentions_bot else draft.texts.cannot_use(event.kind)
    if lead and photos.awaits_album(draft):
        draft.say(lead, heard)
    else:
        draft.remind(lead, reply_to=heard.message_id)


def _heed(draft: Draft, heard: Heard, text: str) -> bool:
    """Take words for how to paint what was sent, or else what is being painted, or was; False if they are something else."""
    job = _spoken_of(draft, heard)
    usual = draft.wanted.strength if job is None else job.options.strength
    understood = read_words(draft.texts, text, usual=usual)
    if understood is None:
        return False
    if job is None:
        if not draft.state.session.pictures:
            return False
        photos.words_understood(draft, understood, reply_to=heard.message_id)
        return True
    said, result = "", draft.state.facts.subject
    if job in draft.state.jobs:
        said = status_buttons.words_understood(draft, job, understood)
    elif result is not None and result.result is not None and result.pictures_kept:
        said = status_buttons.words_about_result(draft, result, understood)
    if said:
        draft.say(said, heard)
    return bool(said)


def _spoken_of(draft: Draft, heard: Heard) -> Job | None:
    """The painting that words are about: the one that they answer, or else the newest; None if they are about what was sent since."""
    jobs, result = draft.state.jobs, draft.state.facts.subject
    answered = _answered(draft, heard)
    if answered is not None or draft.state.session.pictures:
        return answered
    if jobs:
        return jobs[-1]
    return None if result is None else result.job


def _answered(draft: Draft, heard: Heard) -> Job | None:
    """The person's painting to which the message belongs that they answer."""
    message = None if heard.replied is None else heard.replied.message_id
    result = draft.state.facts.subject
    known = [*draft.state.jobs, *([] if result is None else [result.job])]
    shown = (job for job in known if message in {one.message_id for one in job.messages})
    return None if message is None else next(shown, None)


def _start(draft: Draft, event: CommandSent) -> None:
    draft.remind(draft.texts.welcome(), reply_to=event.heard.message_id)
    places.send_held(draft)


def _help(draft: Draft, event: CommandSent) -> None:
    policy = draft.state.facts.policy
    text = draft.texts.help(policy.max_picture_mb)
    if policy.inline_mode:
        text = f"{text}\n\n{draft.texts.inline_help(policy.bot_username)}"
    draft.say(text, event.heard)


def _status(draft: Draft, event: CommandSent) -> None:
    """What is being painted is shown anew below; what waits is told in words."""
    shown = [
        job for job in draft.state.jobs if job.state is JobState.RUNNING and job.status is not None
    ]
    for job in shown:
        job_events.show_below(draft, job)
    others = [job for job in draft.state.jobs if job not in shown]
    lines = "\n".join(
        [*(_status_line(draft, job) for job in others), *_why_they_wait(draft, others)]
    )
    if lines or not shown or draft.state.session != EMPTY_SESSION:
        draft.remind(lines, reply_to=event.heard.message_id, jobs_told=True)


def _why_they_wait(draft: Draft, jobs: Sequence[Job]) -> list[str]:
    """Why the engine does nothing just now, if that is so and one of these jobs waits."""
    waiting = next((job for job in jobs if job.state is JobState.QUEUED), None)
    if waiting is None:
        return []
    size = (waiting.content.width, waiting.content.height)
    delay = draft.state.facts.forecast(waiting.options, size).delay
    return [] if delay is None else [draft.texts.why_delayed(delay)]


def _status_line(draft: Draft, job: Job) -> str:
    if job.state is JobState.RUNNING:
        return draft.texts.progress_line(job)
    return draft.texts.waiting_line(job, draft.state.facts.place(job.id))


def _cancel(draft: Draft, event: CommandSent) -> None:
    """Cancel the newest job, or drop the session; ask which if both are there.

    As a reply to a job's status or result, or to a picture of it, it cancels that job.
    """
    if _cancel_replied(draft, event):
        return
    texts, session = draft.texts, draft.state.session
    newest = draft.state.jobs[-1] if draft.state.jobs else None
    if newest is not None and session.step is not Step.CONTENT:
        choice = keyboards.cancel_or_drop(texts, draft.owner, newest.id)
        draft.say(texts.what_to_cancel(), event.heard, choice)
    elif newest is not None:
        _cancel_job(draft, event, newest)
    elif session.step is not Step.CONTENT or session.style is not None:
        draft.drop_session()
        draft.say(texts.dropped(), event.heard)
    else:
        draft.say(texts.nothing_to_cancel(), event.heard)


def _cancel_replied(draft: Draft, event: CommandSent) -> bool:
    """Cancel the job to which the replied message belongs; False if the reply is about something else."""
    replied, job = event.heard.replied, draft.state.facts.replied_job
    if replied is None or (job is None and (replied.from_bot or replied.author_id == draft.owner)):
        return False
    texts = draft.texts
    if job is not None and job.person != draft.state.person and not event.may_stop:
        draft.say(texts.not_yours_to_stop(), event.heard)
    elif job is not None and job.state in {JobState.QUEUED, JobState.RUNNING}:
        _cancel_job(draft, event, job)
    else:
        draft.say(texts.over(), event.heard)
    return True


def _cancel_job(draft: Draft, event: CommandSent, job: Job) -> None:
    draft.effects.append(CancelJob(job_id=job.id))
    draft.say(draft.texts.cancelling(), event.heard)


def _paint(draft: Draft, event: CommandSent) -> None:
    """/paint or a mention, without a picture to take: go on with what is there."""
    replied = event.heard.replied
    kind = MessageKind.TEXT if replied is None else replied.kind
    lead = "" if kind is MessageKind.TEXT else draft.texts.cannot_use(kind)
    draft.remind(lead, reply_to=event.heard.message_id)


def _unknown(draft: Draft, event: CommandSent) -> None:
    draft.remind(draft.texts.unknown_command(), reply_to=event.heard.message_id)


COMMANDS: Final[Mapping[str, Callable[[Draft, CommandSent], None]]] = {
    START: _start,
    "help": _help,
    "status": _status,
    "cancel": _cancel,
    PAINT: _paint,
    "styles": style_cards.show_all,
    "settings": settings_menu.open_menu,
    PRIVACY: privacy.tell,
    "forget": privacy.ask,
}
