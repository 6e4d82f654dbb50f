"""What transfers give: outcomes, and the checkpoints of those that still run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from core.jobs.job_errors import PictureGoneError
from core.jobs.ledger import Ledger
from core.jobs.models import Checkpoint, Job, JobState
from core.jobs.tables import compact
from core.style.events import Losses, Result, TracePoint

if TYPE_CHECKING:
    import aiosqlite

_FACTS: Final = ("evaluations", "seconds", "device", "weights", "complete", "reduced")


class Results(Ledger):
    """The part of the store that keeps results until they are delivered, and a while longer."""

    async def finish_job(self, job_id: int, outcome: Result) -> Job:
        """RUNNING to FINISHED, with everything the transfer gave.

        Raises:
            JobGoneError: There is no such job.
            JobStateError: It does not run (any more).
            StoreFullError: There is no room for the result; the job still runs.
        """
        async with self._database.transaction() as connection:
            job = await self._move(connection, job_id, JobState.FINISHED)
            await _insert(connection, job_id, outcome)
            return job

    async def outcome(self, job_id: int) -> Result:
        """What a finished job gave.

        Raises:
            PictureGoneError: It was cleaned away, forgotten or never there.
        """
        async with self._database.transaction() as connection:
            rows = list(
                await connection.execute_fetchall(
                    "SELECT * FROM outcomes WHERE job_id = ?", (job_id,)
                )
            )
            frames = await connection.execute_fetchall(
                "SELECT data FROM frames WHERE job_id = ? ORDER BY number", (job_id,)
            )
        if not rows:
            raise PictureGoneError
        row, facts = rows[0], json.loads(rows[0]["facts"])
        return Result(
            picture=row["picture"],
            size=(row["width"], row["height"]),
            initial=Losses(*facts.pop("initial")),
            final=Losses(*facts.pop("final")),
            trace=tuple(_read_point(*point) for point in json.loads(row["trace"])),
            frames=tuple(data for (data,) in frames),
            **facts,
        )

    async def checkpoint(self, job_id: int, picture: bytes, evaluation: int = 0) -> None:
        """Keep a running job's picture, in place of the last one.

        Args:
            job_id: The job.
            picture: A PNG file.
            evaluation: How many evaluations it took.
        """
        await self._database.run(
            "INSERT OR REPLACE INTO checkpoints (job_id, evaluation, picture)"
            " SELECT id, ?, ? FROM jobs WHERE id = ? AND state = ?",
            (evaluation, picture, job_id, JobState.RUNNING),
        )

    async def last_checkpoint(self, job_id: int) -> Checkpoint | None:
        """Where to go on from, if the job came that far."""
        row = await self._database.row("SELECT * FROM checkpoints WHERE job_id = ?", (job_id,))
        return None if row is None else Checkpoint(row["picture"], row["evaluation"])


async def _insert(connection: aiosqlite.Connection, job_id: int, outcome: Result) -> None:
    facts: dict[str, Any] = {name: getattr(outcome, name) for name in _FACTS}
    for name, losses in (("initial", outcome.initial), ("final", outcome.final)):
        facts[name] = (losses.style, losses.content)
    trace = [_point(point) for point in outcome.trace]
    await connection.execute_fetchall(
        "INSERT INTO outcomes (job_id, width, height, facts, trace, picture)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (job_id, *outcome.size, compact(facts), compact(trace), outcome.picture),
    )
    await connection.executemany(
        "INSERT INTO frames (job_id, number, data) VALUES (?, ?, ?)",
        [(job_id, number, data) for number, data in enumerate(outcome.frames)],
    )


def _point(point: TracePoint) -> tuple[float, ...]:
    return (
        point.evaluation,
        point.scale,
        round(point.elapsed, 3),
        point.losses.style,
        point.losses.content,
    )


def _read_point(
    evaluation: int, scale: int, elapsed: float, style: float, content: float
) -> TracePoint:
    return TracePoint(evaluation, scale, elapsed, Losses(style, content))
