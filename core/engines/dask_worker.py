"""One worker: a process with a painter that computes works for a scheduler."""

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
from core.engines.dask_setup import GPU, tls_options
from core.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from core.engines.dask_setup import Tls
    from core.engines.warm_stylizer import WarmStylizer

log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_DELAY: Final = 1.0
"""Seconds between two attempts to reach the scheduler."""

LEAVE_TIMEOUT: Final = 5.0
"""Seconds to tell the scheduler that this worker leaves, so that its work begins on another one at once."""


class StylizerPlugin(WorkerPlugin):
    """Gives works access to the painter, which is loaded before the worker registers with the scheduler."""

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
    """Run works until SIGTERM, SIGINT or, with ``exit_with_stdin``, the end of standard input.

    A Dask worker that loses its scheduler closes for good. This function then makes a new one with the same painter, so
    that the network is loaded once, before the first work arrives.

    Args:
        scheduler: The scheduler's address.
        stylizer: The painter to load and to run works on.
        tls: Certificates; None for an address without TLS.
        host: This machine's address for the scheduler; None for the one from which the scheduler is reached.
        name: The worker's name in logs; None for its address.
        exit_with_stdin: End the process when standard input ends, so that no worker outlives its starter.

    Raises:
        core.style.style_errors.StyleError: The network cannot be loaded.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_stdin:
        threading.Thread(target=_exit_with_stdin, daemon=True).start()
    painter = await asyncio.to_thread(stylizer.load)
    log.info("The network is loaded: %s GFLOP/s.", painter.speed and round(painter.speed))
    options = _options(scheduler, stylizer, tls, host, name)
    known: str | None = None
    while not stop.is_set():
        problem = await _unless_stopped(stop, _ping(scheduler, tls))
        if problem is None:
            await _serve_once(scheduler, options, stop)
        elif problem != known:
            log.warning("%s cannot be reached, trying again: %s", scheduler, problem)
        known = problem
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_DELAY):
                await stop.wait()


def _options(
    scheduler: str, stylizer: WarmStylizer, tls: Tls | None, host: str | None, name: str | None
) -> dict[str, Any]:
    parts = urlsplit(scheduler)
    if host is None:
        # Listen only on the address that the scheduler can reach.
        near = is_loopback(parts.hostname or "")
        host = "127.0.0.1" if near else get_ip(parts.hostname, parts.port or 80)
    return {
        "host": host,
        "name": name,
        "protocol": parts.scheme,
        # One work at a time: two on one GPU take twice as long each, and twice the memory.
        "nthreads": 1,
        "resources": {GPU: 1},
        # Dask's memory limit would pause or kill the worker for memory that torch keeps on purpose.
        "memory_limit": 0,
        # No nanny: it notices a frozen process after a minute, and would load the network again.
        "nanny": None,
        # Seconds without a scheduler until the worker gives up; by default it waits for ever.
        "death_timeout": 30,
        "plugins": (StylizerPlugin(stylizer),),
        **tls_options(tls),
    }


async def _ping(scheduler: str, tls: Tls | None) -> str | None:
    """Why this machine cannot reach its scheduler; None if it can. A Dask worker would wait without saying why."""
    security = tls.security() if tls is not None else Security()
    timeout = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    try:
        # Dask's own timeout covers connecting only: a frozen scheduler accepts a connection and then does not answer.
        async with asyncio.timeout(timeout):
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
        await _unless_stopped(stop, _start(worker))
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


async def _start(worker: Worker) -> None:
    await worker


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Wait for ``work``; cancel it and return None when ``stop`` is set before."""
    task = asyncio.create_task(work)
    end = asyncio.create_task(stop.wait())
    await asyncio.wait((task, end), return_when=asyncio.FIRST_COMPLETED)
    for one in (task, end):
        one.cancel()
    await asyncio.wait((task, end))
    return None if task.cancelled() else task.result()


def _exit_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)
