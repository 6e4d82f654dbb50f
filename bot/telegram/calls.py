"""Turns effects into calls of the Bot API."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from telegram import (
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    ReplyParameters,
)

from bot.conversation.effects import Edit, Film, LossCurve, ResultImage, Send, SetButtons
from bot.telegram.attachments import THUMBNAIL_SIDE, smaller_jpeg
from bot.telegram.limiter import PAID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Message
    from telegram.ext import ExtBot

    from bot.messages.inline_keyboard import Button, Keyboard
    from bot.telegram.attachments import Attachments

_NO_TEXT: Final = {"parse_mode": None}
"""PTB adds the default parse_mode to every edit; these two methods know no such parameter."""


@dataclass(frozen=True, slots=True)
class Target:
    """The message that an effect changes.

    Attributes:
        message_id: Its number in the chat.
        captioned: Whether it shows a picture, so that its words are a caption.
    """

    message_id: int
    captioned: bool


class Calls:
    """Prepares calls. Preparing renders pictures and may take long; what it returns makes the one call.

    Args:
        bot: PTB's bot.
        attachments: Renders pictures.
    """

    def __init__(self, bot: ExtBot[str], attachments: Attachments) -> None:
        self._bot = bot
        self._attachments = attachments

    async def send(self, chat_id: int, effect: Send) -> Callable[[], Awaitable[Message]]:
        """Prepare a new message.

        Raises:
            core.sentences.SpokenError: Its picture cannot be made any more.
        """
        common: dict[str, Any] = {
            "chat_id": chat_id,
            "reply_markup": ForceReply(selective=True)
            if effect.force_reply
            else markup(effect.keyboard),
            "reply_parameters": _reply_to(effect.reply_to),
            "message_thread_id": effect.topic,
            "disable_notification": effect.silent,
            "rate_limit_args": PAID,
        }
        if effect.attachment is None:
            return lambda: self._bot.send_message(text=effect.text, **common)
        data = await self._attachments.render(effect.attachment)
        common["caption"] = effect.text
        match effect.attachment:
            case ResultImage(job_id, True):
                thumbnail = await asyncio.to_thread(smaller_jpeg, data, THUMBNAIL_SIDE)
                common["thumbnail"] = thumbnail
                return self._file(data, f"atelier-{job_id}.png", common)
            case LossCurve(job_id, as_file=True):
                return self._file(data, f"atelier-{job_id}-losses.png", common)
            case Film(job_id, as_file=True):
                return self._file(data, f"atelier-{job_id}.mp4", common)
            case Film(job_id):
                film = InputFile(data, filename=f"atelier-{job_id}.mp4")
                return lambda: self._bot.send_animation(animation=film, **common)
            case _:
                return lambda: self._bot.send_photo(photo=data, **common)

    def _file(
        self, data: bytes, name: str, common: dict[str, Any]
    ) -> Callable[[], Awaitable[Message]]:
        """A new message with a file that Telegram leaves as it is."""
        document = InputFile(data, filename=name)
        return lambda: self._bot.send_document(
            document=document, disable_content_type_detection=True, **common
        )

    async def edit(
        self, chat_id: int, effect: Edit, target: Target
    ) -> Callable[[], Awaitable[Any]]:
        """Prepare the change of a message.

        Raises:
            core.sentences.SpokenError: Its picture cannot be made any more.
        """
        picture = None
        if effect.attachment is not None:
            picture = await self._attachments.render(effect.attachment)
        return lambda: self.change(chat_id, target, effect.text, effect.keyboard, picture)

    def change(
        self,
        chat_id: int,
        target: Target,
        text: str,
        keyboard: Keyboard,
        picture: bytes | None = None,
    ) -> Awaitable[Any]:
        """Have a message show a text, buttons, and perhaps another picture (a JPEG)."""
        common: dict[str, Any] = {
            "chat_id": chat_id,
            "message_id": target.message_id,
            "reply_markup": markup(keyboard),
            "rate_limit_args": PAID,
        }
        if picture is not None:
            media = InputMediaPhoto(picture, text, filename="picture.jpg")
            return self._bot.edit_message_media(media, api_kwargs=_NO_TEXT, **common)
        if target.captioned:
            return self._bot.edit_message_caption(caption=text, **common)
        return self._bot.edit_message_text(text=text, **common)

    def set_buttons(self, chat_id: int, effect: SetButtons, target: Target) -> Awaitable[Any]:
        """Give a message other buttons, or none."""
        return self._bot.edit_message_reply_markup(
            chat_id,
            target.message_id,
            reply_markup=markup(effect.keyboard),
            rate_limit_args=PAID,
            api_kwargs=_NO_TEXT,
        )

    def delete(self, chat_id: int, target: Target) -> Awaitable[Any]:
        """Delete a message."""
        return self._bot.delete_message(chat_id, target.message_id, rate_limit_args=PAID)


def markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """A keyboard as PTB has it."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup([[_button(one) for one in row] for row in keyboard])


def _button(button: Button) -> InlineKeyboardButton:
    style = button.emphasis
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url, style=style)
    if button.copies:
        copied = CopyTextButton(button.copies)
        return InlineKeyboardButton(button.label, copy_text=copied, style=style)
    return InlineKeyboardButton(button.label, callback_data=button.data, style=style)


def _reply_to(message_id: int | None) -> ReplyParameters | None:
    """A message that is gone, or that was left in another chat, does not matter."""
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None
