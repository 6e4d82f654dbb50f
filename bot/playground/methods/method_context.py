"""What every method needs: access to the chats, and checks of texts and keyboards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.playground.api_errors import bad_request, chat_migrated, forbidden
from bot.playground.chat_rules import right_for
from bot.playground.entities import MarkedText, parse_html, plain_text
from bot.playground.telegram_objects import (
    ApiButton,
    ApiChat,
    ApiContent,
    ApiKeyboard,
    ApiMessage,
    ChatType,
)
from bot.playground.utf16 import utf16_length

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from bot.playground.chat_rooms import ChatRoom
    from bot.playground.flood_control import FloodGate
    from bot.playground.methods.method_call import CaptionCall, SendCall
    from bot.playground.update_delivery import UpdateDelivery
    from bot.playground.world import World

MAX_TEXT: Final = 4096
MAX_CAPTION: Final = 1024
MAX_CALLBACK_DATA: Final = 64
MAX_COPIED: Final = 256
_MAX_BUTTONS: Final = 100
_BUTTON_STYLES: Final = frozenset({None, "primary", "success", "danger"})


@dataclass(frozen=True)
class LocalMode:
    """A Bot API server's option ``--local``.

    Attributes:
        folder: Where the server keeps files.
        name: What it calls that folder, in the paths that getFile returns.
    """

    folder: Path
    name: PurePosixPath


@dataclass(frozen=True)
class MethodContext:
    """The parts of the playground that the methods use; ``local_mode`` is None for a server in the cloud."""

    world: World
    delivery: UpdateDelivery
    flood: FloodGate
    local_mode: LocalMode | None = None

    def room(self, chat_id: int) -> ChatRoom:
        """Returns a chat.

        Raises:
            ApiError: 400 if the chat is unknown, or has become a supergroup with another id.
        """
        new_id = self.world.migrated.get(chat_id)
        if new_id is not None:
            raise chat_migrated(new_id)
        room = self.world.rooms.get(chat_id)
        if room is None:
            raise bad_request("chat not found")
        return room

    def writable_chat(self, chat_id: int) -> ApiChat:
        """Returns a chat in which the bot may write.

        Raises:
            ApiError: 400 if the chat is unknown, 403 if the person blocked the bot or the group removed it.
        """
        room = self.room(chat_id)
        if chat_id in self.world.rules.blocked:
            private = room.chat.type is ChatType.PRIVATE
            group = f"bot was kicked from the {room.chat.type} chat"
            raise forbidden("bot was blocked by the user" if private else group)
        return room.chat

    def check_right(self, chat_id: int, content: ApiContent) -> None:
        """Check that the bot may send a message of this kind to a chat.

        Raises:
            ApiError: 400 if the group forbids it.
        """
        right = right_for(content)
        if right in self.world.rules.forbidden(chat_id):
            raise bad_request(f"not enough rights to send {right} to the chat")

    def own_message(self, chat_id: int, message_id: int) -> ApiMessage:
        """Returns a message that the bot may edit.

        Raises:
            ApiError: 400 if there is no such message, or if a person wrote it.
        """
        self.writable_chat(chat_id)
        message = self.world.message(chat_id, message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message.sender.id != self.world.bot.id:
            raise bad_request("message can't be edited")
        return message

    def post(self, call: SendCall, content: ApiContent) -> ApiMessage:
        """Send a message as the bot."""
        self.writable_chat(call.chat_id)
        reply_to = self._reply_target(call)
        topic = self._topic(call, reply_to)
        self.check_right(call.chat_id, content)
        return self.world.post(
            call.chat_id,
            self.world.bot,
            content,
            reply_to=reply_to,
            topic=topic,
            keyboard=checked_keyboard(call.reply_markup),
            silent=call.disable_notification,
            forces_reply=call.forces_reply,
        )

    def _reply_target(self, call: SendCall) -> ApiMessage | None:
        reply = call.reply_parameters
        if reply is None:
            return None
        message = self.world.message(call.chat_id, reply.message_id)
        elsewhere = (
            message is not None
            and call.message_thread_id is not None
            and message.message_thread_id != call.message_thread_id
        )
        # For a message in another topic, allow_sending_without_reply is always False.
        if elsewhere or (message is None and not reply.allow_sending_without_reply):
            raise bad_request("message to be replied not found")
        return message

    def _topic(self, call: SendCall, reply_to: ApiMessage | None) -> int | None:
        rules, topic = self.world.rules, call.message_thread_id
        if topic is None and reply_to is not None and reply_to.is_topic_message:
            topic = reply_to.message_thread_id
        if topic is not None and topic not in rules.topics(call.chat_id):
            raise bad_request("message thread not found")
        if rules.is_closed(call.chat_id, topic):
            raise bad_request("TOPIC_CLOSED")
        return topic


def read_text(source: str, parse_mode: str | None) -> MarkedText:
    """Returns a text with its entities, read from HTML or plain text.

    Raises:
        ApiError: 400 for broken HTML, and for parse modes other than HTML.
    """
    if not parse_mode:
        return plain_text(source)
    if parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    return parse_html(source)


def message_text(source: str, parse_mode: str | None) -> ApiContent:
    """Returns the content of a text message.

    Raises:
        ApiError: 400 if the parsed text is empty or too long.
    """
    text = read_text(source, parse_mode)
    if not text.plain:
        raise bad_request("message text is empty")
    if utf16_length(text.plain) > MAX_TEXT:
        raise bad_request("message is too long")
    return ApiContent(text=text.plain, entities=text.entities or None)


def with_caption(content: ApiContent, call: CaptionCall) -> ApiContent:
    """Returns the content with the caption of a call.

    Raises:
        ApiError: 400 if the caption is too long.
    """
    text = read_text(call.caption or "", call.parse_mode)
    if utf16_length(text.plain) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return content.model_copy(
        update={
            "caption": text.plain or None,
            "caption_entities": text.entities or None,
        }
    )


def checked_keyboard(keyboard: ApiKeyboard | None) -> ApiKeyboard | None:
    """Returns the keyboard without empty rows, or None if it has no buttons.

    Raises:
        ApiError: 400 if Telegram would refuse a button.
    """
    rows = [row for row in keyboard.inline_keyboard if row] if keyboard else []
    for row in rows:
        for button in row:
            _check_button(button)
    if sum(map(len, rows)) > _MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return ApiKeyboard(inline_keyboard=rows) if rows else None


def _check_button(button: ApiButton) -> None:
    if not button.text.strip():
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if button.style not in _BUTTON_STYLES:
        raise bad_request("invalid button style specified")
    if button.copy_text is not None and not 1 <= len(button.copy_text.text) <= MAX_COPIED:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if button.callback_data is None:
        if button.url is None and button.copy_text is None:
            raise bad_request("text buttons are unallowed in the inline keyboard")
        return
    if not 1 <= len(button.callback_data.encode()) <= MAX_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
