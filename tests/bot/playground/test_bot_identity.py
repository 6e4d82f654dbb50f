"""What the bot says of itself, through PTB's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    MenuButtonCommands,
)
from telegram.error import BadRequest

if TYPE_CHECKING:
    from telegram import Bot

    from tests.auxil.chat import ChatClient

ADA, MEI, GROUP, FORUM = 11, 12, -4001, -1000000004002


async def test_the_bot_knows_itself(bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.is_bot, me.username, me.can_read_all_group_messages) == (True, "atelier_bot", False)


async def test_commands_are_kept_by_scope_and_language(bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("start", "Begin"), BotCommand("help", "Help")])
    await bot.set_my_commands([BotCommand("start", "开始")], language_code="zh")
    await bot.set_my_commands([BotCommand("paint", "Paint")], scope=BotCommandScopeAllGroupChats())

    assert [one.command for one in await bot.get_my_commands()] == ["start", "help"]
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "开始"
    assert await bot.get_my_commands(scope=BotCommandScopeAllPrivateChats()) == ()

    await bot.set_my_commands([])
    assert await bot.get_my_commands() == ()


async def test_people_see_the_commands_of_their_chat_in_their_language(
    bot: Bot, client: ChatClient
) -> None:
    await bot.set_my_commands([BotCommand("start", "Begin")])
    await bot.set_my_commands([BotCommand("start", "开始")], language_code="zh")
    await bot.set_my_commands([BotCommand("paint", "Paint")], scope=BotCommandScopeAllGroupChats())

    await client.reload()
    seen = {
        int(chat_id): [one["description"] for one in profile["commands"]]
        for chat_id, profile in client.bot["for_chat"].items()
    }

    assert client.bot["commands"] == [{"command": "start", "description": "Begin"}]
    assert seen == {
        ADA: ["Begin"],
        MEI: ["开始"],
        **{person: ["Begin"] for person in (13, 14, 15, 16)},
        GROUP: ["Paint"],
        FORUM: ["Paint"],
    }


@pytest.mark.usefixtures("mistaken")
@pytest.mark.parametrize(
    ("command", "description", "reason"),
    [
        ("Start", "Begin", "Bot_command_invalid"),
        ("x" * 33, "Begin", "Bot_command_invalid"),
        ("start", "", "Bot_command_description_invalid"),
    ],
)
async def test_commands_have_a_shape(bot: Bot, command: str, description: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        await bot.set_my_commands([(command, description)])


@pytest.mark.usefixtures("mistaken")
async def test_texts_fall_back_to_the_default_language(bot: Bot) -> None:
    await bot.set_my_description("Paints", language_code=None)
    await bot.set_my_description("画画", language_code="zh")
    await bot.set_my_short_description("Short")

    assert (await bot.get_my_description("zh")).description == "画画"
    assert (await bot.get_my_description("de")).description == "Paints"
    assert (await bot.get_my_short_description("zh")).short_description == "Short"
    with pytest.raises(BadRequest, match="too long"):
        await bot.set_my_short_description("x" * 121)


async def test_a_change_reaches_the_open_page(bot: Bot, client: ChatClient) -> None:
    ada = client.person("Ada")
    await bot.set_my_description("Two photos in, one out")
    await bot.send_message(ADA, "changed")
    await ada.expect_text("changed")

    assert client.bot["description"] == "Two photos in, one out"


async def test_the_menu_button_may_be_set(bot: Bot) -> None:
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())


async def test_members_of_chats_are_known(bot: Bot) -> None:
    member = await bot.get_chat_member(GROUP, MEI)

    assert (member.status, member.user.language_code) == ("member", "zh-hans")
    assert (await bot.get_chat_member(GROUP, ADA)).status == "creator"
    assert (await bot.get_chat_member(ADA, MEI)).status == "left"
