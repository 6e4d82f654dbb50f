"""The outbox when the network or Telegram fails: what is repeated, what is not, and how it closes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram.error import BadRequest

from bot.outbox import (
    ClosedError,
    Noted,
    Outbox,
    UnansweredError,
    Urgency,
)
from bot.playground.faults import Fault, FaultKind
from bot.playground.server import Playground
from tests.auxil.ptb import budgeted
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram.ext import ExtBot

ADA, MEI, BEN = 11, 12, 13
PAUSES = (0.01, 0.02)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Telegram's limits hold, though most tests here send too little to meet them."""
    async with Playground(flood_control=True) as playground:
        yield playground


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[ExtBot[Urgency | Noted]]:
    async with budgeted(playground, Outbox(pauses=PAUSES, unlimited=True)) as bot:
        yield bot


def written(playground: Playground, chat_id: int) -> list[str | None]:
    return [message.text for message in playground.world.messages(chat_id)]


def struck(playground: Playground) -> int:
    return len(playground.faults.struck)


def trouble(playground: Playground, kind: FaultKind, method: str, **how: Any) -> None:
    playground.faults.add(Fault(method=method, kind=kind, **how))


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_server_errors_are_repeated_until_it_works(
    playground: Playground, bot: ExtBot[Urgency | Noted], status: int
) -> None:
    trouble(playground, FaultKind.ERROR, "sendMessage", status=status, count=3)
    await bot.send_message(ADA, "after all")
    assert written(playground, ADA) == ["after all"]
    assert struck(playground) == 3


async def test_refused_connections_are_repeated_until_the_server_is_back() -> None:
    async with Playground(flood_control=True) as first:
        port, token = first.port, first.token
        stack = budgeted(first, Outbox(pauses=PAUSES))
        bot = await stack.__aenter__()
    sending = asyncio.create_task(bot.send_message(ADA, "after all"))
    done, _ = await asyncio.wait({sending}, timeout=0.2)
    assert not done
    async with Playground(flood_control=True, port=port, token=token) as second:
        await sending
        assert written(second, ADA) == ["after all"]
        await stack.__aexit__(None, None, None)


@pytest.mark.parametrize(
    ("kind", "how", "arrives"),
    [
        (FaultKind.LOST_ANSWER, {}, True),
        (FaultKind.DROP, {}, False),
        (FaultKind.ERROR, {"status": 504}, False),
    ],
)
async def test_a_message_without_an_answer_is_not_sent_twice(
    playground: Playground,
    bot: ExtBot[Urgency | Noted],
    kind: FaultKind,
    how: dict[str, Any],
    arrives: bool,
) -> None:
    trouble(playground, kind, "sendMessage", **how)
    with pytest.raises(UnansweredError):
        await bot.send_message(ADA, "once")
    assert written(playground, ADA) == ["once"] * arrives
    assert await calls(playground) == 1


async def test_a_message_whose_answer_takes_too_long_is_not_sent_twice(
    playground: Playground,
) -> None:
    trouble(playground, FaultKind.SLOW, "sendMessage", seconds=0.5)
    async with budgeted(playground, Outbox(pauses=PAUSES), read_timeout=0.2) as bot:
        with pytest.raises(UnansweredError):
            await bot.send_message(ADA, "once")
    assert await calls(playground) == 1


async def test_what_may_stand_there_twice_is_repeated(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    trouble(playground, FaultKind.LOST_ANSWER, "sendMessage")
    await bot.send_message(ADA, "a question", rate_limit_args=Urgency.REPEATABLE)
    assert written(playground, ADA) == ["a question"] * 2


async def test_edits_are_repeated_whether_or_not_the_first_one_arrived(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    message = await bot.send_message(ADA, "old")
    trouble(playground, FaultKind.DROP, "editMessageText")
    await bot.edit_message_text("new", ADA, message.message_id)
    assert written(playground, ADA) == ["new"]


async def test_what_telegram_refuses_for_good_is_told_at_once(
    playground: Playground, bot: ExtBot[Urgency | Noted]
) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(4711, "hello")
    trouble(playground, FaultKind.ERROR, "sendDocument", status=413)
    with pytest.raises(BadRequest, match="Too Large"):
        await bot.send_document(ADA, b"much")
    assert await calls(playground, "sendDocument") == 1


async def test_closing_ends_the_calls_that_wait_for_a_server_a_chat_or_a_budget(
    playground: Playground,
) -> None:
    outbox = Outbox(pauses=(60.0,))
    async with budgeted(playground, outbox) as bot:
        trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=60)
        trouble(playground, FaultKind.ERROR, "sendPhoto")
        flooded = asyncio.create_task(bot.send_message(ADA, "flooded"))
        await until(lambda: struck(playground) == 1)
        failing = asyncio.create_task(bot.send_photo(MEI, b"picture"))
        await until(lambda: struck(playground) == 2)
        crowd = [asyncio.create_task(bot.send_message(BEN, "many")) for _ in range(8)]
        await until(lambda: len(written(playground, BEN)) >= 2)
        outbox.close()
        async with asyncio.timeout(1):
            ends = await asyncio.gather(flooded, failing, *crowd, return_exceptions=True)
        assert all(isinstance(end, ClosedError) for end in ends[:2])
        assert {type(end) for end in ends[2:]} >= {ClosedError}
        with pytest.raises(ClosedError):
            await bot.send_message(MEI, "too late")


async def calls(playground: Playground, method: str | None = None) -> int:
    """Calls that write into a chat, or those of one method, as the playground counted them."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{playground.url}/client/counters")
    counted: dict[str, int] = answer.json()["calls"]
    if method is not None:
        return counted.get(method, 0)
    return sum(count for name, count in counted.items() if name.startswith(("send", "edit")))
