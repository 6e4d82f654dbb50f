"""A painting that takes the process down with it, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.auxil.deadly_bot import CODE
from tests.auxil.process import PHOTO, STYLE, BotProcess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.auxil.person import Person


async def test_it_is_set_aside_after_three_times_its_owner_is_told_and_others_are_painted(
    ada: Person, environment: dict[str, str], tmp_path: Path
) -> None:
    def bot() -> BotProcess:
        return BotProcess(tmp_path, environment, "tests.auxil.deadly_bot")

    async with bot() as first:
        await ada.send_album([PHOTO, STYLE])
        status = await ada.expect_text("Choose how much care")
        await ada.press(status, "Fine")
        assert await first.ended() == CODE
    for _ in range(2):
        async with bot() as further:
            assert await further.ended() == CODE
    async with bot():
        told = await ada.expect_text("thrown off this picture each time")
        assert told.message_id == status.message_id
        await ada.send_album([PHOTO, STYLE])
        await ada.press(await ada.expect_text("Choose how much care"), "Quick")
        await ada.expect_kind("document")
