"""L-BFGS's direction from two matrices is that of the two-loop recursion, for each of several pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from core.style.curvature_pairs import CurvaturePairs

if TYPE_CHECKING:
    from torch import Tensor

SHAPE = (2, 3, 14, 22)  # two pictures


@pytest.mark.parametrize("count", [1, 5, 9], ids=["one", "some", "more than are kept"])
def test_the_direction_is_that_of_the_two_loop_recursion(count: int) -> None:
    pairs, kept = CurvaturePairs(5, _noise(0)), []
    for number in range(count):
        step = _noise(number + 1)
        newest = 2 * step + 0.5 * _noise(number + 100)
        pairs.append(step, newest, [True, True])
        kept.append((pairs.rounded(step), pairs.rounded(newest)))
        direction = pairs.direction(_noise(number + 50), _third)
    assert len(pairs) == min(count, 5)
    expected = _two_loops(kept[-5:], _noise(count + 49))
    assert torch.allclose(direction, expected, rtol=1e-3, atol=1e-4)


def test_a_pair_that_does_not_count_changes_one_pictures_direction_only() -> None:
    pairs, kept = CurvaturePairs(8, _noise(0)), []
    for number, counts in enumerate([(True, True), (True, False), (True, True)]):
        step = _noise(number + 1)
        difference = 2 * step + 0.5 * _noise(number + 100)
        pairs.append(step, difference, counts)
        kept.append((pairs.rounded(step), pairs.rounded(difference)))
        direction = pairs.direction(_noise(9), _third)
    assert torch.allclose(direction[:1], _two_loops(kept, _noise(9))[:1], rtol=1e-3, atol=1e-4)
    without = [kept[0], kept[2]]
    assert torch.allclose(direction[1:], _two_loops(without, _noise(9))[1:], rtol=1e-3, atol=1e-4)


def test_forgotten_pairs_leave_the_initial_inverse_hessian() -> None:
    pairs = CurvaturePairs(8, _noise(0))
    pairs.append(_noise(1), 2 * _noise(1), [True, True])
    pairs.clear(1)
    direction = pairs.direction(_noise(9), _third)
    assert [pairs.any_of(0), pairs.any_of(1)] == [True, False]
    assert torch.allclose(direction[1], _third(_noise(9))[1])
    assert not torch.allclose(direction[0], _third(_noise(9))[0])


def test_pictures_that_go_on_keep_their_own_pairs() -> None:
    both = CurvaturePairs(4, _noise(0))
    for number in range(6):
        step = _noise(number + 1)
        both.append(step, 2 * step + 0.5 * _noise(number + 100), [True, number != 4])
        direction = both.direction(_noise(9), _third)
    memory = both._steps.data_ptr()
    both.keep([1])
    assert both._steps.data_ptr() == memory  # there may be no room for a copy
    alone = both.direction(_noise(9)[1:], _third)
    assert torch.allclose(alone, direction[1:], rtol=1e-4, atol=1e-5)


def _two_loops(pairs: list[tuple[Tensor, Tensor]], gradient: Tensor) -> Tensor:
    """Nocedal and Wright, algorithm 7.4."""
    q = gradient.clone()
    alphas = []
    for step, difference in reversed(pairs):
        alpha = _dot(step, q) / _dot(step, difference)
        q -= alpha * difference
        alphas.append(alpha)
    r = _third(q)
    for (step, difference), alpha in zip(pairs, reversed(alphas), strict=True):
        r += step * (alpha - _dot(difference, r) / _dot(step, difference))
    return r


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum(dim=(1, 2, 3), keepdim=True)


def _third(pictures: Tensor) -> Tensor:
    return pictures / 3


def _noise(seed: int) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))
