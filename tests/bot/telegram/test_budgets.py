"""Budgets: whoever keeps to them never meets flood control, and waits no longer than that takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.playground.flood_control import FloodGate, FloodLimits
from bot.telegram.budgets import OVERALL, REMEMBERED_CHATS, Budgets
from tests.auxil.virtual_time import run_virtually
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

PRIVATE, GROUP = 11, -4001


async def spent(chats: Sequence[int], *, clock_speed: float = 1.0) -> list[float]:
    """When each call into these chats was made, in a Telegram that refuses what is too much."""
    now = asyncio.get_running_loop().time
    budgets = Budgets(clock_speed=clock_speed)
    gate = FloodGate(FloodLimits(), lambda: now() * clock_speed)
    made = []

    async def call(chat_id: int) -> None:
        await budgets.spend(budgets.of(chat_id))
        gate.admit(chat_id, group=chat_id < 0)
        made.append(now())

    await asyncio.gather(*map(call, chats))
    assert not gate.refused
    return made


@pytest.mark.parametrize(
    ("chats", "longest"),
    [
        ([PRIVATE] * 5, 4),
        ([PRIVATE] * 100, 105),
        ([GROUP] * 5, 5),
        ([GROUP] * 100, 330),
        (range(1, 61), 1.6),
        (range(1, 1001), 42),
    ],
)
def test_no_call_is_refused_and_none_waits_longer_than_needed(
    chats: Sequence[int], longest: float
) -> None:
    made = run_virtually(spent(chats))

    assert len(made) == len(chats)
    assert max(made) < longest


def test_the_clock_may_go_faster_as_that_of_a_fake_server_does() -> None:
    made = run_virtually(spent([PRIVATE] * 100, clock_speed=10))

    assert max(made) < 10.5


def test_a_chat_that_waits_for_its_budget_holds_up_no_other() -> None:
    async def come() -> float:
        budgets = Budgets()
        crowd = asyncio.gather(*(budgets.spend(budgets.of(PRIVATE)) for _ in range(20)))
        await asyncio.sleep(0)
        await budgets.spend(budgets.of(PRIVATE + 1))
        begun = asyncio.get_running_loop().time()
        await crowd
        return begun

    assert run_virtually(come()) < 0.1


@pytest.mark.parametrize(("chat_id", "calls"), [(PRIVATE, 1), (GROUP, 1), (GROUP, 18)])
def test_what_is_cosmetic_leaves_room_for_answers(chat_id: int, calls: int) -> None:
    async def come() -> tuple[bool, bool, float]:
        now = asyncio.get_running_loop().time
        budgets = Budgets()
        chat = budgets.of(chat_id)
        before = budgets.have_spare(chat)
        for _ in range(calls):
            await budgets.spend(chat)
        if calls > 1:
            await asyncio.sleep(3)  # The seconds' budget is full again, the minute's is not.
        spare, begun = budgets.have_spare(chat), now()
        await budgets.spend(chat)
        return before, spare, now() - begun

    before, spare, waited = run_virtually(come())

    assert before
    assert not spare
    assert waited < 0.1


async def test_flood_control_stops_a_chat_until_its_time_is_over() -> None:
    budgets = Budgets()
    flooded, other = budgets.of(PRIVATE), budgets.of(PRIVATE + 1)
    budgets.block(PRIVATE, 10 * PATIENCE)
    budgets.block(PRIVATE, 5)
    assert 9 * PATIENCE < flooded.blocked_for <= 10 * PATIENCE
    assert not budgets.have_spare(flooded)
    assert not other.blocked_for
    assert not budgets.blocked_for
    assert budgets.have_spare(other)


@pytest.mark.parametrize(("apart", "everywhere"), [(1, True), (30, False)])
def test_where_several_chats_meet_flood_control_at_once_no_chat_is_called_before_its_end(
    apart: float, everywhere: bool
) -> None:
    async def meet() -> list[float]:
        budgets = Budgets()
        other = budgets.of(PRIVATE + 2)
        budgets.block(PRIVATE, 600)
        await asyncio.sleep(apart)
        budgets.block(PRIVATE + 1, 20)
        assert budgets.have_spare(other) is not everywhere
        assert budgets.of(PRIVATE).blocked_for > 500
        return [budgets.blocked_for, other.blocked_for]

    assert run_virtually(meet()) == pytest.approx([20, 20] if everywhere else [0, 0])


async def test_the_chat_that_was_quiet_for_longest_is_forgotten_but_none_under_flood_control() -> (
    None
):
    budgets = Budgets()
    flooded = budgets.of(1)
    budgets.block(1, 60)
    quiet = budgets.of(2)
    for chat_id in range(3, REMEMBERED_CHATS + 1000):
        budgets.of(chat_id)
    assert budgets.of(1) is flooded
    assert budgets.of(2) is not quiet
    assert len(budgets._chats) == REMEMBERED_CHATS


async def test_hardly_anything_is_sent_until_a_fifth_of_the_budget_is_used() -> None:
    budgets = Budgets()
    chat = budgets.of(PRIVATE)
    assert budgets.are_idle(chat)
    for other in range(round(OVERALL[0] / 5) + 2):
        await budgets.spend(budgets.of(PRIVATE + 1 + other))
    assert not budgets.are_idle(chat)
    assert budgets.have_spare(chat), "there is room for progress still"
