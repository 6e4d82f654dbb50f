"""New messages: text, photos, files, animations, albums, copies, and chat actions."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from bot.playground.errors import bad_request
from bot.playground.methods.api import message_text, with_caption
from bot.playground.methods.call import (
    Captioned,
    Entities,
    FromJson,
    InputMedia,
    Sending,
    ToChat,
)
from bot.playground.methods.media import (
    animation_content,
    attached,
    document_content,
    input_media_content,
    photo_content,
    thumbnail_of,
)
from bot.playground.schema import Content, ForwardOrigin, Message

if TYPE_CHECKING:
    from bot.playground.methods.api import Api


class SendMessage(Sending):
    """Text."""

    text: str
    parse_mode: str | None = None
    entities: Entities = None


class SendPhoto(Sending, Captioned):
    """A photo, re-encoded by Telegram."""

    photo: str | None = None
    has_spoiler: bool | None = None


class SendDocument(Sending, Captioned):
    """A file that keeps its bytes."""

    document: str | None = None
    thumbnail: str | None = None
    disable_content_type_detection: bool = False


class SendAnimation(Sending, Captioned):
    """A moving picture without sound."""

    animation: str | None = None
    width: int = 0
    height: int = 0
    duration: int = 0


class SendMediaGroup(Sending):
    """An album."""

    media: Annotated[list[InputMedia], FromJson]

    @property
    def cost(self) -> int:
        """Each picture is a message."""
        return len(self.media)


class SendChatAction(ToChat):
    """What the bot is about to do."""

    action: Literal[
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location",
    ]  # fmt: skip


class CopyMessage(Sending, Captioned):
    """The same message again, as the bot's own."""

    from_chat_id: int
    message_id: int


class ForwardMessage(ToChat):
    """A message of another chat, with its origin."""

    from_chat_id: int
    message_id: int


async def send_message(api: Api, call: SendMessage) -> Message:
    """Write a text."""
    return api.post(call, message_text(call.text, call.parse_mode, call.entities))


async def send_photo(api: Api, call: SendPhoto) -> Message:
    """Show a photo."""
    api.writable(call.chat_id)
    content = await photo_content(api.world.files, attached(call, "photo", call.photo))
    content.has_media_spoiler = call.has_spoiler or None
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
    content = await animation_content(
        api.world.files,
        attached(call, "animation", call.animation),
        (call.width, call.height, call.duration),
    )
    return api.post(call, with_caption(content, call))


async def send_media_group(api: Api, call: SendMediaGroup) -> list[Message]:
    """Show two to ten pictures or files as one album."""
    api.writable(call.chat_id)
    if not 2 <= len(call.media) <= 10:
        raise bad_request("group send failed: an album has 2 to 10 items")
    if any(item.kind == "animation" for item in call.media):
        raise bad_request("type of file in the media group is not supported")
    if len({item.kind == "document" for item in call.media}) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = [
        with_caption(await input_media_content(api.world.files, call, item), item)
        for item in call.media
    ]
    album = str(secrets.randbits(62))
    return [api.post(call, content, media_group_id=album) for content in contents]


async def send_chat_action(api: Api, call: SendChatAction) -> bool:
    """Show what the bot is doing, for a few seconds."""
    api.writable(call.chat_id)
    api.world.act(call.chat_id, call.action)
    return True


async def copy_message(api: Api, call: CopyMessage) -> dict[str, int]:
    """Write a message again; returns the new one's id."""
    original = api.world.message(call.from_chat_id, call.message_id)
    if original is None:
        raise bad_request("message to copy not found")
    content = original.content
    if call.caption is not None and content.has_media:
        content = with_caption(content, call)
    return {"message_id": api.post(call, content).message_id}


async def forward_message(api: Api, call: ForwardMessage) -> Message:
    """Show a message of another chat, saying whose it is."""
    original = api.world.message(call.from_chat_id, call.message_id)
    if original is None:
        raise bad_request("message to forward not found")
    api.writable(call.chat_id)
    origin = ForwardOrigin(date=original.date, sender_user=original.sender)
    content = Content(**dict(original.content) | {"forward_origin": origin})
    return api.world.post(call.chat_id, api.world.bot, content)
