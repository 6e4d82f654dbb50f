"""Topics, rights, and being blocked, removed and added: nothing goes elsewhere, and no picture is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.jobs.models import JobState
from core.jobs.models import Person as Asker
from core.pictures.builtin_styles import BUILTIN_STYLES
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.playground.server import Playground
    from core.jobs.models import Job
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

pytestmark = pytest.mark.usefixtures("atelier")

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))
ALL = ("text messages", "photos", "documents", "animations")


@pytest.fixture
def here(ada: Person) -> Person:
    return ada.in_forum()


async def ask(person: Person, topic: int | None = None) -> Entry:
    """The question for the preset."""
    await person.send_photo(PHOTO, caption="/paint", topic=topic)
    question = await person.expect(lambda one: one.rows != [] and "/paint" not in one.text)
    await person.send_photo(MANNER, reply_to=question)
    return await person.expect_text("Choose a quality")


async def begin(person: Person, painter: HeldPainter, topic: int | None = None) -> Entry:
    """A job that stays in its second evaluation; its status."""
    painter.hold()
    await person.press(await ask(person, topic), "Quick")
    return await person.expect_text("Evaluation 2 of")


async def job_of(atelier: Atelier, person: Person) -> Job:
    (job,) = await atelier.store.jobs.of(Asker(person.chat_id, person.user_id))
    return job


def is_result(entry: Entry) -> bool:
    return "→" in entry.text


async def refuse_edits(chat: ChatClient) -> None:
    """A topic that is closed takes no edits either."""
    words = "Bad Request: TOPIC_CLOSED"
    await chat.switch_fault("editMessageMedia", "error", status=400, count=1000, words=words)


async def _is_over(atelier: Atelier, person: Person) -> bool:
    return (await job_of(atelier, person)).state is JobState.DELIVERED


# Topics.


async def test_a_result_reaches_its_topic_although_the_photo_is_deleted_meanwhile(
    here: Person, painter: HeldPainter, playground: Playground
) -> None:
    topic = await here.open_topic("Portraits")
    status = await begin(here, painter, topic)
    for message in playground.world.messages(here.chat_id):
        if message.photo or message.message_id == status.message_id:
            playground.world.delete(message)
    painter.release()
    result = await here.expect(is_result)
    assert (result.topic, result.reply_to) == (topic, None)


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_result_whose_topic_is_closed_or_deleted_waits_in_private(
    ada: Person, here: Person, chat: ChatClient, painter: HeldPainter, deleted: bool
) -> None:
    topic = await here.open_topic("Portraits")
    await begin(here, painter, topic)
    await refuse_edits(chat)
    await (here.delete_topic(topic) if deleted else here.close_topic(topic))
    painter.release()
    word = await ada.expect_text("Your picture is ready", "topic is closed or deleted")
    for query in [await ada.press(word, "Send it here") for _ in range(2)]:
        await ada.expect_answer(query)
    result = await ada.expect(is_result)
    await ada.press(result, "Stronger")
    await ada.expect(lambda one: is_result(one) and one.message_id != result.message_id)
    assert len([one for one in ada.said if is_result(one)]) == 2
    assert not [one for one in here.said if is_result(one)]


async def test_progress_in_a_topic_that_is_gone_is_told_of_once(
    ada: Person, here: Person, painter: HeldPainter
) -> None:
    topic = await here.open_topic("Portraits")
    await begin(here, painter, topic)
    await here.delete_topic(topic)
    await ada.expect_text("couldn't answer")
    painter.release()
    await ada.expect_text("Your picture is ready", "topic is closed or deleted")
    assert sum("couldn't answer" in entry.text for entry in ada.said) == 1


async def test_without_a_private_chat_it_is_said_in_general_that_a_result_waits(
    ada: Person, here: Person, chat: ChatClient, painter: HeldPainter, playground: Playground
) -> None:
    topic = await here.open_topic("Portraits")
    await begin(here, painter, topic)
    await refuse_edits(chat)
    playground.world.rules.block(ada.chat_id, blocked=True)
    await here.close_topic(topic)
    painter.release()
    word = await here.expect_text("Your picture is ready", "/start in private")
    assert word.topic is None
    await here.press(word, "Send it here")
    assert (await here.expect(is_result)).topic is None


async def test_an_answer_that_a_closed_topic_does_not_take_is_given_in_private(
    ada: Person, here: Person
) -> None:
    topic = await here.open_topic("Portraits")
    await here.close_topic(topic)
    await here.send_text("/help", topic=topic)  # The group's creator may still write.
    await ada.expect_text("couldn't answer you", "topic is closed")


async def test_a_style_is_named_in_a_topic(here: Person) -> None:
    topic = await here.open_topic("Portraits")
    await here.press(await ask(here, topic), "Quick")
    await here.expect_result()
    await here.send_text("/styles", topic=topic)
    sheet = await here.expect_text("Your styles")
    await here.press(sheet, "1")
    card = await here.expect(lambda one: any("Name" in button.text for button in one.buttons))
    await here.press(card, "Name")
    prompt = await here.expect_text("call it")
    await here.send_text("Old master", reply_to=prompt)
    named = await here.expect_text("Old master")
    assert named.topic == topic


async def test_a_private_chat_with_topics_is_answered_in_the_topic(
    ada: Person, painter: HeldPainter
) -> None:
    topic = await ada.open_topic("Cats")
    await ada.send_photo(PHOTO, topic=topic)
    await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER, topic=topic)
    painter.hold()
    await ada.press(await ada.expect_text("Choose a quality"), "Quick")
    await ada.expect_text("Evaluation 2 of")
    assert {one.topic for one in ada.said} == {topic}
    await ada.delete_topic(topic)
    painter.release()
    assert (await ada.expect(is_result)).topic is None


async def test_in_a_group_without_topics_a_thread_of_replies_is_no_topic(
    ada: Person, chat: ChatClient, playground: Playground
) -> None:
    playground.world.upgrade(ada.in_group().chat_id)
    await chat.reload()
    ada = chat.person("Ada").in_group()
    first = await ada.send_text("look")
    await ada.send_text("/paint", reply_to=first)
    await ada.expect_text("send the photo you want")


# Rights.


async def test_where_photos_are_forbidden_styles_are_words_progress_is_text_and_the_result_a_file(
    here: Person, painter: HeldPainter, atelier: Atelier
) -> None:
    await here.allow_all_but("photos")
    await here.send_photo(PHOTO, caption="/paint")
    question = await here.expect_text("or take one of these".capitalize())
    assert question.kind == "text"
    assert len(question.buttons) == len(BUILTIN_STYLES) + 1
    painter.hold()
    await here.press(question, "1")
    await here.press(await here.expect_text("Choose a quality"), "Quick")
    status = await here.expect_text("Evaluation 2 of")
    assert status.kind == "text"
    painter.release()
    result = await here.expect(is_result)
    assert result.kind == "document"
    assert "Stronger" in [button.text for button in result.buttons]
    await here.expect_gone(status)
    assert (await job_of(atelier, here)).state is JobState.DELIVERED
    assert sum(one.kind == "document" for one in here.said) == 1
    await here.press_under_more(result, "Loss curve")
    curve = await here.expect_text("at each evaluation")
    assert curve.kind == "document"


async def test_where_files_are_forbidden_the_photo_counts_as_delivered(
    here: Person, painter: HeldPainter, atelier: Atelier
) -> None:
    await here.choose("form=both")
    await here.allow_all_but("documents")
    status = await begin(here, painter)
    painter.release()
    result = await here.expect(is_result)
    assert (result.kind, result.message_id) == ("photo", status.message_id)
    await until(lambda: _is_over(atelier, here))
    job = await job_of(atelier, here)
    assert (job.state, job.missing, job.held) == (JobState.DELIVERED, (), False)


async def test_where_no_picture_is_taken_the_result_waits_in_private(
    ada: Person, here: Person, painter: HeldPainter
) -> None:
    await begin(here, painter)
    await here.allow_all_but(*ALL)
    painter.release()
    word = await ada.expect_text("Your picture is ready", "doesn't let me send pictures")
    await ada.press(word, "Send it here")
    assert (await ada.expect(is_result)).kind == "photo"


async def test_where_films_are_forbidden_they_come_as_files(here: Person) -> None:
    await here.allow_all_but("animations")
    await here.press(await ask(here), "Quick")
    result = await here.expect(is_result)
    await here.press_under_more(result, "Before/after")
    assert (await here.expect_kind("document")).media


async def test_where_words_are_forbidden_that_is_said_in_private_once(
    ada: Person, here: Person
) -> None:
    await here.allow_all_but("text messages")
    for _ in range(2):
        await here.send_text("/help")
    await ada.expect_text("couldn't answer you in the group", "admins")
    await ada.send_text("/help")
    await ada.expect_text("How it works")
    assert sum("couldn't answer" in one.text for one in ada.said) == 1


# Blocked, removed, added.


async def test_who_blocks_the_bot_frees_the_place_for_others(
    ada: Person, chat: ChatClient, painter: HeldPainter, atelier: Atelier
) -> None:
    ben = chat.person("Ben")
    painter.hold()
    for person in (ada, ben):
        await person.send_album([PHOTO, MANNER])
        await person.press(await person.expect_text("Choose a quality"), "Quick")
        await person.expect_text("Evaluation 2 of" if person is ada else "You are next")
    await ada.block()
    await ben.expect_text("Evaluation 2 of")
    assert (await job_of(atelier, ada)).state is JobState.CANCELLED
    painter.release()
    await ben.expect(is_result)


async def test_added_to_a_group_the_bot_says_in_two_lines_how_to_use_it(here: Person) -> None:
    await here.block()
    await here.block(blocked=False)
    greeting = await here.expect_text("/paint", "/help")
    assert greeting.text.count("\n") == 1
    assert len(here.said) == 1
