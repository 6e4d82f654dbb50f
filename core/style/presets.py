"""The presets as data: scales, layers, weights and evaluations of a transfer, and its cost. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from core.style.goals import CLASSIC_GOAL, Goal, gram_goal, matched_goal
from core.style.layers import convolution_gflop, find_layer, gram_gflop
from core.style.options import Method, Options, Preset, Solver
from core.style.style_errors import NeedsGPUError

if TYPE_CHECKING:
    from collections.abc import Hashable

MOST_TOGETHER: Final = 16
"""How many transfers are made together at most; on a GPU more of them gain nothing at any size."""

_COARSEST_SIDE: Final = 96
_FLOAT32_SLOWDOWN: Final = (
    2.5  # an evaluation in float32 against one in bfloat16, where that is the faster
)
_MATCHING_GFLOP: Final = (
    2e-6  # for each pair of places; so long takes what comes of the product of their patches, too
)
_MATCHING_GFLOP_A_PLACE: Final = 1.5e-2


@dataclass(frozen=True, slots=True)
class Scale:
    """One size at which the pixels are optimised.

    Attributes:
        size: (width, height) in pixels.
        evaluations: How often the objective is evaluated at this size.
        goal: The objective.
    """

    size: tuple[int, int]
    evaluations: int
    goal: Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A preset, before the size of the content picture is known.

    Attributes:
        size: Long side of the result in pixels.
        evaluations: One number for the finest scale, one for the scale of half its size, and so on. The last number
            holds for all coarser scales.
        solver: How the pixels are optimised.
        method: What the picture is made to resemble.
        layout: With ``field``, how many evaluations of Gram matrices alone come before all others, at the coarsest scale.
        matched: With ``field``, the evaluations of each scale, as in ``evaluations``.
        exact: Compute in float32 and in the reference's order, instead of as fast as possible.
        needs_gpu: Not offered on a CPU, where it would take most of an hour.
    """

    size: int
    evaluations: tuple[int, ...]
    solver: Solver
    method: Method = Method.FIELD
    layout: int = 0
    matched: tuple[int, ...] = ()
    exact: bool = False
    needs_gpu: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a transfer will compute.

    Attributes:
        goal: The objective by which the losses of the photo and of the result are told, whatever the scales'.
        scales: From coarse to fine.
        solver: How the pixels are optimised.
        exact: Compute in float32 and in the reference's order.
        classic: Resize pictures as the reference does: the style to the content's size, bilinear.
    """

    goal: Goal
    scales: tuple[Scale, ...]
    solver: Solver
    exact: bool
    classic: bool

    @property
    def evaluations(self) -> int:
        """Evaluations over all scales."""
        return sum(scale.evaluations for scale in self.scales)


class Stage(NamedTuple):
    """A part of a transfer in which every evaluation takes as long as the others.

    Attributes:
        evaluations: How many evaluations its progress counts.
        other: What else it computes (the targets, the final losses), in evaluations.
        gflop: GFLOP of one evaluation; more in float32, since it takes longer.
    """

    evaluations: int
    other: float
    gflop: float

    @property
    def passes(self) -> float:
        """All that it computes, in evaluations."""
        return self.evaluations + self.other


# With fewer than about 16 evaluations at the finest scale, its detail stays the photo's and specks of colour remain.
# With more than twice as many, little visibly changes. Coarser scales form the style's large shapes at little cost.
RECIPES: Final = {
    Preset.QUICK: Recipe(
        size=512, evaluations=(16, 20, 40), layout=24, matched=(10, 12), solver=Solver.SPECTRAL
    ),
    Preset.BALANCED: Recipe(
        size=768, evaluations=(22, 30, 40), layout=24, matched=(10, 10, 12), solver=Solver.SPECTRAL
    ),
    Preset.FINE: Recipe(
        size=1280, evaluations=(24, 50, 80), layout=24, matched=(10, 10, 12), solver=Solver.SPECTRAL
    ),
    Preset.ULTRA: Recipe(
        size=2048,
        evaluations=(40, 60, 80, 100),
        layout=30,
        matched=(12, 12, 16),
        solver=Solver.SPECTRAL,
        needs_gpu=True,
    ),
    Preset.CLASSIC: Recipe(
        size=512, evaluations=(300,), solver=Solver.LBFGS, method=Method.GRAM, exact=True
    ),
}


def offered(device: str) -> tuple[Preset, ...]:
    """The presets to offer on a device such as ``cpu`` or ``cuda:0``, quickest first."""
    return tuple(
        preset for preset, recipe in RECIPES.items() if device != "cpu" or not recipe.needs_gpu
    )


def check_device(preset: Preset, device: str) -> None:
    """Check that the preset is offered on the device.

    Raises:
        NeedsGPUError: The preset is not offered there.
    """
    if preset not in offered(device):
        raise NeedsGPUError(preset=preset)


def plan(options: Options, content_size: tuple[int, int]) -> Plan:
    """Plan a transfer.

    Args:
        options: The person's choices.
        content_size: (width, height) of the content picture; the result has its aspect ratio.
    """
    recipe = RECIPES[options.preset]
    classic = options.preset is Preset.CLASSIC
    goal = CLASSIC_GOAL if classic else gram_goal(options.strength)
    long_side = options.size or recipe.size
    scales = _gram_scales(long_side, content_size, recipe, goal)
    if _method(options) is Method.FIELD:
        scales = _matched_scales(scales, recipe, options)
    if options.strength == 0 and not classic:
        scales = (replace(scales[-1], evaluations=0),)
    elif options.evaluations is not None:
        scales = _distribute(scales, options.evaluations)
    solver = options.solver or recipe.solver
    return Plan(
        goal=goal,
        scales=scales,
        solver=solver,
        exact=recipe.exact and solver is Solver.LBFGS,
        classic=classic,
    )


@lru_cache(maxsize=1024)
def batch_key(options: Options, content_size: tuple[int, int]) -> Hashable | None:
    """What transfers must have in common to be painted together: equal keys are alike; None is like nothing.

    Strength, colours, seed and the style pictures' weights may differ. A collage is painted alone.

    Args:
        options: The person's choices.
        content_size: (width, height) of the content picture.
    """
    planned = plan(options, content_size)
    if planned.classic or planned.solver is not Solver.SPECTRAL or options.collage:
        return None
    return tuple(
        (scale.size, scale.evaluations, scale.goal.style_layers, scale.goal.content_layers)
        for scale in planned.scales
    )


@lru_cache(maxsize=1024)
def stages(options: Options, content_size: tuple[int, int]) -> tuple[Stage, ...]:
    """The scales of a transfer, coarse to fine, and then its final losses; as ``cost`` sees them.

    Args:
        options: The person's choices.
        content_size: (width, height) of the content picture.
    """
    planned = plan(options, content_size)
    slowdown = _FLOAT32_SLOWDOWN if planned.exact else 1.0
    scales = [
        Stage(
            scale.evaluations,
            _targets_cost(scale),
            slowdown * evaluation_gflop(scale.goal, scale.size),
        )
        for scale in planned.scales
    ]
    # The final losses take a forward pass for photo, picture and style, in float32.
    last = evaluation_gflop(planned.goal, planned.scales[-1].size)
    all_of_them = (*scales, Stage(0, 1.5, _FLOAT32_SLOWDOWN * last))
    tiles = max(1, len(options.collage))
    return tuple(
        Stage(tiles * stage.evaluations, tiles * stage.other, stage.gflop) for stage in all_of_them
    )


def cost(options: Options, content_size: tuple[int, int]) -> float:
    """GFLOP of the whole transfer; work in float32 counts more, since it takes longer.

    Args:
        options: The person's choices.
        content_size: (width, height) of the content picture.

    Returns:
        The cost. Divided by a device's measured speed, it gives seconds.
    """
    return sum(stage.passes * stage.gflop for stage in stages(options, content_size))


def evaluation_gflop(goal: Goal, size: tuple[int, int]) -> float:
    """GFLOP of one evaluation: the losses and their gradient with respect to the pixels."""
    styles = [find_layer(name) for name in goal.style_layers]
    contents = [find_layer(name) for name in goal.content_layers]
    deepest = max((*styles, *contents), key=lambda layer: layer.index)
    grams = sum(gram_gflop(layer, size) for layer in styles)
    return 2 * convolution_gflop(deepest, size) + 2 * grams


def _targets_cost(scale: Scale) -> float:
    """What the targets of a scale take, in evaluations: forward passes, and matching each place with each."""
    matching = scale.goal.matching
    if matching is None:
        return 1.0
    places = scale.size[0] * scale.size[1] / matching.stride**2
    # Measured on a CPU; beside the product of all patches it takes several passes over what comes of it.
    gflop = _MATCHING_GFLOP * places**2 + _MATCHING_GFLOP_A_PLACE * places
    return 2.0 + gflop / evaluation_gflop(scale.goal, scale.size)


def fit(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """``size`` scaled to a long side of ``long_side`` pixels, rounded to whole pixels; each side is 16 at least."""
    factor = long_side / max(size)
    width, height = (max(16, round(length * factor)) for length in size)
    return width, height


def _method(options: Options) -> Method:
    if options.preset is Preset.CLASSIC or options.solver is Solver.LBFGS:
        return Method.GRAM
    return options.method or RECIPES[options.preset].method


def _gram_scales(
    long_side: int, content_size: tuple[int, int], recipe: Recipe, goal: Goal
) -> tuple[Scale, ...]:
    long_sides = [long_side]
    while not recipe.exact and long_sides[-1] // 2 >= _COARSEST_SIDE:
        long_sides.append(long_sides[-1] // 2)
    return tuple(
        Scale(fit(content_size, each), _count(recipe.evaluations, level), goal)
        for level, each in reversed(list(enumerate(long_sides)))
    )


def _matched_scales(
    scales: tuple[Scale, ...], recipe: Recipe, options: Options
) -> tuple[Scale, ...]:
    """Gram matrices lay the picture out at the coarsest scale; from there on, each scale matches the places anew."""
    matched = tuple(
        Scale(
            scale.size,
            _count(recipe.matched, len(scales) - 1 - level),
            matched_goal(options.strength, scale.size, level, keep_detail=options.keep_detail),
        )
        for level, scale in enumerate(scales)
    )
    return (replace(scales[0], evaluations=recipe.layout), *matched)


def _count(evaluations: tuple[int, ...], level: int) -> int:
    """The evaluations of a scale; ``level`` is 0 for the finest one."""
    return evaluations[min(level, len(evaluations) - 1)]


def _distribute(scales: tuple[Scale, ...], evaluations: int) -> tuple[Scale, ...]:
    """Distribute ``evaluations`` over the scales in the recipe's proportions; leave out scales that get none."""
    total = sum(scale.evaluations for scale in scales)
    distributed, before, given = [], 0, 0
    for scale in scales:
        before += scale.evaluations
        upto = round(evaluations * before / total)
        distributed.append(replace(scale, evaluations=upto - given))
        given = upto
    last = distributed[-1]
    if last.evaluations == 0:  # the finest scale always stays, since it sets the result's size
        distributed[-1] = replace(last, evaluations=1)
        rich = max(range(len(distributed) - 1), key=lambda at: distributed[at].evaluations)
        distributed[rich] = replace(
            distributed[rich], evaluations=distributed[rich].evaluations - 1
        )
    return tuple(scale for scale in distributed if scale.evaluations > 0)
