"""A style goes from one person to another by a link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.messages.keyboards import CallbackData, Verb
from bot.telegram.shared_styles import PER_MINUTE
from core.jobs.models import JobState
from core.pictures.thumbnails import alike
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(200, 160))


@pytest.fixture
def ben(chat: ChatClient) -> Person:
    return chat.person("Ben")


async def painted(atelier: Atelier, person: Person) -> int:
    """A painting of the person's, in a style of their own; the job's number."""
    await person.send_album([PHOTO, MANNER])
    question = await person.expect(asks)
    await person.press(question, "Quick")
    await until(lambda: _delivered(atelier, person))
    (job,) = [
        one for one in await atelier.store.jobs.in_states() if one.person.user_id == person.user_id
    ]
    return job.id


def asks(entry: Entry) -> bool:
    return any("preset:" in (one.data or "") for one in entry.buttons)


async def _delivered(atelier: Atelier, person: Person) -> bool:
    jobs = await atelier.store.jobs.in_states(JobState.DELIVERED)
    return any(one.person.user_id == person.user_id for one in jobs)


async def link_to(person: Person, job_id: int) -> Entry:
    """The message with the link."""
    entry = person.said[-1]
    pressed = CallbackData(Verb.SHARE, str(job_id), person.user_id)
    await person.press_data(entry, str(pressed))
    return await person.expect_text("t.me/")


def parameter(entry: Entry) -> str:
    found = re.search(r"\?start=([A-Za-z0-9_-]{1,64})$", entry.text, re.MULTILINE)
    assert found
    return found[1]


async def test_a_shared_style_is_painted_with_by_somebody_else(
    atelier: Atelier, ada: Person, ben: Person
) -> None:
    link = await link_to(ada, await painted(atelier, ada))

    await ben.send_text(f"/start {parameter(link)}")
    shown = await ben.expect_text("shared with you")

    assert shown.kind == "photo"
    assert alike(await ben.download(shown), MANNER)
    assert "Ada" not in shown.text
    # What Ben has is a copy of his own.
    await ada.press(link, "Stop sharing")
    await ada.expect_text("not shared any more")
    await ben.send_photo(PHOTO)
    question = await ben.expect(asks)
    await ben.press(question, "Quick")
    await until(lambda: _delivered(atelier, ben))
    await ben.send_text(f"/start {parameter(link)}")
    await ben.expect_text("not shared any more", "Atelier")


async def test_the_same_style_has_one_link(atelier: Atelier, ada: Person) -> None:
    job = await painted(atelier, ada)
    first, second = await link_to(ada, job), await link_to(ada, job)
    assert parameter(first) == parameter(second)


async def test_forgetting_takes_all_links_back(atelier: Atelier, ada: Person, ben: Person) -> None:
    link = await link_to(ada, await painted(atelier, ada))
    await ada.send_text("/privacy")
    assert (await ada.expect_text("What I keep")).buttons, "one style is shared"
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("forget you"), "Delete everything")
    await ada.expect_text("Done")

    await ben.send_text(f"/start {parameter(link)}")

    await ben.expect_text("not shared any more")


async def test_built_in_styles_have_names(atelier: Atelier, ben: Person) -> None:
    del atelier
    await ben.send_text("/start style_glass")
    await ben.expect_text("Stained glass", "shared with you")


async def test_nobody_tries_codes_for_long(atelier: Atelier, ben: Person) -> None:
    del atelier
    for number in range(PER_MINUTE):
        await ben.send_text(f"/start style_{number}")
        await ben.expect_text("not shared any more")
    await ben.send_text("/start style_glass")
    await ben.expect_text("many links")


async def test_in_a_group_a_link_is_an_ordinary_start(atelier: Atelier, ben: Person) -> None:
    del atelier
    group = ben.in_group()
    await group.send_text("/start@atelier_bot style_glass")
    assert "shared" not in (await group.expect_text("Welcome")).text


async def test_an_operator_may_switch_sharing_off(
    settings: Settings, painter: HeldPainter, ben: Person
) -> None:
    off = settings.model_copy(update={"share_styles": False})
    async with running(off, engine=engine_of(painter), overrides=BRISK):
        await ben.send_text("/start style_glass")
        await ben.expect_text("not shared any more")
