"""Describes chats, messages and events to the page, as JSON."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, assert_never

from bot.playground.event_log import (
    ChatEvent,
    ChatsChanged,
    IdentityChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    QueryAnswered,
    ReactionsChanged,
)
from bot.playground.rendering import render_content
from bot.playground.telegram_objects import (
    ApiDocument,
    ApiFile,
    ApiMessage,
    ApiMovingPicture,
    ApiPhotoSize,
    ApiSticker,
    ApiVoice,
    ChatType,
)

if TYPE_CHECKING:
    from bot.playground.chat_rooms import ChatRoom
    from bot.playground.inline_queries import InlineAnswer
    from bot.playground.world import World

FILES_URL = "/client/file/"


def entry(message: ApiMessage) -> dict[str, Any]:
    """Returns a message with its text as HTML and the address of its file."""
    return {
        "message": message.wire(),
        "html": render_content(message) or _service(message),
        "media": _media(message),
        "silent": message.silent,
        "forces_reply": message.forces_reply,
        "reactions": reactions(message),
    }


def reactions(message: ApiMessage) -> dict[str, list[int]]:
    """Returns who has reacted to a message, by emoji."""
    return {
        emoji: [user_id for user_id, one in message.reactions.items() if one == emoji]
        for emoji in dict.fromkeys(message.reactions.values())
    }


def offers(world: World, answer: InlineAnswer) -> dict[str, Any]:
    """Returns the answer to an inline query, each photo with the address of its smallest size."""
    wired = answer.wire()
    for result in wired["results"]:
        photo = world.photo(result.get("photo_file_id", ""))
        if photo:
            result["thumb_url"] = FILES_URL + photo[0].file_unique_id
    return wired


def state(world: World) -> dict[str, Any]:
    """Returns all that a page needs to begin; its events begin after ``cursor``."""
    return {
        "bot": bot(world),
        "users": [person.wire() for person in world.users.values()],
        "chats": [
            _chat(world, room)
            for room in world.rooms.values()
            if room.chat.id not in world.migrated
        ],
        "messages": {
            str(chat_id): [entry(message) for message in world.messages(chat_id)]
            for chat_id in world.rooms
        },
        "cursor": world.event_log.cursor,
    }


def bot(world: World) -> dict[str, Any]:
    """Returns the bot's profile; ``for_chat`` holds it for each chat, in the language of its person."""
    texts = world.identity.texts()
    return {
        "id": world.bot.id,
        "name": world.bot.first_name,
        "username": world.bot.username,
        "description": texts.description,
        "short_description": texts.short_description,
        "commands": [command.wire() for command in world.identity.commands()],
        "for_chat": {str(room.chat.id): _profile_in(world, room) for room in world.rooms.values()},
    }


def event(world: World, happened: ChatEvent) -> dict[str, Any]:
    """Returns an event as the page expects it."""
    match happened:
        case MessagePosted(message) | MessageEdited(message):
            kind = "edit" if isinstance(happened, MessageEdited) else "message"
            return {"type": kind, "chat_id": message.chat.id, "entry": entry(message)}
        case MessageDeleted():
            return {"type": "delete", **vars(happened)}
        case ReactionsChanged(message):
            at = {"chat_id": message.chat.id, "message_id": message.message_id}
            return {"type": "reaction", **at, "reactions": reactions(message)}
        case QueryAnswered():
            return {"type": "answer", **vars(happened)}
        case IdentityChanged():
            return {"type": "bot", "bot": bot(world)}
        case ChatsChanged():
            return {"type": "reset"}
        case _:
            assert_never(happened)


def _service(message: ApiMessage) -> str:
    if message.forum_topic_created is not None:
        return f"<i>Topic: {escape(message.forum_topic_created.name)}</i>"
    happened = {
        "The topic was closed.": message.forum_topic_closed,
        "The topic was opened again.": message.forum_topic_reopened,
        "The bot was added.": message.new_chat_members,
        "The bot was removed.": message.left_chat_member,
        "The group was upgraded to a supergroup.": message.migrate_from_chat_id,
    }
    words = (words for words, mark in happened.items() if mark is not None)
    return next((f"<i>{one}</i>" for one in words), "")


def _chat(world: World, room: ChatRoom) -> dict[str, Any]:
    rules, chat_id = world.rules, room.chat.id
    return {
        "forum": bool(room.chat.is_forum),
        "topics": [
            {"id": topic, **found.model_dump()} for topic, found in rules.topics(chat_id).items()
        ],
        "general_closed": rules.is_closed(chat_id, None),
        "forbidden": sorted(rules.forbidden(chat_id)),
        "blocked": chat_id in rules.blocked,
        "id": room.chat.id,
        "type": "private" if room.chat.type is ChatType.PRIVATE else "group",
        "title": room.title,
        "members": list(room.members),
    }


def _profile_in(world: World, room: ChatRoom) -> dict[str, Any]:
    own = world.users.get(room.chat.id)
    language = (own.language_code if own else None) or ""
    commands = world.identity.commands_in(room.chat.type, language, room.chat.id)
    texts = world.identity.texts(language)
    return {**texts.model_dump(), "commands": [command.wire() for command in commands]}


def _media(message: ApiMessage) -> dict[str, Any] | None:
    if message.photo:
        largest = message.photo[-1]
        middle = next((size for size in message.photo if size.width >= 320), largest)
        return _described("photo", largest, middle, name="photo.jpg", mime="image/jpeg")
    for kind in ("animation", "video", "sticker", "voice", "document"):
        file = getattr(message, kind)
        if file is not None:
            return _described(
                kind,
                file,
                getattr(file, "thumbnail", None),
                name=file.file_name if isinstance(file, ApiDocument) else None,
                mime=_mime(file),
            )
    return None


def _mime(file: ApiDocument | ApiVoice | ApiSticker) -> str | None:
    if not isinstance(file, ApiSticker):
        return file.mime_type
    if file.is_animated:
        return "application/x-tgsticker"
    return "video/webm" if file.is_video else "image/webp"


def _described(
    kind: str, file: ApiFile, thumbnail: ApiPhotoSize | None, *, name: str | None, mime: str | None
) -> dict[str, Any]:
    sized = file if isinstance(file, ApiPhotoSize | ApiMovingPicture) else thumbnail
    return {
        "kind": kind,
        "url": FILES_URL + file.file_unique_id,
        "thumb_url": FILES_URL + thumbnail.file_unique_id if thumbnail else None,
        "width": sized.width if sized else None,
        "height": sized.height if sized else None,
        "name": name,
        "size": file.file_size,
        "mime": mime,
    }
