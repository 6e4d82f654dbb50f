"""Updates, one at a time for each person, none lost when the process dies, and none handled twice.

Telegram forgets an update as soon as the next poll confirms it, which happens before it is handled. So each one
is written down first and crossed out once it was handled; what a killed process left is handled at the next start.
What was handled but not yet confirmed comes again; its number is remembered. Nobody's name is written down.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from telegram import Chat, Update
from telegram.ext import BaseUpdateProcessor

from bot.addressing import person_of
from bot.kept import Handling, as_text, read
from bot.outbox import Noted
from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from telegram import Bot

    from core.jobs.models import Person
    from core.jobs.store import Store

log = logging.getLogger(__name__)

AT_ONCE: Final = 256
"""People who are served side by side. Those who wait behind themselves take nobody's place."""

UNBOUNDED: Final = 1 << 30
TRIES: Final = 3
"""How often an update that was left over may take the process down before it is set aside."""

REMEMBERED: Final = 100
"""Numbers of the latest updates: as many as one poll brings."""

_RECENT: Final = "updates:recent"


class Locks:
    """One lock a person, kept only while somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Person, asyncio.Lock] = WeakValueDictionary()

    def of(self, person: Person) -> asyncio.Lock:
        """The person's lock, to be used in ``async with``."""
        return self._locks.setdefault(person, asyncio.Lock())


class Inbox(asyncio.Queue[object]):
    """PTB's update queue, which writes an update down before the poll that brought it is confirmed."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._recent: dict[int, None] = {}
        self._interrupted: set[int] = set()
        self._open: dict[int, _Open] = {}
        self.given_up: dict[Person, None] = {}

    async def put(self, item: object) -> None:
        """Write an update down and queue it, unless it came before."""
        if isinstance(item, Update):
            if item.update_id in self._recent:
                return
            await self._write_down(item)
            self._open[item.update_id] = _Open(person_of(item))
        await super().put(item)

    async def restore(self, bot: Bot) -> int:
        """Queue what an earlier process left unhandled, oldest first; returns how many.

        Who sent in private what is given up here stands in ``given_up`` afterwards.
        """
        self._recent = dict.fromkeys(json.loads(await self._store.value(_RECENT) or "[]"))
        kept_updates = await self._store.kept_updates()
        for update_id, text in kept_updates.items():
            self._recent[update_id] = None
            update, handling = read(update_id, text, bot)
            if update is None or handling.tries >= TRIES:
                reason = "cannot be read" if update is None else f"ended the process {TRIES} times"
                log.error("Update %d %s; dropped.", update_id, reason)
                await self._store.drop_update(update_id)
                self._note_given_up(update)
                continue
            self._open[update_id] = _Open(person_of(update), left_over=True, handling=handling)
            await super().put(update)
        return len(kept_updates)

    async def begin(self, update: Update) -> None:
        """Its handling begins. Counted for what was left over, which may be what ended the process."""
        one = self._open[update.update_id]
        if one.left_over:
            await self._note(update, replace(one.handling, tries=one.handling.tries + 1))

    def interrupt(self, update: Update) -> None:
        """Its handling came to no end because the bot stops: the next start has it."""
        self._interrupted.add(update.update_id)

    async def end(self, update: Update) -> None:
        """Its handling ended: cross it out, unless it was interrupted."""
        if update.update_id in self._interrupted:
            # Stopping is nobody's fault, so that its tries begin anew.
            await self._note(update, replace(self._open[update.update_id].handling, tries=0))
            return
        try:
            await self._store.drop_update(update.update_id)
        except StoreError as error:
            log.error("Update %d will be handled again: %s", update.update_id, error)  # noqa: TRY400
        self._open.pop(update.update_id).handled.set()

    def is_left_over(self, update: Update) -> bool:
        """Whether an earlier process left it, which may have handled a part of it."""
        one = self._open.get(update.update_id)
        return one is not None and one.left_over

    def noted(self, update: Update) -> Noted:
        """For what an update asks to be sent: has the next start know whether it was under way at a kill."""
        handling = self._open[update.update_id].handling
        return Noted(
            begins=partial(self._note, update, replace(handling, sending=True)),
            failed=partial(self._note, update, replace(handling, sending=False)),
        )

    def may_have_sent(self, update: Update) -> bool:
        """Whether an earlier process was sending what it asks for: it may have arrived."""
        return self.is_left_over(update) and self._open[update.update_id].handling.sending

    async def caught_up(self, person: Person) -> None:
        """Wait until all that came from this person so far was handled."""
        for one in [one for one in self._open.values() if one.person == person]:
            await one.handled.wait()

    async def _note(self, update: Update, handling: Handling) -> None:
        self._open[update.update_id].handling = handling
        await self._keep(update, handling)

    def _note_given_up(self, update: Update | None) -> None:
        # In a group most is not meant for the bot, and nobody waits for an answer.
        chat = update.effective_chat if update is not None else None
        person = person_of(update) if update is not None else None
        if person is not None and chat is not None and chat.type == Chat.PRIVATE:
            self.given_up[person] = None

    async def _write_down(self, update: Update) -> None:
        if await self._keep(update, Handling()):
            self._recent[update.update_id] = None
            while len(self._recent) > REMEMBERED:
                del self._recent[next(iter(self._recent))]
            with suppress(StoreError):
                await self._store.set_value(_RECENT, json.dumps(list(self._recent)))

    async def _keep(self, update: Update, handling: Handling) -> bool:
        try:
            await self._store.keep_update(update.update_id, as_text(update, handling))
        except StoreError as error:
            # Handling it while this process lives is better than asking for it again without a pause.
            log.error("Update %d could not be written down: %s", update.update_id, error)  # noqa: TRY400
            return False
        return True


@dataclass(slots=True)
class _Open:
    """An update that is not handled yet.

    Attributes:
        person: Whose it is.
        left_over: Whether an earlier process left it.
        handling: How far that came, as it is written down.
        handled: Set once it is.
    """

    person: Person | None
    left_over: bool = False
    handling: Handling = field(default_factory=Handling)
    handled: asyncio.Event = field(default_factory=asyncio.Event)


class OneAtATime(BaseUpdateProcessor):
    """Handles each person's updates in order, and different people's side by side."""

    def __init__(self, inbox: Inbox, locks: Locks) -> None:
        # PTB's own limit counts those who wait for their own turn: whoever sent much would close the door for all.
        super().__init__(UNBOUNDED)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._inbox = inbox
        self._locks = locks

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update and cross it out; one that was interrupted stays for the next start."""
        if not isinstance(update, Update):
            await coroutine
            return
        person = person_of(update)
        async with self._locks.of(person) if person else nullcontext(), self._places:
            await self._handle(update, coroutine)

    @asynccontextmanager
    async def turn(self, person: Person) -> AsyncIterator[None]:
        """A turn of the bot's own, after everything that came from the person so far."""
        await self._inbox.caught_up(person)
        async with self._locks.of(person):
            yield

    async def _handle(self, update: Update, coroutine: Awaitable[Any]) -> None:
        await self._inbox.begin(update)
        await coroutine
        await self._inbox.end(update)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""
