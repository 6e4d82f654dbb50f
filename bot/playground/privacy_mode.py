"""Which messages of a group a bot in privacy mode reads, https://core.telegram.org/bots/features#privacy-mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.telegram_objects import ChatType
from bot.playground.utf16 import utf16_slice

if TYPE_CHECKING:
    from bot.playground.telegram_objects import ApiEntity, ApiMessage, ApiUser


def bot_may_read(message: ApiMessage, bot: ApiUser) -> bool:
    """Tells whether the bot reads a message: in groups only service messages, commands, mentions of it and replies to it."""
    if message.chat.type is ChatType.PRIVATE or message.is_service:
        return True
    replied = message.reply_to_message
    if replied is not None and replied.sender.id == bot.id:
        return True
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or []
    return any(_addresses(entity, text, bot) for entity in entities)


def _addresses(entity: ApiEntity, text: str, bot: ApiUser) -> bool:
    written = utf16_slice(text, entity.offset, entity.end).lower()
    username = f"@{bot.username}".lower()
    if entity.type == "bot_command":
        return "@" not in written or written.endswith(username)
    return entity.type == "mention" and written == username
