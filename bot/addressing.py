"""Who speaks, and whether it is meant for the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import filters

from core.jobs.models import Person

if TYPE_CHECKING:
    from telegram import Message

KINDS: Final[dict[str, filters.BaseFilter]] = {
    "text": filters.TEXT,
    "sticker": filters.Sticker.ALL,
    "voice": filters.VOICE | filters.AUDIO,
    "video": filters.VIDEO | filters.VIDEO_NOTE,
    "animation": filters.ANIMATION,
    "location": filters.LOCATION | filters.VENUE,
}


def person_of(update: Update) -> Person | None:
    """Who sent an update and where; None for what nobody in particular sent (a channel's post, say)."""
    chat, user = update.effective_chat, update.effective_user
    return Person(chat.id, user.id) if chat and user else None


def kind_of(message: Message) -> str:
    """What a message that is no picture is, as ``Texts.cannot_use`` names it; empty for the rest."""
    update = Update(0, message=message)
    return next((kind for kind, test in KINDS.items() if test.check_update(update)), "")


class _Addressed(filters.MessageFilter):
    """True in a private chat; in a group for an answer to the bot or a message that mentions it."""

    def filter(self, message: Message) -> bool:
        if message.chat.type == ChatType.PRIVATE:
            return True
        bot = message.get_bot()
        answered = message.reply_to_message
        if (
            answered is not None
            and answered.from_user is not None
            and answered.from_user.id == bot.id
        ):
            return True
        return bot.name.casefold() in (message.text or message.caption or "").casefold()


addressed: Final = _Addressed(name="addressed")
