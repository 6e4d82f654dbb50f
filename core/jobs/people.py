"""What people chose for themselves. ``forget`` deletes it with everything else of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.jobs.preferences import EVERYBODYS, Preferences
from core.jobs.tables import Tables, fetch_one

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiosqlite

_KEY: Final = "person:{}:preferences"
_SELECT: Final = "SELECT value FROM settings WHERE key = ?"


class People(Tables):
    """The part of the store that knows each person's preferences."""

    async def preferences(self, user_id: int) -> Preferences:
        """A person's choices; everybody's where there are none."""
        row = await self._database.row(_SELECT, (_KEY.format(user_id),))
        return EVERYBODYS if row is None else Preferences.from_json(row["value"])

    async def change_preferences(
        self, user_id: int, change: Callable[[Preferences], Preferences]
    ) -> Preferences:
        """Read, change and keep a person's choices, with nobody between; returns them as they are now."""
        async with self._database.transaction() as connection:
            changed = change(await preferences_of(connection, user_id))
            await connection.execute_fetchall(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
                (_KEY.format(user_id), changed.to_json()),
            )
            return changed

    async def languages(self) -> dict[int, str]:
        """The language of each person who chose one, by their id."""
        rows = await self._database.rows(
            "SELECT key, value FROM settings WHERE key GLOB ?", (_KEY.format("*"),)
        )
        chosen = {
            int(row["key"].split(":")[1]): Preferences.from_json(row["value"]).language
            for row in rows
        }
        return {user_id: code for user_id, code in chosen.items() if code is not None}


async def preferences_of(connection: aiosqlite.Connection, user_id: int) -> Preferences:
    """A person's choices, inside a transaction."""
    row = await fetch_one(connection, _SELECT, (_KEY.format(user_id),))
    return EVERYBODYS if row is None else Preferences.from_json(row["value"])
