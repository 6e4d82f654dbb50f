"""Telling an observer, without ever waiting for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

log = logging.getLogger(__name__)

Call: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Line:
    """What one job still has to tell, in order. Only the newest of what may be shed is kept."""

    pending: list[tuple[Call, bool]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    closed: bool = False


class Notices:
    """One line of calls a job: in order within it, independent of all others.

    An observer that raises is logged, one that hangs is given up after ``patience`` seconds, one that
    is slow gets only the newest progress.
    """

    def __init__(self, *, patience: float) -> None:
        self._patience = patience
        self._lines: dict[int, _Line] = {}
        self._closed = False

    def tell(self, job_id: int, call: Call, *, shed: bool = True) -> None:
        """Make a call soon; with ``shed`` a newer one may take its place."""
        line = self._lines.get(job_id) or _Line()
        if line.closed:
            return
        line.pending = [(one, may_shed) for one, may_shed in line.pending if not may_shed]
        line.pending.append((call, shed))
        self._run(job_id, line)

    def last(self, job_id: int, call: Call) -> None:
        """Make the job's last call, after the one that is under way; it takes as long as it needs."""
        line = self._lines.get(job_id) or _Line()
        if line.closed:
            return
        line.pending = [(one, may_shed) for one, may_shed in line.pending if not may_shed]
        line.pending.append((call, False))
        line.closed = True
        self._run(job_id, line)

    def drop(self, job_id: int) -> None:
        """Say nothing more about a job, not even its end."""
        line = self._lines.pop(job_id, None)
        if line is not None and line.task is not None:
            line.task.cancel()

    async def close(self, *, patience: float) -> None:
        """Let the calls under way end for so many seconds; no new ones are made."""
        self._closed = True
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.wait(late, timeout=patience) if late else None

    def _run(self, job_id: int, line: _Line) -> None:
        if self._closed:
            return
        self._lines[job_id] = line
        if line.task is None:
            line.task = asyncio.create_task(self._work_off(job_id, line), name=f"notices-{job_id}")

    async def _work_off(self, job_id: int, line: _Line) -> None:
        try:
            while line.pending and not self._closed:
                call, _ = line.pending.pop(0)
                is_last = line.closed and not line.pending
                await self._call(job_id, call, None if is_last else self._patience)
        finally:
            line.task = None
            if self._lines.get(job_id) is line:
                del self._lines[job_id]

    async def _call(self, job_id: int, call: Call, patience: float | None) -> None:
        try:
            async with asyncio.timeout(patience):
                await call()
        except TimeoutError:
            log.warning("Telling of job %d took too long and was given up.", job_id)
        except Exception:
            log.exception("Telling of job %d failed.", job_id)
