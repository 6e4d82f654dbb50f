"""One worker: a process with a painter, at the service of a scheduler for as long as either lives."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import dask.config
from dask.utils import parse_timedelta
from distributed import Worker, WorkerPlugin
from distributed.comm.core import connect
from distributed.security import Security
from distributed.utils import get_ip

from core.engines.dask_job import PLUGIN_NAME
from core.engines.dask_setup import GPU, is_loopback, own_options

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from core.engines.dask_setup import Tls
    from core.engines.warm_stylizer import WarmStylizer

log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_DELAY: Final = 1.0
"""Seconds between two tries to reach the scheduler."""

LEAVE_TIMEOUT: Final = 5.0
"""Seconds to tell the scheduler that this worker leaves, so that its job goes on elsewhere at once."""


class StylizerPlugin(WorkerPlugin):
    """Gives a worker's jobs the painter that was loaded before the worker reported for duty."""

    name = PLUGIN_NAME

    def __init__(self, stylizer: WarmStylizer) -> None:
        self.stylizer = stylizer


async def serve(
    scheduler: str,
    stylizer: WarmStylizer,
    *,
    tls: Tls | None = None,
    host: str | None = None,
    name: str | None = None,
    exit_with_stdin: bool = False,
) -> None:
    """Work until SIGTERM, SIGINT or, on a exit_with_stdin, the end of standard input.

    A Dask worker that loses its scheduler closes for good; this makes a new one around the same painter, so the
    network is loaded once, before the first job comes.

    Raises:
        core.style.style_errors.StyleError: The network cannot be loaded.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    painter = await asyncio.to_thread(stylizer.ready)
    log.info("The network is loaded: %s GFLOP/s.", painter.speed and round(painter.speed))
    options = _options(scheduler, stylizer, tls, host, name)
    known: str | None = None
    while not stop.is_set():
        trouble = await _unless_stopped(stop, _ping(scheduler, tls))
        if trouble is None:
            await _serve_once(scheduler, options, stop)
        elif trouble != known:
            log.warning("%s cannot be reached, trying again: %s", scheduler, trouble)
        known = trouble
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_DELAY)


def _options(
    scheduler: str, stylizer: WarmStylizer, tls: Tls | None, host: str | None, name: str | None
) -> dict[str, Any]:
    parts = urlsplit(scheduler)
    if host is None:
        # Where the scheduler can reach this machine, and nowhere else.
        near = is_loopback(parts.hostname or "")
        host = "127.0.0.1" if near else get_ip(parts.hostname, parts.port or 80)
    return {
        "host": host,
        "name": name,
        "protocol": parts.scheme,
        # One job at a time: two on one GPU take twice as long each, and twice the memory.
        "nthreads": 1,
        "resources": {GPU: 1},
        # Dask's limit would pause or kill the worker for memory that torch holds on purpose.
        "memory_limit": 0,
        # No nanny: it would take a minute to notice that the process froze, and load the network again.
        "nanny": None,
        # Where the scheduler goes away in between; by default a worker would wait for it for ever.
        "death_timeout": 30,
        "plugins": (StylizerPlugin(stylizer),),
        **own_options(tls),
    }


async def _ping(scheduler: str, tls: Tls | None) -> str | None:
    """What keeps this machine from its scheduler, if anything: a Dask worker waits without a word, whatever it is."""
    security = tls.security() if tls is not None else Security()
    patience = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    try:
        # Dask's own patience ends with the connection: a scheduler that is frozen accepts it and says nothing.
        async with asyncio.timeout(patience):
            comm = await connect(scheduler, **security.get_connection_args("worker"))
    except TimeoutError:
        return "It does not answer."
    except OSError as error:
        return str(error)
    comm.abort()
    return None


async def _serve_once(scheduler: str, options: dict[str, Any], stop: asyncio.Event) -> None:
    worker = Worker(scheduler, **options)
    try:
        await _unless_stopped(stop, _begun(worker))
    except (OSError, TimeoutError, RuntimeError) as error:
        log.warning("%s cannot be reached: %s", scheduler, error.__cause__ or error)
    if worker.status.name != "running":
        with suppress(Exception):
            await worker.close(timeout=1, executor_wait=False, nanny=False)
        return
    log.info("Working for %s.", scheduler)
    await _unless_stopped(stop, worker.finished())
    if stop.is_set():
        with suppress(Exception):
            await asyncio.wait_for(worker.close_gracefully(), LEAVE_TIMEOUT)
    else:
        log.warning("%s went away; waiting for it.", scheduler)


async def _begun(worker: Worker) -> None:
    await worker


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Wait for something, but not once this worker is stop to stop."""
    task = asyncio.create_task(work)
    end = asyncio.create_task(stop.wait())
    await asyncio.wait((task, end), return_when=asyncio.FIRST_COMPLETED)
    for one in (task, end):
        one.cancel()
    await asyncio.wait((task, end))
    return None if task.cancelled() else task.result()


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)
