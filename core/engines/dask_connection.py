"""The connection to a Dask scheduler: opened, watched, and opened anew.

A client is discarded when it loses its connection. A client that reconnects has lost its futures, receives no more
events, and closes itself after a while.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.engines.dask_setup import GPU, tls_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Client

    from core.engines.dask_setup import Tls

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTimeouts:
    """Limits in seconds.

    Attributes:
        connect: To connect; also the time that ``start`` waits for the first connection.
        poll: Between two requests for the scheduler's state.
        answer: For an answer of the scheduler; without one, the scheduler counts as lost.
    """

    connect: float = 10.0
    poll: float = 1.0
    answer: float = 15.0


class Connection:
    """Keeps a client connected until ``close``.

    Args:
        scheduler: The scheduler's address.
        tls: Certificates; None for an address without TLS.
        timeouts: Limits in seconds.
        topic: The topic of the events to receive.
        on_event: Called with each event as (time, payload).
        on_lost: Called when a connected client is lost.

    Attributes:
        client: The connected client; None while the scheduler cannot be reached.
        workers: The number of workers with a slot, as last seen.
    """

    def __init__(
        self,
        scheduler: str,
        tls: Tls | None,
        *,
        timeouts: ConnectionTimeouts,
        topic: str,
        on_event: Callable[[tuple[float, bytes]], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.client: Client | None = None
        self.workers = 0
        self._scheduler = scheduler
        self._options = tls_options(tls)
        self._timeouts = timeouts
        self._topic = topic
        self._on_event = on_event
        self._on_lost = on_lost
        self._tried = asyncio.Event()
        self._broken = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Try to connect for a few seconds, and keep trying in the background."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._run(), name="dask")
        await self._tried.wait()

    def reconnect(self) -> None:
        """Discard the client, whose connection somebody found broken, and connect a new one."""
        self.client = None
        self._broken.set()

    async def close(self) -> None:
        """Disconnect within a few seconds."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    async def _run(self) -> None:
        known = ""
        while True:
            try:
                async with asyncio.timeout(2 * self._timeouts.connect):
                    client = await self._connect()
            except (OSError, TimeoutError) as error:
                if str(error) != known:
                    log.warning("%s cannot be reached: %s", self._scheduler, error)
                known = str(error)
                self._tried.set()
                await asyncio.sleep(self._timeouts.poll)
                continue
            known = ""
            try:
                await self._watch(client)
            finally:
                await self._drop(client)

    async def _connect(self) -> Client:
        from distributed import Client  # noqa: PLC0415 - an extra

        client = Client(
            self._scheduler,
            asynchronous=True,
            set_as_default=False,
            timeout=self._timeouts.connect,
            **self._options,
        )
        try:
            await client
        except asyncio.CancelledError:
            # Dask closes a client that cannot connect, but not one whose connecting is cancelled.
            await _close(client)
            raise
        return client

    async def _watch(self, client: Client) -> None:
        """Poll the scheduler through a client until the connection breaks."""
        self._broken.clear()
        client.subscribe_topic(self._topic, self._on_event)
        before: str | None = None
        while client.status == "running" and not self._broken.is_set():
            try:
                async with asyncio.timeout(self._timeouts.answer):
                    seen = await _identity(client)
            except (OSError, TimeoutError):
                break
            if before not in {None, seen["id"]}:
                break  # Another scheduler at the same address, which has none of our works.
            before = seen["id"]
            self._note_workers(client, len(_with_slot(seen)))
            # Not by wait_for(), which before Python 3.12 may swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timeouts.poll):
                    await self._broken.wait()

    def _note_workers(self, client: Client, workers: int) -> None:
        if self.client is None or workers != self.workers:
            log.info("%s has %d workers.", self._scheduler, workers)
        self.client, self.workers = client, workers
        self._tried.set()

    async def _drop(self, client: Client) -> None:
        if not self._closed:
            log.warning("%s went away; jobs wait until it is back.", self._scheduler)
        self.client = None
        self._on_lost()
        await _close(client)


async def count_workers(scheduler: str, tls: Tls | None) -> int:
    """How many workers with a slot a scheduler has just now.

    Raises:
        OSError: The scheduler cannot be reached.
    """
    from distributed import Client  # noqa: PLC0415 - an extra

    async with Client(
        scheduler, asynchronous=True, set_as_default=False, **tls_options(tls)
    ) as client:
        return len(_with_slot(await _identity(client)))


def _with_slot(identity: dict[str, Any]) -> list[object]:
    return [one for one in identity["workers"].values() if one["resources"].get(GPU)]


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(2.0):
            await client._close(fast=True)
    except Exception as error:  # noqa: BLE001 - the client is discarded either way
        log.debug("The client did not close in order: %s", error)


async def _identity(client: Client) -> dict[str, Any]:
    """The scheduler's identity, which lists its workers."""
    scheduler: Any = client.scheduler  # Dask's remote calls have no types
    seen: dict[str, Any] = await scheduler.identity()
    return seen
