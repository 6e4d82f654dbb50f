"""What the bot says of itself."""

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
    """Who sees a list of commands."""

    type: str = DEFAULT_SCOPE


class GetMeCall(MethodCall):
    """Who am I?"""


class LanguageCall(MethodCall):
    """A call about one language; none is the default for all others."""

    language_code: str = ""


class GetMyCommandsCall(LanguageCall):
    """Which commands are set?"""

    scope: Annotated[CommandScope, FromJson] = Field(default_factory=CommandScope)


class SetMyCommandsCall(GetMyCommandsCall):
    """Set the commands of a scope and language."""

    commands: Annotated[list[ApiCommand], FromJson]


class SetMyDescriptionCall(LanguageCall):
    """Change what an empty chat shows."""

    description: str = ""


class SetMyShortDescriptionCall(LanguageCall):
    """Change what the profile shows."""

    short_description: str = ""


class GetMyDescriptionCall(LanguageCall):
    """Ask for what an empty chat shows."""


class GetMyShortDescriptionCall(LanguageCall):
    """Ask for what the profile shows."""


class SetChatMenuButtonCall(MethodCall):
    """Change the menu button of a chat, or of all."""


async def get_me(context: MethodContext, _call: GetMeCall) -> dict[str, Any]:
    """The bot as a user."""
    return {
        **context.world.bot.wire(),
        "can_join_groups": True,
        "can_read_all_group_messages": not context.world.group_privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_my_commands(context: MethodContext, call: GetMyCommandsCall) -> list[ApiCommand]:
    """The commands of exactly this scope and language."""
    return context.world.identity.commands(call.scope.type, call.language_code)


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
    context.world.identity.set_commands(call.commands, call.scope.type, call.language_code)
    context.world.profile_changed()
    return True


async def set_my_description(context: MethodContext, call: SetMyDescriptionCall) -> bool:
    """Change what an empty chat shows."""
    return _set_text(context, call, "description", call.description)


async def set_my_short_description(context: MethodContext, call: SetMyShortDescriptionCall) -> bool:
    """Change what the profile shows."""
    return _set_text(context, call, "short_description", call.short_description)


async def get_my_description(context: MethodContext, call: GetMyDescriptionCall) -> dict[str, str]:
    """What an empty chat shows in a language."""
    return {"description": context.world.identity.texts(call.language_code).description}


async def get_my_short_description(
    context: MethodContext, call: GetMyShortDescriptionCall
) -> dict[str, str]:
    """What the profile shows in a language."""
    return {"short_description": context.world.identity.texts(call.language_code).short_description}


async def set_chat_menu_button(_api: MethodContext, _call: SetChatMenuButtonCall) -> bool:
    """Accept any button: the page shows a menu of commands wherever there are commands."""
    return True


def _set_text(context: MethodContext, call: LanguageCall, field: str, value: str) -> bool:
    if len(value) > _MAX_LENGTHS[field]:
        raise bad_request(f"bot {field.replace('_', ' ')} is too long")
    context.world.identity.set_text(field, value, call.language_code)
    context.world.profile_changed()
    return True
