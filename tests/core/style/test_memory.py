"""When memory runs out the work gets smaller, step by step, and the picture is finished all the same."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from core.style.memory import (
    MemoryBudget,
    initial_budget,
    most_together,
    plain_history,
)
from core.style.objective import Objective
from core.style.options import Options, Preset
from core.style.progress import Event, Progress, Result
from core.style.style_errors import OutOfMemoryError
from core.style.vgg19 import VGG19
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from core.style.objective import Evaluation
    from core.style.stylizer import Stylizer

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)
GB = 10**9
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
    with pytest.raises(OutOfMemoryError, match="lower quality"):
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
    budget: MemoryBudget | None = initial_budget((600, 400), CPU, free=64 * GB)
    steps = []
    while budget is not None:
        steps.append((budget.history, budget.tile))
        budget = budget.step_down((600, 400))
    assert steps == [(100, None), (8, None), (8, 512), (8, 256)]


def test_large_pictures_are_bounded_beforehand_on_a_cpu() -> None:
    assert initial_budget((2048, 2048), CPU, free=64 * GB).tile == 1024
    assert initial_budget((1024, 1024), CPU, free=64 * GB).tile is None
    assert initial_budget((1024, 1024), CPU, free=2 * GB).tile == 512


def test_a_card_with_room_takes_a_large_picture_whole_with_all_its_history() -> None:
    budget = initial_budget((2048, 2048), CUDA, free=70 * GB)
    assert (budget.history, budget.tile) == (100, None)


@pytest.mark.parametrize("device", [CPU, CUDA], ids=str)
@pytest.mark.parametrize("size", [(512, 512), (1280, 960), (2048, 2048), (2048, 100)])
def test_less_free_memory_means_less_is_taken_and_it_fits(
    device: torch.device, size: tuple[int, int]
) -> None:
    taken = []
    for free in (GB, 2 * GB, 4 * GB, 8 * GB, 24 * GB):
        budget = initial_budget(size, device, dtype=torch.bfloat16, free=free)
        taken.append(_bytes_taken(budget, size))
        smallest = budget.tile == 256 and budget.history == 8
        assert smallest or taken[-1] < free
    assert taken == sorted(taken)


def test_an_evaluation_that_is_recorded_is_counted_twice() -> None:
    recorded, direct = (1400, 1400), (1420, 1420)
    left = [initial_budget(size, CUDA, free=9 * GB).history for size in (recorded, direct)]
    assert left[0] < left[1] < 100


def test_what_other_processes_leave_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    size = (1280, 1280)
    free = {"left": 70 * GB}
    monkeypatch.setattr("core.style.memory.free_memory", lambda _device: free["left"])
    alone = initial_budget(size, CUDA)
    free["left"] = 2 * GB
    beside_others = initial_budget(size, CUDA)
    assert alone.tile is None
    assert beside_others.tile == 512
    assert beside_others.history < alone.history


def test_a_style_is_cut_by_its_own_size_and_the_picture_by_its() -> None:
    budget = initial_budget((2048, 100), CPU, free=64 * GB)
    assert budget.tile is None
    assert budget.tile_for((4800, 4800)) == 1024
    assert budget.tile_for((640, 480)) is None


def test_a_style_is_cut_at_least_as_finely_as_a_picture_that_ran_out_of_memory() -> None:
    budget = MemoryBudget(8, 512, 64_000_000)
    assert budget.tile_for((4000, 4000)) == 512
    assert budget.at_most(MemoryBudget(50, None, 1_000_000)) == MemoryBudget(8, 512, 1_000_000)


def test_as_many_pictures_share_a_pass_as_fit_together() -> None:
    def together(size: tuple[int, int], free: int) -> int:
        return most_together(size, CUDA, dtype=torch.bfloat16, free=free)

    assert together((128, 128), 70 * GB) == together((512, 512), 70 * GB) == 16
    assert 1 < together((2048, 2048), 70 * GB) < 16
    assert together((2048, 2048), 4 * GB) == 1
    assert together((512, 512), 4 * GB) < 16
    assert most_together((128, 128), CPU, free=70 * GB) == 1


def test_pictures_that_fit_together_are_evaluated_whole_with_their_history() -> None:
    size = (1280, 1280)
    count = most_together(size, CUDA, free=40 * GB)
    budget = initial_budget(size, CUDA, pictures=count, free=40 * GB)
    assert count > 1
    assert (budget.history, budget.tile) == (100, None)


def test_the_reference_keeps_its_history_unless_there_is_no_room() -> None:
    assert plain_history((512, 512), CPU, free=2 * GB) == 100
    assert 8 < plain_history((2048, 2048), CPU, free=2 * GB) < 100
    assert plain_history((2048, 2048), CPU, free=0) == 8


@pytest.mark.parametrize("scarce", [False, True], ids=["enough", "scarce"])
def test_a_large_style_beside_a_narrow_photo_is_taken_in_tiles(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, scarce: bool
) -> None:
    monkeypatch.setattr("core.style.memory._WHOLE_PIXELS", 320 * 200 if scarce else 10**6)
    monkeypatch.setattr("core.style.memory._TILES", (160,))
    largest = []
    extract = VGG19.extract

    def note(network: VGG19, pixels: Tensor, *rest: Any) -> None:
        largest.append(pixels.shape[-1] * pixels.shape[-2])
        extract(network, pixels, *rest)

    monkeypatch.setattr(VGG19, "extract", note)
    options = replace(OPTIONS, evaluations=1)
    list(stylizer.stylize(PANORAMA, [dots((320, 320))], options))
    assert (max(largest) < 320 * 320) is scarce
    assert 320 * 32 in largest  # the photo itself is taken whole


def test_nothing_is_left_behind_for_the_garbage_collector(
    stylizer: Stylizer, full_above: Callable[[int], None]
) -> None:
    """So that a scale need not wait for it, which takes half a second with torch loaded."""
    gc.collect()
    gc.disable()
    try:
        before = _tensors()
        list(stylizer.stylize(PANORAMA, [STYLE], replace(OPTIONS, size=128)))
        assert _tensors() == before
        full_above(16)
        with pytest.raises(OutOfMemoryError):
            list(stylizer.stylize(PANORAMA, [STYLE], OPTIONS))
        assert _tensors() == before
    finally:
        gc.enable()


def _bytes_taken(budget: MemoryBudget, size: tuple[int, int]) -> int:
    """What was measured in bfloat16 on a CPU: 760 to 990 bytes for each pixel that is evaluated at once."""
    pixels = size[0] * size[1]
    at_once = pixels if budget.tile is None else min(pixels, (budget.tile + 2 * 96) ** 2)
    return 900 * at_once + 12 * budget.history * pixels


def _tensors() -> Counter[tuple[int, ...]]:
    return Counter(tuple(one.shape) for one in gc.get_objects() if type(one) is torch.Tensor)


def _result(events: list[Event]) -> Result:
    assert isinstance(events[-1], Result)
    return events[-1]
