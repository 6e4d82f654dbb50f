"""What the bot says of itself: descriptions and commands, by language and kind of chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, Field

from bot.playground.telegram_objects import ApiCommand, ChatType

if TYPE_CHECKING:
    from bot.playground.chat_database import ChatDatabase

DEFAULT_SCOPE: Final = "default"


class IdentityTexts(BaseModel):
    """The bot's words in one language; an empty word falls back to the default language."""

    description: str = ""
    short_description: str = ""


class _StoredIdentity(BaseModel):
    texts: dict[str, IdentityTexts] = Field(default_factory=dict)
    # By "scope|language".
    commands: dict[str, list[ApiCommand]] = Field(default_factory=dict)


class BotIdentity:
    """The bot as people see it."""

    def __init__(self, database: ChatDatabase) -> None:
        self._database = database
        kept = database.get("meta", "profile")
        self._kept = (
            _StoredIdentity.model_validate_json(kept)
            if kept
            else _StoredIdentity(texts={"": IdentityTexts()})
        )

    def texts(self, language: str = "") -> IdentityTexts:
        """The words in a language, each one the default where the language has none."""
        default = self._kept.texts[""].model_dump()
        own = self._kept.texts.get(_short(language), IdentityTexts()).model_dump()
        return IdentityTexts(**{field: own[field] or default[field] for field in default})

    def set_text(self, field: str, value: str, language: str) -> None:
        """Change one word; an empty value in a language removes it."""
        texts = self._kept.texts.setdefault(language, IdentityTexts())
        self._kept.texts[language] = texts.model_copy(update={field: value})
        self._save()

    def set_commands(self, commands: list[ApiCommand], scope: str, language: str) -> None:
        """Replace the commands of a scope and language; none removes them."""
        key = f"{scope}|{language}"
        if commands:
            self._kept.commands[key] = commands
        else:
            self._kept.commands.pop(key, None)
        self._save()

    def commands(self, scope: str = DEFAULT_SCOPE, language: str = "") -> list[ApiCommand]:
        """Exactly the commands that were set for a scope and language."""
        return self._kept.commands.get(f"{scope}|{language}", [])

    def commands_in(self, kind: ChatType, language: str = "") -> list[ApiCommand]:
        """The commands that a person sees in a chat: the narrowest scope that has any."""
        everybody = "all_private_chats" if kind is ChatType.PRIVATE else "all_group_chats"
        for scope in (everybody, DEFAULT_SCOPE):
            for tongue in (_short(language), ""):
                found = self.commands(scope, tongue)
                if found:
                    return found
        return []

    def _save(self) -> None:
        self._database.put("meta", "profile", self._kept.model_dump_json())


def _short(language: str) -> str:
    """Telegram's profiles know two-letter codes."""
    return language.split("-", maxsplit=1)[0]
