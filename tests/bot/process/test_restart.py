"""A process that is killed, and another one after it: the conversation goes on as if nothing had happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.auxil.process import PHOTO, STYLE
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.process import BotProcess


async def test_a_conversation_goes_on_after_a_kill_at_each_step(
    ada: Person, start: Callable[[], BotProcess]
) -> None:
    async with start() as bot:
        await ada.send_text("/settings")
        menu = await ada.expect_text("Settings")
        silence = await ada.press_data(menu, f"settings:sound=none:{ada.user_id}")
        assert await ada.expect_answer(silence) == "Saved."
        await ada.expect_answer(await ada.press_data(menu, f"settings:ask=yes:{ada.user_id}"))
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        await bot.at_rest()
    await ada.send_photo(PHOTO)
    async with start() as bot:
        await ada.expect_text("send the style picture")
        await bot.at_rest()
    await ada.send_photo(STYLE)
    async with start() as bot:
        question = await ada.expect_text("Choose a quality")
        await bot.at_rest()
    async with start() as bot:
        await ada.expect_answer(await ada.press_data(menu, f"settings:sound:{ada.user_id}"))
        await bot.at_rest()
        await until(lambda: "✓ nothing" in [button.text for button in ada.now(menu).buttons])
        await ada.press(question, "Quick")
        status = await ada.expect_text("Painting")
        assert status.message_id == question.message_id
        await ada.press(status, "Cancel")
        await ada.expect_text("Cancelled")
        assert "Traceback" not in bot.output
    words = ("Sound", "How it works", "send the style picture", "Cancelled")
    said = [entry.text for entry in ada.said]
    assert len(said) == len(words), ada.transcript()
    assert all(word in text for word, text in zip(words, said, strict=True)), ada.transcript()


async def test_a_photo_that_was_fetched_but_not_handled_is_not_lost(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    await chat.switch_fault("getFile", "error", count=1000)
    await ada.send_photo(PHOTO)
    async with start() as bot:
        await bot.line("getFile will be repeated")
    await chat.clear_faults()
    await ada.send_photo(STYLE)
    async with start():
        await ada.expect_text("Painting")
    assert [entry for entry in ada.said if "send the photo you want" in entry.text] == []


async def test_a_photo_whose_question_did_not_get_through_is_not_asked_for_again(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    await chat.switch_fault("sendPhoto", "error", count=1000)
    await ada.send_photo(PHOTO)
    async with start() as bot:
        await bot.line("will be sent again")
    await ada.send_photo(STYLE)
    async with start():
        # The fault stays until here, since the question may else be sent before the second picture is received.
        await ada.expect_text("Painting")
        await chat.clear_faults()
        await ada.send_text("/help")
        await ada.expect_text("How it works")
    assert "send the style picture" not in ada.transcript()


async def test_what_came_but_could_not_be_confirmed_is_handled_once(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    await ada.send_text("/help")
    await chat.switch_fault("getUpdates", "lost_answer")
    async with start() as bot:
        await ada.expect_text("How it works")
        await chat.switch_fault("getUpdates", "drop", count=1000)
        await ada.send_text("/start")
        await ada.expect_text("Welcome")
        await bot.line("cannot be asked for news", count=3)
    await chat.clear_faults()
    async with start():
        await ada.send_text("/dance")
        await ada.expect_text("don't know this command")
    assert len(ada.said) == 3, ada.transcript()


async def test_who_was_to_be_asked_but_blocked_the_bot_keeps_nobody_else_waiting(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    ben = chat.person("Ben")
    await chat.switch_fault("sendPhoto", "error", count=1000)
    await ada.send_photo(PHOTO)
    async with start() as bot:
        await bot.line("will be sent again")
    await chat.clear_faults()
    await ada.block()
    async with start():
        await ben.send_text("/help")
        await ben.expect_text("How it works")
