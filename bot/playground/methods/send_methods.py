"""The methods that send new messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.methods.method_call import (
    CaptionCall,
    SendCall,
)
from bot.playground.methods.method_context import message_text, with_caption
from bot.playground.methods.upload_content import (
    animation_content,
    attached,
    document_content,
    photo_content,
    thumbnail_of,
)

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext
    from bot.playground.telegram_objects import ApiMessage


class SendMessageCall(SendCall):
    """The parameters of sendMessage."""

    text: str
    parse_mode: str | None = None


class SendPhotoCall(SendCall, CaptionCall):
    """The parameters of sendPhoto."""

    photo: str | None = None


class SendDocumentCall(SendCall, CaptionCall):
    """The parameters of sendDocument."""

    document: str | None = None
    thumbnail: str | None = None
    disable_content_type_detection: bool = False


class SendAnimationCall(SendCall, CaptionCall):
    """The parameters of sendAnimation."""

    animation: str | None = None


async def send_message(context: MethodContext, call: SendMessageCall) -> ApiMessage:
    """Send a text."""
    return context.post(call, message_text(call.text, call.parse_mode))


async def send_photo(context: MethodContext, call: SendPhotoCall) -> ApiMessage:
    """Send a photo, which Telegram re-encodes."""
    context.writable_chat(call.chat_id)
    content = await photo_content(context.world.files, attached(call, "photo", call.photo))
    return context.post(call, with_caption(content, call))


async def send_document(context: MethodContext, call: SendDocumentCall) -> ApiMessage:
    """Send a file, which keeps its bytes."""
    context.writable_chat(call.chat_id)
    content = await document_content(
        context.world.files,
        attached(call, "document", call.document),
        thumbnail=thumbnail_of(call, call.thumbnail),
        as_is=call.disable_content_type_detection,
    )
    return context.post(call, with_caption(content, call))


async def send_animation(context: MethodContext, call: SendAnimationCall) -> ApiMessage:
    """Send a moving picture without sound."""
    context.writable_chat(call.chat_id)
    content = await animation_content(
        context.world.files, attached(call, "animation", call.animation)
    )
    return context.post(call, with_caption(content, call))
