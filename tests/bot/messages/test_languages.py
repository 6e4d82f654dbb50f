"""Each person is spoken to in their language, also by a bot that has just been started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.messages.languages import Languages
from core.jobs.store import Store
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter

MEI = 12


@pytest.mark.usefixtures("atelier")
async def test_people_of_two_languages_chat_side_by_side(chat: ChatClient) -> None:
    ada, mei = chat.person("Ada"), chat.person("Mei")
    await mei.send_text("/start")
    await ada.send_text("/start")

    await mei.expect_text("欢迎来到 Atelier", "照片")
    await ada.expect_text("Welcome to Atelier")


async def test_a_result_speaks_the_persons_language_after_a_restart(
    settings: Settings, painter: HeldPainter, chat: ChatClient
) -> None:
    mei = chat.person("Mei")
    painter.hold()
    async with running(settings, engine=engine_of(painter), tuning=BRISK):
        await mei.send_photo(jpeg_bytes(photo(96, 72)))
        await mei.expect_text("画风")
        await mei.send_photo(jpeg_bytes(painting(80, 80)))
        await mei.press(await mei.expect_text("两张图都有了"), "快速")
        await mei.expect_text("作画中")
    painter.release()

    async with running(settings, engine=engine_of(painter), tuning=BRISK):
        result = await mei.expect_text("风格损失", "→", "秒")
        assert result.buttons[0].text == "淡一点"


async def test_the_menu_speaks_each_language(atelier: Atelier) -> None:
    await atelier.introduced

    bot = atelier.application.bot
    chinese = {
        one.command: one.description for one in await bot.get_my_commands(language_code="zh")
    }
    english = {one.command: one.description for one in await bot.get_my_commands()}
    assert chinese["help"] == "使用说明"
    assert english["help"] == "How it works"
    assert chinese.keys() == english.keys()
    assert "画风" in (await bot.get_my_description("zh")).description
    assert "画风" in (await bot.get_my_short_description("zh")).short_description


async def test_a_choice_comes_before_the_clients_language(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "atelier.db")
    languages = Languages(store)
    await languages.hear(MEI, "zh-hans")
    languages.choose(MEI, "en")
    assert languages.of(MEI, "zh-hans").own_name() == "English"

    languages.choose(MEI, None)

    assert languages.of(MEI).own_name() == "简体中文"
    assert languages.available == {"en": "English", "zh-hans": "简体中文"}
    await store.close()


async def test_what_was_heard_goes_with_the_person(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "atelier.db")
    languages = Languages(store)
    await languages.hear(MEI, "zh-hans")
    await languages.hear(MEI + 1, "zh-CN")
    await store.forget(MEI)
    languages.forget(MEI)
    assert languages.of(MEI).own_name() == "English"

    anew = Languages(store)
    await anew.restore()

    assert [anew.of(one).own_name() for one in (MEI, MEI + 1)] == ["English", "简体中文"]
    await store.close()
