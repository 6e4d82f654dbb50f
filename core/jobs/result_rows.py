"""How a transfer's result becomes rows, and rows become a result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from core.jobs.rows import compact
from core.style.progress import Losses, Result, TracePoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.jobs.database import Database, Row

_FACTS: Final = (
    "evaluations",
    "seconds",
    "device",
    "weights",
    "complete",
    "reduced",
    "exact_losses",
    "cutout",
)


async def insert_result(database: Database, job_id: int, result: Result) -> None:
    """Store a result, in the caller's transaction."""
    facts: dict[str, Any] = {name: getattr(result, name) for name in _FACTS}
    for name, losses in (("initial", result.initial), ("final", result.final)):
        facts[name] = (losses.style, losses.content)
    trace = [_point(point) for point in result.trace]
    await database.run(
        "INSERT INTO outcomes (job_id, width, height, facts, trace, picture)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (job_id, *result.size, compact(facts), compact(trace), result.picture),
    )
    async with database.transaction() as connection:
        await connection.executemany(
            "INSERT INTO frames (job_id, number, data) VALUES (?, ?, ?)",
            [(job_id, number, data) for number, data in enumerate(result.frames)],
        )


def read_facts(row: Row) -> Result:
    """A row of ``outcomes`` without its picture and trace."""
    facts = json.loads(row["facts"])
    return Result(
        picture=b"",
        size=(row["width"], row["height"]),
        initial=Losses(*facts.pop("initial")),
        final=Losses(*facts.pop("final")),
        **facts,
    )


def read_result(row: Row, frames: Iterable[Row]) -> Result:
    """A whole row of ``outcomes``, with its rows of ``frames`` in order."""
    return replace(
        read_facts(row),
        picture=row["picture"],
        trace=tuple(_read_point(*point) for point in json.loads(row["trace"])),
        frames=tuple(frame["data"] for frame in frames),
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
