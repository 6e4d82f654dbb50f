"""The bot's line to a Dask scheduler: made, watched, and made anew.

A client is thrown away with its first lost connection: one that reconnects has lost its futures, hears no events any
more, and closes itself when that takes long.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.engines.dask_setup import GPU, own_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Client

    from core.engines.dask_setup import Tls

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTimeouts:
    """Seconds.

    Attributes:
        connect: For a connection; also how long ``start`` waits for the first.
        look: Between two looks at scheduler and workers.
        answer: For an answer of the scheduler; it is lost, or frozen, where none comes.
    """

    connect: float = 10.0
    poll: float = 1.0
    answer: float = 15.0


class Connection:
    """Keeps a client connected for as long as it is open.

    Args:
        scheduler: The scheduler's address.
        tls: Certificates, where the address needs them.
        timeouts: With connecting and with answers.
        topic: Which events to hear.
        on_event: Called with each event, as (time, what was told).
        lost: Called when a client that was connected is no more.

    Attributes:
        client: Connected, to the best of our knowledge; None while the scheduler cannot be reached.
        workers: How many the scheduler has, as last seen.
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
        self._options = own_options(tls)
        self._timeouts = timeouts
        self._topic = topic
        self._on_event = on_event
        self._on_lost = on_lost
        self._tried = asyncio.Event()
        self._broken = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Try to connect, for a few seconds; go on trying behind the scenes."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="dask")
        await self._tried.wait()

    def reconnect(self) -> None:
        """Somebody noticed that the connection is broken: have a new one made."""
        self.client = None
        self._broken.set()

    async def close(self) -> None:
        """Part from the scheduler. Waits a few seconds at most."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    async def _keep(self) -> None:
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
            # Dask closes it itself where it finds nobody, but not where it is told to wait no longer.
            await _close(client)
            raise
        return client

    async def _watch(self, client: Client) -> None:
        """Use a client until its connection breaks."""
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
                break  # Another scheduler at the same address: it knows nothing of our works.
            before = seen["id"]
            workers = [one for one in seen["workers"].values() if one["resources"].get(GPU)]
            self._note_workers(client, len(workers))
            try:
                await asyncio.wait_for(self._broken.wait(), self._timeouts.poll)
            except TimeoutError:
                continue

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


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(2.0):
            await client._close(fast=True)
    except Exception as error:  # noqa: BLE001 - it is gone either way
        log.debug("The client did not close in order: %s", error)


async def _identity(client: Client) -> dict[str, Any]:
    """The scheduler's identity, with all of its workers'."""
    scheduler: Any = client.scheduler  # Dask's remote calls are not typed
    seen: dict[str, Any] = await scheduler.identity()
    return seen
