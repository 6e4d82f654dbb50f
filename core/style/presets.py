"""What each preset does: the scales, layers, weights and evaluations of a transfer, and its cost. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.style.layers import convolution_gflop, find_layer, gram_gflop
from core.style.options import Options, Preset, Solver
from core.style.style_errors import NeedsGPUError

_COARSEST_SIDE: Final = 96
_FLOAT32_SLOWDOWN: Final = 2.5  # of one evaluation, against bfloat16 where that is fast


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The objective: which layers are compared, and how much each term weighs.

    Attributes:
        style_layers: Where Gram matrices are compared.
        content_layers: Where features are compared.
        style_weight: Of each style layer's mean squared error.
        content_weight: Of each content layer's mean squared error.
        relative: Divide each layer's loss by the mean square of its target, which makes the weights
            independent of the network's scaling.
        replicate: Pad the picture by repeating its border, which leaves no frame around it.
    """

    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    style_weight: float
    content_weight: float
    relative: bool
    replicate: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """One size that is painted at.

    Attributes:
        size: (width, height) in pixels.
        evaluations: Of the objective, at this size.
    """

    size: tuple[int, int]
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A preset before anything is known of the pictures.

    Attributes:
        size: Long side of the result, in pixels.
        evaluations: At the finest scale, the one of half its size, and so on; the last for all coarser ones.
        solver: How the pixels are optimised.
        exact: All in float32 and as the reference has it, instead of as fast as possible.
        needs_gpu: On a CPU it would take most of an hour.
    """

    size: int
    evaluations: tuple[int, ...]
    solver: Solver
    exact: bool = False
    needs_gpu: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a transfer is going to do.

    Attributes:
        goal: The objective.
        scales: From coarse to fine.
        solver: How the pixels are optimised.
        exact: All in float32.
        classic: Pictures are resized as the reference does: the style to the content's size, bilinear.
    """

    goal: Goal
    scales: tuple[Scale, ...]
    solver: Solver
    exact: bool
    classic: bool

    @property
    def evaluations(self) -> int:
        """Over all scales."""
        return sum(scale.evaluations for scale in self.scales)


# Jacq, "Neural Transfer Using PyTorch".
_CLASSIC_GOAL: Final = Goal(
    style_layers=("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"),
    content_layers=("conv2_2",),
    style_weight=1e6,
    content_weight=1,
    relative=False,
    replicate=False,
)
_STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
# The shallower one keeps the shapes of small things: of a face, which is all that makes it somebody's.
_CONTENT_LAYERS: Final = ("relu3_2", "relu4_2")
_CONTENT_WEIGHTS: Final = (30.0, 0.3, 0.02)  # at strength 0, 0.5 and 1

# With fewer than some sixteen evaluations at the finest scale its detail stays the photo's, and specks of colour
# are left in it; beyond twice as many little is seen to change. Coarser ones lay out the style's forms, cheaply.
RECIPES: Final = {
    Preset.QUICK: Recipe(size=512, evaluations=(16, 20, 40), solver=Solver.SPECTRAL),
    Preset.BALANCED: Recipe(size=768, evaluations=(22, 30, 40), solver=Solver.SPECTRAL),
    Preset.FINE: Recipe(size=1280, evaluations=(24, 50, 80), solver=Solver.SPECTRAL),
    Preset.ULTRA: Recipe(
        size=2048, evaluations=(40, 60, 80, 100), solver=Solver.SPECTRAL, needs_gpu=True
    ),
    Preset.CLASSIC: Recipe(size=512, evaluations=(300,), solver=Solver.LBFGS, exact=True),
}


def offered(device: str) -> tuple[Preset, ...]:
    """The presets that make sense on a device such as ``cpu`` or ``cuda:0``, from the quickest on."""
    return tuple(
        preset for preset, recipe in RECIPES.items() if device != "cpu" or not recipe.needs_gpu
    )


def check_device(preset: Preset, device: str) -> None:
    """See that the preset makes sense on the device.

    Raises:
        NeedsGPUError: It does not.
    """
    if preset not in offered(device):
        raise NeedsGPUError(preset=preset)


def content_weight(strength: float) -> float:
    """Of each content layer: from one that leaves the photo nearly as it is to one that leaves only its layout.

    How far a picture is seen to be from its photo goes with the weight's logarithm, and the less the lower it is
    already. So the logarithm is a parabola through three weights that were chosen by eye.
    """
    begin, middle, end = (math.log(weight) for weight in _CONTENT_WEIGHTS)
    bend = 2 * (begin - 2 * middle + end)
    slope = end - begin - bend
    return math.exp(begin + (slope + bend * strength) * strength)


def photo_detail(strength: float) -> float:
    """How much of the photo's own detail each finer scale begins with, from 1 down to 0 at strength 1.

    At that end a weight alone changes nothing any more: what the photo lends to the start is still seen at the end.
    """
    return min(1.0, 2 * (1 - strength))


def plan(options: Options, content_size: tuple[int, int]) -> Plan:
    """Work out a transfer.

    Args:
        options: The person's choices.
        content_size: (width, height) of the content picture; its aspect ratio is kept.
    """
    recipe = RECIPES[options.preset]
    classic = options.preset is Preset.CLASSIC
    side = options.size or recipe.size
    scales = _scales(side, content_size, recipe, single=classic)
    if options.strength == 0 and not classic:
        scales = (Scale(scales[-1].size, 0),)
    elif options.evaluations is not None:
        scales = _distribute(scales, options.evaluations)
    solver = options.solver or recipe.solver
    return Plan(
        goal=_CLASSIC_GOAL if classic else _deep_goal(options.strength),
        scales=scales,
        solver=solver,
        exact=recipe.exact and solver is Solver.LBFGS,
        classic=classic,
    )


def cost(options: Options, content_size: tuple[int, int]) -> float:
    """GFLOP of the whole transfer, float32 work counted at what it costs more.

    Args:
        options: The person's choices.
        content_size: (width, height) of the content picture.

    Returns:
        The cost; divided by a device's measured speed it gives seconds.
    """
    planned = plan(options, content_size)
    slowdown = _FLOAT32_SLOWDOWN if planned.exact else 1.0
    evaluations = sum(
        scale.evaluations * evaluation_gflop(planned.goal, scale.size) for scale in planned.scales
    )
    # The targets of each scale are a pass forward for content and style; at the end comes the same in float32.
    target_passes = sum(evaluation_gflop(planned.goal, scale.size) for scale in planned.scales)
    last = 1.5 * evaluation_gflop(planned.goal, planned.scales[-1].size)
    return slowdown * (evaluations + target_passes) + _FLOAT32_SLOWDOWN * last


def evaluation_gflop(goal: Goal, size: tuple[int, int]) -> float:
    """GFLOP of one evaluation: the losses and the gradient for the pixels."""
    styles = [find_layer(name) for name in goal.style_layers]
    contents = [find_layer(name) for name in goal.content_layers]
    deepest = max((*styles, *contents), key=lambda layer: layer.index)
    grams = sum(gram_gflop(layer, size) for layer in styles)
    return 2 * convolution_gflop(deepest, size) + 2 * grams


def fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """``size`` scaled to a long side of ``side`` pixels, its aspect ratio kept to the pixel; at least 16 short."""
    factor = side / max(size)
    width, height = (max(16, round(length * factor)) for length in size)
    return width, height


def _deep_goal(strength: float) -> Goal:
    return Goal(
        style_layers=_STYLE_LAYERS,
        content_layers=_CONTENT_LAYERS,
        style_weight=1,
        content_weight=content_weight(strength),
        relative=True,
        replicate=True,
    )


def _scales(
    side: int, content_size: tuple[int, int], recipe: Recipe, *, single: bool
) -> tuple[Scale, ...]:
    sides = [side]
    while not single and sides[-1] // 2 >= _COARSEST_SIDE:
        sides.append(sides[-1] // 2)
    counts = [
        recipe.evaluations[min(level, len(recipe.evaluations) - 1)] for level in range(len(sides))
    ]
    return tuple(
        Scale(fit(content_size, at), count)
        for at, count in reversed(list(zip(sides, counts, strict=True)))
    )


def _distribute(scales: tuple[Scale, ...], evaluations: int) -> tuple[Scale, ...]:
    """``evaluations`` in all, in the recipe's proportions; scales that get none are left out."""
    total = sum(scale.evaluations for scale in scales)
    distributed, before, given = [], 0, 0
    for scale in scales:
        before += scale.evaluations
        upto = round(evaluations * before / total)
        distributed.append(Scale(scale.size, upto - given))
        given = upto
    last = distributed[-1]
    if last.evaluations == 0:  # the result has its size whatever the count
        distributed[-1] = Scale(last.size, 1)
        rich = max(range(len(distributed) - 1), key=lambda at: distributed[at].evaluations)
        distributed[rich] = Scale(distributed[rich].size, distributed[rich].evaluations - 1)
    return tuple(scale for scale in distributed if scale.evaluations > 0)
