"""The same numbers and the same pictures on the GPU as on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from PIL import Image, ImageChops
from torch.nn import functional

from core.pictures.codec import reread_picture
from core.style.layers import find_layer
from core.style.network import Accuracy
from core.style.objective import Objective
from core.style.options import Options, Preset
from core.style.presets import plan
from core.style.progress import Result
from core.style.tensors import to_tensor
from core.style.vgg19 import VGG19, Precision
from tests.auxil.contact import save_small, table
from tests.gpu.rig import CAT, networks_of

if TYPE_CHECKING:
    from core.style.objective import Evaluation
    from core.style.stylizer import Stylizer
    from tests.gpu.rig import Rig

CLOSE: Final = 1e-4
EXACT: Final = 1e-5  # float32 stays far below, TF32 makes some 3e-4
ALIKE: Final = 0.999  # the cosine of two float32 gradients
FAST_ALIKE: Final = 0.97  # of a fast one with a float32 one
# Rounding grows from one evaluation to the next, so that two runs end in two pictures: 4 to 5 lie between bfloat16 and
# float32 on one CPU, while the photo lies 50 away.
SAME_PICTURE: Final = 15.0
BLOCK: Final = 8
SAME_LOSS: Final = 0.03


def parity(rig: Rig) -> None:
    """Losses, gradients, true float32, and one whole picture."""
    ours = rig.stylizer  # as in the product: what it sets for all of torch holds below
    with rig.attempt("float32 is not TF32"):
        _float32(rig)
    cpu = rig.stylizer_on("cpu")
    for preset in (Preset.CLASSIC, Preset.QUICK):
        for accuracy in (Accuracy.REFERENCE, Accuracy.FLOAT32):
            if preset is Preset.CLASSIC or accuracy is Accuracy.FLOAT32:
                with rig.attempt(f"{preset}, {accuracy}"):
                    _evaluation(rig, cpu, preset, accuracy)
    with rig.attempt("the fast gradient"):
        _fast_gradient(rig)
    with rig.attempt("the float16 gradient"):
        _half_gradient(rig)
    with rig.attempt("a whole picture"):
        _picture(rig, ours, cpu)


def _float32(rig: Rig) -> None:
    generator = torch.Generator().manual_seed(1)
    side = 16 if rig.tiny else 128
    features = torch.randn(1, 64, side, side, generator=generator)
    kernel = torch.randn(64, 64, 3, 3, generator=generator)
    exact = functional.conv2d(features.double(), kernel.double(), padding=1)
    for order in (torch.contiguous_format, torch.channels_last):
        moved = [one.to(rig.device).contiguous(memory_format=order) for one in (features, kernel)]
        found = functional.conv2d(moved[0], moved[1], padding=1)
        _check_exact(rig, f"a float32 convolution, {str(order).rpartition('.')[2]}", found, exact)
    matrix = torch.randn(side * 8, side * 8, generator=generator)
    product = matrix.to(rig.device) @ matrix.to(rig.device)
    _check_exact(rig, "a float32 matrix product", product, matrix.double() @ matrix.double())


def _check_exact(rig: Rig, what: str, found: torch.Tensor, exact: torch.Tensor) -> None:
    error = float((found.cpu().double() - exact).norm() / exact.norm())
    rig.say(
        f"{what} against float64",
        f"{error:.1e}",
        wanted=f"below {EXACT:.0e}: no TF32",
        ok=error < EXACT,
    )


def _evaluation(rig: Rig, cpu: Stylizer, preset: Preset, accuracy: Accuracy) -> None:
    there, here = (_evaluate(rig, stylizer, preset, accuracy) for stylizer in (cpu, rig.stylizer))
    theirs, ours = _losses(there), _losses(here)
    apart = max(abs(one / other - 1) for one, other in zip(ours, theirs, strict=True))
    alike = _cosine(here.gradient, there.gradient)
    rig.say(
        f"{preset}, {accuracy}: losses on the CPU and here",
        f"{sum(theirs):.6g}, {sum(ours):.6g}; {apart:.1e} apart",
        wanted=f"at most {CLOSE:.0e} apart",
        ok=apart <= CLOSE,
    )
    rig.say(
        f"{preset}, {accuracy}: cosine of the gradients",
        f"{alike:.6f}",
        wanted=f"at least {ALIKE}",
        ok=alike >= ALIKE,
    )


def _fast_gradient(rig: Rig) -> None:
    fast, slow = (
        _evaluate(rig, rig.stylizer, Preset.QUICK, accuracy)
        for accuracy in (Accuracy.FAST, Accuracy.FLOAT32)
    )
    alike = _cosine(fast.gradient, slow.gradient)
    rig.say(
        "quick: cosine of the fast gradient and the float32 one",
        f"{alike:.4f}; loss {sum(_losses(fast)) / sum(_losses(slow)) - 1:+.2%}",
        wanted=f"at least {FAST_ALIKE}",
        ok=alike >= FAST_ALIKE,
    )


def _half_gradient(rig: Rig) -> None:
    """Cards without bfloat16 paint in float16; what it is worth shows on any."""
    device = rig.networks.device
    half = Precision(torch.float16, torch.channels_last)
    deepest = find_layer("relu5_1")
    network = VGG19(
        rig.networks._weights, deepest=deepest, device=device, precision=half, replicate=True
    )
    content, style = (to_tensor(one, device=device) for one in rig.squares(_side(rig)))
    goal = plan(Options(preset=Preset.QUICK), (_side(rig), _side(rig))).goal
    objective = Objective(network, goal, content=content, styles=[style], style_weights=[1.0])
    found = objective(0.7 * content + 0.3 * style).gradient
    exact = _evaluate(rig, rig.stylizer, Preset.QUICK, Accuracy.FLOAT32).gradient
    alike = _cosine(found, exact)
    rig.say(
        "quick: cosine of the float16 gradient and the float32 one",
        f"{alike:.5f}; its length {float(found.norm() / exact.norm()) - 1:+.2%}",
        wanted=f"at least {ALIKE}",
        ok=alike >= ALIKE,
    )


def _side(rig: Rig) -> int:
    return 48 if rig.tiny else 192


def _evaluate(rig: Rig, stylizer: Stylizer, preset: Preset, accuracy: Accuracy) -> Evaluation:
    networks = networks_of(stylizer)
    side = _side(rig)
    content, style = (to_tensor(one, device=networks.device) for one in rig.squares(side))
    objective = networks.objective(
        plan(Options(preset=preset), (side, side)).goal,
        accuracy,
        content=content,
        styles=[style],
        style_weights=[1.0],
        tile=None,
    )
    return objective(0.7 * content + 0.3 * style)  # a picture between both has either loss


def _losses(evaluation: Evaluation) -> tuple[float, float]:
    """The style loss and the content loss."""
    style, content = evaluation.losses[0].tolist()
    return style, content


def _cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    first, second = one.cpu().double().flatten(), other.cpu().double().flatten()
    return float(torch.dot(first, second) / (first.norm() * second.norm()))


def _picture(rig: Rig, ours: Stylizer, cpu: Stylizer) -> None:
    content, style = CAT.open()
    options = rig.options(Preset.QUICK, size=256)
    results = []
    for stylizer in (cpu, ours):
        *_, result = stylizer.stylize(content, [style], options)
        assert isinstance(result, Result)
        results.append(result)
    pictures = [reread_picture(result.picture) for result in results]
    apart = mean_difference(*pictures)
    losses = [result.final.total for result in results]
    rig.say(
        f"quick at {max(results[0].size)} px, CPU {results[0].seconds:.1f} s, here {results[1].seconds:.1f} s:"
        " mean difference of the pictures",
        f"{apart:.2f} of 255; the photo lies {mean_difference(pictures[1], content.resize(pictures[1].size)):.1f} away",
        wanted=f"at most {SAME_PICTURE:g}",
        ok=apart <= SAME_PICTURE,
    )
    rig.say(
        "quick: final loss on the CPU and here",
        f"{losses[0]:.4f}, {losses[1]:.4f}",
        wanted=f"at most {SAME_LOSS:.0%} more",
        ok=losses[1] <= (1 + SAME_LOSS) * losses[0],
    )
    difference = ImageChops.difference(*pictures).point(lambda value: min(255, 4 * value))
    row = [content, *pictures, difference]
    sheet = table([row], ["photo", "CPU", ours.device_name, "difference, times 4"], width=480)
    save_small(sheet, rig.output / "parity.jpg", most_bytes=2_000_000)


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures of one size are in blocks of 8 pixels, 0..255, averaged over blocks and channels.

    Rounding decides where a stroke begins, so single pixels differ; where which colours and shapes lie does not.
    """
    first, second = (
        np.asarray(picture.convert("RGB").reduce(BLOCK), np.float64) for picture in (one, other)
    )
    return float(np.abs(first - second).mean())
