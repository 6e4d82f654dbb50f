"""The engine that computes works on the workers of a Dask cluster.

Dask places works and carries messages. It holds no state that must survive: the jobs table does.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from core.engines.dask_connection import Connection, ConnectionTimeouts
from core.engines.dask_job import WorkerMessage, WorkerReport, paint
from core.engines.dask_setup import GPU, check_address, configure
from core.engines.handle import LiveHandle
from core.engines.protocol import (
    Delay,
    EngineUnreachableError,
    WorkCancelledError,
    WorkLostError,
)
from core.style.progress import Result
from core.style.style_errors import TooLongError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from distributed import Client, Future

    from core.engines.dask_setup import Tls
    from core.engines.protocol import Work

log = logging.getLogger(__name__)

_CLOSED: Final = "The engine was closed."
_GONE: Final = "The scheduler went away."


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTimeouts(ConnectionTimeouts):
    """Limits of the engine in seconds, in addition to those of its connection.

    Attributes:
        silence: Between two messages of a running work; a machine whose GPU hangs still answers the scheduler.
        deadline: From a work's submission to its end.
    """

    silence: float = 900.0
    deadline: float = 6 * 3600.0


DEFAULT_TIMEOUTS: Final = EngineTimeouts()


@dataclass(slots=True, eq=False)
class _Submission:
    """One work, between this engine and its worker."""

    work: Work
    handle: LiveHandle
    ticket: str = field(default_factory=lambda: uuid4().hex)
    runs: list[str] = field(default_factory=list)
    silence: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(None))
    future: Future[WorkerReport] | None = None
    task: asyncio.Task[None] | None = None


class DaskEngine:
    """An engine on the workers of a Dask scheduler, to be used from one event loop.

    While the scheduler cannot be reached, there are no slots, works end as lost, and the engine tries to reconnect.

    Args:
        scheduler: The scheduler's address, such as ``tls://10.0.0.1:8786``.
        tls: Certificates; needed unless the scheduler is on this machine.
        ahead: The number of slots while there are fewer workers, for a cluster that grows with its queue. It limits the
            pictures (of up to 20 MB, unless MAX_PICTURE_MB says more) that wait in the scheduler's memory.
        timeouts: Limits in seconds.

    Raises:
        DaskSetupError: Dask is not installed, or address or certificates are not usable.
    """

    def __init__(
        self,
        scheduler: str,
        *,
        tls: Tls | None = None,
        ahead: int = 0,
        timeouts: EngineTimeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        check_address(scheduler, tls)
        configure()
        self._ahead = ahead
        self._timeouts = timeouts
        self._topic = f"atelier-{uuid4().hex}"
        self._connection = Connection(
            scheduler,
            tls,
            timeouts=timeouts,
            topic=self._topic,
            on_event=self._on_event,
            on_lost=self._on_lost,
        )
        self._speed: float | None = None
        self._submissions: dict[str, _Submission] = {}
        self._closed = False

    @property
    def slots(self) -> int:
        """How many works can run at the same time: one on each worker; 0 while the scheduler cannot be reached."""
        connection = self._connection
        return 0 if connection.client is None else max(connection.workers, self._ahead)

    @property
    def delay(self) -> Delay | None:
        """AWAY while the scheduler cannot be reached; PREPARING until a worker has loaded its network and joined."""
        if self._connection.client is None:
            return Delay.AWAY
        return None if self.slots else Delay.PREPARING

    @property
    def speed(self) -> float | None:
        """GFLOP a second of the worker that finished last; None before that."""
        return self._speed

    @property
    def batch(self) -> int:
        """Always 1: each worker paints one work at a time, and says nothing of how many it could."""
        return 1

    async def start(self) -> None:
        """Try to connect for a few seconds, and keep trying in the background."""
        await self._connection.start()

    def submit(self, work: Work) -> LiveHandle:
        """Submit a work to Dask; never blocks. Without a scheduler, and after ``close``, the work is lost at once."""
        handle = LiveHandle(lambda: self._cancel(submission))
        submission = _Submission(work, handle)
        if self._closed:
            handle.fail(WorkLostError(_CLOSED))
        elif (client := self._connection.client) is None:
            handle.fail(EngineUnreachableError("The scheduler cannot be reached."))
        else:
            self._submissions[submission.ticket] = submission
            submission.task = asyncio.create_task(self._run(client, submission))
        return handle

    def submit_together(self, works: Sequence[Work]) -> Sequence[LiveHandle]:
        """Submit each work by itself, to whichever workers are free."""
        return [self.submit(work) for work in works]

    async def watch(self) -> None:
        """Wait for ever: a worker that cannot use its GPU any more ends, and the others go on."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Stop all works within a few seconds; unfinished works end as lost."""
        self._closed = True
        for submission in list(self._submissions.values()):
            submission.handle.fail(WorkLostError(_CLOSED))
            self._withdraw(submission)
        await self._connection.close()
        tasks = [one.task for one in self._submissions.values() if one.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    async def _run(self, client: Client, submission: _Submission) -> None:
        handle = submission.handle
        try:
            async with asyncio.timeout(self._timeouts.deadline) as deadline, submission.silence:
                report = await self._report(client, submission)
        except Exception as error:  # noqa: BLE001 - Dask raises anything; the work is lost whatever it is
            if not handle.ended:
                handle.fail(self._verdict(client, submission, deadline, error))
        else:
            self._speed = report.speed or self._speed
            if isinstance(report.end, Result):
                handle.finish(report.end)
            else:
                handle.fail(report.end or WorkLostError("The worker was shut down."))
        finally:
            self._submissions.pop(submission.ticket, None)
            self._withdraw(submission)

    async def _report(self, client: Client, submission: _Submission) -> WorkerReport:
        submission.future = future = client.submit(
            paint,
            # Not scattered: scattered pictures would be lost with the worker that holds them.
            pickle.dumps(submission.work),
            self._topic,
            submission.ticket,
            key=f"paint-{submission.ticket}",
            pure=False,
            resources={GPU: 1},
        )
        waiting: Awaitable[WorkerReport] = cast("Awaitable[WorkerReport]", future.result())
        return await waiting

    def _verdict(
        self,
        client: Client,
        submission: _Submission,
        deadline: asyncio.Timeout,
        error: Exception,
    ) -> Exception:
        from distributed.client import FutureCancelledError  # noqa: PLC0415 - an extra
        from distributed.scheduler import NoValidWorkerError, NoWorkerError  # noqa: PLC0415

        if deadline.expired():
            return TooLongError(hours=self._timeouts.deadline / 3600)
        if submission.silence.expired():
            return WorkLostError("Its worker has said nothing for too long.")
        if isinstance(error, NoValidWorkerError | NoWorkerError):
            return EngineUnreachableError("No worker came for it.")
        if client.status != "running" or isinstance(error, FutureCancelledError | OSError):
            self._connection.reconnect()
            return EngineUnreachableError(_GONE)
        return WorkLostError(f"{type(error).__name__}: {error}")

    def _cancel(self, submission: _Submission) -> None:
        submission.handle.fail(WorkCancelledError())
        self._withdraw(submission)

    def _withdraw(self, submission: _Submission) -> None:
        """Release the task in Dask; its thread checks before each evaluation whether the task is cancelled."""
        if submission.future is not None:
            submission.future.release()

    def _on_event(self, event: tuple[float, bytes]) -> None:
        message: WorkerMessage = pickle.loads(event[1])  # noqa: S301 - from our own workers
        submission = self._submissions.get(message.ticket)
        if submission is None or submission.handle.ended:
            return
        if message.run not in submission.runs:
            submission.runs.append(message.run)
        elif message.run != submission.runs[-1]:
            return  # A worker that was counted as dead still sends messages.
        now = asyncio.get_running_loop().time()
        if not submission.silence.expired():
            submission.silence.reschedule(now + self._timeouts.silence)
        if message.progress is not None:
            attempt = message.progress.attempt + len(submission.runs) - 1
            submission.handle.put(replace(message.progress, attempt=attempt))

    def _on_lost(self) -> None:
        for submission in list(self._submissions.values()):
            submission.handle.fail(EngineUnreachableError(_GONE))
            if submission.task is not None:
                submission.task.cancel()
