"""Messages that change or go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from bot.playground.api_errors import MESSAGE_NOT_MODIFIED, bad_request
from bot.playground.methods.method_call import CaptionCall, ChatCall, FromJson, Markup, PhotoEdit
from bot.playground.methods.method_context import checked_keyboard, message_text, with_caption
from bot.playground.methods.upload_content import attached, photo_content
from bot.playground.telegram_objects import ApiContent, ApiMessage, ChatType

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext


class EditCall(ChatCall):
    """What every edit takes; a keyboard that is not given goes."""

    message_id: int
    reply_markup: Markup = None


class EditMessageTextCall(EditCall):
    """Another text."""

    text: str
    parse_mode: str | None = None


class EditMessageCaptionCall(EditCall, CaptionCall):
    """Another caption."""


class EditMessageMediaCall(EditCall):
    """Another photo, with its caption."""

    media: Annotated[PhotoEdit, FromJson]


class EditMessageReplyMarkupCall(EditCall):
    """Another keyboard."""


class DeleteMessageCall(ChatCall):
    """A message to take away."""

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
    """Replace the picture or file of a message by a photo, or give a text message one."""
    message = context.own_message(call.chat_id, call.message_id)
    content = await photo_content(context.world.files, attached(call, "media", call.media.source))
    # The upload took a while: the message may be another one by now, or gone.
    message = context.own_message(call.chat_id, call.message_id)
    return _edited(context, message, with_caption(content, call.media), call)


async def edit_message_reply_markup(
    context: MethodContext, call: EditMessageReplyMarkupCall
) -> ApiMessage:
    """Replace or remove the keyboard of a message."""
    message = context.own_message(call.chat_id, call.message_id)
    return _edited(context, message, message.content, call)


async def delete_message(context: MethodContext, call: DeleteMessageCall) -> bool:
    """Take away a message of the bot's, or any one in a private chat."""
    context.writable(call.chat_id)
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
    private = message.chat.type is ChatType.PRIVATE
    return private or message.sender.id == context.world.bot.id
