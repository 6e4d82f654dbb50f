"""How one painting goes on from another: with other options, or after it was cancelled. Inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.repeat_options import is_of_use
from core.jobs.rows import read_options

if TYPE_CHECKING:
    from core.jobs.database import Database


async def go_on(database: Database, job_id: int, earlier: int, now: int) -> None:
    """Let a new job go on where a cancelled one was stopped; with other options, from its picture.

    Args:
        database: Has both jobs.
        job_id: The new one.
        earlier: The cancelled one.
        now: The time, in milliseconds.
    """
    await database.run(
        "UPDATE jobs SET start_id = (SELECT id FROM pictures WHERE data IS NOT NULL"
        " AND id = (SELECT start_id FROM jobs WHERE id = ?)) WHERE id = ?",
        (earlier, job_id),
    )
    both = await database.row(
        "SELECT one.options AS wanted, other.options AS painted"
        " FROM jobs AS one JOIN jobs AS other USING (content_id, style_id) WHERE one.id = ? AND other.id = ?",
        (job_id, earlier),
    )
    if both is not None and not is_of_use(
        read_options(both["painted"]), read_options(both["wanted"])
    ):
        await begin_anew(database, job_id)
        return
    if both is None or both["painted"] != both["wanted"]:
        await start_from_checkpoint(database, job_id, earlier, now)
        return
    await database.run(
        "INSERT INTO checkpoints (job_id, evaluation, picture)"
        " SELECT ?, evaluation, picture FROM checkpoints WHERE job_id = ?",
        (job_id, earlier),
    )
    await database.run(
        "UPDATE jobs SET (evaluation, evaluations) ="
        " (SELECT checkpoints.evaluation, jobs.evaluations FROM checkpoints JOIN jobs ON id = job_id"
        " WHERE job_id = ?1) WHERE id = ?2 AND ?1 IN (SELECT job_id FROM checkpoints)",
        (earlier, job_id),
    )


async def start_from_checkpoint(database: Database, job_id: int, of: int, now: int) -> None:
    """Make the checkpoint of a job the initial image of one with other options, if there is a checkpoint.

    Its evaluations were those of another recipe, so they are counted anew.
    """
    pictures = await database.run(
        "INSERT INTO pictures (chat_id, user_id, message_id, width, height, created, data)"
        " SELECT jobs.chat_id, jobs.user_id, 0, width, height, ?, checkpoints.picture FROM checkpoints"
        " JOIN jobs ON jobs.id = job_id JOIN pictures ON pictures.id = content_id WHERE job_id = ? RETURNING id",
        (now, of),
    )
    for picture in pictures:
        await database.run("UPDATE jobs SET start_id = ? WHERE id = ?", (picture["id"], job_id))
        await database.run("DELETE FROM checkpoints WHERE job_id = ?", (job_id,))
    await database.run("UPDATE jobs SET evaluation = 0, evaluations = 0 WHERE id = ?", (job_id,))


async def begin_anew(database: Database, job_id: int) -> None:
    """Have a job begin at its photo, since what is painted is of no use to it."""
    await database.run(
        "UPDATE jobs SET start_id = NULL, evaluation = 0, evaluations = 0 WHERE id = ?", (job_id,)
    )
    await database.run("DELETE FROM checkpoints WHERE job_id = ?", (job_id,))
