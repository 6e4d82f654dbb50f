"""Updates on their way to the bot: long polling and webhooks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from telegram.error import BadRequest, Conflict

from bot.playground.server import Playground
from tests.auxil.chat import ChatClient
from tests.auxil.pictures import encoded
from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Bot

    from tests.auxil.person import Person


async def test_a_waiting_poll_is_answered_at_once(bot: Bot, ada: Person) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30))
    await ada.send_text("/start now")
    (update,) = await polling

    assert update.message is not None
    assert update.message.text == "/start now"
    assert update.message.entities[0].type == "bot_command"
    assert update.effective_user is not None
    assert update.effective_user.language_code == "en"


async def test_updates_stay_until_they_are_confirmed(bot: Bot, ada: Person) -> None:
    for text in ("one", "two", "three"):
        await ada.send_text(text)

    first, second, _ = await bot.get_updates()
    assert [update.update_id for update in await bot.get_updates(limit=2)] == [
        first.update_id,
        second.update_id,
    ]
    (third,) = await bot.get_updates(offset=second.update_id + 1)
    assert third.message is not None
    assert third.message.text == "three"
    assert await bot.get_updates(offset=third.update_id + 1) == ()


async def test_a_negative_offset_keeps_the_newest_only(bot: Bot, ada: Person) -> None:
    for text in ("one", "two", "three"):
        await ada.send_text(text)

    (newest,) = await bot.get_updates(offset=-1)

    assert newest.message is not None
    assert newest.message.text == "three"
    assert len(await bot.get_updates()) == 1


async def test_only_the_kinds_that_were_asked_for_come(bot: Bot, ada: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await ada.send_text("not wanted")
    assert await bot.get_updates() == ()

    await bot.get_updates(allowed_updates=[])
    await ada.send_text("wanted again")
    assert len(await bot.get_updates()) == 1


async def test_a_second_poller_ends_the_first(
    playground: Playground, bot: Bot, ada: Person
) -> None:
    async with connected(playground) as other:
        polls = [asyncio.create_task(one.get_updates(timeout=30)) for one in (bot, other)]
        (ended,), (waiting,) = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
        await ada.send_text("hello")
        updates = await waiting

    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await ended
    assert len(updates) == 1


async def test_an_album_is_an_update_for_each_photo(bot: Bot, ada: Person) -> None:
    await ada.send_album([encoded(), encoded(48, 64)], caption="both")

    messages = [update.message for update in await bot.get_updates()]

    assert len({message.media_group_id for message in messages if message}) == 1
    assert [message.caption for message in messages if message] == ["both", None]


async def test_a_pressed_button_is_answered_once(bot: Bot, ada: Person) -> None:
    await bot.send_message(ada.chat_id, "x", reply_markup=_keyboard())
    asked = await ada.expect_text("x")
    query_id = await ada.press(asked, "Go")
    (update,) = await bot.get_updates()
    query = update.callback_query

    assert query is not None
    assert (query.id, query.data) == (query_id, "go")
    assert query.message is not None
    assert query.message.message_id == asked.message_id
    assert await query.answer("Going")
    assert await ada.expect_answer(query_id) == "Going"
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await query.answer("Again")


async def test_an_answer_may_come_too_late() -> None:
    async with (
        Playground(query_lifetime=0.0) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        await bot.send_message(ada.chat_id, "x", reply_markup=_keyboard())
        query_id = await ada.press(await ada.expect_text("x"), "Go")

        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(query_id)


@pytest.mark.usefixtures("mistaken")
async def test_an_answer_has_at_most_200_characters(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.answer_callback_query("1", "x" * 201)


class Receiver:
    """A webhook; answers with the statuses it is given, then with 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.received: asyncio.Queue[tuple[str | None, dict[str, Any]]] = asyncio.Queue()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        """One delivery."""
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        await self.received.put((secret, await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_a_webhook_gets_updates_with_its_secret(
    bot: Bot, ada: Person, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, secret_token="s3cret")
    await ada.send_text("pushed")

    secret, update = await receiver.received.get()

    assert secret == "s3cret"
    assert update["message"]["text"] == "pushed"
    assert (await bot.get_webhook_info()).url == receiver.url
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()


async def test_a_refused_update_is_pushed_again(bot: Bot, ada: Person, receiver: Receiver) -> None:
    receiver.statuses = [500]
    await bot.set_webhook(receiver.url)
    await ada.send_text("pushed")

    first, second = await receiver.received.get(), await receiver.received.get()

    assert first == second
    error = (await bot.get_webhook_info()).last_error_message
    assert error == "Wrong response from the webhook: 500 Internal Server Error"


async def test_without_the_webhook_the_bot_polls_again(
    bot: Bot, ada: Person, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    await bot.delete_webhook()
    await ada.send_text("for the poll")

    assert len(await bot.get_updates()) == 1
    assert receiver.received.empty()


async def test_pending_updates_can_be_dropped(bot: Bot, ada: Person) -> None:
    await ada.send_text("old")
    await bot.delete_webhook(drop_pending_updates=True)

    assert await bot.get_updates() == ()


@pytest.mark.parametrize("url", ["http://example.org/hook", "https://example.org:8000/hook"])
async def test_a_webhook_elsewhere_is_https_on_a_known_port(bot: Bot, url: str) -> None:
    with pytest.raises(BadRequest, match="Bad webhook"):
        await bot.set_webhook(url)


def _keyboard() -> Any:
    return {"inline_keyboard": [[{"text": "Go!", "callback_data": "go"}]]}


async def test_reactions_are_told_to_a_bot_that_asks_for_them(bot: Bot, ada: Person) -> None:
    sent = await bot.send_message(ada.chat_id, "a result")
    entry = await ada.expect_text("a result")
    await ada.react(entry, "👍")
    assert await bot.get_updates() == (), "nobody asked"

    await bot.get_updates(allowed_updates=["message_reaction"])
    await ada.react(entry, "❤")
    await ada.react(entry, "❤")
    await ada.react(entry, None)

    given, taken = [update.message_reaction for update in await bot.get_updates()]
    assert given is not None
    assert taken is not None
    assert (given.message_id, given.user and given.user.id) == (sent.message_id, ada.user_id)
    assert [one.to_dict()["emoji"] for one in given.old_reaction] == ["👍"]
    assert [one.to_dict()["emoji"] for one in given.new_reaction] == ["❤"]
    assert taken.new_reaction == ()
    await bot.send_message(ada.chat_id, "another")
    await ada.expect_text("another")
    assert ada.now(entry).reactions == {}


async def test_in_a_group_reactions_are_for_admins(bot: Bot, ada: Person) -> None:
    await bot.get_updates(allowed_updates=["message_reaction"])
    group = ada.in_group()
    await bot.send_message(group.chat_id, "a result")
    entry = await group.expect_text("a result")
    await group.react(entry, "❤")
    await group.expect_reaction(entry, "❤")
    assert await bot.get_updates() == ()


async def test_a_bot_reacts_once_and_with_what_telegram_takes(
    bot: Bot, ada: Person, mistaken: None
) -> None:
    del mistaken
    await bot.get_updates(allowed_updates=["message_reaction"])
    sent = await ada.send_text("hello")
    for emoji in ("👀", "👍"):
        await bot.set_message_reaction(ada.chat_id, sent.message_id, emoji)
    await ada.expect_reaction(sent, "👍")
    assert ada.now(sent).reactions == {"👍": [bot.id]}
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(ada.chat_id, sent.message_id, "🧱")
    with pytest.raises(BadRequest, match="essage to react not found"):
        await bot.set_message_reaction(ada.chat_id, 999, "👀")
    await bot.set_message_reaction(ada.chat_id, sent.message_id)
    assert await bot.get_updates() == (), "its own reactions are not told to it"


async def test_an_album_has_one_reaction_on_its_first_picture(bot: Bot, ada: Person) -> None:
    first, second = await ada.send_album([encoded()] * 2)
    await bot.set_message_reaction(ada.chat_id, second.message_id, "👀")
    await ada.expect_reaction(first, "👀")
    assert ada.now(second).reactions == {}
