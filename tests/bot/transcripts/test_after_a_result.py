"""Every button under a result, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.messages.keyboards import Verb
from core.jobs.models import JobState
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Preset
from tests.auxil.waiting import until
from tests.bot.transcripts.conftest import IN_ALL_LANGUAGES, OTHER

if TYPE_CHECKING:
    from bot.app import Atelier
    from tests.bot.transcripts.conftest import Play


@pytest.mark.usefixtures("nothing_refused")
async def test_every_button_under_a_result(play: Play, atelier: Atelier) -> None:
    guest, texts = play.guest, play.texts
    result = await play.has_painted(await play.gives_both(), Verb.PRESET, Preset.QUICK)
    for verb in (Verb.SOFTER, Verb.STRONGER):
        await play.has_painted(result, verb)
    opened = await play.opens_more(result)
    await play.presses(guest, opened, Verb.STRENGTH)
    await play.has_painted(await play.hears(guest, "→"), Verb.STRENGTH, "1=70")
    await play.presses(guest, opened, Verb.STYLE_SCALE)
    await play.presses(guest, await play.hears(guest, "→"), Verb.MORE)
    for verb in (Verb.FINER, Verb.COLOURS, Verb.SWAP_RESULT):
        await play.has_painted(opened, verb)
    for verb, caption in (
        (Verb.COMPARE, texts.compare_caption()),
        (Verb.FILM, texts.film_caption()),
        (Verb.CURVE, texts.curve_caption()),
    ):
        await play.presses(guest, opened, verb)
        await play.hears(guest, caption)
    await play.presses(guest, opened, Verb.BLEND)
    sheet = await play.hears(guest, "")
    await play.presses(guest, sheet, Verb.PICK, BUILTIN_STYLES[0])
    asked = await play.hears(guest, texts.builtin_name(BUILTIN_STYLES[0]))
    await play.has_painted(asked, Verb.WEIGHTS, "more")
    await play.presses(guest, opened, Verb.BACK)
    await play.presses(guest, result, Verb.NEW_STYLE)
    await play.hears(guest, "")
    await play.presses(guest, opened, Verb.NEW_PHOTO)
    await play.hears(guest, "")
    await play.sends(guest, OTHER)
    question = await play.hears(guest, texts.ask_preset())
    await play.has_painted(question, Verb.PRESET, Preset.BALANCED)
    await until(lambda: _all_delivered(atelier))
    await atelier.store.housekeeping.clean(results_older_than=timedelta(seconds=-1))
    play.remarks("The pictures were kept for a day, and that is over.")
    for verb in (Verb.BACK, Verb.NEW_PHOTO, Verb.FILM):
        await play.presses(guest, opened, verb)
    play.ends()


@pytest.mark.usefixtures("nothing_refused")
@IN_ALL_LANGUAGES
async def test_sharing_a_style(play: Play, atelier: Atelier) -> None:
    del atelier
    guest, texts = play.guest, play.texts
    result = await play.has_painted(await play.gives_both(), Verb.PRESET, Preset.QUICK)
    await play.presses(guest, await play.opens_more(result), Verb.SHARE)
    link = await play.hears(guest, "t.me/")
    play.remarks("A day later, or on somebody else's telephone:")
    parameter = link.text.partition("?start=")[2].split()[0]
    for words in (texts.shared_with_you(), texts.not_shared()):
        await play.writes(guest, f"/start {parameter}")
        await play.hears(guest, words)
        if words == texts.shared_with_you():
            await play.writes(guest, "/privacy")
            await play.hears(guest, "", kind="text")
            await play.presses(guest, link, Verb.STOP_SHARING)
            await play.hears(guest, texts.sharing_stopped())
    await play.writes(guest, "/start style_glass")
    await play.hears(guest, texts.builtin_shared(texts.builtin_name("glass")))
    play.ends()


async def _all_delivered(atelier: Atelier) -> bool:
    return all(
        job.state is JobState.DELIVERED for job in await atelier.store.jobs.in_states(*JobState)
    )
