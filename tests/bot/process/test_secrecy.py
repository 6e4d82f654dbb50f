"""Nothing that the bot writes contains its token, whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.auxil.process import PHOTO, STYLE, BotProcess

if TYPE_CHECKING:
    from pathlib import Path

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person


async def test_the_token_is_in_no_line_at_any_level(
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
    settings = environment | {"LOG_LEVEL": "DEBUG"}
    async with BotProcess(tmp_path, settings, "tests.auxil.stub_bot") as bot:
        await ada.send_photo(PHOTO)
        await ada.expect_text("could not fetch this picture")
        await ada.send_album([PHOTO, STYLE])
        await ada.press(await ada.expect_text("Choose how much care"), "Quick")
        await ada.expect_kind("document")
        await chat.switch_fault("sendMessage", "error", status=400)
        await ada.send_text("/help")
        await bot.line("Telegram refuses row")
        bot.terminate()
        await bot.ended()
    assert len(playground.faults.struck) >= 9
    assert "DEBUG" in bot.output
    assert playground.token not in bot.output
    assert playground.token.partition(":")[2] not in bot.output
