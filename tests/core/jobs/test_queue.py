"""People take turns."""

from __future__ import annotations

import random

import pytest

from core.jobs.queue import FairQueue


def drain(queue: FairQueue) -> list[int]:
    taken = []
    while queue:
        taken.append(queue.pop())
    return taken


def test_ten_jobs_of_one_person_do_not_stand_before_another_ones_first() -> None:
    queue = FairQueue()
    for job in range(10):
        queue.push(job, user_id=1)
    queue.push(10, user_id=2)
    queue.push(11, user_id=3)
    queue.push(12, user_id=2)
    assert drain(queue) == [0, 10, 11, 1, 12, 2, 3, 4, 5, 6, 7, 8, 9]


def test_whoever_had_a_turn_goes_behind_the_others() -> None:
    queue = FairQueue()
    queue.push(1, user_id=1)
    queue.push(2, user_id=2)
    queue.pop()
    queue.push(3, user_id=1)
    assert drain(queue) == [2, 3]


def test_what_was_interrupted_is_next() -> None:
    queue = FairQueue()
    for job, user_id in ((1, 1), (2, 2), (3, 2)):
        queue.push(job, user_id)
    queue.push(9, user_id=2, first=True)
    assert drain(queue) == [9, 1, 2, 3]


def test_places_move_up_when_somebody_leaves() -> None:
    queue = FairQueue()
    for job, user_id in ((1, 1), (2, 2), (3, 1)):
        queue.push(job, user_id)
    assert queue.place(3) == 3
    assert queue.remove(2)
    assert not queue.remove(2)
    assert (queue.place(3), queue.place(2), queue.of(2)) == (2, None, ())


def a_queue(rng: random.Random) -> FairQueue:
    """Up to 40 jobs of five people, after some were taken and some removed."""
    queue = FairQueue()
    for job in range(rng.randrange(1, 40)):
        queue.push(job, user_id=rng.randrange(5), first=rng.random() < 0.1)
        if rng.random() < 0.2:
            queue.pop()
    for job in rng.sample(queue.order(), k=len(queue) // 3):
        queue.remove(job)
    return queue


@pytest.mark.parametrize("seed", range(20))
def test_the_place_told_is_the_place_had(seed: int) -> None:
    queue = a_queue(random.Random(seed))
    order = queue.order()
    assert [queue.place(job) for job in order] == list(range(1, len(order) + 1))
    assert drain(queue) == order


@pytest.mark.parametrize("seed", range(20))
def test_the_next_place_is_the_one_that_another_job_gets(seed: int) -> None:
    queue = a_queue(random.Random(seed))
    order = queue.order()
    for user_id in range(6):
        place, waiting = queue.next_place(user_id)
        assert queue.order() == waiting == order
        queue.push(99, user_id)
        assert queue.place(99) == place
        assert queue.order() == [*order[: place - 1], 99, *order[place - 1 :]]
        queue.remove(99)


@pytest.mark.parametrize("seed", range(50))
def test_whoever_is_taken_in_addition_delays_nobody(seed: int) -> None:
    dice = random.Random(seed)
    queue = FairQueue()
    for job in range(dice.randint(2, 14)):
        queue.push(job, dice.randrange(5), first=dice.random() < 0.1)
    queue.pop()
    places = {job: queue.place(job) or 0 for job in queue.order()}
    for job in places:
        if dice.random() < 0.4:
            queue.take(job)
    assert all((queue.place(job) or 0) <= places[job] for job in queue.order())
