"""SIGTERM: the bot is gone in time, in order, and nothing that came is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.auxil.process import PHOTO, STYLE, rows_in
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.process import BotProcess


@pytest.fixture(autouse=True)
def _not_ended_by_force(environment: dict[str, str]) -> None:
    """Whatever hangs is waited for in vain, and what is only slow on a busy machine is not taken for it."""
    environment["DRAIN_SECONDS"] = "600"


async def stops(bot: BotProcess) -> None:
    bot.terminate()
    assert await bot.ended() == 0
    assert "Traceback" not in bot.output


async def test_while_nothing_happens(ada: Person, start: Callable[[], BotProcess]) -> None:
    async with start() as bot:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        await stops(bot)


async def test_in_the_middle_of_a_painting_which_the_next_start_brings_to_its_end(
    ada: Person, start_real: Callable[[], BotProcess], environment: dict[str, str]
) -> None:
    async with start_real() as bot:
        await ada.send_album([PHOTO, STYLE])
        status = await ada.expect_text("Evaluation")
        await stops(bot)
    # Long before a checkpoint would have been due.
    database = Path(environment["DATA_DIR"]) / "atelier.db"
    ((evaluation,),) = rows_in(database, "SELECT evaluation FROM checkpoints")
    assert evaluation > 0
    ada.catch_up()
    async with start_real():
        again = await ada.expect_text("Painting")
        assert again.message_id == status.message_id
        await ada.expect_result()
        # On a slow machine it comes as another message, and the status goes.
        await until(lambda: [entry.kind for entry in ada.said].count("photo") == 1)


async def test_while_telegram_cannot_be_reached(
    playground: Playground, start: Callable[[], BotProcess]
) -> None:
    await playground.stop()
    async with start() as bot:
        await bot.line("cannot be reached")
        await stops(bot)


async def test_in_an_outage_and_what_came_before_it_is_answered_afterwards(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    async with start() as bot:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        await chat.switch_fault("getFile", "error", count=1000)
        await ada.send_photo(PHOTO)
        await bot.line("getFile will be repeated")
        await chat.switch_fault("*", "drop", count=1000)
        await ada.send_text("/status")  # what ends the poll under way
        await bot.line("cannot be asked for news", count=2)
        await stops(bot)
    await chat.clear_faults()
    async with start():
        await ada.expect_text("send the style picture")
        # The answer to /status, which did not wait for the photo.
        await until(lambda: any("Please send the photo" in entry.text for entry in ada.said))
