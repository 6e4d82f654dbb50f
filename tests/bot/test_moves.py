"""A group that becomes a supergroup loses nothing; one that removes the bot costs nobody else anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.jobs.models import JobState
from core.jobs.models import Person as Asker
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

pytestmark = pytest.mark.usefixtures("atelier")

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))


@pytest.fixture
def ada(chat: ChatClient) -> Person:
    return chat.person("Ada").in_group()


async def ask(person: Person) -> Entry:
    """The question for the preset."""
    await person.send_photo(PHOTO, caption="/paint")
    question = await person.expect_text("send the style picture")
    await person.send_photo(MANNER, reply_to=question)
    return await person.expect_text("Choose a quality")


async def upgraded(playground: Playground, chat: ChatClient, person: Person) -> Person:
    """The same person in the supergroup that their group has become."""
    new = playground.world.upgrade(person.chat_id)
    await until(lambda: any(one["id"] == new for one in chat.chats.values()))
    return chat.person(person.name).in_group()


async def test_a_conversation_and_a_painting_go_on_in_the_supergroup(
    ada: Person, chat: ChatClient, playground: Playground, painter: HeldPainter
) -> None:
    painter.hold()
    await ada.press(await ask(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await ada.press(await ask(ada), "Fine")
    await ada.expect_text("In the queue")
    await ask(ada)

    ada = await upgraded(playground, chat, ada)
    again = await ada.expect_text("Choose a quality")
    await ada.press(again, "Balanced")
    painter.release()
    results = [await ada.expect_result() for _ in range(3)]
    for preset in ("Quick", "Fine", "Balanced"):
        (result,) = [one for one in results if preset in one.text]
        assert result.reply_to is None, "message numbers of the old group mean others here"
    await ada.press(result, "Stronger")
    await ada.expect_text("→")
    assert not any("/paint" in entry.text for entry in ada.said), "who knows the bot is not greeted"


async def test_a_result_finds_the_supergroup_before_the_bot_was_told_of_it(
    ada: Person, chat: ChatClient, playground: Playground, painter: HeldPainter
) -> None:
    painter.hold()
    await ada.press(await ask(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await chat.switch_fault("getUpdates", "drop", count=1000)
    ada = await upgraded(playground, chat, ada)
    painter.release()
    await ada.expect_text("→")
    assert not any("may or may not" in entry.text for entry in ada.said)
    await chat.clear_faults()


async def test_a_group_that_removes_the_bot_ends_its_painting_quietly(
    ada: Person,
    chat: ChatClient,
    painter: HeldPainter,
    atelier: Atelier,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ben = chat.person("Ben")
    painter.hold()
    await ada.press(await ask(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await ada.block()
    private = chat.person("Ada")
    await private.expect_text("removed from the group")

    async def stopped() -> bool:
        (job,) = await atelier.store.jobs.of(Asker(ada.chat_id, ada.user_id))
        return job.state is JobState.CANCELLED

    await until(stopped)
    painter.release()
    await ben.send_text("/help")
    await ben.expect_text("How it works")

    async def nothing_waits() -> bool:
        return not await atelier.store.outbox.chats()

    await until(nothing_waits)
    assert [record.message for record in caplog.records if record.exc_info] == []
