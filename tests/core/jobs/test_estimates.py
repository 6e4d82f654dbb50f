"""How long it takes is learnt from what it took."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.jobs.estimates import Estimator
from core.style import presets
from core.style.options import Options, Preset
from tests.auxil.bench import stages
from tests.auxil.engines import ScriptedEngine, a_result
from tests.auxil.machines import CPU, GPU, MACHINES, PHOTO, SLOW_SETUP, Machine

if TYPE_CHECKING:
    from core.jobs.store import Store

SIZE = (640, 480)
QUICK, BALANCED, FINE, CLASSIC = [
    Options(preset=preset)
    for preset in (Preset.QUICK, Preset.BALANCED, Preset.FINE, Preset.CLASSIC)
]
SQUARE, WIDE, UPRIGHT = (1000, 1000), (1920, 1080), (3000, 4000)


def _a_history(stages: str, durations: str) -> str:
    kind = '"kind": ["cpu", "quick", false, 1]'
    return f'{{"histories": [{{{kind}, "stages": {stages}, "durations": {durations}}}]}}'


def an_estimator(store: Store, speed: float | None = 100.0) -> Estimator:
    """One for made-up transfers: QUICK takes 1000 GFLOP, anything else 4000."""
    return Estimator(store, ScriptedEngine(speed=speed), stages)


class Operator:
    """Has jobs done on a machine, and compares what was estimated with what they took.

    Attributes:
        machine: Where the jobs run; may be changed.
    """

    def __init__(self, store: Store, machine: Machine, *, measured: float) -> None:
        self.machine = machine
        self.estimator = Estimator(store, ScriptedEngine(speed=measured), presets.stages)

    async def do(self, options: Options, size: tuple[int, int] = PHOTO, **how: Any) -> None:
        """One job; arguments as for ``Machine.result``."""
        result = self.machine.result(options, size, **how)
        from_result = how.get("from_result", False)
        await self.estimator.learn(options, size, result, from_result=from_result)

    def error(self, options: Options, size: tuple[int, int] = PHOTO, **how: Any) -> float:
        """How far the estimate is from the truth, as a share of the truth."""
        estimated = self.estimator.seconds(options, size, **how)
        assert estimated is not None
        return abs(estimated / self.machine.seconds(options, size, **how) - 1)


async def test_nothing_is_known_before_anything_was_measured(store: Store) -> None:
    estimator = an_estimator(store, None)
    await estimator.load()
    assert estimator.seconds(Options(), SIZE) is None
    assert estimator.stage_times(Options(), SIZE) is None
    assert estimator.seconds(Options(time_limit=5), SIZE) == 5


async def test_cost_by_speed(store: Store) -> None:
    estimator = an_estimator(store)
    assert estimator.seconds(QUICK, SIZE) == pytest.approx(10)
    assert estimator.seconds(Options(time_limit=5), SIZE) == 5


@pytest.mark.parametrize("machine", [CPU, GPU])
@pytest.mark.parametrize("wrong", [1 / 3, 3.0])
async def test_a_wrong_measurement_is_forgotten_with_the_first_job(
    store: Store, machine: Machine, wrong: float
) -> None:
    operator = Operator(store, machine, measured=wrong * machine.speed)
    await operator.do(QUICK)
    assert operator.error(QUICK) < 0.01
    for size in (SQUARE, WIDE, UPRIGHT):
        assert operator.error(QUICK, size) < 0.1
    for options in (BALANCED, FINE, CLASSIC):
        assert operator.error(options) < 0.3


@pytest.mark.parametrize("options", [QUICK, BALANCED, FINE, CLASSIC])
@pytest.mark.parametrize("machine", MACHINES)
async def test_the_second_job_of_each_preset_is_right_whatever_its_shape(
    store: Store, machine: Machine, options: Options
) -> None:
    operator = Operator(store, machine, measured=machine.speed)
    await operator.do(options, PHOTO)
    for size in (PHOTO, SQUARE, WIDE, UPRIGHT):
        assert operator.error(options, size) < 0.3


@pytest.mark.parametrize("options", [QUICK, BALANCED, FINE, CLASSIC])
async def test_a_gpu_that_plans_each_shape_once_is_right_from_the_second_job_on(
    store: Store, options: Options
) -> None:
    """As it was measured on a card: set up within 0.25 s a stage at first, and in a fifth of that later."""
    settled = Machine(100_000.0, launch=0.003, setup=0.05)
    operator = Operator(store, replace(settled, setup=0.25), measured=100.0)
    await operator.do(options)
    operator.machine = settled
    for _ in range(3):
        assert operator.error(options) < 0.3
        await operator.do(options)


async def test_a_size_goes_by_the_nearest_one(store: Store) -> None:
    operator = Operator(store, GPU, measured=GPU.speed)
    small, large = replace(QUICK, size=256), replace(QUICK, size=2048)
    for options in (small, large):
        await operator.do(options)
    assert operator.error(replace(QUICK, size=300)) < 0.1
    assert operator.error(replace(QUICK, size=1800)) < 0.1


@pytest.mark.parametrize("machine", [CPU, GPU])
async def test_what_starts_from_a_result_is_quicker_and_tells_nothing_of_the_others(
    store: Store, machine: Machine
) -> None:
    operator = Operator(store, machine, measured=machine.speed)
    await operator.do(QUICK)
    assert operator.error(QUICK, from_result=True) < 0.3
    await operator.do(QUICK, from_result=True)
    assert operator.error(QUICK, from_result=True) < 0.01
    assert operator.error(QUICK) < 0.01


@pytest.mark.parametrize("seed", range(5))
async def test_noise_does_not_drive_it_away(store: Store, seed: int) -> None:
    dice = random.Random(seed)
    operator = Operator(store, CPU, measured=CPU.speed / 3)
    errors = []
    for _ in range(20):
        await operator.do(QUICK, slower=dice.uniform(0.8, 1.2))
        errors.append(operator.error(QUICK))
    assert max(errors) <= 0.2001
    assert sum(errors) / len(errors) < 0.12


@pytest.mark.parametrize("slower", [0.5, 2.0])
async def test_a_machine_that_changes_for_good_is_known_after_three_jobs(
    store: Store, slower: float
) -> None:
    operator = Operator(store, CPU, measured=CPU.speed)
    for _ in range(20):
        await operator.do(QUICK)
    operator.machine = replace(CPU, speed=CPU.speed / slower)
    for _ in range(3):
        await operator.do(QUICK)
    assert operator.error(QUICK) < 0.01


async def test_a_transfer_of_one_evaluation_a_scale_has_its_duration_all_the_same(
    store: Store,
) -> None:
    operator = Operator(store, SLOW_SETUP, measured=1000.0)
    await operator.do(replace(QUICK, evaluations=2))
    assert operator.error(replace(QUICK, evaluations=2)) < 0.01


async def test_one_odd_job_does_not_upset_it(store: Store) -> None:
    operator = Operator(store, CPU, measured=CPU.speed)
    for slower in (1, 1, 4, 1, 4):
        await operator.do(QUICK, slower=slower)
    assert operator.error(QUICK) < 0.01


async def test_devices_do_not_mix(store: Store) -> None:
    operator = Operator(store, CPU, measured=CPU.speed)
    for options in (QUICK, BALANCED):
        await operator.do(options)
    operator.machine = GPU
    await operator.do(BALANCED)
    assert operator.error(BALANCED) < 0.01
    assert operator.error(QUICK) < 0.3
    operator.machine = CPU
    await operator.do(QUICK)
    assert operator.error(BALANCED) < 0.01


async def test_works_that_are_painted_together_are_known_apart(store: Store) -> None:
    estimator = an_estimator(store)
    await estimator.learn(QUICK, SIZE, a_result(seconds=10))
    alone, four = [estimator.seconds(QUICK, SIZE, together=number) or 0 for number in (1, 4)]
    assert alone == pytest.approx(10)
    assert 2 * alone < four < 4 * alone
    await estimator.learn(QUICK, SIZE, a_result(seconds=14), together=4)
    assert estimator.seconds(QUICK, SIZE, together=4) == pytest.approx(14)
    assert estimator.seconds(QUICK, SIZE) == pytest.approx(10)


async def test_a_job_cut_short_teaches_nothing(store: Store) -> None:
    estimator = an_estimator(store)
    for result in (
        replace(a_result(seconds=1), complete=False),
        replace(a_result(seconds=1), reduced=True),
    ):
        await estimator.learn(QUICK, SIZE, result)
    assert estimator.seconds(QUICK, SIZE) == pytest.approx(10)


async def test_a_second_start_knows_before_the_engine_does(store: Store) -> None:
    first = Operator(store, GPU, measured=100.0)
    for options in (BALANCED, QUICK):
        for _ in range(2):
            await first.do(options)
    await first.do(QUICK, from_result=True)

    second = Estimator(store, ScriptedEngine(speed=None), presets.stages)
    await second.load()

    for options, from_result in ((QUICK, False), (QUICK, True), (BALANCED, False), (FINE, False)):
        assert second.stage_times(
            options, PHOTO, from_result=from_result
        ) == first.estimator.stage_times(options, PHOTO, from_result=from_result)


async def test_an_engine_that_measures_nothing_is_measured_by_its_jobs(store: Store) -> None:
    operator = Operator(store, CPU, measured=0.0)
    assert operator.estimator.seconds(QUICK, PHOTO) is None
    await operator.do(QUICK)
    assert operator.error(FINE) < 0.01


async def test_what_is_remembered_has_a_limit(store: Store) -> None:
    estimator = an_estimator(store)
    for number in range(70):
        size = (round(100 * 1.1**number), 2000)
        await estimator.learn(QUICK, size, a_result(seconds=number + 1))
    kept = json.loads(await store.preferences.value("estimates") or "")
    assert len(kept["histories"]) == 64
    assert estimator.seconds(QUICK, size) == pytest.approx(70)


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{}",
        "[]",
        '{"histories": 3}',
        '{"histories": [[]]}',
        _a_history("[]", "[]"),
        _a_history("[[9, 1, 2]]", "[[1, [2, 3], [4]]]"),
        _a_history("[[9, 1, 2], [0, 1, 2]]", "[[-1, [2], [1, 1]]]"),
        _a_history("[[9, 1, 2], [0, 1, 2]]", "[[1, [0], [1, null]]]"),
        _a_history("[[9, 1, 2], [0, 1, 2]]", "[[1, [2], [1]]]"),
        '{"speed": 100.0, "corrections": {"quick": 0.1}}',
        "nonsense",
    ],
)
async def test_what_cannot_be_read_is_learnt_again(store: Store, kept: str) -> None:
    await store.preferences.set_value("estimates", kept)
    estimator = an_estimator(store)
    await estimator.load()
    assert estimator.seconds(QUICK, SIZE) == pytest.approx(10)
