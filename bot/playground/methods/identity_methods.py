"""The methods for the bot's descriptions and commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from bot.playground.api_errors import bad_request
from bot.playground.bot_identity import DEFAULT_SCOPE
from bot.playground.methods.method_call import FromJson, MethodCall
from bot.playground.telegram_objects import ApiCommand, ApiObject

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext

_COMMAND: Final = re.compile(r"/?[a-z0-9_]{1,32}")
_MAX_LENGTHS: Final = {"description": 512, "short_description": 120}


class CommandScope(ApiObject):
    """The kind of chats that a list of commands is for."""

    type: str = DEFAULT_SCOPE
    chat_id: int | None = None

    @property
    def key(self) -> str:
        """The scope, and the chat if it is for one."""
        return self.type if self.chat_id is None else f"{self.type}={self.chat_id}"


class GetMeCall(MethodCall):
    """The parameters of getMe."""


class LanguageCall(MethodCall):
    """What all calls about one language take; an empty code means every language without texts of its own."""

    language_code: str = ""


class GetMyCommandsCall(LanguageCall):
    """The parameters of getMyCommands."""

    scope: Annotated[CommandScope, FromJson] = Field(default_factory=CommandScope)


class SetMyCommandsCall(GetMyCommandsCall):
    """The parameters of setMyCommands."""

    commands: Annotated[list[ApiCommand], FromJson]


class SetMyDescriptionCall(LanguageCall):
    """The parameters of setMyDescription."""

    description: str = ""


class SetMyShortDescriptionCall(LanguageCall):
    """The parameters of setMyShortDescription."""

    short_description: str = ""


class GetMyDescriptionCall(LanguageCall):
    """The parameters of getMyDescription."""


class GetMyShortDescriptionCall(LanguageCall):
    """The parameters of getMyShortDescription."""


class SetChatMenuButtonCall(MethodCall):
    """The parameters of setChatMenuButton, which the playground ignores."""


async def get_me(context: MethodContext, _call: GetMeCall) -> dict[str, Any]:
    """Returns the bot as a user."""
    return {
        **context.world.bot.wire(),
        "can_join_groups": True,
        "can_read_all_group_messages": not context.world.group_privacy,
        "supports_inline_queries": context.world.inline_queries.on,
        "supports_guest_queries": context.world.inline_queries.on,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_my_commands(context: MethodContext, call: GetMyCommandsCall) -> list[ApiCommand]:
    """Returns the commands that were set for exactly this scope and language."""
    return context.world.identity.commands(call.scope.key, call.language_code)


async def set_my_commands(context: MethodContext, call: SetMyCommandsCall) -> bool:
    """Replace the commands of a scope and language."""
    if len(call.commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in call.commands:
        if not _COMMAND.fullmatch(command.command):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        command.command = command.command.removeprefix("/")
    if call.scope.chat_id is not None and call.scope.chat_id not in context.world.rooms:
        raise bad_request("chat not found")
    context.world.identity.set_commands(call.commands, call.scope.key, call.language_code)
    context.world.identity_changed()
    return True


async def set_my_description(context: MethodContext, call: SetMyDescriptionCall) -> bool:
    """Change the description, which an empty chat shows."""
    return _set_text(context, call, "description", call.description)


async def set_my_short_description(context: MethodContext, call: SetMyShortDescriptionCall) -> bool:
    """Change the short description, which the bot's profile shows."""
    return _set_text(context, call, "short_description", call.short_description)


async def get_my_description(context: MethodContext, call: GetMyDescriptionCall) -> dict[str, str]:
    """Returns the description in a language."""
    return {"description": context.world.identity.texts(call.language_code).description}


async def get_my_short_description(
    context: MethodContext, call: GetMyShortDescriptionCall
) -> dict[str, str]:
    """Returns the short description in a language."""
    return {"short_description": context.world.identity.texts(call.language_code).short_description}


async def set_chat_menu_button(_context: MethodContext, _call: SetChatMenuButtonCall) -> bool:
    """Accept any menu button: the page shows the commands wherever there are some."""
    return True


def _set_text(context: MethodContext, call: LanguageCall, field: str, value: str) -> bool:
    if len(value) > _MAX_LENGTHS[field]:
        raise bad_request(f"bot {field.replace('_', ' ')} is too long")
    context.world.identity.set_text(field, value, call.language_code)
    context.world.identity_changed()
    return True
