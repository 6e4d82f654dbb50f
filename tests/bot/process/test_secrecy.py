"""Nothing that the bot writes contains its token or its proxy's password, whatever happens."""

from __future__ import annotations

from base64 import b64encode
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from bot.playground.server import Playground
from tests.auxil.process import PHOTO, STYLE, BotProcess
from tests.auxil.proxy import proxy_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person


PASSWORD = "p@ss"


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground(allowed_hosts=["telegram.invalid"]) as playground:
        yield playground


async def test_no_secret_is_in_any_line_at_any_level(
    playground: Playground,
    ada: Person,
    chat: ChatClient,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    for method, kind in (
        ("getMe", "drop"),
        ("getUpdates", "drop"),
        ("sendMessage", "flood"),
        ("getFile", "error"),
        ("download", "drop"),
        ("answerCallbackQuery", "drop"),
        ("editMessage*", "drop"),
        ("sendDocument", "error"),
    ):
        await chat.switch_fault(method, kind)
    environment |= {"LOG_LEVEL": "DEBUG", "TELEGRAM_API_URL": "http://telegram.invalid"}
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(proxy_to(playground.port, f"ada:{PASSWORD}"))
        environment["PROXY_URL"] = f"http://ada:{quote(PASSWORD)}@127.0.0.1:{proxy.port}"
        bot = await stack.enter_async_context(
            BotProcess(tmp_path, environment, "tests.auxil.stub_bot")
        )
        await ada.send_photo(PHOTO)
        await ada.expect_text("couldn't fetch this picture")
        await ada.send_text("/settings")
        menu = await ada.expect_text("Settings")
        for choice, label in (
            ("sound=none", "Sound: nothing"),
            ("form=both", "Results: photo and file"),
        ):
            await ada.press_data(menu, f"settings:{choice}:{ada.user_id}")
            await ada.expect(lambda entry: label in [one.text for one in entry.buttons])  # noqa: B023
        await ada.send_album([PHOTO, STYLE])
        await ada.expect_kind("document")
        await chat.switch_fault("sendMessage", "error", status=400)
        await ada.send_text("/help")
        await bot.line("Telegram refuses row")
        bot.terminate()
        await bot.ended()
    assert len(playground.faults.struck) >= 9
    assert "DEBUG" in bot.output
    assert f"http://127.0.0.1:{proxy.port} (PROXY_URL)" in bot.output
    for form in (PASSWORD, quote(PASSWORD), b64encode(f"ada:{PASSWORD}".encode()).decode()):
        assert form not in bot.output
    assert playground.token not in bot.output
    assert playground.token.partition(":")[2] not in bot.output
