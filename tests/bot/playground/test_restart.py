"""A playground with a directory is found as it was left, also by one that was killed."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import ChatMigrated, Forbidden

from bot.playground.chat_rooms import GROUP_ID
from bot.playground.server import Playground
from tests.auxil.chat import ChatClient
from tests.auxil.pictures import encoded, opened
from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from pathlib import Path

ADA = 11
TOKEN = "8100000001:restarted"
SERVE = """
import asyncio, pathlib, sys
from bot.playground.server import Playground

async def serve():
    playground = Playground(token=sys.argv[1], folder=pathlib.Path(sys.argv[2]))
    await playground.start()
    print(playground.url, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


async def test_chats_files_and_updates_outlive_the_server(tmp_path: Path) -> None:
    async with (
        Playground(token=TOKEN, folder=tmp_path) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        await bot.set_my_commands([BotCommand("start", "Begin")])
        asked = await ada.send_file(encoded(image_format="PNG"), name="x.png", caption="/go")
        sent = await bot.send_photo(ada.chat_id, encoded(), caption="<b>1</b>", parse_mode="HTML")
        media = InputMediaPhoto(encoded(32, 32), caption="2")
        await bot.edit_message_media(media, ada.chat_id, sent.message_id)
        gone = await bot.send_message(ada.chat_id, "gone")
        await bot.delete_message(ada.chat_id, gone.message_id)
        await bot.send_message(ada.chat_id, "hush", disable_notification=True)
        await ada.expect_text("hush")
        before = await client.get("/client/state")

    async with (
        Playground(token=TOKEN, folder=tmp_path) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        after = await client.get("/client/state")
        (update,) = await bot.get_updates()

        assert after | {"cursor": 0} == before | {"cursor": 0}
        assert [entry["silent"] for entry in after["messages"]["11"]] == [False, False, True]
        assert update.message is not None
        assert update.message.caption == "/go"
        assert await ada.download(asked) == encoded(image_format="PNG")
        assert opened(await ada.download(ada.entries[1])).size == (32, 32)
        assert (await bot.send_message(ada.chat_id, "next")).message_id == gone.message_id + 2


async def test_the_token_and_who_blocked_the_bot_outlive_the_server(tmp_path: Path) -> None:
    async with Playground(folder=tmp_path) as first, ChatClient(first.url) as client:
        await client.person("Ada").block()

    async with Playground(folder=tmp_path) as second, connected(second) as bot:
        assert second.token == first.token
        with pytest.raises(Forbidden, match="blocked by the user"):
            await bot.send_message(ADA, "hello")


async def test_a_group_that_became_a_supergroup_is_one_after_the_restart(tmp_path: Path) -> None:
    async with Playground(folder=tmp_path) as first:
        new = first.world.upgrade(GROUP_ID)

    async with Playground(folder=tmp_path) as second, connected(second) as bot:
        assert (await bot.send_message(new, "hello")).chat.type == "supergroup"
        with pytest.raises(ChatMigrated):
            await bot.send_message(GROUP_ID, "hello")


async def test_a_button_pressed_before_the_restart_is_answered_after_it(tmp_path: Path) -> None:
    async with (
        Playground(folder=tmp_path) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
        await bot.send_message(ada.chat_id, "x", reply_markup=keyboard)
        await ada.press(await ada.expect_text("x"), "Go")

    async with Playground(folder=tmp_path) as playground, connected(playground) as bot:
        (update,) = await bot.get_updates()
        assert update.callback_query is not None
        assert await update.callback_query.answer("Going")


async def test_numbers_of_a_new_folder_are_larger_than_those_of_a_lost_one(tmp_path: Path) -> None:
    """The bot's own database may still know the numbers of chats that somebody deleted."""
    numbers = []
    for start in (1000, 2000):
        async with (
            Playground(folder=tmp_path / str(start), numbers_from=start) as playground,
            connected(playground) as bot,
            ChatClient(playground.url) as client,
        ):
            entry = await client.person("Ada").send_text("hello")
            (update,) = await bot.get_updates()
            numbers.append((entry.message_id, update.update_id, playground.world.event_log.cursor))

    assert numbers == [(1001, 1001, 1001), (2001, 2001, 2001)]


async def test_numbers_never_go_back_when_the_clock_does(tmp_path: Path) -> None:
    numbers = []
    for start in (2000, 1000):
        async with (
            Playground(folder=tmp_path, numbers_from=start) as playground,
            connected(playground) as bot,
            ChatClient(playground.url) as client,
        ):
            entry = await client.person("Ada").send_text("hello")
            updates = await bot.get_updates(offset=-1)
            numbers.append((entry.message_id, updates[0].update_id))

    assert numbers == [(2001, 2001), (2002, 2002)]


async def test_a_killed_server_has_lost_nothing(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, TOKEN, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with ChatClient((await process.stdout.readline()).decode().strip()) as client:
        ada = client.person("Ada")
        await ada.send_text("remember me")
        await ada.send_photo(encoded())
        process.kill()
        await process.wait()

    async with (
        Playground(token=TOKEN, folder=tmp_path) as playground,
        ChatClient(playground.url) as client,
    ):
        transcript = client.person("Ada").transcript()

    assert transcript == "1. Ada: remember me\n2. Ada: [photo 64×48]"


async def test_in_memory_nothing_is_kept() -> None:
    async with Playground(token=TOKEN) as playground, ChatClient(playground.url) as client:
        await client.person("Ada").send_text("forget me")

    async with Playground(token=TOKEN) as playground, ChatClient(playground.url) as client:
        assert client.person("Ada").entries == []


async def test_a_taken_port_is_said_at_once_and_lets_go_of_the_chats(
    playground: Playground, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="address already in use"):
        async with Playground(port=playground.port, folder=tmp_path):
            pass

    async with Playground(folder=tmp_path) as free:
        assert free.port != playground.port
