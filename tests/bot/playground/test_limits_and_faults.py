"""Flood control by the clock, and trouble that is switched on."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

from bot.playground.api_errors import ApiError
from bot.playground.faults import Fault, FaultKind, Faults
from bot.playground.flood_control import FloodGate, FloodLimits
from bot.playground.server import Playground
from tests.auxil.chat import ChatClient, RefusedError
from tests.auxil.pictures import encoded
from tests.auxil.ptb import connected
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from telegram import Bot

    from tests.auxil.person import Person

ADA, MEI, GROUP = 11, 12, -4001


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def refused_for(gate: FloodGate, chat_id: int, *, group: bool = False) -> int:
    """Seconds to wait, 0 for a call that passes."""
    try:
        gate.admit(chat_id, group=group)
    except ApiError as error:
        return error.retry_after or 0
    return 0


def test_a_short_burst_passes_and_then_one_a_second() -> None:
    clock = Clock()
    gate = FloodGate(FloodLimits(chat_burst=3, penalty=3), clock)

    assert [refused_for(gate, ADA) for _ in range(4)] == [0, 0, 0, 3]
    assert refused_for(gate, MEI) == 0
    clock.now = 2.9
    assert refused_for(gate, ADA) == 1
    clock.now = 3.0
    assert [refused_for(gate, ADA) for _ in range(4)] == [0, 0, 0, 3]
    assert gate.refused[ADA] == 3


def test_one_a_second_passes_for_ever() -> None:
    clock = Clock()
    gate = FloodGate(FloodLimits(), clock)

    for second in range(100):
        clock.now = float(second)
        assert refused_for(gate, ADA) == 0


def test_a_group_takes_twenty_a_minute() -> None:
    clock = Clock()
    gate = FloodGate(FloodLimits(), clock)

    passed = 0
    for second in range(60):
        clock.now = float(second)
        passed += refused_for(gate, GROUP, group=True) == 0

    assert 20 <= passed <= 40


def test_all_chats_together_take_thirty_a_second() -> None:
    gate = FloodGate(FloodLimits(), Clock())

    assert [refused_for(gate, chat_id) for chat_id in range(30)] == [0] * 30
    assert refused_for(gate, 31) > 0


async def test_edits_count_too() -> None:
    limits = FloodLimits(chat_burst=2, chat_per_second=0.15, penalty=7)
    async with Playground(flood_control=limits) as playground, connected(playground) as bot:
        message = await bot.send_message(ADA, "x")
        await bot.send_message(ADA, "z")
        with pytest.raises(RetryAfter, match="Retry in 0:00:07") as refused:
            await bot.edit_message_text("y", ADA, message.message_id)

        async with ChatClient(playground.url) as client:
            counters = await client.counters()

    assert refused.value.retry_after == timedelta(seconds=7)
    assert counters["refused"] == {"editMessageText 429": 1}
    assert counters["calls"]["sendMessage"] == 2


async def test_what_writes_into_no_chat_does_not_count() -> None:
    limits = FloodLimits(chat_burst=1, chat_per_second=0.01, overall_per_second=1)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
    async with (
        Playground(flood_control=limits) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        ada = client.person("Ada")
        message = await bot.send_message(ada.chat_id, "x", reply_markup=keyboard)
        entry = await ada.expect_text("x")
        for _ in range(3):
            query = await ada.press(entry, "x")
            await bot.answer_callback_query(query, "seen")
            await bot.get_chat_member(ada.chat_id, ada.user_id)
        assert not playground.flood.refused
        with pytest.raises(RetryAfter):
            await bot.edit_message_text("y", ada.chat_id, message.message_id)


async def test_a_dropped_call_has_no_effect(bot: Bot, client: ChatClient, ada: Person) -> None:
    await client.switch_fault("sendMessage", "drop", count=2)

    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(ADA, "x")
    await bot.send_message(ADA, "y")
    await ada.expect_text("y")

    assert [entry.text for entry in ada.said] == ["y"]


async def test_a_lost_answer_has_its_effect(bot: Bot, client: ChatClient, ada: Person) -> None:
    await client.switch_fault("sendPhoto", "lost_answer")

    with pytest.raises(NetworkError):
        await bot.send_photo(ADA, encoded())

    assert (await ada.expect_kind("photo")).from_bot


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_is_answered_with_its_status(
    bot: Bot, client: ChatClient, status: int
) -> None:
    await client.switch_fault("send*", "error", status=status)

    with pytest.raises(NetworkError) as failed:
        await bot.send_message(ADA, "x")

    assert not isinstance(failed.value, BadRequest | TimedOut)
    assert (await client.counters())["refused"] == {f"sendMessage {status}": 1}


async def test_a_flood_says_how_long_to_wait(bot: Bot, client: ChatClient) -> None:
    await client.switch_fault("sendMessage", "flood", seconds=12)

    with pytest.raises(RetryAfter, match="Retry in 0:00:12"):
        await bot.send_message(ADA, "x")


async def test_a_slow_answer_comes_in_the_end(bot: Bot, client: ChatClient) -> None:
    await client.switch_fault("getMe", "slow", seconds=0.2)

    started = time.monotonic()
    await bot.get_me()

    assert time.monotonic() - started >= 0.2


async def test_a_slow_answer_is_too_slow_for_the_impatient(bot: Bot, client: ChatClient) -> None:
    await client.switch_fault("getMe", "slow", seconds=10 * PATIENCE)

    with pytest.raises(TimedOut):
        await bot.get_me(read_timeout=0.1)


async def test_what_is_slow_is_answered_when_faults_are_switched_off(
    bot: Bot, client: ChatClient, playground: Playground
) -> None:
    await client.switch_fault("getMe", "slow", seconds=10 * PATIENCE)
    asked = asyncio.create_task(bot.get_me())
    await until(lambda: bool(playground.faults.struck))

    await client.clear_faults()

    async with asyncio.timeout(PATIENCE):
        assert (await asked).is_bot


async def test_a_download_can_fail(bot: Bot, client: ChatClient) -> None:
    message = await bot.send_document(ADA, b"words", filename="words.txt")
    assert message.document is not None
    file = await message.document.get_file()
    await client.switch_fault("download", "error", status=502)

    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == b"words"


async def test_faults_are_listed_and_switched_off(bot: Bot, client: ChatClient) -> None:
    await client.switch_fault("*", "error", count=5)
    with pytest.raises(NetworkError):
        await bot.get_me()
    (left,) = (await client.get("/client/faults"))["faults"]
    assert (left["kind"], left["count"]) == ("error", 4)

    await client.clear_faults()
    assert (await bot.get_me()).is_bot


async def test_an_unknown_fault_is_explained(client: ChatClient) -> None:
    with pytest.raises(RefusedError, match="kind"):
        await client.switch_fault("sendMessage", "plague")


def test_faults_strike_in_the_order_of_their_switches() -> None:
    faults = Faults()
    faults.add(Fault(method="sendphoto", kind=FaultKind.DROP))
    faults.add(Fault(method="send*", kind=FaultKind.ERROR, count=2))

    struck = [
        faults.strike(method) for method in ("sendMessage", "sendPhoto", "sendPhoto", "sendPhoto")
    ]

    assert [fault and fault.kind for fault in struck] == ["error", "drop", "error", None]
