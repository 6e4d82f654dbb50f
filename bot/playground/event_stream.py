"""Serves the event log to pages at ``/client/events``, as server-sent events; a page that reconnects misses none."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.playground import page_views
from bot.playground.change_signal import first_of

if TYPE_CHECKING:
    from bot.playground.world import World

HEARTBEAT: Final = 15.0
"""Seconds without an event after which the stream shows that it is alive."""


class EventStream:
    """Serves any number of pages.

    Args:
        world: The chats.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Returns the route for an aiohttp application."""
        return [web.get("/client/events", self._events)]

    async def close(self, _application: web.Application) -> None:
        """End all streams; otherwise they would keep the server from stopping."""
        self._closing.set()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Last-Event-ID") or request.query.get("cursor", "")
        cursor = int(given) if given.isdecimal() else self._world.event_log.cursor
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        with suppress(ConnectionResetError):  # the page left
            await self._follow(response, cursor)
        return response

    async def _follow(self, response: web.StreamResponse, cursor: int) -> None:
        while not self._closing.is_set():
            changed = self._world.event_log.changed.next
            cursor = await self._write_since(response, cursor)
            if not await first_of(changed, self._closing, within=HEARTBEAT):
                await response.write(b": still here\n\n")

    async def _write_since(self, response: web.StreamResponse, cursor: int) -> int:
        happened = self._world.event_log.since(cursor)
        if happened is None:
            cursor = self._world.event_log.cursor
            await response.write(_encoded(cursor, {"type": "reset"}))
        for number, event in happened or []:
            await response.write(_encoded(number, page_views.event(self._world, event)))
            cursor = number
        return cursor


def _encoded(cursor: int, event: dict[str, Any]) -> bytes:
    return f"id: {cursor}\ndata: {json.dumps(event)}\n\n".encode()
