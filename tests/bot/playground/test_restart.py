"""A playground with a directory is found as it was left, also by one that was killed."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest
from telegram import BotCommand, InputMediaPhoto

from bot.playground.server import Playground
from tests.auxil.chat import ChatClient
from tests.auxil.pictures import encoded
from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "8100000001:restarted"
SERVE = """
import asyncio, pathlib, sys
from bot.playground.server import Playground

async def serve():
    playground = Playground(token=sys.argv[1], state_dir=pathlib.Path(sys.argv[2]))
    await playground.start()
    print(playground.url, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


async def test_chats_files_and_updates_outlive_the_server(tmp_path: Path) -> None:
    async with (
        Playground(token=TOKEN, state_dir=tmp_path) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        await bot.set_my_commands([BotCommand("start", "Begin")])
        asked = await ada.send_file(encoded(image_format="PNG"), name="x.png", caption="/go")
        sent = await bot.send_photo(ada.chat_id, encoded(), caption="<b>1</b>", parse_mode="HTML")
        await bot.edit_message_media(
            InputMediaPhoto(sent.photo[-1].file_id, caption="2"), ada.chat_id, sent.message_id
        )
        gone = await bot.send_message(ada.chat_id, "gone")
        await bot.delete_message(ada.chat_id, gone.message_id)
        await ada.expect_text("2")
        before = await client.get("/client/state")

    async with (
        Playground(token=TOKEN, state_dir=tmp_path) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        after = await client.get("/client/state")
        (update,) = await bot.get_updates()

        assert after == before
        assert update.message is not None
        assert update.message.caption == "/go"
        assert await ada.download(asked) == encoded(image_format="PNG")
        assert (await bot.send_message(ada.chat_id, "next")).message_id == gone.message_id + 1
        assert (await bot.send_photo(ada.chat_id, sent.photo[0].file_id)).photo == sent.photo


async def test_the_webhook_outlives_the_server(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/hook"
    async with Playground(state_dir=tmp_path) as playground, connected(playground) as bot:
        await bot.set_webhook(url, secret_token="s3cret")

    async with Playground(state_dir=tmp_path) as playground, connected(playground) as bot:
        assert (await bot.get_webhook_info()).url == url


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
        Playground(token=TOKEN, state_dir=tmp_path) as playground,
        ChatClient(playground.url) as client,
    ):
        transcript = client.person("Ada").transcript()

    assert transcript == "1. Ada: remember me\n2. Ada: [photo 64×48]"


async def test_in_memory_nothing_is_kept() -> None:
    async with Playground(token=TOKEN) as playground, ChatClient(playground.url) as client:
        await client.person("Ada").send_text("forget me")

    async with Playground(token=TOKEN) as playground, ChatClient(playground.url) as client:
        assert client.person("Ada").entries == []


async def test_a_taken_port_is_said_at_once(playground: Playground) -> None:
    with pytest.raises(OSError, match="address already in use"):
        await Playground(port=playground.port).start()
