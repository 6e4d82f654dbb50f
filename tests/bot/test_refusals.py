"""What is right to be done may be wrong to be done once more: Telegram answers that with 400."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from telegram import CallbackQuery, Chat, Message, Update, User

from bot.app import running
from core.jobs.store import Store
from tests.auxil.painters import HeldPainter
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.refusals import assert_nothing_refused
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

PAIR = (jpeg_bytes(photo(96, 72)), jpeg_bytes(painting(80, 80)))


@pytest.mark.usefixtures("atelier")
async def test_whoever_presses_everything_twice_causes_no_refused_call(
    ada: Person, chat: ChatClient, painter: HeldPainter
) -> None:
    await ada.send_text("/settings")
    menu = await ada.expect_text("Settings")
    for data in ("settings:sound", "settings:sound=none", "settings:", "settings:done"):
        await press_twice(ada, menu.message_id, f"{data}:{ada.user_id}")
    await ada.send_text("/forget")
    question = await ada.expect(lambda one: len(one.buttons) == 2)
    await press_twice(ada, question.message_id, question.buttons[1].data or "")
    await ada.send_photo(PAIR[0])
    offer = await ada.expect_kind("photo")
    await press_twice(ada, offer.message_id, offer.buttons[0].data or "")
    presets = await ada.expect_text("Choose a quality")
    painter.hold()
    await press_twice(ada, presets.message_id, presets.button("Quick").data or "")
    status = await ada.expect_text("Evaluation")
    await press_twice(ada, status.message_id, status.button("Cancel").data or "")
    await ada.expect_text("Cancelled")
    painter.release()
    await assert_nothing_refused(chat)


async def test_a_restart_causes_no_refused_call(
    ada: Person, chat: ChatClient, settings: Settings
) -> None:
    painter = HeldPainter()
    painter.hold()
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        for _ in range(2):
            await ada.send_album(list(PAIR))
            question = await ada.expect(
                lambda one: "Choose a quality" in one.text and bool(one.buttons)
            )
            await ada.press(question, "Quick")
        await ada.expect_text("You are next")
        await ada.send_text("/settings")
        menu = await ada.expect_text("Settings")
    await ada.press(menu, "Sound")
    painter.release()
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await until(lambda: any("✓" in one.text for one in ada.now(menu).buttons))
        for _ in range(2):
            await ada.expect_result()
        await until(lambda: _all_sent(atelier.store))
    await assert_nothing_refused(chat)


@pytest.mark.parametrize("may_use", [True, False])
async def test_a_press_that_a_killed_process_left_is_not_answered_any_more(
    ada: Person, chat: ChatClient, settings: Settings, painter: HeldPainter, may_use: bool
) -> None:
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.send_text("/settings")
        menu = await ada.expect_text("Settings")
    user, there = User(ada.user_id, "Ada", is_bot=False), Chat(ada.chat_id, Chat.PRIVATE)
    message = Message(menu.message_id, datetime.now(UTC), there, text="Settings")
    query = CallbackQuery("5", user, "x", message=message, data=f"settings:sound:{user.id}")
    async with await Store.open(settings.data_dir / "atelier.db") as store:
        await store.updates.add(1000, json.dumps(Update(1000, callback_query=query).to_dict()))
    allowed = frozenset() if may_use else frozenset({user.id + 1})
    others = settings.model_copy(update={"allowed_users": allowed})
    async with running(others, engine=engine_of(painter), overrides=BRISK) as atelier:
        await until(lambda: _all_handled(atelier.store))
        if may_use:
            await until(lambda: any("✓" in one.text for one in ada.now(menu).buttons))
        await ada.send_text("/help")
        await ada.expect_text("How it works" if may_use else "private")
    await assert_nothing_refused(chat)


async def press_twice(person: Person, message_id: int, data: str) -> None:
    """As an impatient person does; both presses are answered."""
    entry = next(one for one in person.entries if one.message_id == message_id)
    for query in [await person.press_data(entry, data) for _ in range(2)]:
        await person.expect_answer(query)


async def _all_handled(store: Store) -> bool:
    return not await store.updates.unhandled()


async def _all_sent(store: Store) -> bool:
    return not await store.outbox.chats()
