"""New messages: texts, photos, files and animations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.methods.api import message_text, with_caption
from bot.playground.methods.call import (
    Captioned,
    Sending,
)
from bot.playground.methods.media import (
    animation_content,
    attached,
    document_content,
    photo_content,
    thumbnail_of,
)

if TYPE_CHECKING:
    from bot.playground.methods.api import Api
    from bot.playground.schema import Message


class SendMessage(Sending):
    """Text."""

    text: str
    parse_mode: str | None = None


class SendPhoto(Sending, Captioned):
    """A photo, re-encoded by Telegram."""

    photo: str | None = None


class SendDocument(Sending, Captioned):
    """A file that keeps its bytes."""

    document: str | None = None
    thumbnail: str | None = None
    disable_content_type_detection: bool = False


class SendAnimation(Sending, Captioned):
    """A moving picture without sound."""

    animation: str | None = None


async def send_message(api: Api, call: SendMessage) -> Message:
    """Write a text."""
    return api.post(call, message_text(call.text, call.parse_mode))


async def send_photo(api: Api, call: SendPhoto) -> Message:
    """Show a photo."""
    api.writable(call.chat_id)
    content = await photo_content(api.world.files, attached(call, "photo", call.photo))
    return api.post(call, with_caption(content, call))


async def send_document(api: Api, call: SendDocument) -> Message:
    """Hand a file over."""
    api.writable(call.chat_id)
    content = await document_content(
        api.world.files,
        attached(call, "document", call.document),
        thumbnail=thumbnail_of(call, call.thumbnail),
        as_is=call.disable_content_type_detection,
    )
    return api.post(call, with_caption(content, call))


async def send_animation(api: Api, call: SendAnimation) -> Message:
    """Show a moving picture."""
    api.writable(call.chat_id)
    content = await animation_content(api.world.files, attached(call, "animation", call.animation))
    return api.post(call, with_caption(content, call))
