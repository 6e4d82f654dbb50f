"""What people do in a chat: send messages, press buttons, block the bot."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, Field

from bot.playground.chat_rules import Right
from bot.playground.entities import plain_text
from bot.playground.methods.method_context import MAX_CAPTION, MAX_TEXT
from bot.playground.methods.reaction_methods import EMOJI
from bot.playground.methods.upload_content import animation_content
from bot.playground.photo_sizes import UnreadablePhotoError
from bot.playground.special_content import SpecialKind, special_content
from bot.playground.telegram_objects import (
    ApiCallbackQuery,
    ApiContent,
    ApiExternalReply,
    ApiMessage,
    ApiOrigin,
    ApiQuote,
    ApiUser,
    ChatType,
)
from core.pictures.formats import is_animated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.playground.chat_files import ChatFiles, UploadedFile
    from bot.playground.inline_queries import InlineAnswer
    from bot.playground.world import World

MAX_ALBUM: Final = 10
INLINE_SECONDS: Final = 10.0
"""How long a client waits for the answer to an inline query."""
ANONYMOUS: Final = ApiUser(
    id=1_087_968_824, is_bot=True, first_name="Group", username="GroupAnonymousBot"
)
"""The sender that Telegram names if an admin writes as the group."""


class CannotSendError(ValueError):
    """A chat does not take what a person does; the text gives the reason."""


class MessageDraft(BaseModel):
    """A message that a person sends, without its files.

    It may answer a message, of this chat or of another one (``reply_to_chat``), or a part of its text (``quote``).
    """

    chat_id: int
    user_id: int
    text: str = ""
    reply_to: int | None = None
    reply_to_chat: int | None = None
    quote: str | None = None
    send_as: Literal["photo", "document", "sticker"] = Field(default="photo", alias="as")
    kind: SpecialKind | None = None
    anonymous: bool = False
    topic: int | None = None


class ButtonPress(BaseModel):
    """A person presses a button of an inline keyboard."""

    chat_id: int
    user_id: int
    message_id: int
    data: str


class ReactionRequest(BaseModel):
    """A person reacts to a message; no emoji takes the reaction back."""

    chat_id: int
    user_id: int
    message_id: int
    emoji: str | None = None


class InlineRequest(BaseModel):
    """A person writes the bot's name in a chat, and perhaps something behind it."""

    chat_id: int
    user_id: int
    query: str = Field(default="", max_length=256)
    offset: str = ""


class InlineChoice(BaseModel):
    """A person sends a result of an inline query."""

    chat_id: int
    user_id: int
    query_id: str
    result_id: str


class BlockRequest(BaseModel):
    """A person blocks or unblocks the bot, or removes it from a group or takes it back."""

    user_id: int
    chat_id: int | None = None
    blocked: bool = True


class RightsRequest(BaseModel):
    """The creator of a group decides what its members may send, the bot among them."""

    user_id: int
    chat_id: int
    forbidden: list[Right] = []


class TopicRequest(BaseModel):
    """The creator of a forum opens, closes, reopens or deletes a topic; no topic means General."""

    user_id: int
    chat_id: int
    action: Literal["open", "close", "reopen", "delete"]
    topic: int | None = None
    name: str = Field(default="", max_length=128)


def press(world: World, button_press: ButtonPress) -> ApiCallbackQuery:
    """Press a button, also one that an edit has removed meanwhile.

    Raises:
        CannotSendError: The person is not in the chat, or the message is deleted.
    """
    person = _member(world, button_press.user_id, button_press.chat_id)
    message = world.message(button_press.chat_id, button_press.message_id)
    if message is None:
        raise CannotSendError("this message is gone")
    return world.press(message, person, button_press.data)


def react(world: World, request: ReactionRequest) -> ApiMessage:
    """React to a message; returns its new state.

    Raises:
        CannotSendError: The person is not in the chat, the message is deleted, or this is no reaction.
    """
    person = _member(world, request.user_id, request.chat_id)
    message = world.message(request.chat_id, request.message_id)
    if message is None:
        raise CannotSendError("this message is gone")
    if request.emoji is not None and request.emoji not in EMOJI:
        raise CannotSendError("this is no reaction")
    world.react(message, person, request.emoji)
    return world.message(request.chat_id, request.message_id) or message


async def ask_inline(world: World, request: InlineRequest) -> tuple[str, InlineAnswer]:
    """Ask the bot what it offers for a chat; returns the number of the query, and the answer.

    Raises:
        CannotSendError: The person is not in the chat, inline mode is off, or the bot gives no answer.
    """
    person = _member(world, request.user_id, request.chat_id)
    if not world.inline_queries.on:
        raise CannotSendError("this bot has no inline mode")
    kind = world.rooms[request.chat_id].chat.type
    chat_type = "sender" if kind is ChatType.PRIVATE else str(kind)
    query = world.inline_queries.ask(person, request.query, request.offset, chat_type)
    world.update_queue.add("inline_query", query)
    answer = await world.inline_queries.answer_to(query.id, within=INLINE_SECONDS)
    if answer is None:
        raise CannotSendError("the bot does not answer")
    return query.id, answer


def choose_inline(world: World, choice: InlineChoice) -> ApiMessage:
    """Send a result of an inline query as a person.

    Raises:
        CannotSendError: The person is not in the chat, or there is no such result.
    """
    person = _member(world, choice.user_id, choice.chat_id)
    result = world.inline_queries.result(choice.query_id, choice.result_id)
    if result is None:
        raise CannotSendError("this result is gone")
    return world.post_result(choice.chat_id, person, result, via_bot=world.bot)


def block(world: World, request: BlockRequest) -> None:
    """Block the bot in a chat, or unblock it.

    Raises:
        CannotSendError: The person is not in the chat.
    """
    chat_id = request.chat_id or request.user_id
    _member(world, request.user_id, chat_id)
    world.block(chat_id, blocked=request.blocked)


def permit(world: World, request: RightsRequest) -> None:
    """Change what the bot may send to a group.

    Raises:
        CannotSendError: The person is not in the group.
    """
    _member(world, request.user_id, request.chat_id)
    world.forbid(request.chat_id, *request.forbidden)


def change_topic(world: World, request: TopicRequest) -> int | None:
    """Open, close, reopen or delete a topic; returns its id.

    Raises:
        CannotSendError: The person is not in the chat, or there is no such topic.
    """
    _member(world, request.user_id, request.chat_id)
    chat_id, topic = request.chat_id, request.topic
    if request.action == "open":
        return world.open_topic(chat_id, request.name or "Topic")
    if topic is not None and topic not in world.rules.topics(chat_id):
        raise CannotSendError("there is no such topic")
    if request.action != "delete":
        world.close_topic(chat_id, topic, closed=request.action == "close")
    elif topic is None:
        raise CannotSendError("General cannot be deleted")
    else:
        world.delete_topic(chat_id, topic)
    return topic


async def send(
    world: World, draft: MessageDraft, uploads: Sequence[UploadedFile]
) -> list[ApiMessage]:
    """Send a message or an album as a person.

    Raises:
        CannotSendError: The person is not in the chat, or the message is empty, too long or unreadable.
    """
    sender = _member(world, draft.user_id, draft.chat_id)
    contents = await _contents(world.files, draft, uploads)
    album = str(secrets.randbits(62)) if len(uploads) > 1 else None
    room, topic = world.rooms[draft.chat_id], draft.topic
    if draft.chat_id in world.rules.blocked and room.chat.type is ChatType.PRIVATE:
        raise CannotSendError("you have blocked the bot")
    if topic is not None and topic not in world.rules.topics(draft.chat_id):
        raise CannotSendError("there is no such topic")
    if world.rules.is_closed(draft.chat_id, topic) and sender.id != room.creator:
        raise CannotSendError("this topic is closed")
    elsewhere = draft.reply_to_chat not in {None, draft.chat_id}
    # In a forum, Telegram makes a message in a topic a reply to the first message of the topic.
    root = topic if room.chat.is_forum else None
    answered = root if elsewhere else draft.reply_to or root
    replied = world.message(draft.chat_id, answered) if answered else None
    external = _external_reply(world, draft) if elsewhere else None
    quote = None if draft.quote is None else ApiQuote(text=draft.quote, is_manual=True)
    author, group = (ANONYMOUS, room.chat) if draft.anonymous else (sender, None)
    return [
        world.post(
            draft.chat_id,
            author,
            content,
            reply_to=replied,
            topic=topic,
            media_group_id=album,
            sender_chat=group,
            external_reply=external,
            quote=quote,
        )
        for content in contents
    ]


def _member(world: World, user_id: int, chat_id: int) -> ApiUser:
    person = world.users.get(user_id)
    room = world.rooms.get(chat_id)
    if person is None or room is None or person.id not in room.members:
        raise CannotSendError("this person is not in this chat")
    return person


def _external_reply(world: World, draft: MessageDraft) -> ApiExternalReply:
    """What Telegram tells of a message in another chat: its media, and where it stands if that is a supergroup."""
    message = world.message(draft.reply_to_chat or 0, draft.reply_to or 0)
    if message is None:
        raise CannotSendError("this message is gone")
    public = message.chat.type is ChatType.SUPERGROUP
    media = {name: getattr(message, name) for name in ApiExternalReply.media_fields()}
    return ApiExternalReply(
        **media,
        origin=ApiOrigin(date=message.date, sender_user=message.sender),
        chat=message.chat if public else None,
        message_id=message.message_id if public else None,
    )


async def _contents(
    files: ChatFiles, draft: MessageDraft, uploads: Sequence[UploadedFile]
) -> list[ApiContent]:
    text = plain_text(draft.text)
    if draft.kind is not None:
        contents = [await _special(files, draft.kind, uploads)]
    elif not uploads:
        return _texts(draft.text)
    elif len(uploads) > MAX_ALBUM:
        raise CannotSendError(f"an album has at most {MAX_ALBUM} files")
    else:
        contents = [await _file(files, upload, draft.send_as) for upload in uploads]
    if len(text.plain) > MAX_CAPTION:
        raise CannotSendError(f"a caption has at most {MAX_CAPTION} characters")
    if text.plain and contents[0].has_media:
        contents[0].caption = text.plain
        contents[0].caption_entities = text.entities or None
    return contents


def _texts(written: str) -> list[ApiContent]:
    """Splits a long text into several messages, as a client does."""
    stripped = written.strip()
    if not stripped:
        raise CannotSendError("there is nothing to send")
    pieces = [stripped[at : at + MAX_TEXT] for at in range(0, len(stripped), MAX_TEXT)]
    texts = [plain_text(piece) for piece in pieces]
    return [ApiContent(text=text.plain, entities=text.entities or None) for text in texts]


async def _file(files: ChatFiles, upload: UploadedFile, send_as: str) -> ApiContent:
    if not upload.content:
        raise CannotSendError(f"{upload.name} is empty")
    if send_as == "document":
        return ApiContent(document=await files.add_document(upload))
    if send_as == "sticker":
        return await _special(files, "sticker", [upload])
    if is_animated(upload.content):
        return await animation_content(files, upload)
    try:
        return ApiContent(photo=await files.add_photo(upload))
    except UnreadablePhotoError as error:
        raise CannotSendError(f"{upload.name} is no picture: send it as a file") from error


async def _special(
    files: ChatFiles, kind: SpecialKind, uploads: Sequence[UploadedFile]
) -> ApiContent:
    try:
        return await special_content(files, kind, uploads)
    except UnreadablePhotoError as error:
        raise CannotSendError("the still of a live photo has to be a picture") from error
