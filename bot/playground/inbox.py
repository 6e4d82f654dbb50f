"""Updates on their way to the bot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bot.playground.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.playground.archive import Archive
    from bot.playground.schema import Schema

_FIRST_ID: Final = 100_000_001


class Inbox:
    """Numbered updates that wait until the bot confirms them."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._updates = {int(key): json.loads(value) for key, value in archive.rows("update")}
        meta = dict(archive.rows("meta"))
        self._next_id = int(meta.get("next_update", _FIRST_ID))
        allowed = meta.get("allowed_updates")
        self.allowed: list[str] = json.loads(allowed) if allowed else []
        self.changed = Signal()

    def __len__(self) -> int:
        return len(self._updates)

    def allow(self, kinds: Iterable[str]) -> None:
        """Kinds of updates to keep from now on; none means the usual ones."""
        self.allowed = list(kinds)
        self._archive.put("meta", "allowed_updates", json.dumps(self.allowed))

    def add(self, kind: str, payload: Schema) -> None:
        """Queue an update, unless the bot asked for other kinds only."""
        if self.allowed and kind not in self.allowed:
            return
        update = {"update_id": self._next_id, kind: payload.wire()}
        self._updates[self._next_id] = update
        self._archive.put("update", str(self._next_id), json.dumps(update))
        self._next_id += 1
        self._archive.put("meta", "next_update", str(self._next_id))
        self.changed.fire()

    def take(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Confirm all before ``offset`` (a negative one counts from the end) and return the rest, oldest first."""
        if offset < 0:
            offset = ([self._next_id, *sorted(self._updates, reverse=True)])[: 1 - offset][-1]
        if offset:
            self.confirm(before=offset)
        return [self._updates[number] for number in sorted(self._updates)[:limit]]

    def confirm(self, *, before: int) -> None:
        """Forget the updates with smaller numbers."""
        for number in [number for number in self._updates if number < before]:
            del self._updates[number]
            self._archive.remove("update", str(number))

    def clear(self) -> None:
        """Forget all updates."""
        self.confirm(before=self._next_id)
