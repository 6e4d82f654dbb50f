"""New messages: texts, photos, files and animations."""

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
    """Text."""

    text: str
    parse_mode: str | None = None


class SendPhotoCall(SendCall, CaptionCall):
    """A photo, re-encoded by Telegram."""

    photo: str | None = None


class SendDocumentCall(SendCall, CaptionCall):
    """A file that keeps its bytes."""

    document: str | None = None
    thumbnail: str | None = None
    disable_content_type_detection: bool = False


class SendAnimationCall(SendCall, CaptionCall):
    """A moving picture without sound."""

    animation: str | None = None


async def send_message(context: MethodContext, call: SendMessageCall) -> ApiMessage:
    """Write a text."""
    return context.post(call, message_text(call.text, call.parse_mode))


async def send_photo(context: MethodContext, call: SendPhotoCall) -> ApiMessage:
    """Show a photo."""
    context.writable(call.chat_id)
    content = await photo_content(context.world.files, attached(call, "photo", call.photo))
    return context.post(call, with_caption(content, call))


async def send_document(context: MethodContext, call: SendDocumentCall) -> ApiMessage:
    """Hand a file over."""
    context.writable(call.chat_id)
    content = await document_content(
        context.world.files,
        attached(call, "document", call.document),
        thumbnail=thumbnail_of(call, call.thumbnail),
        as_is=call.disable_content_type_detection,
    )
    return context.post(call, with_caption(content, call))


async def send_animation(context: MethodContext, call: SendAnimationCall) -> ApiMessage:
    """Show a moving picture."""
    context.writable(call.chat_id)
    content = await animation_content(
        context.world.files, attached(call, "animation", call.animation)
    )
    return context.post(call, with_caption(content, call))
