"""The hand-ordered losses and gradient are those that autograd finds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.nn import functional

from core.style import gradient_scale
from core.style.layers import LAYERS, Kind, find_layer
from core.style.objective import Evaluation, Objective
from core.style.options import Options, Preset
from core.style.presets import plan
from core.style.progress import Losses
from core.style.vgg19 import VGG19, Precision
from core.style.weights import Convolution, Weights, load_weights

if TYPE_CHECKING:
    from core.style.goals import Goal

CPU = torch.device("cpu")
CLASSIC = plan(Options(preset=Preset.CLASSIC), (64, 64)).goal
DEEP = plan(Options(preset=Preset.QUICK), (64, 64)).goal
PRECISIONS = [
    Precision(torch.float32, torch.contiguous_format),
    Precision(torch.float32, torch.channels_last),
]
HALF = Precision(torch.float16, torch.channels_last)


@pytest.fixture(scope="module")
def weights() -> Weights:
    """The packaged ones, unpacked once: each network and each reference here would do it for itself."""
    packed = load_weights()
    return replace(
        packed, convolutions=tuple(Convolution(one.kernel, one.bias) for one in packed.convolutions)
    )


@pytest.mark.parametrize("precision", PRECISIONS, ids=["contiguous", "channels_last"])
@pytest.mark.parametrize("goal", [CLASSIC, DEEP], ids=["classic", "deep"])
def test_losses_and_gradient_are_autograds(
    weights: Weights, goal: Goal, precision: Precision
) -> None:
    content, style, pixels = _pictures()
    ours = _objective(weights, goal, precision, content, [style])(pixels)

    variable = pixels.clone().requires_grad_()
    style_loss, content_loss = _autograd(weights, goal, variable, content, style)
    (gradient,) = torch.autograd.grad(style_loss + content_loss, variable)

    assert _losses(ours).style == pytest.approx(style_loss.item(), rel=1e-4)
    assert _losses(ours).content == pytest.approx(content_loss.item(), rel=1e-4)
    assert (ours.gradient - gradient).norm() < 1e-4 * gradient.norm()


@pytest.mark.parametrize("goal", [CLASSIC, DEEP], ids=["classic", "deep"])
@pytest.mark.parametrize("tile", [None, 32], ids=["whole", "tiles"])
def test_only_opaque_positions_count_on_either_side(
    weights: Weights, goal: Goal, tile: int | None
) -> None:
    content, style, pixels = _pictures()
    content_mask, style_mask = torch.zeros_like(content[:, :1]), torch.zeros_like(style[:, :1])
    content_mask[..., 10:40, 8:51] = 1
    style_mask[..., 20:, 33:70] = 1
    ours = _objective(
        weights,
        goal,
        PRECISIONS[1],
        content,
        [style],
        tile=tile,
        content_mask=content_mask,
        style_masks=[style_mask],
    )

    variable = pixels.clone().requires_grad_()
    style_loss, content_loss = _autograd(
        weights, goal, variable, content, style, content_mask, style_mask
    )
    (gradient,) = torch.autograd.grad(style_loss + content_loss, variable)
    found = ours(pixels)

    assert _losses(found).style == pytest.approx(style_loss.item(), rel=1e-4)
    assert _losses(found).content == pytest.approx(content_loss.item(), rel=1e-4)
    assert (found.gradient - gradient).norm() < 1e-4 * gradient.norm()
    assert ours.measure(pixels).total == pytest.approx(_losses(found).total, rel=1e-4)


@pytest.mark.parametrize("goal", [CLASSIC, DEEP], ids=["classic", "deep"])
def test_bfloat16_is_close(weights: Weights, goal: Goal) -> None:
    content, style, pixels = _pictures()
    exact = _objective(weights, goal, PRECISIONS[0], content, [style])(pixels)
    fast = _objective(
        weights, goal, Precision(torch.bfloat16, torch.channels_last), content, [style]
    )(pixels)
    assert _losses(fast).total == pytest.approx(_losses(exact).total, rel=0.05)
    cosine = functional.cosine_similarity(fast.gradient.flatten(), exact.gradient.flatten(), dim=0)
    assert cosine > 0.98


@pytest.mark.parametrize("goal", [CLASSIC, DEEP], ids=["classic", "deep"])
def test_float16_is_close_however_small_or_large_the_gradient(weights: Weights, goal: Goal) -> None:
    content, style, pixels = (picture[..., :48, :32] for picture in _pictures())
    for factor in (1e-6, 1, 1e6):
        weighted = replace(
            goal,
            style_weight=factor * goal.style_weight,
            content_weight=factor * goal.content_weight,
        )
        exact = _objective(weights, weighted, PRECISIONS[0], content, [style])(pixels)
        fast = _objective(weights, weighted, HALF, content, [style])(pixels)
        assert _losses(fast).total == pytest.approx(_losses(exact).total, rel=0.005)
        assert (fast.gradient - exact.gradient).norm() < 0.03 * exact.gradient.norm()


def test_each_picture_of_a_batch_has_its_own_scale_in_float16(weights: Weights) -> None:
    content, style, pixels = (picture[..., :48, :32] for picture in _pictures())
    faint = replace(DEEP, style_weight=1e-6, content_weight=1e-6)
    apart = [_objective(weights, goal, HALF, content, [style]) for goal in (DEEP, faint)]
    both = Objective.joined(apart)
    found = both(torch.cat((pixels, pixels))).gradient
    second = both.of([1])(pixels).gradient
    for ours, alone in (
        (found[:1], apart[0](pixels).gradient),
        (found[1:], apart[1](pixels).gradient),
        (second, apart[1](pixels).gradient),
    ):
        assert (ours - alone).norm() < 0.01 * alone.norm()


def test_after_an_overflow_of_float16_the_scale_is_smaller(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_scale, "SIZE", 1e4)
    content, style, pixels = (picture[..., :48, :32] for picture in _pictures())
    objective = _objective(weights, DEEP, HALF, content, [style])
    finite = [bool(objective(pixels).gradient.isfinite().all()) for _ in range(5)]
    assert finite[0] is False
    assert finite[-1] is True


def test_a_picture_that_is_its_own_goal_has_no_gradient_in_float16(weights: Weights) -> None:
    content, _, _ = _pictures()
    objective = _objective(weights, DEEP, HALF, content[..., :48, :32], [content[..., :48, :32]])
    assert objective(content[..., :48, :32]).gradient.norm() < 1e-6


def test_measuring_gives_the_losses_of_an_evaluation(weights: Weights) -> None:
    content, style, pixels = _pictures()
    objective = _objective(weights, DEEP, PRECISIONS[1], content, [style])
    assert objective.measure(pixels).total == pytest.approx(_losses(objective(pixels)).total)


def test_the_content_itself_has_no_content_loss_and_the_style_no_style_loss(
    weights: Weights,
) -> None:
    content, style, _ = _pictures()
    objective = _objective(weights, DEEP, PRECISIONS[0], content, [content])
    assert objective.measure(content).total == pytest.approx(0, abs=1e-6)
    assert objective.measure(style[..., :49, :65]).style > 0.1


def test_several_styles_are_averaged_by_their_weights(weights: Weights) -> None:
    content, style, pixels = _pictures()
    both = [style, content]

    def style_loss(*shares: float) -> float:
        objective = _objective(weights, DEEP, PRECISIONS[0], content, both, shares)
        return objective.measure(pixels).style

    alone = _objective(weights, DEEP, PRECISIONS[0], content, [style]).measure(pixels).style
    assert style_loss(1.0, 0.0) == pytest.approx(alone, rel=1e-5)
    assert style_loss(0.5, 0.5) != pytest.approx(alone, rel=0.01)


def test_weights_of_relative_losses_do_not_depend_on_the_networks_scale(weights: Weights) -> None:
    content, style, pixels = _pictures()
    first, *others = weights.convolutions
    scaled = replace(
        weights,
        convolutions=(
            Convolution(8 * first.kernel, 8 * first.bias),
            *(replace(convolution, bias=8 * convolution.bias) for convolution in others),
        ),
    )
    plain_losses = _objective(weights, DEEP, PRECISIONS[0], content, [style]).measure(pixels)
    scaled_losses = _objective(scaled, DEEP, PRECISIONS[0], content, [style]).measure(pixels)
    assert scaled_losses.style == pytest.approx(plain_losses.style, rel=1e-4)
    assert scaled_losses.content == pytest.approx(plain_losses.content, rel=1e-4)


@pytest.mark.parametrize(
    ("goal", "precision", "tile", "size"),
    # Long enough that a tile in the middle has its whole margin on both sides.
    [
        (CLASSIC, PRECISIONS[0], 32, (101, 67)),
        (CLASSIC, PRECISIONS[1], 32, (101, 67)),
        (DEEP, PRECISIONS[0], 64, (300, 26)),
        (DEEP, PRECISIONS[1], 64, (22, 310)),
    ],
    ids=["classic, contiguous", "classic, channels_last", "deep and wide", "deep and tall"],
)
def test_tiles_change_nothing(
    weights: Weights, goal: Goal, precision: Precision, tile: int, size: tuple[int, int]
) -> None:
    generator = torch.Generator().manual_seed(6)
    content, pixels = torch.rand(2, 1, 3, size[1], size[0], generator=generator).unbind()
    style = torch.rand(1, 3, 45, 65, generator=generator) ** 2
    whole = _objective(weights, goal, precision, content, [style])
    tiled = _objective(weights, goal, precision, content, [style], tile=tile)
    expected, found = whole(pixels), tiled(pixels)
    assert _losses(found).style == pytest.approx(_losses(expected).style, rel=1e-4)
    assert _losses(found).content == pytest.approx(_losses(expected).content, rel=1e-4)
    assert (found.gradient - expected.gradient).norm() < 1e-4 * expected.gradient.norm()
    assert tiled.measure(pixels).style == pytest.approx(_losses(expected).style, rel=1e-4)


def _losses(evaluation: Evaluation) -> Losses:
    return Losses(*evaluation.losses[0].tolist())


def _pictures() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    content, pixels = torch.rand(2, 1, 3, 49, 65, generator=generator).unbind()
    return content, torch.rand(1, 3, 64, 80, generator=generator) ** 3, pixels


def _objective(
    weights: Weights,
    goal: Goal,
    precision: Precision,
    content: torch.Tensor,
    styles: list[torch.Tensor],
    shares: tuple[float, ...] = (1.0,),
    tile: int | None = None,
    **masks: Any,
) -> Objective:
    network = VGG19(
        weights,
        deepest=find_layer("relu5_1" if goal.relative else "conv3_1"),
        device=CPU,
        precision=precision,
        replicate=goal.replicate,
    )
    return Objective(
        network, goal, content=content, styles=styles, style_weights=shares, tile=tile, **masks
    )


def _autograd(
    weights: Weights,
    goal: Goal,
    pixels: torch.Tensor,
    content: torch.Tensor,
    style: torch.Tensor,
    content_mask: torch.Tensor | None = None,
    style_mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    features, styles, contents = (
        _visible(_features(weights, x, replicate=goal.replicate), mask)
        for x, mask in ((pixels, content_mask), (style, style_mask), (content, content_mask))
    )

    def unit(target: torch.Tensor) -> torch.Tensor:
        return target.square().mean() if goal.relative else torch.ones(())

    style_loss, content_loss = torch.zeros(()), torch.zeros(())
    for name in goal.style_layers:
        target = _gram(styles[name])
        style_loss = style_loss + functional.mse_loss(_gram(features[name]), target) / unit(target)
    for name in goal.content_layers:
        target = contents[name]
        content_loss = content_loss + functional.mse_loss(features[name], target) / unit(target)
    return goal.style_weight * style_loss, goal.content_weight * content_loss


def _features(
    weights: Weights, pixels: torch.Tensor, *, replicate: bool
) -> dict[str, torch.Tensor]:
    x = weights.normalization.apply(pixels)
    found = {}
    for layer in LAYERS[: find_layer("relu5_1").index + 1]:
        if layer.kind is Kind.CONVOLUTION:
            mode = "replicate" if replicate and layer.index == 0 else "constant"
            convolution = weights.convolutions[layer.convolution - 1]
            padded = functional.pad(x, (1, 1, 1, 1), mode=mode)
            x = functional.conv2d(padded, convolution.kernel, convolution.bias)
        else:
            x = x.relu() if layer.kind is Kind.RELU else functional.max_pool2d(x, 2)
        found[layer.name] = x
    return found


def _visible(
    features: dict[str, torch.Tensor], mask: torch.Tensor | None
) -> dict[str, torch.Tensor]:
    """The features at opaque positions, as one row."""
    if mask is None:
        return features
    found = {}
    for name, each in features.items():
        covered = functional.avg_pool2d(mask, find_layer(name).stride)[0, 0]
        found[name] = each[:, :, covered >= 0.5].unsqueeze(2)
    return found


def _gram(features: torch.Tensor) -> torch.Tensor:
    flat = features.flatten(2)[0]
    return flat @ flat.T / features.numel()
