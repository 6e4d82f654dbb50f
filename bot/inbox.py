"""Updates, one at a time for each person, and none lost when the process dies.

Telegram forgets an update as soon as the next poll confirms it, which happens before it is handled. So each one
is written down first and crossed out once it was handled; what a killed process left is handled at the next start.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.addressing import person_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from telegram import Bot

    from core.jobs.models import Person
    from core.jobs.store import Store

log = logging.getLogger(__name__)

AT_ONCE = 256


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

    async def put(self, item: object) -> None:
        """Write an update down and queue it."""
        if isinstance(item, Update):
            await self._store.keep_update(item.update_id, item.to_json())
        await super().put(item)

    async def restore(self, bot: Bot) -> int:
        """Queue what an earlier process left unhandled, oldest first; returns how many."""
        kept = await self._store.kept_updates()
        for text in kept:
            update = Update.de_json(json.loads(text), bot)
            await super().put(update)
        return len(kept)


class OneAtATime(BaseUpdateProcessor):
    """Handles each person's updates in order, and different people's side by side."""

    def __init__(self, store: Store, locks: Locks) -> None:
        super().__init__(AT_ONCE)
        self._store = store
        self._locks = locks

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update and cross it out; one that was interrupted stays for the next start."""
        person = person_of(update) if isinstance(update, Update) else None
        if person is None:
            await coroutine
        else:
            async with self._locks.of(person):
                await coroutine
        if isinstance(update, Update):
            await self._store.drop_update(update.update_id)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""
