"""A photo, a tap, a picture: how it goes for whoever does not want to be asked for the quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.messages.keyboards import Verb
from bot.messages.texts.wish_texts import Wording
from core.jobs.preferences import Wishes
from core.style.options import Colours, Preset
from tests.bot.transcripts.conftest import HELD, IN_ALL_LANGUAGES, MANNER, PHOTO

if TYPE_CHECKING:
    from tests.bot.transcripts.conftest import Play

pytestmark = pytest.mark.usefixtures("nothing_refused", "atelier")


@pytest.fixture
def asking() -> None:
    """Nobody here is asked."""


async def test_two_taps(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.sends(guest, PHOTO)
    sheet = await play.hears(guest, texts.ask_style())
    status = await play.looks_on(sheet, Verb.PICK, "glass")
    await play.gets_result(status)
    play.ends()


async def test_two_messages(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "/start")
    await play.hears(guest, texts.welcome())
    await play.sends(guest, PHOTO)
    await play.hears(guest, texts.ask_style())
    play.painter.hold()
    await play.sends(guest, MANNER)
    await play.hears(guest, texts.preparing(Preset.QUICK))
    await play.gets_result(await play.hears(guest, texts.loss(HELD), kind="photo"))
    play.ends()


async def test_another_quality_while_it_paints(play: Play) -> None:
    guest = play.guest
    play.painter.hold()
    await play.sends_album(guest, [PHOTO, MANNER])
    await play.hears(guest, play.texts.preparing(Preset.QUICK))
    status = await play.hears(guest, play.texts.loss(HELD), kind="photo")
    await play.presses(guest, status, Verb.QUALITY, "1=balanced")
    await play.hears(guest, play.texts.preset_name(Preset.BALANCED), play.texts.loss(HELD))
    await play.gets_result(status)
    play.ends()


async def test_other_choices_while_it_paints(play: Play) -> None:
    guest = play.guest
    play.painter.hold()
    await play.sends_album(guest, [PHOTO, MANNER])
    await play.hears(guest, play.texts.preparing(Preset.QUICK))
    status = await play.hears(guest, play.texts.loss(HELD), kind="photo")
    await play.presses(guest, status, Verb.CHANGE, "1")
    opened = await play.hears(guest, play.texts.loss(HELD))
    await play.presses(guest, opened, Verb.CHANGE, "1=90")
    status = await play.hears(guest, play.texts.strength_name(0.9), play.texts.loss(HELD))
    await play.presses(guest, status, Verb.CHANGE, "1")
    opened = await play.hears(guest, play.texts.loss(HELD))
    await play.presses(guest, opened, Verb.CHANGE, "1=swap")
    swapped = await play.hears(guest, play.texts.strength_name(0.9), play.texts.loss(HELD))
    await play.gets_result(swapped)
    play.ends()


@IN_ALL_LANGUAGES
async def test_words_beside_a_picture(play: Play) -> None:
    guest, texts = play.guest, play.texts
    style, strong, mine, please = (
        texts.caption_words()[one].split("|")[0]
        for one in (Wording.STYLE, Wording.STRONG, Wording.MY_COLOURS, Wording.PLEASE)
    )
    await play.sends(guest, MANNER, caption=style)
    await play.hears(guest, texts.got_style())
    play.painter.hold()
    await play.sends(guest, PHOTO, caption=f"1998, {strong}, {please} {mine}")
    await play.hears(guest, texts.understood(Wishes(strength=0.7, colours=Colours.LUMINANCE)))
    status = await play.hears(guest, texts.loss(HELD), kind="photo")
    await play.gets_result(status)
    play.ends()
