"""What people chose in /settings, and other small values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.jobs.preferences import DEFAULT_PREFERENCES, Preferences
from core.jobs.rows import Repository

if TYPE_CHECKING:
    from core.jobs.models import Person

_PREFERENCES: Final = "person:{}:preferences"
_LANGUAGE: Final = "person:{}:client_language"
_HEARD: Final = "person:{}:heard"
_MUTED: Final = "person:{}:muted:{}"


class PreferenceRepository(Repository):
    """The table ``settings``. Keys that begin with ``person:<user id>:`` go with the person."""

    async def get(self, user_id: int) -> tuple[Preferences, str | None]:
        """A person's preferences, and the language of their Telegram client (an IETF tag) as last heard."""
        rows = await self._database.rows(
            "SELECT key, value FROM settings WHERE key IN (?, ?)",
            (_PREFERENCES.format(user_id), _LANGUAGE.format(user_id)),
        )
        found = {row["key"]: row["value"] for row in rows}
        kept = found.get(_PREFERENCES.format(user_id))
        preferences = DEFAULT_PREFERENCES if kept is None else Preferences.from_json(kept)
        return preferences, found.get(_LANGUAGE.format(user_id))

    async def save(self, user_id: int, preferences: Preferences) -> None:
        """Keep a person's preferences."""
        await self.set_value(_PREFERENCES.format(user_id), preferences.to_json())

    async def save_language(self, person: Person, language: str) -> None:
        """Keep the language of a person's Telegram client."""
        await self.set_value(_LANGUAGE.format(person.user_id), language)

    async def is_muted(self, person: Person) -> bool:
        """Whether a person was told that the bot may not write in the chat."""
        return await self.value(_MUTED.format(person.user_id, person.chat_id)) is not None

    async def mute(self, person: Person) -> None:
        """Note that a person was told so."""
        await self.set_value(_MUTED.format(person.user_id, person.chat_id), "")

    async def unmute(self, chat_id: int) -> None:
        """The bot's rights in a chat have changed, so that people may have to be told anew."""
        await self._database.run(
            "DELETE FROM settings WHERE key GLOB ?", (_MUTED.format("*", chat_id),)
        )

    async def value(self, key: str) -> str | None:
        """A small value."""
        row = await self._database.row("SELECT value FROM settings WHERE key = ?", (key,))
        return None if row is None else row["value"]

    async def keys(self, prefix: str) -> list[str]:
        """The keys of small values that begin so."""
        rows = await self._database.rows(
            "SELECT key FROM settings WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
        )
        return [row["key"] for row in rows]

    async def delete_value(self, key: str) -> None:
        """Keep a small value no longer."""
        await self._database.run("DELETE FROM settings WHERE key = ?", (key,))

    async def note_heard(self, user_id: int) -> None:
        """A person wrote in private today."""
        key, today = _HEARD.format(user_id), self._clock().date().isoformat()
        if await self.value(key) != today:
            await self.set_value(key, today)

    async def heard_since(self, day: str) -> list[int]:
        """The user ids of all who wrote in private on this day (as in 2026-05-01) or later."""
        rows = await self._database.rows(
            "SELECT key FROM settings WHERE key GLOB ? AND value >= ? ORDER BY key",
            (_HEARD.format("*"), day),
        )
        return [int(row["key"].split(":")[1]) for row in rows]

    async def set_value(self, key: str, value: str) -> None:
        """Keep a small value."""
        await self._database.run(
            "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value)
        )
