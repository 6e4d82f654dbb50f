"""The methods that edit and delete messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from bot.playground.api_errors import MESSAGE_NOT_MODIFIED, bad_request
from bot.playground.methods.method_call import CaptionCall, ChatCall, FromJson, Markup, PhotoEdit
from bot.playground.methods.method_context import checked_keyboard, message_text, with_caption
from bot.playground.methods.upload_content import attached, photo_content
from bot.playground.telegram_objects import ApiContent, ApiMessage, ChatType

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext


MAX_AGE: Final = 48 * 3600
"""Seconds after which a message cannot be deleted any more; it can still be edited."""


class EditCall(ChatCall):
    """What every edit takes; without ``reply_markup`` it removes the keyboard."""

    message_id: int
    reply_markup: Markup = None


class EditMessageTextCall(EditCall):
    """The parameters of editMessageText."""

    text: str
    parse_mode: str | None = None


class EditMessageCaptionCall(EditCall, CaptionCall):
    """The parameters of editMessageCaption."""


class EditMessageMediaCall(EditCall):
    """The parameters of editMessageMedia."""

    media: Annotated[PhotoEdit, FromJson]


class EditMessageReplyMarkupCall(EditCall):
    """The parameters of editMessageReplyMarkup."""


class DeleteMessageCall(ChatCall):
    """The parameters of deleteMessage."""

    message_id: int


async def edit_message_text(context: MethodContext, call: EditMessageTextCall) -> ApiMessage:
    """Replace the text of a message."""
    message = context.own_message(call.chat_id, call.message_id)
    if message.text is None:
        raise bad_request("there is no text in the message to edit")
    return _edited(context, message, message_text(call.text, call.parse_mode), call)


async def edit_message_caption(context: MethodContext, call: EditMessageCaptionCall) -> ApiMessage:
    """Replace the caption of a picture or file."""
    message = context.own_message(call.chat_id, call.message_id)
    if not message.has_media:
        raise bad_request("there is no caption in the message to edit")
    return _edited(context, message, with_caption(message.content, call), call)


async def edit_message_media(context: MethodContext, call: EditMessageMediaCall) -> ApiMessage:
    """Replace the picture or file of a message with a photo, or turn a text message into a photo."""
    message = context.own_message(call.chat_id, call.message_id)
    content = await photo_content(context.world.files, attached(call, "media", call.media.source))
    # Meanwhile another call may have edited or deleted the message.
    message = context.own_message(call.chat_id, call.message_id)
    context.check_right(call.chat_id, content)
    return _edited(context, message, with_caption(content, call.media), call)


async def edit_message_reply_markup(
    context: MethodContext, call: EditMessageReplyMarkupCall
) -> ApiMessage:
    """Replace or remove the keyboard of a message."""
    message = context.own_message(call.chat_id, call.message_id)
    return _edited(context, message, message.content, call)


async def delete_message(context: MethodContext, call: DeleteMessageCall) -> bool:
    """Delete a message of the bot, or any message of a private chat."""
    context.writable_chat(call.chat_id)
    message = context.world.message(call.chat_id, call.message_id)
    if message is None:
        raise bad_request("message to delete not found")
    if not _deletable(context, message):
        raise bad_request("message can't be deleted for everyone")
    context.world.delete(message)
    return True


def _edited(
    context: MethodContext, message: ApiMessage, content: ApiContent, call: EditCall
) -> ApiMessage:
    keyboard = checked_keyboard(call.reply_markup)
    if content == message.content and keyboard == message.reply_markup:
        raise bad_request(MESSAGE_NOT_MODIFIED)
    return context.world.edit(message, content, keyboard)


def _deletable(context: MethodContext, message: ApiMessage) -> bool:
    if context.world.seconds_since(message) > MAX_AGE:
        return False
    private = message.chat.type is ChatType.PRIVATE
    return private or message.sender.id == context.world.bot.id
