"""A sample stays small and even however long the sequence gets."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.engines.sample import EvenSample


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 99, 1000, 12345])
def test_the_sample_is_bounded_and_even(length: int) -> None:
    sample: EvenSample[int] = EvenSample(10)

    for number in range(length):
        sample.offer(lambda number=number: number)  # type: ignore[misc]

    kept = list(sample)
    assert len(kept) == len(sample) <= 10
    assert len(kept) >= min(length, 5)
    assert kept[:1] == list(range(length))[:1]
    steps = {later - earlier for earlier, later in pairwise(kept)}
    assert len(steps) <= 1
    assert not kept or length - kept[-1] <= max(steps, default=1)


def test_nothing_is_made_that_is_not_kept() -> None:
    sample: EvenSample[int] = EvenSample(4)
    made = []

    def make() -> int:
        made.append(1)
        return 1

    for _ in range(1000):
        sample.offer(make)

    assert len(made) < 30
