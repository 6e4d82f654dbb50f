"""Callback queries that wait for the bot's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from bot.playground.telegram_objects import ApiCallbackQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.chat_database import ChatDatabase


class _PendingQuery(BaseModel):
    query: ApiCallbackQuery
    pressed_at: float


class PendingQueries:
    """Callback queries that the bot may still answer, each of them once.

    Args:
        database: Where the queries are kept.
        lifetime: Seconds in which a query may be answered.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, database: ChatDatabase, *, lifetime: float, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._lifetime = lifetime
        self._clock = clock
        self._pending = {
            query_id: _PendingQuery.model_validate_json(text)
            for query_id, text in database.records("query")
        }

    def add(self, query: ApiCallbackQuery) -> None:
        """Store a query until the bot answers it or it expires."""
        pending = _PendingQuery(query=query, pressed_at=self._clock())
        with self._database.transaction():
            self._delete_expired()
            self._pending[query.id] = pending
            self._database.put("query", query.id, pending.model_dump_json())

    def take(self, query_id: str) -> ApiCallbackQuery | None:
        """Remove and return the query that the bot answers; None if it is unknown, answered already or expired."""
        self._delete_expired()
        pending = self._pending.pop(query_id, None)
        self._database.remove("query", query_id)
        return None if pending is None else pending.query

    def _delete_expired(self) -> None:
        now = self._clock()
        for query_id, pending in list(self._pending.items()):
            if now - pending.pressed_at > self._lifetime:
                del self._pending[query_id]
                self._database.remove("query", query_id)
