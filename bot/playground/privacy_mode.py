"""Which messages of a group a bot in privacy mode reads, https://core.telegram.org/bots/features#privacy-mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.telegram_objects import ChatType
from bot.playground.utf16 import utf16_slice

if TYPE_CHECKING:
    from bot.playground.telegram_objects import ApiEntity, ApiMessage, ApiUser


def bot_may_read(message: ApiMessage, bot: ApiUser) -> bool:
    """Tells whether the bot reads a message.

    In groups it reads service messages, commands meant for it, messages sent via it, and replies to messages that it
    wrote or that were meant for it. A command without a name is meant for the bot that wrote last, and there is no
    other bot here. A mention is not in Telegram's list.
    """
    if message.chat.type is ChatType.PRIVATE or message.is_service:
        return True
    replied = message.reply_to_message
    if replied is not None and (replied.sender.id == bot.id or _is_meant(replied, bot)):
        return True
    return _is_meant(message, bot)


def _is_meant(message: ApiMessage, bot: ApiUser) -> bool:
    if message.via_bot is not None and message.via_bot.id == bot.id:
        return True
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or []
    return any(_is_command(entity, text, bot) for entity in entities)


def _is_command(entity: ApiEntity, text: str, bot: ApiUser) -> bool:
    written = utf16_slice(text, entity.offset, entity.end).lower()
    named = "@" not in written or written.endswith(f"@{bot.username}".lower())
    return entity.type == "bot_command" and named
