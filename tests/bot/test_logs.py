"""What the log says of a conversation: updates and jobs by number, and nothing about people."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from bot.app import running
from bot.conversation.effects import outbox_effects
from bot.playground import chat_rooms, world
from bot.playground.server import Playground
from bot.playground.telegram_objects import ApiUser
from bot.telegram.redaction import configure_logging
from core.engines.threads import DaemonThreads
from core.log_context import LogSubject, log_subject, logged_about
from tests.auxil.painters import HeldPainter
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.settings import Settings
    from tests.auxil.chat import ChatClient

PHOTO = jpeg_bytes(photo(96, 72))
STYLE = jpeg_bytes(painting(80, 80))
WORDS = ("Xanthippe", "Quendelton", "zwieback.jpg", "Vierwaldstaetter", "ocarina", "Mondrianesque")
"""A person's first name, user name, file, caption, message and style."""

NUMBER = 8123456789


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
async def playground(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    """One whose only person has a name and a number that stand in no log by chance."""
    name, last = WORDS[:2]
    people = (ApiUser(id=NUMBER, first_name=name, username=last, language_code="en"),)
    for module in (world, chat_rooms):
        monkeypatch.setattr(module, "PEOPLE", people)
    async with Playground() as playground:
        yield playground


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_whole_conversation_leaves_nothing_about_its_people_in_the_log(
    chat: ChatClient, settings: Settings, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    name, _, file, caption, message, style = WORDS
    person = chat.person(name)
    configure_logging("DEBUG", secrets=[settings.token], as_json=as_json)
    async with running(settings, engine=engine_of(HeldPainter()), overrides=BRISK):
        await person.send_text(message)
        await chat.switch_fault("getFile", "error", status=400)
        await person.send_photo(PHOTO, caption=caption)
        await person.expect_text("couldn't fetch this picture")
        await chat.clear_faults()
        await person.send_file(PHOTO, name=file, caption=caption)
        await person.expect_text("send the style picture")
        await person.send_photo(STYLE)
        question = await person.expect_text("Choose a quality")
        await chat.switch_fault("editMessageMedia", "error", status=400, count=1000)
        await chat.switch_fault("sendPhoto", "error", status=400)
        await person.press(question, "Quick")
        failed = await person.expect_text("didn't work out")
        await chat.clear_faults()
        await person.press(failed, "again")
        await person.expect_result()
        await person.send_text("/styles")
        await person.press(await person.expect_text("Your styles"), "1 · ")
        card = await person.expect(lambda entry: any("Name" in one.text for one in entry.buttons))
        await person.press(card, "Name")
        await person.send_text(style, reply_to=await person.expect_text("name"))
        await person.expect_text(style)
        await person.block()
    written = capsys.readouterr().err
    for word in (*WORDS, str(NUMBER), settings.token.partition(":")[2]):
        assert word not in written
    lines = written.splitlines()
    painted = next(line for line in lines if "Painting begins: quick" in line)
    refused = next(line for line in lines if "Telegram refuses row" in line)
    unfetched = next(line for line in lines if "could not be fetched" in line)
    if as_json:
        parsed = [json.loads(line) for line in lines]
        assert {"time", "level", "logger", "message"} <= set(parsed[0])
        assert json.loads(painted)["job"] == json.loads(refused)["job"] == 1
        assert json.loads(unfetched)["update"] > 0
        # Its sender was woken by an update that is over.
        assert "update" not in json.loads(refused)
    else:
        assert " core.jobs.job_run job=1: " in painted
        assert " job=1: " in refused
        assert " update=" in unfetched


def test_a_damaged_row_of_the_outbox_does_not_bring_its_words_into_the_log() -> None:
    with pytest.raises(ValidationError) as raised:
        outbox_effects.validate_json(f'{{"kind": "send", "text": ["{WORDS[0]}"]}}')
    assert "text" in str(raised.value)
    assert WORDS[0] not in str(raised.value)


def test_an_error_as_json_is_one_line_with_its_reference_and_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", secrets=['pass"word\\'], as_json=True)
    with logged_about(update=7):
        logging.getLogger("bot.x").error("It failed: %s", 'pass"word\\', exc_info=KeyError("x"))
    (line,) = capsys.readouterr().err.splitlines()
    error = json.loads(line)
    assert error["update"] == 7
    assert "job" not in error
    assert error["message"] == "It failed: <secret>"
    assert error["reference"].startswith("E-")
    assert "KeyError" in error["traceback"]


async def test_a_thread_of_the_engine_logs_about_its_callers_job() -> None:
    threads = DaemonThreads(1, name="test")
    with logged_about(job=3):
        found = threads.submit(log_subject)
    try:
        assert await asyncio.wrap_future(found) == LogSubject(job=3)
        assert await asyncio.wrap_future(threads.submit(log_subject)) == LogSubject()
    finally:
        threads.shutdown()
