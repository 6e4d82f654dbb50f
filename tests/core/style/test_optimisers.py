"""Both optimisers, on objectives whose minimum is known."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from core.style.lbfgs import Evaluate, Optimiser, PlainLBFGS
from core.style.objective import Evaluation
from core.style.spectral_lbfgs import SpectralLBFGS, _parabola_minimum

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.style.progress import Losses

OPTIMISERS = [PlainLBFGS, SpectralLBFGS]
SHAPE = (1, 3, 24, 32)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_badly_scaled_bowl_is_descended(
    optimiser: Callable[[Evaluate, Tensor], Optimiser],
) -> None:
    bowl = Bowl()
    descent = optimiser(bowl, torch.full(SHAPE, 0.5))
    trace = [_step(descent).total for _ in range(60)]
    assert trace[-1] < 1e-2 * trace[0]


def test_knowing_the_frequencies_takes_fewer_evaluations() -> None:
    plain, spectral = PlainLBFGS(Bowl(), torch.full(SHAPE, 0.5)), _spectral(Bowl())
    plain_trace = [_step(plain).total for _ in range(60)]
    spectral_trace = [_step(spectral).total for _ in range(30)]
    assert min(spectral_trace) < min(plain_trace)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_pixels_stay_within_their_range(
    optimiser: Callable[[Evaluate, Tensor], Optimiser],
) -> None:
    descent = optimiser(Bowl(reach=3), torch.full(SHAPE, 0.5))
    for _ in range(30):
        descent.step()
        assert 0 <= descent.pixels.min() <= descent.pixels.max() <= 1


def test_the_picture_is_always_the_best_so_far() -> None:
    descent = _spectral(Bowl())
    best = math.inf
    for _ in range(30):
        best = min(best, _step(descent).total)
        assert _total(Bowl()(descent.pixels)) == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_loss_that_is_not_a_number_leads_back_to_the_best_picture(
    optimiser: Callable[[Evaluate, Tensor], Optimiser],
) -> None:
    failing = Failing(Bowl(), at={12, 13, 20})
    descent = optimiser(failing, torch.full(SHAPE, 0.5))
    first = _step(descent).total
    for _ in range(60):
        descent.step()
    assert _total(Bowl()(descent.pixels)) < 0.1 * first


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_an_objective_that_never_is_a_number_ends_in_its_own_error(
    optimiser: Callable[[Evaluate, Tensor], Optimiser],
) -> None:
    descent = optimiser(Failing(Bowl(), at=set(range(100))), torch.full(SHAPE, 0.5))
    assert descent.step() == [None]


def test_a_minimum_is_left_alone() -> None:
    bowl = Bowl()
    descent = _spectral(bowl, start=bowl.minimum)
    for _ in range(10):
        descent.step()
    assert torch.allclose(descent.pixels, bowl.minimum, atol=1e-3)


def test_where_the_loss_rises_the_next_picture_is_where_a_parabola_is_least() -> None:
    """Along a step of length 1, 4 (t - 0.3)²: it leads past the least loss at 0.3, to a higher one."""
    assert _parabola_minimum(4 * 0.3**2, 4 * 0.7**2, -8 * 0.3) == pytest.approx(0.3)


def test_the_gradient_of_a_held_pixel_moves_no_other_pixel() -> None:
    """A pixel at its bound whose gradient points outwards stays there, and how that gradient changes is noise."""
    held = torch.rand(SHAPE, generator=torch.Generator().manual_seed(8)) < 0.3
    start = torch.full(SHAPE, 0.5).masked_fill(held, 0)
    bowl = Bowl()
    calls = itertools.count()

    def steady(pixels: Tensor) -> Evaluation:
        evaluation = bowl(pixels)
        return Evaluation(evaluation.losses, evaluation.gradient.masked_fill(held, 1))

    def changing(pixels: Tensor) -> Evaluation:
        evaluation = bowl(pixels)
        gradient = evaluation.gradient.masked_fill(held, 1 + 0.5 * (next(calls) % 3))
        return Evaluation(evaluation.losses, gradient)

    one, other = _spectral(steady, start), _spectral(changing, start)
    for _ in range(15):
        assert one.step() == other.step()
    assert not one.pixels[held].any()
    assert not torch.equal(one.pixels, start)
    assert torch.equal(one.pixels, other.pixels)


class Bowl:
    """Σ w(f) |x̂ − m̂|² with weights that rise steeply with frequency, as a painting's curvature does."""

    def __init__(self, reach: float = 0.3) -> None:
        generator = torch.Generator().manual_seed(2)
        self.minimum = 0.5 + reach * (torch.rand(SHAPE, generator=generator) - 0.5)
        vertical = torch.fft.fftfreq(SHAPE[-2]).square()[:, None]
        frequency = (vertical + torch.fft.rfftfreq(SHAPE[-1]).square()).sqrt()
        self._weights = (0.03 + frequency) ** 2

    def __call__(self, pixels: Tensor) -> Evaluation:
        away = torch.fft.rfft2(pixels - self.minimum) * self._weights
        gradient = torch.fft.irfft2(away, s=SHAPE[-2:])
        total = 0.5 * float(((pixels - self.minimum) * gradient).sum())
        return Evaluation(torch.tensor([[total, 0.0]]), gradient)


class Failing:
    """An objective that gives not-a-number at certain evaluations."""

    def __init__(self, objective: Evaluate, *, at: set[int]) -> None:
        self._objective = objective
        self._at = at
        self._count = 0

    def __call__(self, pixels: Tensor) -> Evaluation:
        evaluation = self._objective(pixels)
        self._count += 1
        if self._count - 1 in self._at:
            return Evaluation(torch.full((1, 2), math.nan), evaluation.gradient)
        return evaluation


def _step(optimiser: Optimiser) -> Losses:
    (losses,) = optimiser.step()
    assert losses is not None
    return losses


def _total(evaluation: Evaluation) -> float:
    return float(evaluation.losses.sum())


def _spectral(evaluate: Evaluate, start: Tensor | None = None) -> SpectralLBFGS:
    return SpectralLBFGS(evaluate, torch.full(SHAPE, 0.5) if start is None else start)


def test_no_step_drives_the_picture_far_at_once() -> None:
    descent = _spectral(Bowl(reach=3))
    before = descent._current
    for _ in range(20):
        descent.step()
        assert (descent._trial - descent._current).square().mean().sqrt() < 0.061
    assert (descent.pixels - before).square().mean().sqrt() > 0.2
