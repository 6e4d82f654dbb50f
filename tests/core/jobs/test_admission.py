"""The queue is bounded, for all and for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.jobs.dispatcher import Limits
from core.jobs.job_errors import (
    DailyLimitError,
    PersonLimitError,
    QueueFullError,
    WaitingLimitError,
)
from core.jobs.models import Job, Person
from tests.auxil.bench import QUICK, at_work
from tests.auxil.sessions import ANNA, BERT, CLEO, ready

if TYPE_CHECKING:
    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock


async def test_the_queue_is_bounded_and_says_when_to_come_back(store: Store) -> None:
    async with at_work(store, limits=Limits(queue_size=2)) as bench:
        for person in (ANNA, BERT, CLEO):
            await bench.ask(person)
        session = await ready(store, BERT)
        with pytest.raises(
            QueueFullError, match=r"2 pictures are waiting.*in about a minute"
        ) as full:
            await bench.dispatcher.submit(session, QUICK)
        assert full.value.seconds == pytest.approx(20)
        assert await store.session(BERT) == session


async def test_one_person_has_a_share_and_admins_have_none(store: Store) -> None:
    limits = Limits(waiting_per_person=1, per_day=3, admins=frozenset({BERT.user_id}))
    async with at_work(store, limits=limits) as bench:
        await bench.ask(ANNA)
        await bench.ask(ANNA)
        with pytest.raises(WaitingLimitError) as waiting:
            await bench.ask(ANNA)
        assert isinstance(waiting.value, PersonLimitError)
        for _ in range(5):
            await bench.ask(BERT)


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


async def test_many_presses_at_once_do_not_slip_past_the_limits(store: Store) -> None:
    async with at_work(store, limits=Limits(queue_size=3)) as bench:
        people = [Person(number, number) for number in range(10, 30)]
        ends = await asyncio.gather(*map(bench.ask, people), return_exceptions=True)
        assert sum(isinstance(end, Job) for end in ends) == 4
        assert sum(isinstance(end, QueueFullError) for end in ends) == 16
