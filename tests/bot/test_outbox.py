"""The outbox between PTB's client and the playground: budgets a chat and overall, flood control, what is shed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram.error import RetryAfter

from bot.outbox import (
    Noted,
    Outbox,
    ShedError,
    Urgency,
)
from bot.playground.chat_rooms import GROUP_ID
from bot.playground.faults import Fault, FaultKind
from bot.playground.server import Playground
from bot.telegram.budgets import REMEMBERED_CHATS, Budgets
from tests.auxil.ptb import budgeted
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from telegram.ext import ExtBot

ADA, MEI, BEN = 11, 12, 13
PAUSES = (0.01, 0.02)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Telegram's limits hold in every test of this module."""
    async with Playground(flood_control=True) as playground:
        yield playground


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[ExtBot[Urgency | Noted]]:
    async with budgeted(playground, Outbox(pauses=PAUSES)) as bot:
        yield bot


def written(playground: Playground, chat_id: int) -> list[str | None]:
    return [message.text for message in playground.world.messages(chat_id)]


def struck(playground: Playground) -> int:
    return len(playground.faults.struck)


def trouble(playground: Playground, kind: FaultKind, method: str, **how: Any) -> None:
    playground.faults.add(Fault(method=method, kind=kind, **how))


async def test_many_messages_to_one_chat_are_spread_so_that_none_is_refused(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    await asyncio.gather(*(bot.send_message(ADA, f"{number}") for number in range(5)))
    assert sorted(filter(None, written(playground, ADA))) == [str(number) for number in range(5)]
    assert not playground.flood.refused


async def test_a_burst_into_a_group_is_spread_too(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    await asyncio.gather(*(bot.send_message(GROUP_ID, f"{number}") for number in range(5)))
    assert len(written(playground, GROUP_ID)) == 5
    assert not playground.flood.refused


async def test_a_chat_that_waits_for_its_budget_holds_up_no_other(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    crowd = [asyncio.create_task(bot.send_message(ADA, "many")) for _ in range(6)]
    await bot.send_message(MEI, "one")
    assert not all(task.done() for task in crowd)
    assert written(playground, MEI) == ["one"]
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_all_chats_together_stay_below_what_telegram_takes() -> None:
    outbox, called = Outbox(), []

    async def call() -> bool:
        called.append(time.monotonic())
        return True

    await asyncio.gather(
        *(
            outbox.process_request(call, (), {}, "sendMessage", {"chat_id": chat_id}, None)
            for chat_id in range(1, 61)
        )
    )
    fullest = max(
        sum(start <= at < start + 1 for at in called[index:]) for index, start in enumerate(called)
    )
    assert len(called) == 60
    # Telegram lets 30 a second pass, and a burst of as many before.
    assert 25 <= fullest <= 51
    assert called[-1] - called[0] >= (60 - 26) / 25


async def test_presses_are_answered_and_files_fetched_however_many_messages_wait() -> None:
    outbox = Outbox()

    async def call() -> bool:
        return True

    def make(endpoint: str, **data: Any) -> Awaitable[object]:
        return outbox.process_request(call, (), {}, endpoint, data, None)

    crowd = asyncio.gather(*(make("sendMessage", chat_id=chat_id) for chat_id in range(1, 201)))
    begun = time.monotonic()
    await asyncio.gather(
        *(make("answerCallbackQuery") for _ in range(10)),
        *(make("getFile") for _ in range(10)),
        make("getChatMember", chat_id=1),
    )
    assert time.monotonic() - begun < 1
    assert not crowd.done()
    # A budget all the same, so that nobody calls this a flood.
    await asyncio.gather(*(make("getFile") for _ in range(30)))
    assert time.monotonic() - begun > (51 - 26) / 25 - 0.1
    crowd.cancel()
    await asyncio.gather(crowd, return_exceptions=True)


async def test_flood_control_stops_its_chat_until_the_time_is_over_and_no_other_chat(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=1)
    begun = time.monotonic()
    first = asyncio.create_task(bot.send_message(ADA, "first"))
    await until(lambda: struck(playground) == 1)
    second = asyncio.create_task(bot.send_message(ADA, "second"))
    await bot.send_message(MEI, "meanwhile")
    assert time.monotonic() - begun < 1
    assert written(playground, ADA) == []
    await asyncio.gather(first, second)
    assert time.monotonic() - begun >= 1
    assert sorted(filter(None, written(playground, ADA))) == ["first", "second"]
    # One call met it, and none was made before its time.
    assert await calls(playground) == 1 + 3


async def test_a_chat_that_was_closed_by_others_is_not_called_before_its_time(
    playground: Playground,
) -> None:
    async with budgeted(playground, Outbox(unlimited=True)) as spender:
        while not playground.flood.refused:
            await asyncio.wait({asyncio.create_task(spender.send_message(ADA, "x"))}, timeout=0.05)
        refused = playground.flood.refused[ADA]
        await spender.send_message(ADA, "after all")
        assert "after all" in written(playground, ADA)
        assert playground.flood.refused[ADA] == refused


async def test_a_flood_that_lasts_longer_than_the_patience_is_told(
    playground: Playground,
) -> None:
    trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=60)
    async with budgeted(playground, Outbox(patience=1)) as bot:
        with pytest.raises(RetryAfter):
            await bot.send_message(ADA, "hello")


async def test_cosmetic_calls_are_shed_where_the_budget_is_short(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    message = await bot.send_message(ADA, "0")
    await bot.send_message(ADA, "another")
    begun = time.monotonic()
    with pytest.raises(ShedError):
        await bot.edit_message_text("1", ADA, message.message_id, rate_limit_args=Urgency.COSMETIC)
    assert time.monotonic() - begun < 0.2
    assert written(playground, ADA) == ["0", "another"]


async def test_a_cosmetic_call_that_meets_flood_control_is_shed_and_closes_the_chat(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    message = await bot.send_message(MEI, "0")
    await bot.send_message(ADA, "elsewhere")
    trouble(playground, FaultKind.FLOOD, "edit*", seconds=30)

    async def edit() -> None:
        await bot.edit_message_text("1", MEI, message.message_id, rate_limit_args=Urgency.COSMETIC)

    await until_it_is_not_short(edit, playground)
    made = await calls(playground)
    with pytest.raises(ShedError):
        await edit()
    assert await calls(playground) == made


async def test_in_a_group_progress_leaves_room_for_answers() -> None:
    outbox = Outbox()
    chat = outbox._budgets.of(GROUP_ID)
    assert chat is not None
    minute = chat._limiters[-1]
    await minute.acquire(minute.max_rate * 0.6)

    async def call() -> bool:
        return True

    async def make(urgency: Urgency | None) -> object:
        data = {"chat_id": GROUP_ID}
        return await outbox.process_request(call, (), {}, "sendMessage", data, urgency)

    with pytest.raises(ShedError):
        await make(Urgency.COSMETIC)
    async with asyncio.timeout(0.2):
        assert await make(None)


async def test_no_more_chats_are_remembered_than_needed_but_those_with_a_flood() -> None:
    budgets = Budgets()
    flooded = budgets.of(1)
    assert flooded is not None
    flooded.block(60)
    for chat_id in range(2, REMEMBERED_CHATS + 1000):
        budgets.of(chat_id)
    assert len(budgets._chats) == REMEMBERED_CHATS
    assert budgets.of(1) is flooded


async def calls(playground: Playground, method: str | None = None) -> int:
    """Calls that write into a chat, or those of one method, as the playground counted them."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{playground.url}/client/counters")
    counted: dict[str, int] = answer.json()["calls"]
    if method is not None:
        return counted.get(method, 0)
    return sum(count for name, count in counted.items() if name.startswith(("send", "edit")))


async def until_it_is_not_short(
    edit: Callable[[], Awaitable[None]], playground: Playground
) -> None:
    """Try a cosmetic call until the budget lets it through to its fault."""
    async with asyncio.timeout(5):
        while not struck(playground):
            with pytest.raises(ShedError):
                await edit()
            await asyncio.sleep(0.02)
