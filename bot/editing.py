"""Have a message say something else, whether it is words alone or words under a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ParseMode
from telegram.error import BadRequest

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup


async def say_instead(
    bot: Bot,
    chat_id: int,
    message_id: int,
    text: str,
    keyboard: InlineKeyboardMarkup | None = None,
) -> None:
    """Replace a message's words and buttons; its picture, if it has one, stays.

    Raises:
        BadRequest: The message is gone, say. That it says so already is none.
    """
    try:
        try:
            await bot.edit_message_text(
                text, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        except BadRequest as error:
            if "no text" not in error.message.lower():
                raise
            await bot.edit_message_caption(
                chat_id,
                message_id,
                caption=text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
            )
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise
