"""When memory runs out the work gets smaller, step by step, and the picture is finished all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from core.style.memory import MemoryBudget, initial_budget
from core.style.objective import Objective
from core.style.options import Options, Preset
from core.style.progress import Event, Progress, Result
from core.style.style_errors import OutOfMemoryError
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from core.style.objective import Evaluation
    from core.style.stylizer import Stylizer

CPU = torch.device("cpu")
OPTIONS = Options(preset=Preset.QUICK, size=320, evaluations=4)
PANORAMA, STYLE = waves((160, 16)), dots((96, 24))
"""As long as any pictures, and a fraction of their work."""


@pytest.fixture
def full_above(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the device run out of memory for pieces of more than that many pixels."""

    def limit(pixels: int) -> None:
        evaluate = Objective.__call__

        def within(self: Objective, picture: Tensor) -> Evaluation:
            for tile in self._tiles(picture):
                if tile.cut(picture).numel() > 3 * pixels:
                    raise torch.OutOfMemoryError("no memory left")
            return evaluate(self, picture)

        monkeypatch.setattr(Objective, "__call__", within)

    return limit


def test_tiles_are_tried_before_a_smaller_size(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, full_above: Callable[[int], None]
) -> None:
    monkeypatch.setattr("core.style.memory._TILES", (64,))
    full_above(300 * 32)
    events = list(stylizer.stylize(PANORAMA, [STYLE], OPTIONS))
    assert not any(event.reduced for event in events)
    assert _result(events).size == (320, 32)
    assert _result(events).evaluations == 4


def test_then_the_picture_gets_smaller_and_the_person_is_told(
    stylizer: Stylizer, full_above: Callable[[int], None]
) -> None:
    full_above(250 * 25)
    events = list(stylizer.stylize(PANORAMA, [STYLE], OPTIONS))
    assert {event.size for event in events if event.reduced} == {(240, 24)}
    assert not any(event.size == (320, 32) for event in events)
    assert _result(events).reduced
    assert _result(events).size == (240, 24)
    assert _result(events).complete
    assert [e.evaluation for e in events if isinstance(e, Progress)] == list(range(1, 5))


def test_no_memory_at_all_ends_in_its_own_error(
    stylizer: Stylizer, full_above: Callable[[int], None]
) -> None:
    full_above(16)
    with pytest.raises(OutOfMemoryError, match="smaller preset"):
        list(stylizer.stylize(PANORAMA, [STYLE], OPTIONS))


def test_what_was_painted_before_is_kept(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = Objective.__call__
    calls: Iterator[int] = iter(range(1000))

    def once(self: Objective, picture: Tensor) -> Evaluation:
        if next(calls) == 5:
            raise torch.OutOfMemoryError("no memory left")
        return evaluate(self, picture)

    monkeypatch.setattr(Objective, "__call__", once)
    options = Options(preset=Preset.QUICK, size=64, evaluations=12)
    losses = [
        event.losses.total
        for event in stylizer.stylize(waves((96, 48)), [dots()], options)
        if isinstance(event, Progress)
    ]
    assert len(losses) == 12
    assert losses[5] < losses[0]


def test_each_step_down_is_smaller_until_there_is_none() -> None:
    budget: MemoryBudget | None = initial_budget((600, 400), CPU)
    steps = []
    while budget is not None:
        steps.append((budget.history, budget.tile))
        budget = budget.step_down((600, 400))
    assert steps == [(38, None), (8, None), (8, 512), (8, 256)]


def test_large_pictures_are_bounded_beforehand_on_a_cpu() -> None:
    assert initial_budget((2048, 2048), CPU).tile == 1024
    assert initial_budget((1024, 1024), CPU).tile is None
    assert initial_budget((2048, 2048), CPU).history < initial_budget((512, 512), CPU).history


def _result(events: list[Event]) -> Result:
    assert isinstance(events[-1], Result)
    return events[-1]
