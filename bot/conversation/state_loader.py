"""Loads what a turn is given: the state of a conversation, and the facts that matter for an event."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.conversation.admin import ADMIN
from bot.conversation.commands import PRIVACY, START
from bot.conversation.effects import Refusal
from bot.conversation.events import (
    AlbumDue,
    ButtonPressed,
    CommandSent,
    LetIn,
    LinkFollowed,
    PictureSent,
    ResultLoved,
    SendFailed,
    ShutOut,
    WordsSent,
)
from bot.conversation.state import Facts, State
from bot.messages.keyboards import CallbackData, Verb
from core.jobs.models import ACTIVE, JobState

if TYPE_CHECKING:
    from bot.conversation.admin_desk import AdminDesk
    from bot.conversation.events import Event
    from bot.conversation.state import Policy
    from bot.messages.languages import Languages
    from core.jobs.models import JobFacts, Person, Session
    from core.jobs.scheduler import Scheduler
    from core.jobs.store import Store

_SUBMITTING: Final = {
    Verb.PRESET,
    Verb.LOOKS,
    Verb.OTHER_LOOKS,
    Verb.LOOK,
    Verb.WEIGHTS,
    Verb.PICK,
    Verb.USE,
    Verb.PROFILE,
    Verb.QUALITY,
    Verb.CHANGE,
    Verb.GO_ON,
    Verb.SOFTER,
    Verb.STRONGER,
    Verb.FINER,
    Verb.COLOURS,
    Verb.TRY_AGAIN,
    Verb.SWAP_RESULT,
    Verb.STRENGTH,
    Verb.STYLE_SCALE,
}
_ABOUT_JOBS: Final = {
    *_SUBMITTING - {Verb.PRESET, Verb.LOOKS, Verb.WEIGHTS, Verb.PICK, Verb.USE, Verb.PROFILE},
    Verb.CANCEL,
    Verb.SEND_AGAIN,
    Verb.SEND_HERE,
    Verb.NEW_PHOTO,
    Verb.NEW_STYLE,
    Verb.COMPARE,
    Verb.FILM,
    Verb.CURVE,
    Verb.FILE,
    Verb.MORE,
    Verb.BACK,
    Verb.SHARE,
    Verb.BLEND,
}


_WITH_RESULT: Final = {JobState.FINISHED, JobState.DELIVERED}


def _message_about(event: Event) -> int | None:
    """The message of which it has to be known to which job it belongs."""
    if isinstance(event, ResultLoved):
        return event.message_id
    heard = event.heard if isinstance(event, CommandSent) else None
    return None if heard is None or heard.replied is None else heard.replied.message_id


class StateLoader:
    """Reads the store and asks the scheduler.

    Args:
        store: Has the conversations.
        scheduler: Knows queue and estimates.
        languages: All languages that the bot speaks.
        policy: What the operator decided.
        desk: What admins see.
    """

    def __init__(
        self,
        store: Store,
        scheduler: Scheduler,
        languages: Languages,
        policy: Policy,
        desk: AdminDesk,
    ) -> None:
        self._store = store
        self._scheduler = scheduler
        self._languages = languages
        self._policy = policy
        self._desk = desk

    async def load(self, person: Person, event: Event) -> State:
        """The state that a turn of this person about this event is given."""
        preferences, client_language = await self._store.preferences.get(person.user_id)
        session = await self._store.sessions.get(person)
        facts = await self._facts(person, event)
        return State(
            person=person,
            languages=self._languages,
            facts=replace(facts, base=await self._base(session)),
            session=session,
            preferences=preferences,
            client_language=client_language,
            styles=await self._store.styles.of(person),
            jobs=tuple(await self._store.jobs.of(person, *ACTIVE)),
        )

    async def _base(self, session: Session) -> JobFacts | None:
        job_id = session.further_of if session.blend_of is None else session.blend_of
        job = None if job_id is None else await self._store.jobs.get(job_id)
        return None if job is None else await self._store.jobs.facts(job)

    async def _facts(  # noqa: PLR0911 - a case for each kind of event
        self, person: Person, event: Event
    ) -> Facts:
        message, job, _ = await self._store.outbox.next_ids()
        facts = Facts(
            now=self._store.clock(),
            policy=self._policy,
            next_message=message,
            next_job=job,
            estimate=self._scheduler.estimate,
            forecast=partial(self._scheduler.forecast, person.user_id),
            place=self._scheduler.place,
        )
        if self._is_for_admins(person, event):
            facts = replace(facts, desk=await self._desk.look(person.user_id))
        replied = _message_about(event)
        if replied is not None:
            job_there = await self._store.jobs.by_message(person.chat_id, replied)
            return replace(facts, replied_job=job_there)
        if isinstance(event, PictureSent | AlbumDue | WordsSent):
            refusal = await self._scheduler.refusal(person.user_id)
            return replace(facts, refusal=refusal, subject=await self._spoken_of(person, event))
        if isinstance(event, ButtonPressed):
            return await self._facts_of_press(person, event, facts)
        if isinstance(event, CommandSent) and event.name == PRIVACY:
            shared = await self._store.shares.count(person.user_id)
            facts = replace(facts, shared_styles=shared)
        if isinstance(event, LinkFollowed):
            facts = replace(facts, refusal=await self._scheduler.refusal(person.user_id))
        begins = isinstance(event, CommandSent) and event.name == START
        if begins or isinstance(event, LetIn | LinkFollowed):
            return replace(facts, held=await self._held(person))
        if isinstance(event, ShutOut):
            finished = await self._store.jobs.of(person, JobState.FINISHED)
            return replace(facts, unfinished=tuple(finished))
        if isinstance(event, SendFailed) and event.refusal is Refusal.TEXT:
            return replace(facts, muted=await self._store.preferences.is_muted(person))
        return facts

    def _is_for_admins(self, person: Person, event: Event) -> bool:
        if person.user_id not in self._policy.admins:
            return False
        if isinstance(event, ButtonPressed):
            data = CallbackData.parse(event.data)
            return data is not None and data.verb is Verb.ADMIN
        return isinstance(event, CommandSent) and event.name == ADMIN

    async def _facts_of_press(self, person: Person, event: ButtonPressed, facts: Facts) -> Facts:
        data = CallbackData.parse(event.data)
        if event.message_id is not None:
            shown = await self._store.jobs.by_message(person.chat_id, event.message_id)
            facts = replace(facts, pressed_job=shown)
        if data is None:
            return facts
        if data.verb in _SUBMITTING:
            facts = replace(facts, refusal=await self._scheduler.refusal(person.user_id))
        if data.verb in _ABOUT_JOBS and data.number is not None:
            anywhere = data.verb is Verb.SEND_HERE
            subject = await self._subject(person, data.number, anywhere=anywhere)
            facts = replace(facts, subject=subject)
        if data.verb in {Verb.SHARE, Verb.SHARE_MINE}:
            facts = replace(facts, link_code=await self._link_code(person, data, facts))
        if data.verb is Verb.FORGET:
            unsettled = await self._store.outbox.unsettled(person.user_id)
            facts = replace(facts, unsettled=unsettled)
        return facts

    async def _link_code(self, person: Person, data: CallbackData, facts: Facts) -> str:
        """The code under which the style is shared already, or a new one of 128 bits."""
        picture = None if facts.subject is None else facts.subject.job.style
        for style in await self._store.styles.of(person) if data.verb is Verb.SHARE_MINE else ():
            if style.id == data.number:
                picture = style.picture
        known = None
        if picture is not None:
            known = await self._store.shares.code_of(person.user_id, picture.id)
        return known or secrets.token_urlsafe(16)

    async def _subject(self, person: Person, job_id: int, *, anywhere: bool) -> JobFacts | None:
        job = await self._store.jobs.get(job_id)
        if job is None or (job.person.chat_id != person.chat_id and not anywhere):
            return None
        return await self._store.jobs.facts(job)

    async def _spoken_of(self, person: Person, event: Event) -> JobFacts | None:
        """The person's result that words may be about: the one that they answer, or else the newest."""
        if not isinstance(event, WordsSent) or event.text is None:
            return None
        job, replied = None, event.heard.replied
        if replied is not None:
            job = await self._store.jobs.by_message(person.chat_id, replied.message_id)
        if job is None or job.person != person or job.state not in _WITH_RESULT:
            job = await self._store.jobs.newest_result(person)
        return None if job is None else await self._store.jobs.facts(job)

    async def _held(self, person: Person) -> tuple[JobFacts, ...]:
        """The jobs whose results wait for a person here, or in private everywhere, as far as they are still kept."""
        jobs = await self._store.jobs.held(person.user_id)
        here = [job for job in jobs if person.chat_id in {job.person.chat_id, person.user_id}]
        facts = [await self._store.jobs.facts(job) for job in here]
        return tuple(
            one for one in facts if one.result is not None or one.job.state is JobState.CANCELLED
        )
