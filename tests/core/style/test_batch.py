"""Transfers that are painted together: each is as it would be alone, and may stop, fail or be late alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from core.style import batch, memory
from core.style.objective import Evaluation, Objective
from core.style.options import Options, Preset
from core.style.painting import Painting
from core.style.progress import Progress, Result
from core.style.spectral_lbfgs import SpectralLBFGS
from core.style.style_errors import NotFiniteError, OptionsError
from core.style.vgg19 import Precision
from tests.auxil.operations import Operations
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from torch import Tensor

    from core.style.progress import Event
    from core.style.style_errors import StyleError
    from core.style.stylizer import Stylizer

TWO_SCALES = Options(preset=Preset.QUICK, size=192, evaluations=8)
STRENGTHS = (0.5, 1.0, 0.2)
PAINTINGS = [
    Painting(
        content=waves((96, 24)),
        styles=[dots((96, 24), seed=seed)],
        options=replace(TWO_SCALES, strength=strength),
    )
    for seed, strength in enumerate(STRENGTHS)
]
SMALL = [replace(one, options=replace(one.options, size=96)) for one in PAINTINGS]
"""The same at one scale."""


@pytest.fixture
def pictures_at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lets a CPU paint together, and tells how many pictures each evaluation had."""
    counts: list[int] = []
    evaluate = Objective.__call__

    def count(self: Objective, pixels: Tensor) -> Evaluation:
        counts.append(len(pixels))
        return evaluate(self, pixels)

    monkeypatch.setattr(Objective, "__call__", count)
    monkeypatch.setattr(batch, "most_together", lambda *_, **__: 16)
    return counts


def test_each_is_as_it_would_be_alone(stylizer: Stylizer, pictures_at_once: list[int]) -> None:
    together = _run(stylizer, PAINTINGS)
    assert pictures_at_once == [3] * 8
    for number, one in enumerate(PAINTINGS):
        alone = list(stylizer.stylize(one.content, one.styles, one.options))
        assert _totals(together[number]) == pytest.approx(_totals(alone), rel=0.05)
        ends = _result(together[number]), _result(alone)
        assert ends[0].final.total == pytest.approx(ends[1].final.total, rel=0.05)
        assert ends[0].initial.total == pytest.approx(ends[1].initial.total, rel=1e-3)
        assert [one.evaluations for one in ends] == [8, 8]


def test_a_blend_is_painted_beside_a_single_style(
    stylizer: Stylizer, pictures_at_once: list[int]
) -> None:
    weighted = replace(SMALL[0].options, style_weights=(0.25, 0.75))
    blend = replace(SMALL[0], styles=[*SMALL[0].styles, *SMALL[1].styles], options=weighted)
    together = _run(stylizer, [blend, SMALL[1]])
    assert pictures_at_once == [2] * 8
    for number, one in enumerate((blend, SMALL[1])):
        alone = list(stylizer.stylize(one.content, one.styles, one.options))
        assert _totals(together[number]) == pytest.approx(_totals(alone), rel=0.05)


def test_one_that_is_stopped_leaves_the_others_alone(
    stylizer: Stylizer, pictures_at_once: list[int]
) -> None:
    events = _run(stylizer, SMALL, stop=lambda number, at: number == 1 and at == 3)
    assert len(events[1]) == 3
    assert pictures_at_once == [3] * 3 + [2] * 5
    assert all(_result(events[number]).evaluations == 8 for number in (0, 2))


def test_one_that_is_late_ends_with_its_picture(
    stylizer: Stylizer, pictures_at_once: list[int]
) -> None:
    hasty = replace(SMALL[0], options=replace(SMALL[0].options, time_limit=1e-9))
    events = _run(stylizer, [hasty, *SMALL[1:]])
    assert not _result(events[0]).complete
    assert _result(events[0]).size == (96, 24)
    assert _result(events[1]).complete
    assert set(pictures_at_once) == {2}


def test_one_without_numbers_fails_alone(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, pictures_at_once: list[int]
) -> None:
    evaluate = Objective.__call__

    def spoil(self: Objective, pixels: Tensor) -> Evaluation:
        found = evaluate(self, pixels)
        if len(pixels) in (1, 3):  # in the batch, and when it tries again alone in float32
            found.losses[0] = torch.nan
        return found

    monkeypatch.setattr(Objective, "__call__", spoil)
    events = _run(stylizer, SMALL)
    assert isinstance(events[0][-1], NotFiniteError)
    assert all(_result(events[number]).evaluations == 8 for number in (1, 2))
    assert pictures_at_once


def test_too_little_memory_for_all_is_enough_for_some(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, pictures_at_once: list[int]
) -> None:
    evaluate = Objective.__call__

    def limited(self: Objective, pixels: Tensor) -> Evaluation:
        if len(pixels) > 1:
            raise torch.OutOfMemoryError("no memory left")
        return evaluate(self, pixels)

    monkeypatch.setattr(Objective, "__call__", limited)
    events = _run(stylizer, SMALL)
    assert all(_result(events[number]).evaluations == 8 for number in range(3))
    assert not any(_result(events[number]).reduced for number in range(3))
    assert pictures_at_once == [1] * 24


def test_one_that_was_stopped_stays_so_when_memory_runs_out(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, pictures_at_once: list[int]
) -> None:
    evaluate = Objective.__call__

    def limited(self: Objective, pixels: Tensor) -> Evaluation:
        if len(pixels) == 2:
            raise torch.OutOfMemoryError("no memory left")
        return evaluate(self, pixels)

    monkeypatch.setattr(Objective, "__call__", limited)
    events = _run(stylizer, PAINTINGS, stop=lambda number, at: number == 1 and at == 2)
    assert len(events[1]) == 2
    assert pictures_at_once == [3] * 2 + [1] * 12
    assert all(_result(events[number]).evaluations == 8 for number in (0, 2))


def test_one_that_goes_on_from_a_checkpoint_costs_the_others_nothing_that_they_learned(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, pictures_at_once: list[int]
) -> None:
    given: list[bool] = []
    optimise = SpectralLBFGS.__init__

    def note(self: SpectralLBFGS, *args: Any, **choices: Any) -> None:
        given.append(choices["log_inverse_hessian"] is not None)
        optimise(self, *args, **choices)

    monkeypatch.setattr(SpectralLBFGS, "__init__", note)
    resumed = replace(PAINTINGS[1], start=waves((96, 24)), done=4)  # all of the layout
    events = _run(stylizer, [PAINTINGS[0], resumed])
    assert sorted(given) == [False, False, True, True]
    assert all(_result(events[number]).evaluations == 8 for number in (0, 1))
    assert pictures_at_once


def test_memory_is_given_back_once_nothing_uses_it(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    paint = batch.paint_together

    def noting(transfers: Sequence[Any]) -> Any:
        try:
            yield from paint(transfers)
        finally:
            steps.append("painted")

    monkeypatch.setattr(batch, "paint_together", noting)
    monkeypatch.setattr(memory, "release", lambda _device: steps.append("released"))
    events = stylizer.stylize_together(PAINTINGS[:1])
    next(events)
    events.close()
    assert steps == ["painted", "released"]


def test_other_presets_and_shapes_are_painted_one_after_another(
    stylizer: Stylizer, pictures_at_once: list[int]
) -> None:
    other = replace(SMALL[1], content=waves((96, 30)))
    events = _run(stylizer, [SMALL[0], other])
    assert set(pictures_at_once) == {1}
    assert [_result(events[number]).size for number in (0, 1)] == [(96, 24), (96, 30)]


def test_options_that_are_wrong_end_their_own_transfer(
    stylizer: Stylizer, pictures_at_once: list[int]
) -> None:
    events = _run(stylizer, [replace(SMALL[0], styles=[]), SMALL[1]])
    assert isinstance(events[0][-1], OptionsError)
    assert _result(events[1]).complete
    assert set(pictures_at_once) == {1}


@pytest.mark.parametrize("pictures", [1, 3])
def test_an_evaluation_and_its_step_are_at_most_200_operations(
    stylizer: Stylizer,
    pictures: int,
    pictures_at_once: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A GPU's launches are these operations, or fewer; it waits while the host names the next one."""
    networks = stylizer._loaded()
    as_on_a_gpu = Precision(torch.bfloat16, torch.channels_last)
    measured = replace(networks.measurement, fast=as_on_a_gpu)
    monkeypatch.setattr(networks, "measurement", measured)
    monkeypatch.setattr(networks, "_networks", {})
    events = stylizer.stylize_together(SMALL[:pictures])
    for _ in range(3 * pictures):
        next(events)
    with Operations() as seen:
        for _ in range(pictures):
            next(events)
    events.close()
    assert pictures_at_once[-1] == pictures
    assert 100 < seen.computing <= 200


@pytest.mark.parametrize("pictures", [1, 3])
def test_the_host_waits_for_the_device_once_an_evaluation(
    stylizer: Stylizer,
    pictures: int,
    pictures_at_once: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[str] = []
    for name in ("item", "tolist", "cpu", "__float__", "__bool__", "__int__", "numpy"):
        monkeypatch.setattr(torch.Tensor, name, _noting(waits, name, getattr(torch.Tensor, name)))
    for name in ("tensor", "from_numpy", "as_tensor"):
        monkeypatch.setattr(torch, name, _noting(waits, name, getattr(torch, name)))
    options = replace(TWO_SCALES, size=96, evaluations=40)
    paintings = [replace(one, options=options) for one in SMALL[:pictures]]
    events = stylizer.stylize_together(paintings)
    for _ in range(12 * pictures):
        next(events)
    waits.clear()
    for _ in range(9 * pictures):
        next(events)
    events.close()
    assert waits.count("cpu") == 9
    # Every third evaluation renews the preconditioner, whose table goes to the device without a wait.
    assert waits.count("from_numpy") == 3
    assert len(waits) == 9 + 9 + 3  # the numbers that were waited for are read once more, by numpy
    assert pictures_at_once


def _noting(waits: list[str], name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        waits.append(name)
        return original(*args, **kwargs)

    return noted


def _run(
    stylizer: Stylizer,
    paintings: Sequence[Painting],
    stop: Callable[[int, int], bool] = lambda _number, _at: False,
) -> dict[int, list[Event | StyleError]]:
    """All events by member; ``stop`` says whether to stop a member after so many events."""
    seen: dict[int, list[Event | StyleError]] = {number: [] for number in range(len(paintings))}
    events = stylizer.stylize_together(paintings)
    answer: bool | None = None
    while True:
        try:
            number, event = events.send(answer)
        except StopIteration:
            return seen
        seen[number].append(event)
        answer = stop(number, len(seen[number]))


def _totals(events: Sequence[Event | StyleError]) -> list[float]:
    return [event.losses.total for event in events if isinstance(event, Progress)]


def _result(events: Sequence[Event | StyleError]) -> Result:
    assert isinstance(events[-1], Result)
    return events[-1]
