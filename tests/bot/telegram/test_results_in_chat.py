"""Results as the whole bot sends them, to somebody who deletes, blocks and presses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.playground.faults import FaultKind
from core.jobs.models import JobState, Person
from tests.auxil.chats import trouble
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.playground.server import Playground
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person as Chatter
    from tests.auxil.transcript import Entry

PHOTO, STYLE = jpeg_bytes(photo(96, 72)), jpeg_bytes(painting(80, 80))


async def test_the_question_becomes_the_result_and_its_file_has_every_byte(
    ada: Chatter, atelier: Atelier
) -> None:
    content, question = await ask(ada)
    await ada.press(question, "Quick")
    result = await ada.expect(is_result)
    assert result.message_id == question.message_id
    await ada.press_under_more(result, "Full quality")
    file = await ada.expect_kind("document")
    assert file.reply_to is not None
    assert file.reply_to.message_id == content.message_id
    assert file.media is not None
    assert file.media.name == "atelier-1.png"
    assert await ada.download(file) == (await atelier.store.jobs.result(1)).picture


@pytest.mark.usefixtures("atelier")
async def test_a_result_comes_although_the_photo_was_deleted_meanwhile(
    ada: Chatter, painter: HeldPainter, playground: Playground
) -> None:
    painter.hold()
    content, question = await ask(ada)
    await ada.press(question, "Quick")
    await ada.expect_text("Evaluation 2 of")
    for message_id in (content.message_id, question.message_id):
        message = playground.world.message(ada.chat_id, message_id)
        assert message is not None
        playground.world.delete(message)
    painter.release()
    result = await ada.expect(is_result)
    assert result.message_id > question.message_id
    assert result.reply_to is None


async def test_the_job_of_somebody_who_blocked_the_bot_stops_and_is_told_when_they_come_back(
    ada: Chatter, painter: HeldPainter, atelier: Atelier
) -> None:
    painter.hold()
    _, question = await ask(ada)
    await ada.press(question, "Quick")
    status = await ada.expect_text("Evaluation 2 of")
    await ada.block()

    async def stopped() -> bool:
        (job,) = await atelier.store.jobs.of(Person(ada.chat_id, ada.user_id))
        return job.state is JobState.CANCELLED

    await until(stopped)
    painter.release()
    await ada.block(blocked=False)
    told = await ada.expect_text("stopped this painting")
    assert told.message_id == status.message_id
    ada.catch_up()
    _, question = await ask(ada)
    await ada.press(question, "Quick")
    await ada.expect_result()


@pytest.mark.usefixtures("atelier")
async def test_the_button_under_an_unanswered_result_sends_it_once_however_often_it_is_pressed(
    ada: Chatter, playground: Playground
) -> None:
    _, question = await ask(ada)
    trouble(playground, FaultKind.ERROR, "editMessageMedia", status=400, count=1000)
    trouble(playground, FaultKind.DROP, "sendPhoto")
    await ada.press(question, "Quick")
    asking = await ada.expect_text("may or may not have reached you")
    data = asking.buttons[0].data
    assert data is not None
    for query in [await ada.press_data(asking, data) for _ in range(3)]:
        await ada.expect_answer(query)
    await ada.expect_gone(asking)
    assert len([entry for entry in ada.said if is_result(entry)]) == 1


def is_result(entry: Entry) -> bool:
    return entry.kind == "photo" and "→" in entry.text


async def ask(ada: Chatter) -> tuple[Entry, Entry]:
    """The content's message, and the question about the preset."""
    content = await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_photo(STYLE)
    return content, await ada.expect_text("Choose a quality")
