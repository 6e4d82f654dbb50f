"""Nothing waits for Telegram while it holds a person's turn, and nobody waits for another person's chat."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from core.jobs.models import JobState, Person
from tests.auxil.outage import ChatOutage
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import PATIENCE, until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.outage import Trouble
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person as Chatter
    from tests.auxil.transcript import Entry

PHOTO, STYLE = jpeg_bytes(photo(96, 72)), jpeg_bytes(painting(80, 80))


@pytest.fixture
async def outage() -> ChatOutage:
    return ChatOutage()


@pytest.fixture
async def atelier(
    settings: Settings, painter: HeldPainter, outage: ChatOutage
) -> AsyncIterator[Atelier]:
    engine = engine_of(painter)
    async with running(settings, engine=engine, overrides=BRISK, request=outage) as atelier:
        yield atelier
        outage.end()


@pytest.fixture
def ben(chat: ChatClient) -> Chatter:
    return chat.person("Ben")


@pytest.mark.parametrize("trouble", ["error", "silence"])
async def test_whose_chat_takes_no_messages_cancels_a_running_job_all_the_same(
    ada: Chatter,
    ben: Chatter,
    atelier: Atelier,
    painter: HeldPainter,
    outage: ChatOutage,
    trouble: Trouble,
) -> None:
    painter.hold()
    await ada.press(await question(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    of_ben = await question(ben)
    await ben.press(of_ben, "Quick")
    await ben.expect_text("In the queue")
    outage.begin(ada.chat_id, "send*", trouble)
    await ada.send_text("/help")
    await until(lambda: outage.struck > 0)

    async with asyncio.timeout(PATIENCE):
        await ada.send_text("/cancel")
        await ada.expect_text("Cancelled.")
        # The engine has a single slot.
        await ben.expect_text("Evaluation 2 of")
    assert (await job_of(atelier, ada)) is JobState.CANCELLED
    assert not any("How it works" in entry.text for entry in ada.said)

    outage.end()
    await ada.expect_text("How it works")
    painter.release()
    await ben.expect_result()


@pytest.mark.parametrize("trouble", ["error", "flood", "silence"])
async def test_other_people_notice_nothing(
    ada: Chatter, ben: Chatter, atelier: Atelier, outage: ChatOutage, trouble: Trouble
) -> None:
    outage.begin(ada.chat_id, "*", trouble)
    for text in ("/help", "/status", "/start", "/help"):
        await ada.send_text(text)
    await until(lambda: outage.struck > 0)
    async with asyncio.timeout(PATIENCE):
        await ben.press(await question(ben), "Quick")
        await ben.expect_result()
    assert ada.said == []
    assert (await job_of(atelier, ben)) in {JobState.FINISHED, JobState.DELIVERED}


@pytest.mark.parametrize("trouble", ["error", "flood", "silence"])
@pytest.mark.parametrize("methods", ["send*", "edit*", "*"])
async def test_a_press_is_answered_and_heeded_although_its_chat_takes_nothing(
    ada: Chatter,
    atelier: Atelier,
    painter: HeldPainter,
    outage: ChatOutage,
    trouble: Trouble,
    methods: str,
) -> None:
    painter.hold()
    asked = await question(ada)
    outage.begin(ada.chat_id, methods, trouble)
    await ada.send_text("/help")
    query = await ada.press(asked, "Quick")
    assert "Started: Quick" in await ada.expect_answer(query)

    async def runs() -> bool:
        return await job_of(atelier, ada) is JobState.RUNNING

    await until(runs)
    again = await ada.press_data(asked, asked.button("Quick").data or "")
    await ada.expect_answer(again)
    assert len(await atelier.store.jobs.in_states()) == 1


@pytest.mark.parametrize("trouble", ["error", "silence"])
async def test_a_status_is_edited_when_the_trouble_is_over(
    ada: Chatter, atelier: Atelier, painter: HeldPainter, outage: ChatOutage, trouble: Trouble
) -> None:
    del atelier
    painter.hold()
    asked = await question(ada)
    outage.begin(ada.chat_id, "edit*", trouble)
    await ada.press(asked, "Quick")
    await until(lambda: outage.struck > 0)
    outage.end()
    moving = await ada.expect_text("Evaluation 2 of")
    assert moving.message_id == asked.message_id


async def test_a_question_that_could_not_be_sent_is_not_sent_when_a_newer_one_replaces_it(
    ada: Chatter, atelier: Atelier, outage: ChatOutage
) -> None:
    outage.begin(ada.chat_id, "send*", "error")
    await ada.send_photo(PHOTO)
    await until(lambda: outage.struck > 0)
    await ada.send_photo(STYLE)

    async def has_both() -> bool:
        person = Person(ada.chat_id, ada.user_id)
        return (await atelier.store.sessions.get(person)).style is not None

    await until(has_both)
    outage.end()
    await ada.expect_text("Choose a quality")
    assert len(ada.said) == 1


async def question(person: Chatter) -> Entry:
    await person.send_photo(PHOTO)
    await person.expect_text("send the style picture")
    await person.send_photo(STYLE)
    return await person.expect_text("Choose a quality")


async def job_of(atelier: Atelier, person: Chatter) -> JobState | None:
    """The state of the person's only job."""
    jobs = await atelier.store.jobs.of(Person(person.chat_id, person.user_id))
    return jobs[0].state if jobs else None
