"""What the bot uses of PTB's inner life: these fail if PTB changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.ext import ApplicationBuilder

from bot.telegram.polling import start_polling

if TYPE_CHECKING:
    from bot.playground.server import Playground


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
        polling = await start_polling(updater)

        assert not polling.done()

        await updater.stop()
        assert polling.done()
