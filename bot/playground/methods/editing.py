"""Messages that change or go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from bot.playground.errors import MESSAGE_NOT_MODIFIED, bad_request
from bot.playground.methods.api import checked_keyboard, message_text, with_caption
from bot.playground.methods.call import Captioned, FromJson, InputMediaPhoto, Markup, ToChat
from bot.playground.methods.media import attached, photo_content
from bot.playground.schema import ChatType, Content, Message

if TYPE_CHECKING:
    from bot.playground.methods.api import Api


class Editing(ToChat):
    """What every edit takes; a keyboard that is not given goes."""

    message_id: int
    reply_markup: Markup = None


class EditMessageText(Editing):
    """Another text."""

    text: str
    parse_mode: str | None = None


class EditMessageCaption(Editing, Captioned):
    """Another caption."""


class EditMessageMedia(Editing):
    """Another photo, with its caption."""

    media: Annotated[InputMediaPhoto, FromJson]


class EditMessageReplyMarkup(Editing):
    """Another keyboard."""


class DeleteMessage(ToChat):
    """A message to take away."""

    message_id: int


async def edit_message_text(api: Api, call: EditMessageText) -> Message:
    """Replace the text of a message."""
    message = api.own_message(call.chat_id, call.message_id)
    if message.text is None:
        raise bad_request("there is no text in the message to edit")
    return _edited(api, message, message_text(call.text, call.parse_mode), call)


async def edit_message_caption(api: Api, call: EditMessageCaption) -> Message:
    """Replace the caption of a picture or file."""
    message = api.own_message(call.chat_id, call.message_id)
    if not message.has_media:
        raise bad_request("there is no caption in the message to edit")
    return _edited(api, message, with_caption(message.content, call), call)


async def edit_message_media(api: Api, call: EditMessageMedia) -> Message:
    """Replace the picture or file of a message by a photo, or give a text message one."""
    message = api.own_message(call.chat_id, call.message_id)
    content = await photo_content(api.world.files, attached(call, "media", call.media.source))
    # The upload took a while: the message may be another one by now, or gone.
    message = api.own_message(call.chat_id, call.message_id)
    return _edited(api, message, with_caption(content, call.media), call)


async def edit_message_reply_markup(api: Api, call: EditMessageReplyMarkup) -> Message:
    """Replace or remove the keyboard of a message."""
    message = api.own_message(call.chat_id, call.message_id)
    return _edited(api, message, message.content, call)


async def delete_message(api: Api, call: DeleteMessage) -> bool:
    """Take away a message of the bot's, or any one in a private chat."""
    api.writable(call.chat_id)
    message = api.world.message(call.chat_id, call.message_id)
    if message is None:
        raise bad_request("message to delete not found")
    if not _deletable(api, message):
        raise bad_request("message can't be deleted for everyone")
    api.world.delete(message)
    return True


def _edited(api: Api, message: Message, content: Content, call: Editing) -> Message:
    keyboard = checked_keyboard(call.reply_markup)
    if content == message.content and keyboard == message.reply_markup:
        raise bad_request(MESSAGE_NOT_MODIFIED)
    return api.world.edit(message, content, keyboard)


def _deletable(api: Api, message: Message) -> bool:
    private = message.chat.type is ChatType.PRIVATE
    return private or message.sender.id == api.world.bot.id
