"""The admins' desk: what admins decided, kept in the database, and what they are shown of the running bot."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import (
    Announce,
    BlockPerson,
    DraftAnnouncement,
    Send,
    SetPause,
    StopAnnouncement,
    UnblockPerson,
    outbox_effects,
)
from bot.conversation.events import Notice
from bot.messages.desk import Desk, Pause, ToldError
from core.jobs.models import ACTIVE, JobState, Person

if TYPE_CHECKING:
    from bot.conversation.effect_writer import Sender
    from bot.conversation.effects import AdminEffect
    from bot.conversation.events import Event
    from core.jobs.scheduler import Scheduler
    from core.jobs.store import Store

AUDIENCE: Final = timedelta(days=30)
"""How long ago people may have written last to be told an announcement."""

ANNOUNCE_EVERY: Final = 0.2
"""Seconds between two messages of an announcement: a fifth of what Telegram allows, the rest is for answers."""

ERRORS_KEPT: Final = 10
"""How many errors are remembered for /admin."""

ERRORS_KEY: Final = "admin:errors"
_PAUSE: Final = "admin:pause"
_DRAIN_FOR: Final = "admin:drain_for"
_DRAFT: Final = "admin:draft"
_BLOCKED: Final = "blocked:"


class AdminDesk:
    """Works inside the transaction of the turn.

    Args:
        store: Keeps what was decided.
        scheduler: Is paused.
        sender: Sends after the commit.

    Attributes:
        blocked: People whom admins have blocked, by their user ids.
    """

    def __init__(self, store: Store, scheduler: Scheduler, sender: Sender) -> None:
        self._store = store
        self._scheduler = scheduler
        self._sender = sender
        self.blocked: frozenset[int] = frozenset()

    async def restore(self) -> None:
        """Go by what was decided before the start; draining ended with the process that drained."""
        values = self._store.preferences
        keys = await values.keys(_BLOCKED)
        self.blocked = frozenset(int(key.removeprefix(_BLOCKED)) for key in keys)
        if await self._pause() is Pause.DRAINING:
            await self._set_pause(Pause.NONE, for_whom=None)
        self._scheduler.paused = await self._pause() is not Pause.NONE

    async def look(self, admin: int) -> Desk:
        """What this admin is shown."""
        jobs = [job.state for job in await self._store.jobs.in_states(*ACTIVE)]
        unannounced = await self._store.outbox.announcements()
        return Desk(
            running=jobs.count(JobState.RUNNING),
            waiting=jobs.count(JobState.QUEUED),
            unsent=len(await self._store.outbox.waiting()),
            pause=await self._pause(),
            blocked=self.blocked,
            audience=len(await self._audience()),
            draft=await self._store.preferences.value(f"{_DRAFT}:{admin}") or "",
            unannounced=unannounced,
            errors=read_errors(await self._store.preferences.value(ERRORS_KEY)),
        )

    async def write(self, person: Person, effect: AdminEffect, turn_id: int) -> None:
        """Do what an admin decided."""
        match effect:
            case SetPause(pause=pause):
                await self._set_pause(pause, for_whom=person.user_id)
            case BlockPerson(user_id=user_id):
                await self._block(user_id)
            case UnblockPerson(user_id=user_id):
                await self._store.preferences.delete_value(f"{_BLOCKED}{user_id}")
                self._store.after_commit(partial(self._set_blocked, self.blocked - {user_id}))
            case DraftAnnouncement(text=text):
                await self._store.preferences.set_value(f"{_DRAFT}:{person.user_id}", text)
            case Announce(text=text):
                await self._announce(text, turn_id)
            case StopAnnouncement():
                await self._store.outbox.remove_announcements()

    async def drained(self) -> list[tuple[Person, Event]]:
        """After a job's end: tell whoever had the bot drain that nothing is being painted any more; once."""
        values = self._store.preferences
        admin = await values.value(_DRAIN_FOR)
        if admin is None or await self._store.jobs.in_states(JobState.RUNNING):
            return []
        await values.delete_value(_DRAIN_FOR)
        return [(Person(int(admin), int(admin)), Notice(what="drained"))]

    async def _pause(self) -> Pause:
        return Pause(await self._store.preferences.value(_PAUSE) or "")

    async def _set_pause(self, pause: Pause, *, for_whom: int | None) -> None:
        values = self._store.preferences
        await values.set_value(_PAUSE, pause)
        await values.delete_value(_DRAIN_FOR)
        painted = await self._store.jobs.in_states(JobState.RUNNING)
        if pause is Pause.DRAINING and painted:
            await values.set_value(_DRAIN_FOR, str(for_whom))
        self._store.after_commit(partial(self._set_paused, pause is not Pause.NONE))

    def _set_paused(self, paused: bool) -> None:  # noqa: FBT001 - what it sets
        self._scheduler.paused = paused

    def _set_blocked(self, blocked: frozenset[int]) -> None:
        self.blocked = blocked

    async def _block(self, user_id: int) -> None:
        """Stop a person's jobs without a word, hold their results, and send them nothing of what waits."""
        now = self._store.clock().isoformat()
        await self._store.preferences.set_value(f"{_BLOCKED}{user_id}", now)
        self._store.after_commit(partial(self._set_blocked, self.blocked | {user_id}))
        for job in await self._store.jobs.of_user(user_id, *ACTIVE, JobState.FINISHED):
            if not await self._store.jobs.cancel(job.id):
                await self._store.jobs.hold(job.id)
            self._store.after_commit(partial(self._scheduler.stop, job.id))
            self._store.after_commit(partial(self._sender.hide, job.id))
        await self._store.outbox.remove_person(user_id)

    async def _audience(self) -> list[int]:
        since = (self._store.clock() - AUDIENCE).date().isoformat()
        heard = await self._store.preferences.heard_since(since)
        return [user_id for user_id in heard if user_id not in self.blocked]

    async def _announce(self, text: str, turn_id: int) -> None:
        """One message for each person, in the outbox like all others: so it survives a restart and keeps to the budgets."""
        for place, user_id in enumerate(await self._audience()):
            send = Send(text=text, chat_id=user_id, announcement=True)
            await self._store.outbox.add(
                Person(user_id, user_id),
                outbox_effects.dump_json(send).decode(),
                turn=turn_id,
                delay=ANNOUNCE_EVERY * place,
            )
            self._store.after_commit(partial(self._sender.wake, user_id))


def read_errors(text: str | None) -> tuple[ToldError, ...]:
    """The errors as they are stored."""
    return tuple(
        ToldError(reference, datetime.fromisoformat(at), kind)
        for reference, at, kind in json.loads(text or "[]")
    )
