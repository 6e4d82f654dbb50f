"""What an operator sees when the bot starts, or cannot."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.playground.server import Playground
from tests.auxil.chat import ChatClient
from tests.auxil.process import ROOT, BotProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.auxil.person import Person


async def refusal(folder: Path, environment: dict[str, str]) -> str:
    """The one line that a bot says which cannot run."""
    async with BotProcess(folder, environment) as bot:
        assert await bot.ended() != 0
        lines = bot.output.splitlines()
    assert len(lines) == 1, bot.output
    return lines[0]


async def test_no_token(environment: dict[str, str], tmp_path: Path) -> None:
    del environment["BOT_TOKEN"]
    assert "BOT_TOKEN is not set" in await refusal(tmp_path, environment)


async def test_something_that_is_no_token(environment: dict[str, str], tmp_path: Path) -> None:
    line = await refusal(tmp_path, environment | {"BOT_TOKEN": "hunter2"})
    assert "does not look like a token" in line
    assert "hunter2" not in line


async def test_a_token_that_telegram_does_not_know(
    environment: dict[str, str], tmp_path: Path
) -> None:
    secret = "A" * 35
    line = await refusal(tmp_path, environment | {"BOT_TOKEN": f"8100000001:{secret}"})
    assert "Telegram does not know this BOT_TOKEN" in line
    assert secret not in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"DEVICE=potato\n", "DEVICE"),
        (b"TELEGRAM_API_URL=somewhere\n", "TELEGRAM_API_URL"),
        (b"DEVICE=\xff\xfe\n", ".env"),
    ],
)
async def test_a_damaged_settings_file(
    environment: dict[str, str], tmp_path: Path, text: bytes, words: str
) -> None:
    (tmp_path / ".env").write_bytes(text)
    del environment["DEVICE"], environment["TELEGRAM_API_URL"]
    assert words in await refusal(tmp_path, environment)


async def test_a_proxy_that_refuses_connections(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment["TELEGRAM_API_URL"] = "https://api.telegram.org"
    line = await refusal(tmp_path, environment | {"ALL_PROXY": "socks://ada:hunter2@127.0.0.1:9"})
    assert "The proxy socks5://127.0.0.1:9 (ALL_PROXY) refuses connections" in line


async def test_a_folder_that_cannot_be_written(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "data"
    assert str(folder) in await refusal(tmp_path, environment | {"DATA_DIR": str(folder)})


async def test_data_of_a_newer_version(environment: dict[str, str], tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "atelier.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
    environment["DATA_DIR"] = str(tmp_path)
    assert "newer" in await refusal(tmp_path, environment)


async def test_an_unreachable_telegram_is_waited_for(
    playground: Playground, start: Callable[[], BotProcess]
) -> None:
    await playground.stop()
    async with start() as bot:
        await bot.line(f"{playground.api_url} cannot be reached", count=2)
        async with (
            Playground(port=playground.port, token=playground.token) as telegram,
            ChatClient(telegram.url) as chat,
        ):
            ada = chat.person("Ada")
            await ada.send_text("/start")
            await ada.expect_text("Welcome to Atelier")
    complaints = [line for line in bot.output.splitlines() if "cannot be reached" in line]
    assert len(complaints) <= 4
    assert "Traceback" not in bot.output


async def test_help_is_answered_before_torch_and_the_network_are_loaded(
    ada: Person, environment: dict[str, str], tmp_path: Path
) -> None:
    package, gate = tmp_path / "slow" / "torch", tmp_path / "gate"
    package.mkdir(parents=True)
    os.mkfifo(gate)
    # Whoever imports this waits until somebody opens the other end.
    (package / "__init__.py").write_text(f"open({str(gate)!r}).close()\n")
    environment["PYTHONPATH"] = f"{package.parent}:{ROOT}"
    async with BotProcess(tmp_path, environment) as bot:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        assert "could not be loaded" not in bot.output
        os.close(await asyncio.to_thread(os.open, gate, os.O_WRONLY))
        await bot.line("could not be loaded")
