"""A painting that takes the process or its GPU down with it, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engines.exit_code import EXIT_DEVICE_LOST
from tests.auxil.deadly_bot import CODE
from tests.auxil.process import PHOTO, STYLE, BotProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.auxil.person import Person


async def test_it_is_set_aside_after_three_times_its_owner_is_told_and_others_are_painted(
    ada: Person, environment: dict[str, str], tmp_path: Path
) -> None:
    def bot() -> BotProcess:
        return BotProcess(tmp_path, environment, "tests.auxil.deadly_bot")

    async with bot() as first:
        await ada.choose("preset=fine")
        await ada.send_album([PHOTO, STYLE])
        status = await ada.expect_text("Painting", "Fine")
        assert await first.ended() == CODE
    for _ in range(2):
        async with bot() as further:
            assert await further.ended() == CODE
    async with bot():
        told = await ada.expect_text("thrown off this picture each time")
        assert told.message_id == status.message_id
        await ada.choose("preset=quick")
        await ada.send_album([PHOTO, STYLE])
        await ada.expect_result()


async def test_a_lost_gpu_ends_the_process_with_one_line_and_the_third_time_its_picture_is_set_aside(
    ada: Person,
    start: Callable[[], BotProcess],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    def bot() -> BotProcess:
        settings = environment | {"PAINTER_LOSES_DEVICE": "1"}
        return BotProcess(tmp_path, settings, "tests.auxil.stub_bot")

    async with bot() as first:
        await ada.send_album([PHOTO, STYLE])
        assert await first.ended() == EXIT_DEVICE_LOST
        assert first.output.count("ending, so that a supervisor starts it anew.") == 1
        assert "an illegal memory access was encountered" in first.output
        assert "Traceback" not in first.output
    for _ in range(2):
        async with bot() as further:
            assert await further.ended() == EXIT_DEVICE_LOST
    async with start():
        await ada.expect_text("thrown off this picture each time")
        await ada.send_album([PHOTO, STYLE])
        await ada.expect_result()
