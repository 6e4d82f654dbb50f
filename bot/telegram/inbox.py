"""Updates: none lost when the process dies, and none handled twice.

Telegram forgets an update as soon as the next poll confirms it, which happens before it is handled. So each one is
stored first; the turn that handles it notes so in its own transaction. What a killed process left is handled at the
next start. What was handled but not yet confirmed comes again; its number is remembered.

Nobody's name or telephone number is stored, nothing that is not meant for the bot, and nothing of those who may not use
it. These are told so once in each chat, as long as this process remembers them: were it on the disk, every stranger
would leave a trace there.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from telegram import Chat, Update
from telegram.ext import BaseUpdateProcessor

from bot.conversation.events import PictureSent, TurnedAway
from bot.telegram.membership import read_membership
from bot.telegram.picture_sources import picture_of
from bot.telegram.reading import answered_picture, may_use, new_chat_id, person_of, read_update
from core.jobs.job_errors import StoreError
from core.log_context import logged_about

if TYPE_CHECKING:
    from collections.abc import Awaitable, Hashable

    from telegram import Bot

    from bot.settings import Settings
    from bot.telegram.reading import Incoming
    from core.jobs.models import Person
    from core.jobs.store import Store

log = logging.getLogger(__name__)

SIDE_BY_SIDE: Final = 256
"""People whose updates are handled at the same time."""

UNBOUNDED: Final = 1 << 30
MAX_TRIES: Final = 3
"""How often handling an update that was left may take the process down before the update is dropped."""

REMEMBERED: Final = 10_000
"""Strangers who were told that they may not use the bot, and albums of which a picture named it."""

NAMES: Final = frozenset(
    {
        *("first_name", "last_name", "username", "title", "sender_user_name", "author_signature"),
        *("phone_number", "vcard"),
    }
)


class Inbox(asyncio.Queue[object]):
    """PTB's update queue, which stores an update before the poll that brought it is confirmed.

    Args:
        store: Where updates are stored.
        settings: Who may use the bot.

    Attributes:
        dropped: Who sent in private what ``restore`` dropped and has to be told, with an update of theirs.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        super().__init__()
        self._store = store
        self._settings = settings
        self._told = Memory()
        self._albums = Memory()
        self._left: set[int] = set()
        self._unstored: set[int] = set()
        self.dropped: dict[Person, int] = {}

    async def put(self, item: object) -> None:
        """Store an update and queue it, unless it came before or is not for the bot."""
        if not isinstance(item, Update) or await self._takes(item):
            await super().put(item)

    async def _takes(self, update: Update) -> bool:
        if update.inline_query is not None or update.guest_message is not None:
            return True  # It is answered at once or not at all, and nothing of it is stored.
        try:
            incoming = self._read(update)
        except Exception:  # noqa: BLE001 - handling it fails as well, and says so; here it would stop the polling
            incoming = None
        else:
            if incoming is None and self._is_for_nobody(update):
                return False
        if incoming is not None and isinstance(incoming.event, TurnedAway):
            return incoming.event.why != "private" or self._told.add(
                (incoming.person, incoming.event.query_id is None)
            )
        try:
            if incoming is not None and not await self._has_named_album(incoming):
                return False
            return await self._store.updates.add(update.update_id, _as_text(update))
        except StoreError as error:
            # Handling it while this process lives is better than asking for it again without a pause.
            log.error("Update %d could not be stored: %s", update.update_id, error)  # noqa: TRY400
            self._unstored.add(update.update_id)
            return True

    def _is_for_nobody(self, update: Update) -> bool:
        """Whether nothing comes of an update: a message that is not for the bot, or what a stranger does in private."""
        change, message = update.my_chat_member, update.message
        if message is not None:
            membership = read_membership(update, self._settings)
            return new_chat_id(message) is None and not (membership and membership.greets)
        if update.callback_query is not None or update.message_reaction is not None:
            return True
        if change is None or change.chat.type != Chat.PRIVATE:
            return False
        return not may_use(change.from_user.id, self._settings)

    def _read(self, update: Update) -> Incoming | None:
        """What an update is; remembers an album if this picture of it is for the bot."""
        incoming = read_update(update, self._settings)
        if incoming is not None and isinstance(incoming.event, PictureSent):
            album = incoming.event.album
            if album is not None and incoming.sibling is None:
                self._albums.add(album)
        return incoming

    async def _has_named_album(self, incoming: Incoming) -> bool:
        """False for a picture of an album in a group of which no picture before it named the bot."""
        album = incoming.sibling
        if album is None or album in self._albums:
            return True
        return album in (await self._store.sessions.get(incoming.person)).albums

    async def restore(self, bot: Bot) -> int:
        """Queue what an earlier process did not handle, oldest first; returns how many updates that are."""
        kept = await self._store.updates.unhandled()
        for update_id, (text, tries) in kept.items():
            update = _read(update_id, text, bot)
            if update is not None and tries < MAX_TRIES:
                with suppress(
                    Exception
                ):  # Handling it says what is wrong; here it would stop every start.
                    self._read(update)
                self._left.add(update_id)
                await super().put(update)
                continue
            reason = "cannot be read" if update is None else f"ended the process {MAX_TRIES} times"
            log.error("Update %d %s; dropped.", update_id, reason)
            person = None if update is None else _waits_for_answer(update)
            if person is None or person in self.dropped:
                await self._store.updates.finish(update_id)
            else:
                self.dropped[person] = update_id
        return len(kept)

    async def begin(self, update: Update) -> None:
        """Handling begins. Counted for an update that was left, since it may be what ended the process."""
        if update.update_id in self._left:
            await self._store.updates.begin(update.update_id)

    def is_left(self, update: Update) -> bool:
        """Whether an earlier process left it, so that it is too late to answer a button."""
        return update.update_id in self._left

    def stored_id(self, update: Update) -> int | None:
        """The number under which it is stored; None if it could not be."""
        return None if update.update_id in self._unstored else update.update_id


class Memory:
    """The last ``REMEMBERED`` things."""

    def __init__(self) -> None:
        self._things: OrderedDict[Hashable, None] = OrderedDict()

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._things

    def add(self, thing: Hashable) -> bool:
        """Remember something; whether it was not known."""
        new = thing not in self._things
        self._things[thing] = None
        self._things.move_to_end(thing)
        if len(self._things) > REMEMBERED:
            self._things.popitem(last=False)
        return new


class PictureLanes(BaseUpdateProcessor):
    """Handles the pictures of each person in order, and everything else at once.

    A picture has to be fetched, which may take long; a person's /cancel does not wait for that. But a picture waits for
    what came before it: a button that was pressed first belongs to the pictures before. And words wait for the pictures
    before them, since they may say how those are to be painted.
    """

    def __init__(self) -> None:
        # PTB's own limit counts those who wait for their own pictures: whoever sends much would stop all others.
        super().__init__(UNBOUNDED)
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        self._lanes: dict[Person, tuple[asyncio.Lock, int]] = {}
        self._others: dict[Person, set[asyncio.Future[None]]] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update when it is its turn."""
        with logged_about(update=update.update_id if isinstance(update, Update) else None):
            await self._process(update, coroutine)

    async def _process(self, update: object, coroutine: Awaitable[Any]) -> None:
        person = person_of(update) if isinstance(update, Update) else None
        if person is None or not isinstance(update, Update):
            await coroutine
            return
        if not _brings_picture(update):
            if person in self._lanes and _says_words(update):
                coroutine = _behind(self._lanes[person][0], coroutine)
            await self._process_at_once(person, coroutine)
            return
        before = set(self._others.get(person, ()))
        lock, waiting = self._lanes.get(person, (asyncio.Lock(), 0))
        self._lanes[person] = (lock, waiting + 1)
        try:
            async with lock, self._places:
                if before:
                    await asyncio.wait(before)
                await coroutine
        finally:
            waiting = self._lanes[person][1] - 1
            if waiting:
                self._lanes[person] = (lock, waiting)
            else:
                del self._lanes[person]

    async def _process_at_once(self, person: Person, coroutine: Awaitable[Any]) -> None:
        done = asyncio.get_running_loop().create_future()
        self._others.setdefault(person, set()).add(done)
        try:
            await coroutine
        finally:
            done.set_result(None)
            self._others[person].discard(done)
            if not self._others[person]:
                del self._others[person]

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""


def _waits_for_answer(update: Update) -> Person | None:
    """Who waits for an answer to an update. In a group most messages are not meant for the bot."""
    chat = update.effective_chat
    return person_of(update) if chat is not None and chat.type == Chat.PRIVATE else None


def _brings_picture(update: Update) -> bool:
    message = update.message
    return message is not None and None is not (picture_of(message) or answered_picture(message))


def _says_words(update: Update) -> bool:
    text = None if update.message is None else update.message.text
    return text is not None and not text.startswith("/")


async def _behind(lock: asyncio.Lock, coroutine: Awaitable[Any]) -> None:
    async with lock:
        await coroutine


def _as_text(update: Update) -> str:
    return json.dumps(_without_names(update.to_dict()), default=_plain)


def _plain(value: object) -> object:
    """A time among what PTB does not know of an update, as Telegram gave it; anything else in words."""
    return int(value.timestamp()) if isinstance(value, datetime) else str(value)


def _read(update_id: int, text: str, bot: Bot) -> Update | None:
    """An update as it was stored; None if it is damaged."""
    try:
        return Update.de_json({**json.loads(text), "update_id": update_id}, bot)
    except Exception:  # noqa: BLE001 - whatever is wrong with it must not keep the bot from starting
        return None


def _without_names(value: Any) -> Any:  # noqa: ANN401
    """The same without anybody's name; Telegram's types require some of them, so they stay, empty."""
    if isinstance(value, dict):
        return {key: "" if key in NAMES else _without_names(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_names(one) for one in value]
    return value
