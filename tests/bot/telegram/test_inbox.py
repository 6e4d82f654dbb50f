"""Updates that do harm, or meet a store that fails: each costs at most itself."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from telegram import Bot, Chat, Message, PhotoSize, Update, User

from bot import app
from bot.app import delete_expired, running
from bot.conversation import turn
from bot.conversation.effects import (
    Attachment,
    Film,
    LossCurve,
    ResultImage,
    Send,
    outbox_effects,
)
from bot.conversation.events import WordsSent
from bot.settings import Settings
from bot.telegram.inbox import MAX_TRIES, SIDE_BY_SIDE, Inbox, PictureLanes
from core.jobs.models import Person as Someone
from core.jobs.store import Store
from tests.auxil.pictures import jpeg_bytes, photo
from tests.auxil.ptb import connected
from tests.auxil.waiting import PATIENCE, until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.app import Atelier
    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

PHOTO = jpeg_bytes(photo(96, 72))
PICTURE = [{"file_id": "a", "file_unique_id": "b", "width": 90, "height": 60}]
GROUP: dict[str, object] = {"id": -5, "type": "supergroup", "title": "Friends"}
WRITTEN = {"update_id": 7, "message": {"message_id": 1}}


@asynccontextmanager
async def read_only(store: Store) -> AsyncIterator[None]:
    """As on a disk that takes nothing any more."""
    await store._database.pragma("PRAGMA query_only = ON")
    try:
        yield
    finally:
        await store._database.pragma("PRAGMA query_only = OFF")


@pytest.mark.parametrize("text", ["{", "[]", json.dumps(WRITTEN), '{"update_id": "x"}'])
async def test_what_cannot_be_read_does_not_keep_the_bot_from_starting(
    settings: Settings, painter: HeldPainter, ada: Person, text: str
) -> None:
    async with await Store.open(settings.data_dir / "atelier.db") as store:
        await store.updates.add(7, text)
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await ada.send_text("/help")
        await ada.expect_text("How it works")

        async def nothing_left() -> bool:
            return not await atelier.store.updates.unhandled()

        await until(nothing_left)


async def test_what_cannot_be_understood_does_not_keep_the_bot_from_starting(
    settings: Settings, painter: HeldPainter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Store.open(settings.data_dir / "atelier.db") as store:
        await keep(store, an_update(7, ada.user_id), tries=0)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.telegram.inbox.read_update", fail)
    monkeypatch.setattr("bot.telegram.reception.read_update", fail)
    monkeypatch.setattr("bot.telegram.reception.heard_of", fail)
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await ada.expect_text("Something went wrong on my side")

        async def nothing_left() -> bool:
            return not await atelier.store.updates.unhandled()

        await until(nothing_left)


async def test_what_telegram_adds_to_an_update_does_not_keep_it_from_being_stored(
    store: Store,
) -> None:
    left = {"user": {"id": 1, "is_bot": True, "first_name": ""}, "status": "left", "until_date": 0}
    change = {
        "chat": {"id": -100, "type": "supergroup"},
        "from": {"id": 11, "is_bot": False, "first_name": ""},
        "date": 0,
        "old_chat_member": left,
        "new_chat_member": {**left, "status": "member"},
    }
    update = Update.de_json({"update_id": 5, "my_chat_member": change}, Bot("1:a"))
    await Inbox(store, Settings.model_construct()).put(update)
    assert 5 in await store.updates.unhandled()


async def test_whoever_sent_an_update_that_ended_the_process_again_and_again_is_told_once(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    blocked = chat.person("Ben")
    await blocked.block()
    async with await Store.open(settings.data_dir / "atelier.db") as store:
        await keep(store, an_update(7, blocked.user_id), tries=MAX_TRIES)
        for number in (8, 9):
            await keep(store, an_update(number, ada.user_id), tries=MAX_TRIES)
        await keep(store, an_update(10, ada.user_id, ada.in_group().chat_id), tries=MAX_TRIES)
    for _ in range(2):
        async with running(settings, engine=engine_of(painter), overrides=BRISK):
            if not ada.said:
                await ada.expect_text("couldn't handle what you last sent or pressed")
            for person in (ada, ada.in_group()):
                await person.send_text("/help")
                await person.expect_text("How it works")
    assert sum("couldn't handle" in entry.text for entry in ada.said) == 1
    assert not [entry for entry in ada.in_group().said if "couldn't handle" in entry.text]


async def test_an_update_that_always_fails_is_told_and_handled_once(
    settings: Settings,
    painter: HeldPainter,
    chat: ChatClient,
    ada: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setitem(turn._FLOWS, WordsSent, fail)
    for _ in range(2):
        async with running(settings, engine=engine_of(painter), overrides=BRISK):
            if not ada.said:
                await ada.send_text("Boo")
                await ada.expect_text("Something went wrong on my side")
            for person in (ada, chat.person("Ben")):
                await person.send_text("/help")
                await person.expect_text("How it works")
    assert sum("went wrong" in entry.text for entry in ada.said) == 1
    assert "secret" not in ada.transcript()


@pytest.mark.parametrize(
    "attachment", [Film(1), LossCurve(1, ("", "", "", "", "")), ResultImage(1, as_file=True)]
)
async def test_what_was_being_sent_at_a_kill_is_said_to_be_in_doubt_and_not_sent_twice(
    settings: Settings, painter: HeldPainter, ada: Person, attachment: Attachment
) -> None:
    me = Someone(ada.chat_id, ada.user_id)
    async with await Store.open(settings.data_dir / "atelier.db") as store:
        effect = Send(text="", attachment=attachment, once=True)
        await store.outbox.add(me, outbox_effects.dump_json(effect).decode(), turn=1)
        assert await store.outbox.begin(1)
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.expect_text("may or may not have reached you", "press the same button")
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        assert [entry.kind for entry in ada.said] == ["text"] * 2


async def test_a_kill_while_a_curve_is_sent_leaves_word_of_it(
    settings: Settings, playground: Playground, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    after_a_kill = settings.model_copy(update={"data_dir": settings.data_dir / "as left"})
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.send_album([PHOTO, PHOTO])
        await ada.press(await ada.expect_text("Choose a quality"), "Quick")
        result = await ada.expect_result()
        await chat.switch_fault("sendPhoto", "slow", seconds=10 * PATIENCE)
        await ada.press_under_more(result, "Loss curve")
        await until(lambda: bool(playground.faults.struck))
        shutil.copytree(
            settings.data_dir,
            after_a_kill.data_dir,
            ignore=shutil.ignore_patterns(after_a_kill.data_dir.name),
        )
        await chat.clear_faults()
    await ada.expect_text("at each evaluation")
    async with running(after_a_kill, engine=engine_of(painter), overrides=BRISK):
        await ada.expect_text("may or may not have reached you", "press the same button")
        await ada.press_under_more(result, "Loss curve")
        await ada.expect_text("at each evaluation")


async def test_a_disk_that_takes_nothing_leaves_the_bot_answering(
    atelier: Atelier, ada: Person
) -> None:
    async with read_only(atelier.store):
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        await ada.send_photo(PHOTO)
        await ada.expect_text("cannot write anything down", "send the photo you want repainted")
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")


async def test_cleaning_goes_on_after_it_failed(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(app, "CLEANING_INTERVAL", 0.01)
    damaged = tmp_path / "store.db.damaged-long-ago"
    async with await Store.open(tmp_path / "store.db") as store:
        async with read_only(store):
            cleaning = asyncio.create_task(delete_expired(store, hours=24))
            await until(lambda: "trying again later" in caplog.text)
        damaged.touch()
        os.utime(damaged, (0, 0))
        await until(lambda: not damaged.exists())
        cleaning.cancel()


async def test_nobodys_name_is_stored(
    settings: Settings, atelier: Atelier, chat: ChatClient, ada: Person
) -> None:
    await chat.switch_fault("getFile", "error", count=1000)
    await ada.in_group().send_photo(PHOTO, caption="/paint@" + atelier.application.bot.username)

    async def stored() -> bool:
        return bool(await atelier.store.updates.unhandled())

    await until(stored)
    with closing(sqlite3.connect(settings.data_dir / "atelier.db")) as connection:
        ((text,),) = connection.execute("SELECT text FROM updates").fetchall()
    assert str(ada.user_id) in text
    assert "Ada" not in text
    assert "friends" not in text


async def test_nothing_is_stored_that_is_not_for_the_bot(
    settings: Settings, playground: Playground
) -> None:
    said: dict[str, object] = {"text": "@atelier_bot2 look", "entities": [mention(13)]}
    pair: dict[str, object] = {"photo": PICTURE, "media_group_id": "pair"}
    named = {"caption": "@atelier_bot", "caption_entities": [mention(12)]}
    contact = {"contact": {"first_name": "Theo", "phone_number": "+10005550100"}}
    async with connected(playground) as bot, await Store.open(settings.data_dir / "a.db") as store:
        inbox = Inbox(store, settings)
        messages: list[dict[str, object]] = [
            {"text": "look at that"},
            said,
            {"photo": PICTURE, "media_group_id": "others"},
            {"new_chat_title": "Holidays"},
            {**pair, **named},
            pair,
        ]
        for number, message in enumerate(messages):
            await inbox.put(update_in(GROUP, number, bot, **message))
        await inbox.put(update_in({"id": 11, "type": "private"}, 9, bot, **contact))
        stored = await store.updates.unhandled()
    assert list(stored) == [4, 5, 9]
    assert inbox.qsize() == 3
    assert "+1" not in stored[9][0]


async def test_a_further_picture_of_an_album_is_stored_after_a_restart_too(
    settings: Settings, playground: Playground
) -> None:
    pair = {"photo": PICTURE, "media_group_id": "pair"}
    named = {"caption": "@atelier_bot", "caption_entities": [mention(12)]}
    async with connected(playground) as bot, await Store.open(settings.data_dir / "a.db") as store:
        await Inbox(store, settings).put(update_in(GROUP, 1, bot, **pair, **named))
        inbox = Inbox(store, settings)
        await inbox.restore(bot)
        await inbox.put(update_in(GROUP, 2, bot, **pair))
        assert list(await store.updates.unhandled()) == [1, 2]


async def test_whoever_sends_many_pictures_waits_behind_nobody_but_themselves() -> None:
    handled: list[int] = []
    go = asyncio.Event()
    lanes = PictureLanes()

    async def handle(user_id: int) -> None:
        if user_id == 1:
            await go.wait()
        handled.append(user_id)

    async def come(update_id: int, user_id: int) -> None:
        await lanes.process_update(a_picture(update_id, user_id), handle(user_id))

    flood = [asyncio.create_task(come(number, 1)) for number in range(SIDE_BY_SIDE + 9)]
    async with asyncio.timeout(PATIENCE):
        await come(999, 2)
    assert handled == [2]
    go.set()
    await asyncio.gather(*flood)


async def test_a_picture_waits_for_the_button_that_was_pressed_before_it() -> None:
    handled: list[str] = []
    begun, go = asyncio.Event(), asyncio.Event()
    lanes = PictureLanes()

    async def press() -> None:
        begun.set()
        await go.wait()
        handled.append("press")

    async def picture(what: str) -> None:
        handled.append(what)

    pressed = asyncio.create_task(lanes.process_update(an_update(1, 1), press()))
    await begun.wait()
    mine = asyncio.create_task(lanes.process_update(a_picture(2, 1), picture("hers")))
    async with asyncio.timeout(PATIENCE):
        await lanes.process_update(a_picture(3, 2), picture("another's"))
    assert handled == ["another's"]
    go.set()
    await asyncio.gather(pressed, mine)
    assert handled == ["another's", "press", "hers"]


async def test_words_wait_for_the_pictures_before_them_and_a_command_does_not() -> None:
    handled: list[str] = []
    begun, go = asyncio.Event(), asyncio.Event()
    lanes = PictureLanes()

    async def fetch() -> None:
        begun.set()
        await go.wait()
        handled.append("picture")

    async def note(what: str) -> None:
        handled.append(what)

    def come(update: Update, what: str) -> asyncio.Task[None]:
        return asyncio.create_task(lanes.process_update(update, note(what)))

    first = asyncio.create_task(lanes.process_update(a_picture(1, 1), fetch()))
    await begun.wait()
    mine = [come(an_update(2, 1), "words"), come(a_picture(3, 1), "another picture")]
    async with asyncio.timeout(PATIENCE):
        await come(an_update(4, 2), "somebody else's words")
        await come(an_update(5, 1, text="/cancel"), "command")
    assert handled == ["somebody else's words", "command"]
    go.set()
    await asyncio.gather(first, *mine)
    assert handled[2:] == ["picture", "words", "another picture"]
    await come(an_update(6, 1), "later words")
    assert handled[-1] == "later words"


async def test_words_right_after_a_photo_are_for_that_photo(
    ada: Person, chat: ChatClient, atelier: Atelier, playground: Playground
) -> None:
    del atelier
    await chat.switch_fault("getFile", "slow", seconds=0.2)
    await ada.send_photo(PHOTO)
    await until(lambda: bool(playground.faults.struck))
    await ada.send_text("strong, keep colours")
    await ada.expect_text("Understood: strength 70 %, my colours.", "send the style picture")
    assert all("words" not in entry.text for entry in ada.said)


async def test_a_command_does_not_wait_for_pictures_that_are_being_fetched(
    ada: Person, chat: ChatClient, atelier: Atelier, playground: Playground
) -> None:
    del atelier
    await chat.switch_fault("getFile", "slow", seconds=10 * PATIENCE)
    await ada.send_photo(PHOTO)
    await until(lambda: bool(playground.faults.struck))
    await ada.send_text("/help")
    await ada.expect_text("How it works")
    assert len(ada.said) == 1, "the photo was not given up before that"
    await chat.clear_faults()


async def keep(store: Store, update: Update, *, tries: int) -> None:
    """As a killed process leaves it."""
    await store.updates.add(update.update_id, json.dumps(update.to_dict()))
    for _ in range(tries):
        await store.updates.begin(update.update_id)


def update_in(chat: dict[str, object], update_id: int, bot: Bot, **content: object) -> Update:
    """An update as Telegram sends it."""
    ada = {"id": 11, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": update_id, "date": 1, "chat": chat, "from": ada, **content}
    return Update.de_json({"update_id": update_id, "message": message}, bot)


def mention(length: int) -> dict[str, object]:
    return {"type": "mention", "offset": 0, "length": length}


def an_update(
    update_id: int, user_id: int, chat_id: int | None = None, *, text: str = "more"
) -> Update:
    user = User(user_id, "Ada", is_bot=False)
    chat = Chat(chat_id or user_id, Chat.SUPERGROUP if chat_id else Chat.PRIVATE)
    message = Message(update_id, datetime.now(UTC), chat, from_user=user, text=text)
    return Update(update_id, message=message)


def a_picture(update_id: int, user_id: int) -> Update:
    user, chat = User(user_id, "Ada", is_bot=False), Chat(user_id, Chat.PRIVATE)
    sizes = [PhotoSize("a", "b", 90, 60)]
    message = Message(update_id, datetime.now(UTC), chat, from_user=user, photo=sizes)
    return Update(update_id, message=message)
