"""In a group: heard by command or answer, quiet otherwise, and to each the answers to their own.

The bot is in privacy mode, except where a test says that it hears everything, mentions too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.playground.entities import plain_text
from bot.playground.server import Playground
from bot.playground.telegram_objects import ApiChat, ApiContent, ApiUser, ChatType
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.transcript import Entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

pytestmark = pytest.mark.usefixtures("atelier")

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))
HEARS_ALL = pytest.mark.parametrize("playground", [False], indirect=True, ids=["hears-all"])
"""As an admin of the group, or without privacy mode: then the bot has to know itself what is meant for it."""
HERE = "Send it as a reply to this message"


@pytest.fixture
async def playground(request: pytest.FixtureRequest) -> AsyncIterator[Playground]:
    async with Playground(group_privacy=getattr(request, "param", True)) as playground:
        yield playground


@pytest.fixture
def ada(chat: ChatClient) -> Person:
    return chat.person("Ada").in_group()


@pytest.fixture
def ben(chat: ChatClient) -> Person:
    return chat.person("Ben").in_group()


async def ask(person: Person) -> Entry:
    """The question for the preset, by a command and an answer."""
    await person.send_photo(PHOTO, caption="/paint@atelier_bot")
    question = await person.expect_text("send the style picture", HERE)
    await person.send_photo(MANNER, reply_to=question)
    return await person.expect_text("Choose a quality")


def answered(entry: Entry) -> int | None:
    return entry.reply_to.message_id if entry.reply_to else None


@HEARS_ALL
async def test_a_mention_an_answer_and_a_press_make_a_painting_that_answers_the_asker(
    ada: Person,
) -> None:
    content = await ada.send_photo(PHOTO, caption="my holiday for @Atelier_Bot, please")
    question = await ada.expect_text("send the style picture", HERE)
    manner = await ada.send_photo(MANNER, reply_to=question)
    presets = await ada.expect_text("Choose a quality")
    await ada.press(presets, "Quick")
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    assert answered(question) == content.message_id
    assert answered(presets) == manner.message_id
    assert result.message_id == presets.message_id


@pytest.mark.parametrize(
    ("playground", "words"),
    [(True, "/paint@atelier_bot"), (False, "@atelier_bot this one!")],
    indirect=["playground"],
)
async def test_somebody_elses_picture_is_taken_by_answering_it(
    ada: Person, ben: Person, words: str
) -> None:
    bens = await ben.send_photo(PHOTO)
    asking = await ada.send_text(words, reply_to=bens)
    question = await ada.expect_text("send the style picture")
    assert answered(question) == asking.message_id
    bens = await ben.send_photo(MANNER)
    await ada.send_text(words, reply_to=bens)
    presets = await ada.expect_text("Choose a quality")
    await ada.press(presets, "Quick")
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    assert "160 × 120" in result.text
    assert result.message_id == presets.message_id


async def test_paint_under_a_picture_and_paint_alone(ada: Person) -> None:
    await ada.send_text("/paint")
    await ada.expect_text("send the photo you want repainted", HERE)
    await ada.send_photo(PHOTO, caption="/paint")
    await ada.expect_text("send the style picture")
    await ada.send_file(MANNER, name="manner.jpg", caption="/paint@atelier_bot")
    await ada.expect_text("Choose a quality")


@HEARS_ALL
async def test_an_album_whose_caption_names_the_bot_is_a_pair(ada: Person) -> None:
    await ada.send_album([PHOTO, MANNER], caption="@atelier_bot")
    await ada.expect_text("Choose a quality")
    assert len(ada.said) == 1


@HEARS_ALL
async def test_an_album_whose_first_picture_is_bad_is_heard_to_its_end(ada: Person) -> None:
    await ada.send_album([jpeg_bytes(photo(300, 40)), MANNER], caption="@atelier_bot")
    await ada.expect_text("each side needs at least 64")
    await ada.expect_text("The other picture of your album is the style", "send the photo")


@HEARS_ALL
async def test_a_mention_without_a_picture_says_what_is_needed(ada: Person, ben: Person) -> None:
    await ada.send_text("@atelier_bot hello?")
    assert (await ada.expect_text("send the photo you want")).text.startswith("Please")
    sticker = await ben.send_other("animated_sticker")
    await ada.send_text("@atelier_bot", reply_to=sticker)
    await ada.expect_text("read stickers that move")


async def test_words_that_answer_ones_own_result_paint_it_once_more(
    ada: Person, ben: Person
) -> None:
    await ask(ada)
    result_of = await paint(ada)
    await ben.send_text("stronger", reply_to=result_of)
    await ada.send_text("what a picture", reply_to=result_of)
    words = await ada.send_text("softer", reply_to=result_of)
    said = await ada.expect_text("Understood: strength 30 %.")
    assert answered(said) == words.message_id
    assert "strength 30 %" in (await ada.expect_result()).text


@HEARS_ALL
async def test_what_is_not_meant_for_the_bot_stays_unanswered(ada: Person, ben: Person) -> None:
    await ask(ada)
    result_of = await paint(ada)
    first = await ben.send_photo(PHOTO)
    await ben.send_text("look at that")
    await ben.send_text("@atelier_bot2 and @atelier are others")
    await ben.send_text("/paint@other_bot")
    await ben.send_text("/dance")
    await ben.send_photo(PHOTO, caption="/draw@other_bot", reply_to=result_of)
    await ben.send_photo(PHOTO, caption="mail me at ben@atelier_bot.example")
    await ben.send_text("wonderful", reply_to=result_of)
    await ben.send_other("sticker")
    await ben.send_album([PHOTO, MANNER])
    await ben.send_text("/help@atelier_bot")
    await ben.expect_text("How it works")
    since = [entry for entry in ben.said if entry.message_id > first.message_id]
    assert len(since) == 1, ben.transcript()


async def test_words_in_answer_to_a_question_are_answered(ada: Person) -> None:
    await ada.send_photo(PHOTO, caption="/paint")
    question = await ada.expect_text("send the style picture")
    await ada.send_text("hm", reply_to=question)
    await ada.expect_text("can't paint from words", HERE)


async def test_two_people_have_a_conversation_each_side_by_side(ada: Person, ben: Person) -> None:
    await ada.send_photo(PHOTO, caption="/paint")
    question = await ada.expect_text("send the style picture")
    await ben.send_photo(MANNER, caption="/paint")
    bens = await ben.expect(lambda one: "send the style picture" in one.text and one != question)
    await ben.send_photo(PHOTO, reply_to=bens)
    await ada.send_photo(MANNER, reply_to=question)
    await ada.press(await ada.expect(lambda one: about(one, ada)), "Quick")
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    assert "160 × 120" in result.text
    await ben.press(await ben.expect(lambda one: about(one, ben)), "Quick")
    await ben.expect(lambda one: "128 × 128" in one.text and "→" in one.text)


async def test_the_groups_owner_may_stop_a_painting_and_others_may_not(
    ada: Person, ben: Person, chat: ChatClient, painter: HeldPainter
) -> None:
    mei = chat.person("Mei").in_group()
    painter.hold()
    await ben.press(await ask(ben), "Quick")
    status = await ben.expect_text("Evaluation 2 of")
    assert "别人" in await mei.expect_alert(await mei.press(status, "Cancel"))
    assert await ada.expect_answer(await ada.press(status, "Cancel")) == "Stopping it."
    await ben.expect_text("Cancelled")


async def test_cancel_stops_the_painting_that_it_answers_where_that_is_ones_own_or_one_leads(
    ada: Person, ben: Person, chat: ChatClient, painter: HeldPainter
) -> None:
    mei = chat.person("Mei").in_group()
    painter.hold()
    await ada.press(await ask(ada), "Quick")
    adas = await ada.expect_text("Evaluation 2 of")
    picture = await ben.send_photo(PHOTO, caption="/paint")
    question = await ben.expect(lambda one: answered(one) == picture.message_id)
    await ben.send_photo(MANNER, reply_to=question)
    presets = await ben.expect(lambda one: about(one, ben))
    await ben.press(presets, "Quick")
    await ben.expect_text("You are next")
    await mei.send_text("/cancel", reply_to=picture)
    await mei.expect_text("只有请我画的人和群管理员")
    asking = await ada.send_text("/cancel@atelier_bot", reply_to=presets)
    assert answered(await ada.expect_text("Stopping it.")) == asking.message_id
    await ben.expect(lambda one: one.message_id == presets.message_id and "Cancelled" in one.text)
    for over in (picture, presets):
        await ada.send_text("/cancel", reply_to=over)
        await ada.expect_text("already over")
    assert "Evaluation 2 of" in ada.now(adas).text


async def test_who_writes_as_the_group_is_told_why_that_does_not_work(ada: Person) -> None:
    await ada.send_text("what shall we do today?", anonymous=True)
    await ada.send_text("/paint", anonymous=True)
    told = await ada.expect_text("write as yourself", "Remain anonymous")
    assert [entry.sender for entry in ada.entries] == ["Group", "Group", "Atelier"]
    assert answered(told) == ada.entries[1].message_id


@HEARS_ALL
async def test_other_bots_are_never_answered(ada: Person, playground: Playground) -> None:
    other = ApiUser(id=77, is_bot=True, first_name="Echo", username="echo_bot")
    hello = await ask(ada)
    for words in ("@atelier_bot hello", "/help@atelier_bot", "/paint"):
        playground.world.post(ada.chat_id, other, plain_content(words))
    playground.world.post(
        ada.chat_id,
        other,
        plain_content("thank you"),
        reply_to=playground.world.message(ada.chat_id, hello.message_id),
    )
    await ada.send_text("/settings")
    await ada.expect_text("They hold for your new paintings")
    assert said_by_atelier(playground, ada) == 3


@HEARS_ALL
async def test_what_a_linked_channel_posts_is_nobodys_photo(
    ada: Person, playground: Playground
) -> None:
    channel = ApiChat(id=-1009, type=ChatType.CHANNEL, title="Paintings")
    telegram = ApiUser(id=777000, first_name="Telegram")
    words = plain_content("@atelier_bot paints")
    seen = await ada.send_photo(PHOTO)
    photo = ApiContent.model_validate(seen.message).photo
    post = playground.world.post(
        ada.chat_id,
        telegram,
        ApiContent(photo=photo, caption=words.text, caption_entities=words.entities),
        sender_chat=channel,
        is_automatic_forward=True,
    )
    await ada.send_text("/status")
    await ada.expect_text("send the photo you want")
    await ada.send_text("/paint", reply_to=Entry({"message": post.wire()}))
    await ada.expect_text("send the style picture")
    assert said_by_atelier(playground, ada) == 2


async def test_in_a_forum_everything_stays_in_its_topic(ada: Person) -> None:
    ada = ada.in_forum()
    topic = await ada.open_topic("Holidays")
    await ada.send_text("/paint", topic=topic)
    hello = await ada.expect_text("send the photo you want")
    assert hello.text.startswith("Please"), "the topic's beginning is nothing to be painted"
    await ada.send_photo(PHOTO, caption="/paint", topic=topic)
    question = await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER, reply_to=question)
    await ada.expect_text("Choose a quality")
    result = await paint(ada)
    await ada.press(result, "Stronger")
    await ada.expect(lambda one: "→" in one.text and one.message_id != result.message_id)
    await ada.press_under_more(result, "Loss curve")
    await ada.expect_text("at each evaluation")
    await ada.press_under_more(result, "New photo")
    await ada.expect_text("send the photo you want")
    assert {entry.message.get("message_thread_id") for entry in ada.said} == {topic}


def said_by_atelier(playground: Playground, person: Person) -> int:
    messages = playground.world.messages(person.chat_id)
    return sum(one.sender.id == playground.world.bot.id for one in messages)


def plain_content(words: str) -> ApiContent:
    text = plain_text(words)
    return ApiContent(text=text.plain, entities=text.entities or None)


async def paint(person: Person) -> Entry:
    """The result of a conversation that waits for a preset."""
    await person.press(person.said[-1], "Quick")
    return await person.expect_result()


def about(entry: Entry, person: Person) -> bool:
    """The question for the preset, asked of this person."""
    data = entry.buttons[0].data if entry.buttons else None
    return (
        data is not None
        and data.startswith("preset:quick.")
        and data.endswith(f":{person.user_id}")
    )
