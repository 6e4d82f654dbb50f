"""The bot on a database that version 3 left in the middle of everything: it goes on where that one stopped."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.app import Atelier, running
from core.jobs.models import JobState
from core.pictures.codec import read_picture
from tests.auxil.old_chats import GROUP, LENGTHS, VERSION_3, copy_database, settle
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from PIL import Image

    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry


@pytest.fixture
def ben(chat: ChatClient) -> Person:
    return chat.person("Ben")


@pytest.fixture
def mei(chat: ChatClient) -> Person:
    return chat.person("Mei")


@pytest.fixture
async def old(playground: Playground, chat: ChatClient, settings: Settings) -> None:
    """What version 3 left."""
    copy_database(settings.data_dir / "atelier.db")
    await settle(playground.world)
    await until(lambda: len(chat.entries(GROUP)) == LENGTHS[GROUP])


@pytest.fixture
async def atelier(
    old: None,  # noqa: ARG001
    settings: Settings,
    painter: HeldPainter,
) -> AsyncIterator[Atelier]:
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        yield atelier


def entry(person: Person, number: int) -> Entry:
    """One of the messages that were there before."""
    return next(one for one in person.entries if one.message_id == number)


def parts(person: Person, job_id: int) -> list[str]:
    """What a person got of a job's result, in order."""
    return [
        one.kind
        for one in person.said
        if (one.media is not None and one.media.name == f"atelier-{job_id}.png")
        or any(button.data == f"style:{job_id}:{person.user_id}" for button in one.buttons)
    ]


async def gets(person: Person, job_id: int) -> None:
    """Wait until a person has got a job's result, and as often as it should come."""
    await until(lambda: len(parts(person, job_id)) == 2)
    assert parts(person, job_id) == ["photo", "document"]


async def gets_photo(person: Person, job_id: int) -> None:
    """The same for somebody whose settings say that a photo is enough."""
    await until(lambda: parts(person, job_id) == ["photo"])


def checkpoint() -> Image.Image:
    """The picture from which job 8 can go on."""
    address = f"file:{VERSION_3}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        ((picture,),) = database.execute("SELECT picture FROM checkpoints WHERE job_id = 8")
    return read_picture(picture)


@pytest.mark.usefixtures("atelier")
async def test_jobs_that_ran_and_waited_are_painted_and_delivered(ben: Person) -> None:
    running_status, waiting_status = entry(ben, 8), entry(ben, 11)
    await gets(ben, 8)
    await ben.expect_gone(running_status)
    await gets(ben, 9)
    await ben.expect_gone(waiting_status)


@pytest.mark.usefixtures("atelier")
async def test_a_job_that_ran_goes_on_from_its_checkpoint(ben: Person) -> None:
    file = await ben.expect_kind("document")

    # The stub gives back what it starts from.
    assert file.media is not None
    assert file.media.name == "atelier-8.png"
    assert read_picture(await ben.download(file)).tobytes() == checkpoint().tobytes()


@pytest.mark.usefixtures("atelier")
async def test_a_result_that_telegram_did_not_take_is_delivered(mei: Person) -> None:
    await gets(mei, 6)
    # The message that was its status is the photo now, or gone if that was too long ago.
    await until(lambda: all(one.kind == "photo" for one in mei.entries if one.message_id == 6))


async def test_a_result_whose_sending_had_begun_is_sent_when_asked_for(
    atelier: Atelier, mei: Person
) -> None:
    await until(lambda: any(one.data == "again:5:12" for one in entry(mei, 3).buttons))
    await gets(mei, 6)  # which comes after it
    assert parts(mei, 5) == []

    offer = entry(mei, 3)
    await mei.press_data(offer, "again:5:12")

    await gets(mei, 5)
    await mei.expect_gone(offer)
    job = await atelier.store.jobs.require(5)
    assert job.state is JobState.DELIVERED


@pytest.mark.usefixtures("atelier")
async def test_a_failure_that_was_not_told_is_told(mei: Person) -> None:
    await until(lambda: "内存" in entry(mei, 9).text)
    assert entry(mei, 9).buttons == []  # It was a quick one, which would fail again.


@pytest.mark.usefixtures("atelier")
async def test_what_was_not_handled_is_answered(ben: Person, mei: Person) -> None:
    await ben.expect_text("How it works")
    # Its file is not kept by this playground, and that is told.
    await mei.expect_text("没能从 Telegram 取到这张图")


@pytest.mark.usefixtures("atelier")
async def test_a_question_for_a_preset_goes_on_by_its_old_buttons(ben: Person) -> None:
    await gets(ben, 9)
    question = entry(ben, 14)

    await ben.press_data(question, "preset:quick:13")

    await gets_photo(ben, 10)
    await ben.expect_gone(question)  # The results of his other jobs came after it.


@pytest.mark.usefixtures("atelier")
async def test_a_sheet_of_styles_goes_on_by_its_old_buttons(ada: Person) -> None:
    sheet = entry(ada, 19)

    await ada.press_data(sheet, "pick:waves:11")
    question = await ada.expect_text("请选择质量")  # her language, as in her settings

    assert question.message_id == sheet.message_id
    await ada.press(question, "快速")
    await gets_photo(ada, 10)


@pytest.mark.usefixtures("atelier")
async def test_a_question_in_a_group_goes_on_by_its_old_buttons(ada: Person) -> None:
    ada = ada.in_group()
    question = entry(ada, 4)

    await ada.press_data(question, "swap::11")
    assert (await ada.expect_text("已互换")).message_id == question.message_id
    await ada.press_data(question, "preset:quick:11")

    await gets_photo(ada, 10)


@pytest.mark.usefixtures("old")
async def test_nothing_comes_twice_at_the_next_start(
    ada: Person, ben: Person, mei: Person, settings: Settings, painter: HeldPainter
) -> None:
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as first:
        await gets(ben, 9)
        await gets(mei, 6)
        await until(partial(is_at_rest, first))
    people = [ada, ada.in_group(), ben, mei]
    said = [[one.message for one in person.said] for person in people]

    async with running(settings, engine=engine_of(painter), overrides=BRISK) as second:
        assert await is_at_rest(second)

    assert [[one.message for one in person.said] for person in people] == said


async def is_at_rest(atelier: Atelier) -> bool:
    """Whether nothing is to be done any more."""
    store = atelier.store
    active = await store.jobs.in_states(JobState.QUEUED, JobState.RUNNING, JobState.FINISHED)
    return not (active or await store.outbox.chats() or await store.updates.unhandled())
