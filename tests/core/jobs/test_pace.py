"""The time left of a running job comes to the truth, and does not leap on the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from core.jobs.durations import StageTime, by_speed
from core.jobs.estimates import Estimator
from core.jobs.pace import Pace
from core.style import presets
from core.style.options import Options, Preset
from core.style.presets import Stage
from tests.auxil.engines import ScriptedEngine, a_progress
from tests.auxil.machines import MACHINES, PHOTO, Machine

if TYPE_CHECKING:
    from core.jobs.store import Store

BALANCED = Options(preset=Preset.BALANCED)
TIMES = (
    StageTime(Stage(20, 1.0, 1.0), 0.1),
    StageTime(Stage(10, 1.0, 4.0), 1.0),
    StageTime(Stage(0, 1.5, 4.0), 2.0),
)
"""Two scales of 2.1 and 11 seconds, and the final losses of 3."""


def left_and_truth(
    machine: Machine, times: tuple[StageTime, ...], *, slower: float = 1.0
) -> list[tuple[float, float]]:
    """After each evaluation of a job on a machine: the seconds that are shown, and those that are left."""
    pace, told = Pace(), []
    end = machine.result(BALANCED, slower=slower).seconds
    for progress in machine.progress(BALANCED, slower=slower):
        pace.note(progress)
        told.append((pace.left(times) or 0.0, end - progress.elapsed))
    return told


async def times_on(store: Store, machine: Machine) -> tuple[StageTime, ...]:
    """What an estimator expects after two jobs on the machine; a GPU's first one of a shape sets things up."""
    estimator = Estimator(store, ScriptedEngine(), presets.stages)
    for _ in range(2):
        await estimator.learn(BALANCED, PHOTO, machine.result(BALANCED))
    return estimator.stage_times(BALANCED, PHOTO) or ()


def test_before_its_first_progress_a_job_goes_by_the_estimate() -> None:
    assert Pace().left(TIMES) == pytest.approx(16.1)
    assert Pace().left(TIMES, time_limit=5.0) == 5
    assert Pace().left(None) is None


def test_each_evaluation_takes_off_what_it_was_expected_to_take() -> None:
    pace = Pace()
    pace.note(replace(a_progress(10, evaluations=30, elapsed=1.0), scales=2))
    assert pace.left(TIMES) == pytest.approx(15)
    pace.note(replace(a_progress(20, evaluations=30, elapsed=2.0), scales=2))
    assert pace.left(TIMES) == pytest.approx(14)
    pace.note(replace(a_progress(25, evaluations=30, elapsed=8.0), scale=2, scales=2))
    assert pace.left(TIMES) == pytest.approx(8)
    assert pace.left(TIMES, time_limit=10.0) == 2
    pace.note(replace(a_progress(30, evaluations=30, elapsed=13.0), scale=2, scales=2))
    assert pace.left(TIMES) == pytest.approx(3)


def test_a_job_of_which_nothing_is_expected_goes_by_its_own_pace() -> None:
    pace = Pace()
    pace.note(a_progress(10, evaluations=40, elapsed=50.0))
    assert pace.left(None) is None
    pace.note(a_progress(20, evaluations=40, elapsed=100.0))
    assert pace.left(None) == pytest.approx(100)


def test_a_job_that_overruns_its_estimate_still_has_time_left() -> None:
    pace = Pace()
    for evaluation in range(1, 21):
        progress = a_progress(evaluation, evaluations=30, elapsed=10.0 * evaluation)
        pace.note(replace(progress, scales=2))
    assert (pace.left(TIMES) or 0) > 30


def test_a_job_with_more_scales_than_were_expected_goes_by_its_own_pace_until_those_come() -> None:
    pace = Pace()
    for evaluation, elapsed in ((2, 1.0), (4, 2.0)):
        pace.note(replace(a_progress(evaluation, evaluations=36, elapsed=elapsed), scales=3))
    assert pace.left(TIMES) == pytest.approx(16)
    pace.note(replace(a_progress(6, evaluations=36, elapsed=3.0), scale=2, scales=3))
    assert pace.left(TIMES) == pytest.approx(16)


def test_an_attempt_that_begins_anew_is_timed_anew() -> None:
    pace = Pace()
    for evaluation, elapsed in ((1, 10.0), (9, 100.0)):
        pace.note(a_progress(evaluation, elapsed=elapsed))
    pace.note(replace(a_progress(2, elapsed=1.0), attempt=2))
    assert pace.left(None) is None


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("slower", [0.75, 1.0, 1.3])
async def test_on_a_machine_that_is_known_it_is_right_all_the_way(
    store: Store, machine: Machine, slower: float
) -> None:
    told = left_and_truth(machine, await times_on(store, machine), slower=slower)
    assert all(abs(left / truth - 1) < 0.36 for left, truth in told)
    assert all(abs(left / truth - 1) < 0.1 for left, truth in told[10:])


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("wrong", [1 / 3, 1.0, 3.0])
def test_the_very_first_job_comes_to_the_truth_and_never_leaps_up_between_scales(
    machine: Machine, wrong: float
) -> None:
    measured = by_speed(presets.stages(BALANCED, PHOTO), wrong * machine.speed)
    told = left_and_truth(machine, measured)
    whole = told[0][1]
    # The first evaluations may show that the machine is slower than was measured; after that nothing is news.
    shown = [left for left, _ in told[10:]]
    assert max(later - before for before, later in pairwise(shown)) < 0.1 * whole
    assert all(abs(left - truth) < 0.15 * whole for left, truth in told[-8:])
