"""The bot's descriptions and commands, by language and kind of chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, Field

from bot.playground.telegram_objects import ApiCommand, ChatType

if TYPE_CHECKING:
    from bot.playground.chat_database import ChatDatabase

DEFAULT_SCOPE: Final = "default"


class IdentityTexts(BaseModel):
    """The bot's descriptions in one language; the default language replaces an empty one."""

    description: str = ""
    short_description: str = ""


class _StoredIdentity(BaseModel):
    texts: dict[str, IdentityTexts] = Field(default_factory=dict)
    # The key is "scope|language".
    commands: dict[str, list[ApiCommand]] = Field(default_factory=dict)


class BotIdentity:
    """The bot as people see it.

    Args:
        database: Where the descriptions and commands are kept.
    """

    def __init__(self, database: ChatDatabase) -> None:
        self._database = database
        stored = database.get("meta", "identity")
        self._stored = (
            _StoredIdentity.model_validate_json(stored)
            if stored
            else _StoredIdentity(texts={"": IdentityTexts()})
        )

    def texts(self, language: str = "") -> IdentityTexts:
        """Returns the descriptions in a language; the default language replaces those that it lacks."""
        default = self._stored.texts[""].model_dump()
        own = self._stored.texts.get(_two_letter_code(language), IdentityTexts()).model_dump()
        return IdentityTexts(**{field: own[field] or default[field] for field in default})

    def set_text(self, field: str, value: str, language: str) -> None:
        """Change one description; an empty value removes it."""
        texts = self._stored.texts.setdefault(language, IdentityTexts())
        self._stored.texts[language] = texts.model_copy(update={field: value})
        self._save()

    def set_commands(self, commands: list[ApiCommand], scope: str, language: str) -> None:
        """Replace the commands of a scope and language; an empty list removes them."""
        key = f"{scope}|{language}"
        if commands:
            self._stored.commands[key] = commands
        else:
            self._stored.commands.pop(key, None)
        self._save()

    def commands(self, scope: str = DEFAULT_SCOPE, language: str = "") -> list[ApiCommand]:
        """Returns the commands that were set for exactly this scope and language."""
        return self._stored.commands.get(f"{scope}|{language}", [])

    def menus(self) -> dict[tuple[str, str], list[ApiCommand]]:
        """Returns all commands that were set, by scope and language."""
        return {
            (scope, language): commands
            for key, commands in self._stored.commands.items()
            for scope, _, language in [key.partition("|")]
        }

    def commands_in(
        self, kind: ChatType, language: str = "", chat_id: int | None = None
    ) -> list[ApiCommand]:
        """Returns the commands that a person sees in a chat: those of the narrowest scope that has any."""
        kind_scope = "all_private_chats" if kind is ChatType.PRIVATE else "all_group_chats"
        for scope in (f"chat={chat_id}", kind_scope, DEFAULT_SCOPE):
            for code in (_two_letter_code(language), ""):
                found = self.commands(scope, code)
                if found:
                    return found
        return []

    def _save(self) -> None:
        self._database.put("meta", "identity", self._stored.model_dump_json())


def _two_letter_code(language: str) -> str:
    """Telegram looks up descriptions and commands by two-letter codes."""
    return language.split("-", maxsplit=1)[0]
