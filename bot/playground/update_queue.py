"""Updates that wait for the bot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bot.playground.change_signal import ChangeSignal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.playground.chat_database import ChatDatabase
    from bot.playground.telegram_objects import ApiObject

UNASKED: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""The kinds of updates that Telegram delivers only to bots that ask for them by name."""

MOST_WAITING: Final = 50_000
"""How many updates wait at most. The oldest go first: Telegram, too, drops updates, after a day."""


class UpdateQueue:
    """Numbered updates that wait until the bot confirms them.

    Args:
        database: Where the updates are kept.
        numbers_from: The numbers of new updates are larger than this, and larger than all earlier numbers in the database.

    Attributes:
        allowed: The kinds of updates that the bot wants; an empty list means all but ``UNASKED``.
        changed: Fires after each new update.
    """

    def __init__(self, database: ChatDatabase, *, numbers_from: int = 0) -> None:
        self._database = database
        self._updates = {int(key): json.loads(text) for key, text in database.records("update")}
        self._last_id = max(numbers_from, int(database.get("last_id", "update") or 0))
        self.allowed: list[str] = json.loads(database.get("meta", "allowed_updates") or "[]")
        self.changed = ChangeSignal()

    def __len__(self) -> int:
        return len(self._updates)

    def allow(self, kinds: Iterable[str]) -> None:
        """Queue only these kinds of updates from now on; an empty list means all but ``UNASKED``."""
        self.allowed = list(kinds)
        self._database.put("meta", "allowed_updates", json.dumps(self.allowed))

    def add(self, kind: str, payload: ApiObject) -> None:
        """Queue an update, unless the bot does not want its kind."""
        wanted = kind in self.allowed if self.allowed else kind not in UNASKED
        if not wanted:
            return
        self._last_id += 1
        update = {"update_id": self._last_id, kind: payload.wire()}
        self._updates[self._last_id] = update
        with self._database.transaction():
            self._database.put("update", self._last_id, json.dumps(update))
            self._database.put("last_id", "update", self._last_id)
            if len(self._updates) > MOST_WAITING:
                self.confirm(before=min(self._updates) + 1)
        self.changed.fire()

    def take(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Delete the updates before ``offset`` (a negative one counts from the end) and return the next ones, oldest first."""
        if offset < 0:
            newest_first = [self._last_id + 1, *sorted(self._updates, reverse=True)]
            offset = newest_first[: 1 - offset][-1]
        if offset:
            self.confirm(before=offset)
        return [self._updates[number] for number in sorted(self._updates)[:limit]]

    def confirm(self, *, before: int) -> None:
        """Delete the updates with smaller numbers."""
        with self._database.transaction():
            for number in [number for number in self._updates if number < before]:
                del self._updates[number]
                self._database.remove("update", number)

    def clear(self) -> None:
        """Delete all updates."""
        self.confirm(before=self._last_id + 1)
