"""Asking Telegram for updates: after a webhook, beside somebody else, and what the bot uses of PTB's inner life for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from telegram.error import Conflict
from telegram.ext import ApplicationBuilder

from bot.app import running
from bot.telegram import polling
from bot.telegram.polling import PollingTrouble, start_polling
from tests.auxil.ptb import connected
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

HOOK: Final = "http://127.0.0.1:9/whoever-knows-this-may-post"
OTHER_POLLER: Final = "Somebody else fetches this bot's messages"
OTHER_WEBHOOK: Final = "Another program has set a webhook"


async def test_a_webhook_that_was_left_is_removed_and_what_waited_there_is_handled(
    settings: Settings,
    playground: Playground,
    painter: HeldPainter,
    ada: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with connected(playground) as bot:
        await bot.set_webhook(HOOK, allowed_updates=["message"])
        await ada.send_text("/help")
        async with running(settings, engine=engine_of(painter), overrides=BRISK):
            await ada.expect_text("How it works")
        assert (await bot.get_webhook_info()).url == ""
    (line,) = [line for line in caplog.messages if "webhook" in line]
    assert "a webhook at 127.0.0.1. It is removed" in line
    assert "1 updates" in line
    assert HOOK not in caplog.text


@pytest.mark.parametrize("told", [OTHER_POLLER, OTHER_WEBHOOK])
async def test_whoever_takes_the_bots_messages_is_told_in_one_line(
    settings: Settings,
    playground: Playground,
    painter: HeldPainter,
    caplog: pytest.LogCaptureFixture,
    told: str,
) -> None:
    async with (
        connected(playground) as other,
        running(settings, engine=engine_of(painter), overrides=BRISK),
    ):

        async def is_told() -> bool:
            # Again and again, as the bot may not poll yet when the other one does.
            await (other.get_updates() if told == OTHER_POLLER else other.set_webhook(HOOK))
            return told in caplog.text

        await until(is_told)
    # The playground may log that a poll was broken off.
    ours = [one for one in caplog.records if one.name.startswith("bot.")]
    (error,) = [record for record in ours if record.levelname == "ERROR"]
    assert error.exc_info is None
    assert "\n" not in error.getMessage()


async def test_a_conflict_that_lasts_is_told_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trouble, conflict = PollingTrouble(), Conflict("Conflict: terminated by other getUpdates")
    for _ in range(5):
        trouble.tell(conflict)
    assert caplog.text.count(OTHER_POLLER) == 1
    monkeypatch.setattr(polling, "CONFLICT_INTERVAL", 0.0)
    later = PollingTrouble()
    for _ in range(2):
        later.tell(conflict)
    assert caplog.text.count(OTHER_POLLER) == 3


async def test_the_task_that_polls_is_found_and_ends_with_the_updater(
    playground: Playground,
) -> None:
    application = (
        ApplicationBuilder()
        .token(playground.token)
        .base_url(f"{playground.api_url}/bot")
        .base_file_url(f"{playground.api_url}/file/bot")
        .build()
    )
    async with application:
        updater = application.updater
        assert updater is not None
        task = await start_polling(updater)

        assert not task.done()

        await updater.stop()
        assert task.done()
