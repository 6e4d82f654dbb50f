"""Results on a bad line and over kills: each arrives, and none twice unless the person asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.faults import FaultKind
from tests.auxil.process import PHOTO, STYLE
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.process import BotProcess
    from tests.auxil.transcript import Entry


async def choose(person: Person) -> Entry:
    """A job is asked for; gives its status message."""
    before = {entry.message_id for entry in person.said}
    await person.send_album([PHOTO, STYLE])
    return await person.expect(
        lambda entry: (
            entry.message_id not in before
            and any((button.data or "").startswith("cancel:") for button in entry.buttons)
        )
    )


def results(person: Person) -> list[str]:
    """What of results stands in the chat."""
    return [
        entry.kind
        for entry in person.said
        if "Content loss" in entry.text or "uncompressed" in entry.text
    ]


async def test_killed_in_the_middle_of_a_painting_with_another_one_waiting(
    ada: Person, start: Callable[[], BotProcess], start_held: Callable[[], BotProcess]
) -> None:
    async with start_held():
        first = await choose(ada)
        await ada.expect_text("Evaluation")
        second = await choose(ada)
        # Its change shows that the bot knows its number by now: a kill before that would leave a copy of it.
        await ada.press(second, "Balanced")
        await ada.expect_text("In the queue", "Balanced")
    ada.catch_up()
    async with start() as bot:
        await ada.expect_result()
        await ada.expect_gone(first)
        await ada.expect_result()
        await ada.expect_gone(second)
        assert "Traceback" not in bot.output
    assert results(ada) == ["photo"] * 2, ada.transcript()


async def test_killed_while_a_result_does_not_get_through(
    ada: Person, chat: ChatClient, start: Callable[[], BotProcess]
) -> None:
    await chat.switch_fault("editMessageMedia", "error", count=1000)
    async with start() as bot:
        status = await choose(ada)
        await bot.line("will be sent again")
    await chat.clear_faults()
    async with start():
        assert (await ada.expect_result()).message_id == status.message_id
    assert results(ada) == ["photo"], ada.transcript()


async def test_a_result_whose_sending_got_no_answer_is_sent_again_when_asked_and_not_before(
    ada: Person, chat: ChatClient, playground: Playground, start: Callable[[], BotProcess]
) -> None:
    await chat.switch_fault("editMessageMedia", "error", status=400, count=1000)
    await chat.switch_fault("sendPhoto", "lost_answer")
    async with start() as bot:
        await ada.choose("form=both")
        status = await choose(ada)
        offer = await ada.expect_text("may or may not have reached you")
        assert offer.message_id == status.message_id
        assert results(ada) == ["photo"]
        await chat.switch_fault("sendDocument", "lost_answer")
        await ada.expect_answer(await ada.press(offer, "Send it again"))
        await ada.expect_kind("document")
        await bot.at_rest()
        assert "may or may not" in ada.now(offer).text
        assert results(ada) == ["photo", "photo", "document"], ada.transcript()
        await chat.switch_fault("sendDocument", "slow", seconds=10 * PATIENCE)
        await ada.expect_answer(await ada.press(offer, "Send it again"))
        await until(
            lambda: any(fault.kind is FaultKind.SLOW for _, fault in playground.faults.struck)
        )
    async with start() as bot:
        # Killed in the middle of sending it again: it may have arrived this time, for all that the bot knows.
        await bot.at_rest()
        assert "may or may not" in ada.now(offer).text
        assert results(ada) == ["photo", "photo", "document"], ada.transcript()
        await ada.press(offer, "Send it again")
        await ada.expect_gone(offer)
    assert results(ada) == ["photo", "photo", "document", "document"], ada.transcript()
