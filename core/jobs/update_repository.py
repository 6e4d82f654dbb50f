"""Updates that came in: kept until they are handled, and their numbers remembered for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.rows import Repository

if TYPE_CHECKING:
    from collections.abc import Mapping


class UpdateRepository(Repository):
    """The table ``updates``; an update that was handled stays as its number alone, for two days."""

    async def add(self, update_id: int, text: str) -> bool:
        """Keep an update as JSON; False if it came before."""
        return bool(
            await self._database.run(
                "INSERT OR IGNORE INTO updates (id, text, received) VALUES (?, ?, ?) RETURNING id",
                (update_id, text, self._now()),
            )
        )

    async def unhandled(self) -> Mapping[int, tuple[str, int]]:
        """The updates that were not handled, oldest first: their text, and how often handling them was begun."""
        rows = await self._database.rows(
            "SELECT id, text, tries FROM updates WHERE NOT done ORDER BY id"
        )
        return {row["id"]: (row["text"], row["tries"]) for row in rows}

    async def begin(self, update_id: int) -> None:
        """Note that handling an update begins, which may be what ends the process."""
        await self._database.run("UPDATE updates SET tries = tries + 1 WHERE id = ?", (update_id,))

    async def forgive(self) -> None:
        """The process stops in order: no update is at fault that was not handled to its end."""
        await self._database.run("UPDATE updates SET tries = 0 WHERE NOT done AND tries > 0")

    async def finish(self, update_id: int) -> bool:
        """An update was handled; False if that was noted before, or if its person was forgotten."""
        return bool(
            await self._database.run(
                "UPDATE updates SET done = 1, text = '' WHERE id = ? AND NOT done RETURNING id",
                (update_id,),
            )
        )
