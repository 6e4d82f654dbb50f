"""How long it takes is learnt from what it took."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.jobs.estimates import Estimator, Pace, ends
from core.style.options import Options, Preset
from tests.auxil.engines import ScriptedEngine, a_progress, a_result

if TYPE_CHECKING:
    from core.jobs.store import Store

SIZE = (640, 480)


def cost(options: Options, size: tuple[int, int]) -> float:
    return size[0] * size[1] / 307.2 * (1 if options.preset is Preset.QUICK else 4)


async def test_nothing_is_known_before_anything_was_measured(store: Store) -> None:
    estimator = Estimator(store, ScriptedEngine(), cost)
    await estimator.load()
    assert estimator.seconds(Options(), SIZE) is None


async def test_cost_by_speed(store: Store) -> None:
    estimator = Estimator(store, ScriptedEngine(speed=100.0), cost)
    assert estimator.seconds(Options(preset=Preset.QUICK), SIZE) == pytest.approx(10)
    assert estimator.seconds(Options(time_limit=5), SIZE) == 5


async def test_past_jobs_correct_it_preset_by_preset(store: Store) -> None:
    estimator = Estimator(store, ScriptedEngine(speed=100.0), cost)
    for _ in range(20):
        await estimator.learn(Options(preset=Preset.QUICK), SIZE, a_result(seconds=15))
    assert estimator.seconds(Options(preset=Preset.QUICK), SIZE) == pytest.approx(15)
    assert estimator.seconds(Options(preset=Preset.FINE), SIZE) == pytest.approx(40)


async def test_what_starts_from_a_result_is_quicker_and_tells_nothing_of_the_others(
    store: Store,
) -> None:
    quick = Options(preset=Preset.QUICK)
    estimator = Estimator(store, ScriptedEngine(speed=100.0), cost)
    assert 2 < (estimator.seconds(quick, SIZE, from_result=True) or 0) < 8
    for _ in range(20):
        await estimator.learn(quick, SIZE, a_result(seconds=3), from_result=True)
    assert estimator.seconds(quick, SIZE, from_result=True) == pytest.approx(3)
    assert estimator.seconds(quick, SIZE) == pytest.approx(10)
    again = Estimator(store, ScriptedEngine(speed=100.0), cost)
    await again.load()
    assert again.seconds(quick, SIZE, from_result=True) == pytest.approx(3)


async def test_one_odd_job_does_not_upset_it(store: Store) -> None:
    estimator = Estimator(store, ScriptedEngine(speed=100.0), cost)
    quick = Options(preset=Preset.QUICK)
    for seconds in (10, 10, 10, 40):
        await estimator.learn(quick, SIZE, a_result(seconds=seconds))
    assert 10 < (estimator.seconds(quick, SIZE) or 0) < 20


async def test_a_job_cut_short_teaches_nothing(store: Store) -> None:
    estimator = Estimator(store, ScriptedEngine(speed=100.0), cost)
    for result in (
        replace(a_result(seconds=1), complete=False),
        replace(a_result(seconds=1), reduced=True),
    ):
        await estimator.learn(Options(preset=Preset.QUICK), SIZE, result)
    assert estimator.seconds(Options(preset=Preset.QUICK), SIZE) == pytest.approx(10)


async def test_a_second_start_knows_before_the_engine_does(store: Store) -> None:
    first = Estimator(store, ScriptedEngine(speed=100.0), cost)
    await first.learn(Options(preset=Preset.QUICK), SIZE, a_result(seconds=12))

    second = Estimator(store, ScriptedEngine(speed=None), cost)
    await second.load()

    assert second.seconds(Options(preset=Preset.QUICK), SIZE) == pytest.approx(12)


async def test_an_engine_that_measures_nothing_is_measured_by_its_jobs(store: Store) -> None:
    estimator = Estimator(store, ScriptedEngine(speed=None), cost)
    await estimator.learn(Options(preset=Preset.QUICK), SIZE, a_result(seconds=20))
    assert estimator.seconds(Options(preset=Preset.FINE), SIZE) == pytest.approx(80)


@pytest.mark.parametrize("kept", ["", "{}", "[]", '{"corrections": 3}', "nonsense"])
async def test_what_cannot_be_read_is_learnt_again(store: Store, kept: str) -> None:
    await store.preferences.set_value("estimates", kept)
    estimator = Estimator(store, ScriptedEngine(speed=100.0), cost)
    await estimator.load()
    assert estimator.seconds(Options(preset=Preset.QUICK), SIZE) == pytest.approx(10)


def test_a_running_job_first_goes_by_the_estimate_then_by_its_own_pace() -> None:
    pace = Pace()
    assert pace.left(60) == 60
    coarse = replace(a_progress(10, evaluations=100, elapsed=2.0), scales=2)
    pace.note(coarse)
    assert pace.left(60) == 58
    pace.note(replace(coarse, evaluation=20, elapsed=3.0))
    assert pace.left(60) == 57
    pace.note(replace(coarse, evaluation=60, elapsed=10.0, scale=2))
    pace.note(replace(coarse, evaluation=70, elapsed=20.0, scale=2))
    assert pace.left(60) == pytest.approx(30)


def test_a_job_that_overruns_its_estimate_still_has_time_left() -> None:
    pace = Pace()
    for evaluation, elapsed in ((10, 50.0), (20, 100.0)):
        pace.note(replace(a_progress(evaluation, evaluations=40, elapsed=elapsed), scales=2))
    assert pace.left(60) == pytest.approx(100)


def test_waiting_jobs_end_after_those_before_them() -> None:
    assert ends([5.0], [10.0, 20.0], slots=1) == [15.0, 35.0]
    assert ends([5.0, 30.0], [10.0, 20.0, 1.0], slots=2) == [15.0, 35.0, 31.0]
    assert ends([], [10.0, 20.0], slots=2) == [10.0, 20.0]
    assert ends([5.0], [10.0, None, 1.0], slots=1) == [15.0, None, None]
    assert ends([None], [10.0], slots=1) == [None]
    assert ends([], [10.0], slots=0) == [None]
