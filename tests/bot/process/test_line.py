"""The line to Telegram is lost for good, or shared: the operator reads it in one line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.process import BotProcess


async def test_a_token_that_is_revoked_while_the_bot_runs_ends_it_with_a_word(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    async with start() as bot:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        await chat.switch_fault("getUpdates", "error", status=401)
        await ada.send_text("/start")  # what ends the poll under way
        assert await bot.ended() == 1
        last = bot.output.splitlines()[-1]
    assert last.startswith("atelier: Telegram does not know this BOT_TOKEN any more")
    assert "Traceback" not in bot.output


async def test_a_token_that_is_revoked_during_the_start(
    chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    await chat.switch_fault("deleteWebhook", "error", status=401)
    async with start() as bot:
        assert await bot.ended() == 1
        assert "atelier: Telegram does not know this BOT_TOKEN." in bot.output
    assert "Traceback" not in bot.output


async def test_two_bots_with_one_token_are_told_and_it_passes(
    ada: Person, playground: Playground, start: Callable[[], BotProcess]
) -> None:
    async with start() as bot:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        async with connected(playground) as other:
            told = asyncio.create_task(bot.line("with the same BOT_TOKEN"))
            while not told.done():  # between two polls of the bot's nobody is in the way
                await other.get_updates(timeout=0)
                await asyncio.wait([told], timeout=0.2)
        line = told.result()
        await ada.send_text("/start")
        await ada.expect_text("Welcome")
    assert "Stop the other one" in line
    assert "Traceback" not in bot.output


async def test_flood_control_during_the_start_is_waited_for(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    for method in ("getMe", "deleteWebhook", "getUpdates", "setMy*"):
        await chat.switch_fault(method, "flood", seconds=1)
    async with start() as bot:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        assert "Traceback" not in bot.output
    calls = (await chat.counters())["calls"]
    assert (calls["getMe"], calls["deleteWebhook"]) == (2, 2)
