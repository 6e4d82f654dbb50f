"""The queue is bounded, for all and for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.jobs.admission import Limits
from core.jobs.job_errors import (
    DailyLimitError,
    PersonLimitError,
    QueueFullError,
    WaitingLimitError,
)
from core.jobs.models import Job, Person
from tests.auxil.bench import at_work
from tests.auxil.sessions import ANNA, BERT, CLEO, undone_transaction

if TYPE_CHECKING:
    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock


async def test_the_queue_is_bounded_and_says_when_to_come_back(store: Store) -> None:
    async with at_work(store, limits=Limits(queue_size=2)) as bench:
        for person in (ANNA, BERT, CLEO):
            await bench.ask(person)
        with pytest.raises(
            QueueFullError, match=r"2 pictures are waiting.*in about a minute"
        ) as full:
            await bench.ask(BERT)
        assert full.value.seconds == pytest.approx(20)
        assert len(await store.jobs.in_states()) == 3


async def test_one_person_has_a_share_and_admins_have_none(store: Store) -> None:
    limits = Limits(waiting_per_person=1, per_day=3, admins=frozenset({BERT.user_id}))
    async with at_work(store, limits=limits) as bench:
        await bench.ask(ANNA)
        await bench.ask(ANNA)
        with pytest.raises(WaitingLimitError) as waiting:
            await bench.ask(ANNA)
        assert isinstance(waiting.value, PersonLimitError)
        assert waiting.value.seconds == pytest.approx(20)
        for _ in range(5):
            await bench.ask(BERT)


async def test_a_share_is_one_for_all_chats(store: Store) -> None:
    async with at_work(store, limits=Limits(waiting_per_person=1)) as bench:
        await bench.ask(CLEO)
        await bench.ask(ANNA)
        with pytest.raises(WaitingLimitError):
            await bench.ask(Person(chat_id=-9, user_id=ANNA.user_id))


async def test_a_day_has_a_limit_that_passes(store: Store, clock: Clock) -> None:
    async with at_work(store, limits=Limits(per_day=2)) as bench:
        await bench.ask()
        clock.pass_by(hours=5)
        await bench.ask()
        clock.pass_by(hours=5)
        with pytest.raises(DailyLimitError, match="in about 14 hours"):
            await bench.ask()
        clock.pass_by(hours=14, minutes=1)
        await bench.ask()


async def test_the_days_share_survives_being_forgotten(store: Store, clock: Clock) -> None:
    async with at_work(store, limits=Limits(per_day=3)) as bench:
        await bench.ask()
        clock.pass_by(hours=5)
        await bench.forget(ANNA.user_id)
        await bench.ask()
        clock.pass_by(hours=5)
        await bench.forget(ANNA.user_id)
        await bench.ask()
        with pytest.raises(DailyLimitError, match="in about 14 hours"):
            await bench.ask()
        clock.pass_by(hours=14)
        await bench.ask()
        with pytest.raises(DailyLimitError, match="in about 5 hours"):
            await bench.ask()


async def test_the_shares_of_several_forgotten_people_are_kept_apart(store: Store) -> None:
    async with at_work(store, limits=Limits(per_day=1)) as bench:
        await bench.ask(ANNA)
        await bench.forget(ANNA.user_id)
        await bench.ask(BERT)
        await bench.forget(BERT.user_id)
        await bench.ask(CLEO)
        for person in (ANNA, BERT):
            with pytest.raises(DailyLimitError):
                await bench.ask(person)


async def test_forgetting_that_is_undone_counts_nothing_twice(store: Store) -> None:
    async with at_work(store, limits=Limits(per_day=2)) as bench:
        await bench.ask()
        async with undone_transaction(store):
            await bench.forget(ANNA.user_id)
        await bench.ask()
        with pytest.raises(DailyLimitError):
            await bench.ask()


async def test_a_share_of_nothing_has_no_time_to_come_back(store: Store) -> None:
    async with at_work(store, limits=Limits(per_day=0)) as bench:
        with pytest.raises(DailyLimitError, match="come back later"):
            await bench.ask()


async def test_many_presses_at_once_do_not_slip_past_the_limits(store: Store) -> None:
    async with at_work(store, limits=Limits(queue_size=3)) as bench:
        people = [Person(number, number) for number in range(10, 30)]
        ends = await asyncio.gather(*map(bench.ask, people), return_exceptions=True)
        assert sum(isinstance(end, Job) for end in ends) == 4
        assert sum(isinstance(end, QueueFullError) for end in ends) == 16
