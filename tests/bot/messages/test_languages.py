"""Each person is spoken to in their language, also by a bot that has just been started."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.conversation.state import Facts, State
from bot.messages.languages import Languages
from core.jobs.models import Person
from core.jobs.preferences import Preferences
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


@pytest.fixture
def unintroduced() -> None:
    """Here the bot says who it is, as always."""


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
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await mei.send_photo(jpeg_bytes(photo(96, 72)))
        await mei.expect_text("画风")
        await mei.send_photo(jpeg_bytes(painting(80, 80)))
        await mei.press(await mei.expect_text("两张图都有了"), "快速")
        await mei.expect_text("作画中")
    painter.release()

    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        result = await mei.expect_text("风格损失", "→", "秒")
        assert result.buttons[0].text == "浓一点"


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


def test_a_choice_comes_before_the_clients_language() -> None:
    facts = Facts(now=datetime(2026, 1, 1, tzinfo=UTC))
    state = State(
        person=Person(MEI, MEI), languages=Languages(), facts=facts, client_language="zh-hans"
    )
    chosen = replace(state, preferences=Preferences(language="en"))

    assert [one.texts.own_name() for one in (state, chosen)] == ["简体中文", "English"]


async def test_what_was_heard_goes_with_the_person(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "atelier.db") as store:
        mei, other = Person(MEI, MEI), Person(MEI + 1, MEI + 1)
        await store.preferences.save_language(mei, "zh-hans")
        await store.preferences.save_language(other, "zh-CN")

        await store.housekeeping.forget(MEI)

        heard = [(await store.preferences.get(one.user_id))[1] for one in (mei, other)]
    assert heard == [None, "zh-CN"]


def test_the_names_of_all_languages_are_their_own() -> None:
    assert Languages().names == {
        "en": "English",
        "ar": "العربية",
        "es": "Español",
        "ru": "Русский",
        "zh-hans": "简体中文",
    }
