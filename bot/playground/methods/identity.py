"""What the bot says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from bot.playground.errors import bad_request
from bot.playground.methods.call import Call, FromJson
from bot.playground.profile import DEFAULT_SCOPE
from bot.playground.schema import Command, Schema

if TYPE_CHECKING:
    from bot.playground.methods.api import Api

_COMMAND: Final = re.compile(r"/?[a-z0-9_]{1,32}")
_MAX_LENGTHS: Final = {"description": 512, "short_description": 120}


class Scope(Schema):
    """Who sees a list of commands."""

    type: str = DEFAULT_SCOPE


class GetMe(Call):
    """Who am I?"""


class InLanguage(Call):
    """A call about one language; none is the default for all others."""

    language_code: str = ""


class GetMyCommands(InLanguage):
    """Which commands are set?"""

    scope: Annotated[Scope, FromJson] = Field(default_factory=Scope)


class SetMyCommands(GetMyCommands):
    """Set the commands of a scope and language."""

    commands: Annotated[list[Command], FromJson]


class SetMyDescription(InLanguage):
    """Change what an empty chat shows."""

    description: str = ""


class SetMyShortDescription(InLanguage):
    """Change what the profile shows."""

    short_description: str = ""


class GetMyDescription(InLanguage):
    """Ask for what an empty chat shows."""


class GetMyShortDescription(InLanguage):
    """Ask for what the profile shows."""


class SetChatMenuButton(Call):
    """Change the menu button of a chat, or of all."""


async def get_me(api: Api, _call: GetMe) -> dict[str, Any]:
    """The bot as a user."""
    return {
        **api.world.bot.wire(),
        "can_join_groups": True,
        "can_read_all_group_messages": not api.world.group_privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_my_commands(api: Api, call: GetMyCommands) -> list[Command]:
    """The commands of exactly this scope and language."""
    return api.world.profile.commands(call.scope.type, call.language_code)


async def set_my_commands(api: Api, call: SetMyCommands) -> bool:
    """Replace the commands of a scope and language."""
    if len(call.commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in call.commands:
        if not _COMMAND.fullmatch(command.command):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        command.command = command.command.removeprefix("/")
    api.world.profile.set_commands(call.commands, call.scope.type, call.language_code)
    api.world.profile_changed()
    return True


async def set_my_description(api: Api, call: SetMyDescription) -> bool:
    """Change what an empty chat shows."""
    return _set_text(api, call, "description", call.description)


async def set_my_short_description(api: Api, call: SetMyShortDescription) -> bool:
    """Change what the profile shows."""
    return _set_text(api, call, "short_description", call.short_description)


async def get_my_description(api: Api, call: GetMyDescription) -> dict[str, str]:
    """What an empty chat shows in a language."""
    return {"description": api.world.profile.texts(call.language_code).description}


async def get_my_short_description(api: Api, call: GetMyShortDescription) -> dict[str, str]:
    """What the profile shows in a language."""
    return {"short_description": api.world.profile.texts(call.language_code).short_description}


async def set_chat_menu_button(_api: Api, _call: SetChatMenuButton) -> bool:
    """Accept any button: the page shows a menu of commands wherever there are commands."""
    return True


def _set_text(api: Api, call: InLanguage, field: str, value: str) -> bool:
    if len(value) > _MAX_LENGTHS[field]:
        raise bad_request(f"bot {field.replace('_', ' ')} is too long")
    api.world.profile.set_text(field, value, call.language_code)
    api.world.profile_changed()
    return True
