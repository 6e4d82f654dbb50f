"""Topics, rights and membership of the playground, as Telegram documents them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import InputMediaPhoto, ReplyParameters
from telegram.error import BadRequest, Forbidden

from bot.playground.chat_rooms import FORUM_ID, GROUP_ID
from bot.playground.server import Playground
from tests.auxil.chat import ChatClient, RefusedError
from tests.auxil.pictures import encoded

if TYPE_CHECKING:
    from pathlib import Path

    from telegram import Bot, ChatMemberUpdated

    from tests.auxil.person import Person

ADA = 11


@pytest.fixture
def ben(client: ChatClient) -> Person:
    return client.person("Ben").in_forum()


async def test_a_message_in_a_topic_names_it_and_answers_its_root(bot: Bot, ben: Person) -> None:
    topic = await ben.open_topic("Portraits")
    await ben.send_text("/paint", topic=topic)
    await ben.send_text("/paint")
    opened, there, general = [one.message for one in await bot.get_updates()]
    assert opened is not None
    assert there is not None
    assert general is not None
    assert opened.forum_topic_created is not None
    assert (there.message_thread_id, there.is_topic_message) == (topic, True)
    assert there.reply_to_message is not None
    assert there.reply_to_message.message_id == topic
    assert there.chat.is_forum
    assert (general.message_thread_id, general.reply_to_message) == (None, None)


async def test_the_bot_writes_into_a_topic_by_its_number_or_by_a_reply(
    bot: Bot, ben: Person
) -> None:
    topic = await ben.open_topic("Portraits")
    asked = await ben.send_text("/paint", topic=topic)
    gone = ReplyParameters(10_000, allow_sending_without_reply=True)
    sent = [
        await bot.send_message(FORUM_ID, "1", message_thread_id=topic),
        await bot.send_message(FORUM_ID, "2", reply_parameters=ReplyParameters(asked.message_id)),
        await bot.send_message(FORUM_ID, "3", message_thread_id=topic, reply_parameters=gone),
        await bot.send_message(FORUM_ID, "4", reply_parameters=gone),
    ]
    assert [one.message_thread_id for one in sent] == [topic, topic, topic, None]


async def test_a_reply_to_a_message_of_another_topic_is_refused(bot: Bot, ben: Person) -> None:
    topic, other = await ben.open_topic("Portraits"), await ben.open_topic("Holidays")
    asked = await ben.send_text("/paint", topic=topic)
    reply = ReplyParameters(asked.message_id, allow_sending_without_reply=True)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(FORUM_ID, "x", message_thread_id=other, reply_parameters=reply)


async def test_a_closed_topic_takes_no_messages_until_it_is_opened_again(
    bot: Bot, client: ChatClient, ben: Person
) -> None:
    topic = await ben.open_topic("Portraits")
    for place in (topic, None):
        await ben.close_topic(place)
        with pytest.raises(BadRequest, match="Topic_closed"):
            await bot.send_message(FORUM_ID, "x", message_thread_id=place)
        with pytest.raises(RefusedError, match="closed"):
            await ben.send_text("x", topic=place)
        await client.person("Ada").in_forum().send_text("x", topic=place)
        await ben.close_topic(place, closed=False)
        sent = await bot.send_message(FORUM_ID, "x", message_thread_id=place)
        assert sent.message_thread_id == place


async def test_a_deleted_topic_is_gone_with_its_messages(bot: Bot, ben: Person) -> None:
    topic = await ben.open_topic("Portraits")
    sent = await bot.send_message(FORUM_ID, "x", message_thread_id=topic)
    await ben.delete_topic(topic)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(FORUM_ID, "x", message_thread_id=topic)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sent.edit_text("y")
    with pytest.raises(RefusedError, match="no such topic"):
        await ben.send_text("x", topic=topic)


async def test_in_a_supergroup_without_topics_a_reply_is_in_a_thread_that_is_no_topic(
    bot: Bot, playground: Playground, client: ChatClient
) -> None:
    playground.world.upgrade(GROUP_ID)
    await client.reload()
    ben = client.person("Ben").in_group()
    asked = await ben.send_text("/paint")
    await ben.send_text("again", reply_to=asked)
    answer = (await bot.get_updates())[-1].message
    assert answer is not None
    assert (answer.message_thread_id, answer.is_topic_message) == (asked.message_id, None)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(ben.chat_id, "x", message_thread_id=asked.message_id)


async def test_a_private_chat_may_have_topics(bot: Bot, ada: Person) -> None:
    topic = await ada.open_topic("Cats")
    await ada.send_text("here", topic=topic)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert (message.message_thread_id, message.is_topic_message) == (topic, True)
    assert message.reply_to_message is None
    sent = await bot.send_message(ADA, "x", message_thread_id=topic)
    assert sent.message_thread_id == topic


@pytest.mark.parametrize("kind", ["text messages", "photos", "documents", "animations"])
async def test_a_group_forbids_one_kind_of_message_and_takes_the_others(
    bot: Bot, ben: Person, kind: str
) -> None:
    text = await bot.send_message(FORUM_ID, "x")
    await ben.allow_all_but(kind)
    sends: dict[str, Any] = {
        "text messages": lambda: bot.send_message(FORUM_ID, "x"),
        "photos": lambda: bot.send_photo(FORUM_ID, encoded()),
        "documents": lambda: bot.send_document(FORUM_ID, encoded(), filename="a.png"),
        "animations": lambda: bot.send_animation(FORUM_ID, b"film"),
    }
    for name, send in sends.items():
        if name == kind:
            with pytest.raises(BadRequest, match=f"Not enough rights to send {kind} to the chat"):
                await send()
        else:
            await send()
    media = InputMediaPhoto(encoded(colour="#102030"))
    if kind == "photos":
        with pytest.raises(BadRequest, match="Not enough rights to send photos"):
            await text.edit_media(media)
    else:
        await text.edit_media(media)
    await ben.allow_all_but()
    for send in sends.values():
        await send()


async def test_the_bot_learns_who_blocked_removed_and_added_it(
    bot: Bot, ada: Person, ben: Person
) -> None:
    for person in (ada, ben):
        await person.block()
        with pytest.raises(Forbidden, match=r"bot was (blocked|kicked)"):
            await bot.send_message(person.chat_id, "x")
        await person.block(blocked=False)
        await bot.send_message(person.chat_id, "x")
    updates = await bot.get_updates()
    changes = [one.my_chat_member for one in updates if one.my_chat_member is not None]
    assert [statuses(one) for one in changes] == 2 * [("member", "kicked"), ("kicked", "member")]
    assert [one.chat.id for one in changes] == [ADA, ADA, FORUM_ID, FORUM_ID]
    # A service message tells who was added; of its own removal the bot gets none.
    services = [one.message for one in updates if one.message is not None]
    assert [[user.id for user in one.new_chat_members] for one in services] == [[bot.id]]


async def test_who_blocked_the_bot_cannot_write_to_it_and_a_group_can(
    bot: Bot, ada: Person, ben: Person
) -> None:
    await ada.block()
    with pytest.raises(RefusedError, match="blocked the bot"):
        await ada.send_text("hello?")
    await ben.block()
    await ben.send_text("/paint")
    assert all(one.message is None for one in await bot.get_updates())


async def test_topics_rights_and_blocking_are_there_after_a_restart(tmp_path: Path) -> None:
    async with Playground(folder=tmp_path) as first, ChatClient(first.url) as client:
        ben = client.person("Ben").in_forum()
        open_topic, closed = await ben.open_topic("Open"), await ben.open_topic("Closed")
        await ben.close_topic(closed)
        await ben.allow_all_but("photos")
        await client.person("Ada").block()
    async with Playground(folder=tmp_path) as second, ChatClient(second.url) as client:
        shown = client.chats["Atelier forum"]
        assert [(one["id"], one["closed"]) for one in shown["topics"]] == [
            (open_topic, False),
            (closed, True),
        ]
        assert shown["forbidden"] == ["photos"]
        assert [title for title, chat in client.chats.items() if chat["blocked"]] == ["Ada"]


def statuses(update: ChatMemberUpdated) -> tuple[str, str]:
    return update.old_chat_member.status, update.new_chat_member.status
