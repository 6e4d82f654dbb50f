"""What a preset is going to do, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest

from core.style.goals import content_weight
from core.style.options import Colours, Method, Options, Preset, Solver
from core.style.presets import batch_key, check_device, cost, offered, plan, stages
from core.style.style_errors import NeedsGPUError

PHOTO = (1280, 960)
DEEP = (Preset.QUICK, Preset.BALANCED, Preset.FINE, Preset.ULTRA)


def test_classic_is_the_tutorial() -> None:
    planned = plan(Options(preset=Preset.CLASSIC), (600, 600))
    assert planned.goal.style_layers == ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
    assert planned.goal.content_layers == ("conv2_2",)
    assert (planned.goal.style_weight, planned.goal.content_weight) == (1e6, 1)
    assert [(scale.size, scale.evaluations) for scale in planned.scales] == [((512, 512), 300)]
    assert planned.solver is Solver.LBFGS
    assert planned.exact


def test_classic_with_the_other_solver_need_not_be_exact() -> None:
    assert not plan(Options(preset=Preset.CLASSIC, solver=Solver.SPECTRAL), PHOTO).exact


@pytest.mark.parametrize("preset", DEEP)
def test_scales_double_up_to_the_size_and_keep_the_proportions(preset: Preset) -> None:
    planned = plan(Options(preset=preset), PHOTO)
    sizes = [scale.size for scale in planned.scales]
    assert sizes[0] == sizes[1]  # laid out by Gram matrices alone, and then matched
    sizes = sizes[1:]
    assert all(width == pytest.approx(height * 4 / 3, abs=1) for width, height in sizes)
    assert all(after[0] == 2 * before[0] for before, after in pairwise(sizes))
    assert 96 <= sizes[0][0] < 192


def test_the_longer_side_is_the_size_whichever_way_round() -> None:
    assert plan(Options(size=300), (400, 1000)).scales[-1].size == (120, 300)


def test_sizes_suit_a_phone() -> None:
    sides = [max(plan(Options(preset=preset), PHOTO).scales[-1].size) for preset in DEEP]
    assert sides == [512, 768, 1280, 2048]


def test_ultra_is_offered_only_where_there_is_a_gpu() -> None:
    assert Preset.ULTRA not in offered("cpu")
    assert offered("cuda:0") == offered("mps") == tuple(Preset)
    check_device(Preset.ULTRA, "cuda")
    with pytest.raises(NeedsGPUError):
        check_device(Preset.ULTRA, "cpu")


def test_gram_has_each_size_once() -> None:
    planned = plan(Options(preset=Preset.QUICK, method=Method.GRAM), PHOTO)
    assert [scale.size[0] for scale in planned.scales] == [128, 256, 512]
    assert {scale.goal for scale in planned.scales} == {planned.goal}


@pytest.mark.parametrize(
    "options",
    [
        Options(preset=Preset.CLASSIC, method=Method.FIELD),
        Options(preset=Preset.QUICK, method=Method.FIELD, solver=Solver.LBFGS),
    ],
)
def test_nothing_is_matched_by_the_tutorial_and_its_solver(options: Options) -> None:
    assert all(scale.goal.matching is None for scale in plan(options, PHOTO).scales)


@pytest.mark.parametrize("preset", DEEP)
def test_more_strength_leaves_less_of_the_photo_at_every_scale(preset: Preset) -> None:
    rows = [
        [
            (each.photo_share, each.detail_share)
            for scale in plan(Options(preset=preset, strength=step / 10), PHOTO).scales
            if (each := scale.goal.matching) is not None
        ]
        for step in range(1, 11)
    ]
    for weaker, stronger in pairwise(rows):
        for before, after in zip(weaker, stronger, strict=True):
            assert before[0] > after[0]
            assert before[1] > after[1]
    assert {shares for row in rows[-1:] for shares in row} == {(0, 0)}


def test_details_have_more_of_the_photo_unless_one_says_no() -> None:
    def shares(*, keep_detail: bool) -> tuple[float, float]:
        matching = plan(Options(keep_detail=keep_detail), PHOTO).scales[-1].goal.matching
        assert matching is not None
        return matching.photo_share, matching.detail_share

    everywhere, detailed = shares(keep_detail=True)
    assert detailed > everywhere + 0.2
    assert shares(keep_detail=False) == (everywhere, everywhere)


def test_strength_means_the_same_for_every_preset() -> None:
    goals = {plan(Options(preset=preset, strength=0.4), PHOTO).goal for preset in DEEP}
    assert len(goals) == 1


@pytest.mark.parametrize("evaluations", [1, 2, 3, 7, 50, 96, 1000])
@pytest.mark.parametrize("preset", list(Preset))
def test_evaluations_are_as_many_as_asked_for(preset: Preset, evaluations: int) -> None:
    planned = plan(Options(preset=preset, evaluations=evaluations, size=512), PHOTO)
    assert planned.evaluations == evaluations
    assert planned.scales[-1].size == (512, 384)
    assert all(scale.evaluations > 0 for scale in planned.scales)


def test_every_step_of_strength_lowers_the_weight_and_the_first_the_most() -> None:
    weights = [content_weight(step / 10) for step in range(11)]
    assert (weights[0], weights[5], weights[10]) == pytest.approx((30, 0.15, 0.02))
    ratios = [after / before for before, after in pairwise(weights)]
    assert ratios == sorted(ratios)
    assert ratios[-1] < 0.9


def test_no_strength_is_no_work() -> None:
    assert plan(Options(strength=0), PHOTO).evaluations == 0


def test_finer_presets_cost_more() -> None:
    costs = [cost(Options(preset=preset), PHOTO) for preset in DEEP]
    assert costs == sorted(costs)
    assert costs[0] > 1000


def test_cost_grows_with_pixels_and_evaluations() -> None:
    small = cost(Options(preset=Preset.CLASSIC, size=256), PHOTO)
    assert cost(Options(preset=Preset.CLASSIC, size=512), PHOTO) == pytest.approx(
        4 * small, rel=0.02
    )
    assert cost(Options(preset=Preset.CLASSIC, evaluations=600), PHOTO) > 1.8 * cost(
        Options(preset=Preset.CLASSIC), PHOTO
    )


def test_what_can_be_painted_together() -> None:
    quick = Options(preset=Preset.QUICK)
    key = batch_key(quick, PHOTO)
    assert key is not None
    like = replace(quick, strength=0.9, colours=Colours.LUMINANCE, seed=3, style_weights=(1.0, 2.0))
    assert batch_key(like, PHOTO) == key
    assert batch_key(quick, (PHOTO[0] * 2, PHOTO[1] * 2)) == key
    for other in (
        replace(quick, preset=Preset.BALANCED),
        replace(quick, size=500),
        replace(quick, evaluations=50),
    ):
        assert batch_key(other, PHOTO) != key
    assert batch_key(quick, (PHOTO[1], PHOTO[0])) != key
    assert batch_key(Options(preset=Preset.CLASSIC), PHOTO) is None
    assert batch_key(replace(quick, collage=("ink", "glass")), PHOTO) is None
    assert batch_key(replace(quick, solver=Solver.LBFGS), PHOTO) is None


def test_times_can_be_estimated_without_torch() -> None:
    code = "import sys, core.style.presets, core.style.stylizer; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_collage_computes_as_much_as_its_tiles() -> None:
    tile = Options(preset=Preset.QUICK, size=256)
    collage = replace(tile, collage=("ink", "glass", "oil"))

    assert cost(collage, PHOTO) == pytest.approx(3 * cost(tile, PHOTO))
    assert [one.evaluations for one in stages(collage, PHOTO)] == [
        3 * one.evaluations for one in stages(tile, PHOTO)
    ]
