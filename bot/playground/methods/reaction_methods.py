"""The method by which the bot reacts to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field
from telegram.constants import ReactionEmoji

from bot.playground.api_errors import bad_request
from bot.playground.chat_rules import Right
from bot.playground.methods.method_call import ChatCall, FromJson
from bot.playground.telegram_objects import ApiObject

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext
    from bot.playground.telegram_objects import ApiMessage

EMOJI: Final = frozenset(one.value for one in ReactionEmoji)
"""What Telegram takes as a reaction."""


class WantedReaction(ApiObject):
    """A reaction as the bot names it."""

    type: str
    emoji: str = ""


class SetMessageReactionCall(ChatCall):
    """The parameters of setMessageReaction."""

    message_id: int
    reaction: Annotated[list[WantedReaction], FromJson] = Field(default_factory=list)
    is_big: bool = False


async def set_message_reaction(context: MethodContext, call: SetMessageReactionCall) -> bool:
    """React to a message, or take the reaction back; one of an album stands for all."""
    context.writable_chat(call.chat_id)
    message = context.world.message(call.chat_id, call.message_id)
    if message is None or message.is_service:
        raise bad_request("message to react not found")
    if len(call.reaction) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    wanted = next(iter(call.reaction), None)
    forbidden = Right.REACTIONS in context.world.rules.forbidden(call.chat_id)
    if wanted is not None and (forbidden or wanted.emoji not in EMOJI):
        raise bad_request("REACTION_INVALID")
    emoji = None if wanted is None else wanted.emoji
    context.world.react(_first_of_album(context, message), context.world.bot, emoji)
    return True


def _first_of_album(context: MethodContext, message: ApiMessage) -> ApiMessage:
    if message.media_group_id is None:
        return message
    album = (
        one
        for one in context.world.messages(message.chat.id)
        if one.media_group_id == message.media_group_id
    )
    return next(album)
