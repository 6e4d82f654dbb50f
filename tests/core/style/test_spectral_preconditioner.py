"""The learned inverse Hessian: it finds a known curvature, whatever colours and frequencies that mixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from core.style.spectral_preconditioner import SpectralPreconditioner

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = torch.Size((1, 3, 48, 40))
CPU = torch.device("cpu")
# Curvature over the colours: not diagonal in red, green and blue, nor in luminance and chroma.
COLOURS = torch.tensor([[2.0, 0.6, 0.1], [0.6, 1.0, -0.3], [0.1, -0.3, 0.5]])


def test_a_curvature_that_mixes_colours_is_found() -> None:
    spectrum = _learned(_mixed)
    gradient = _mixed(_noise(99))
    assert _distance(spectrum.apply(gradient), _noise(99)) < 0.2


def test_unlearned_it_is_the_inverse_of_the_frequency() -> None:
    x = torch.arange(SHAPE[-1]).float()
    coarse, fine = (
        torch.cos(2 * torch.pi * cycles * x / SHAPE[-1]).expand(SHAPE) for cycles in (2, 16)
    )
    spectrum = SpectralPreconditioner(SHAPE, device=CPU)
    ratio = spectrum.apply(coarse).norm() / spectrum.apply(fine).norm()
    assert float(ratio) == pytest.approx(8, rel=0.1)


def test_the_finest_structure_is_not_trusted_without_bounds() -> None:
    def hardly_curved_when_fine(picture: Tensor) -> Tensor:
        transform = torch.fft.rfft2(picture)
        transform[..., 12:] *= 1e-6
        back: Tensor = torch.fft.irfft2(transform, s=SHAPE[-2:])
        return back

    spectrum = _learned(hardly_curved_when_fine)
    stripes = torch.zeros(SHAPE)
    stripes[..., ::2] = 1
    assert spectrum.apply(stripes - stripes.mean()).abs().max() < 10


def test_grey_pictures_teach_something_too() -> None:
    spectrum = SpectralPreconditioner(SHAPE, device=CPU)
    grey = _noise(1).mean(dim=1, keepdim=True).expand(SHAPE)
    _observe(spectrum, grey, 4 * grey)
    assert spectrum.apply(4 * grey).isfinite().all()
    assert _distance(spectrum.apply(4 * grey), grey) < 0.1


def test_what_one_size_learned_serves_the_next() -> None:
    larger = torch.Size((1, 3, 96, 80))
    table = _learned(_mixed).log_inverse_hessian
    carried, fresh = (
        SpectralPreconditioner(larger, device=CPU, log_inverse_hessian=table),
        SpectralPreconditioner(larger, device=CPU),
    )
    picture = _noise(3, larger)
    assert _distance(carried.apply(_mixed(picture)), picture) < 0.3
    assert _distance(fresh.apply(_mixed(picture)), picture) > 0.9


@pytest.mark.parametrize("width", [40, 41], ids=["even", "odd"])
def test_every_column_of_the_real_transform_has_its_weight(width: int) -> None:
    """Of an even width the last column stands for itself alone, as the first does; all others stand for two."""
    shape = torch.Size((1, 3, 40, width))
    across, down = torch.arange(width).float(), torch.arange(40).float()[:, None]
    last = torch.cos(2 * torch.pi * (width // 2) / width * across).expand(shape)
    first = torch.cos(2 * torch.pi * 18 / 40 * down).expand(shape)  # in the same band
    anywhere = 1e-3 * _noise(2, shape)
    step, difference = last + 3 * first + anywhere, 4 * last + 3 * first + anywhere
    spectrum = SpectralPreconditioner(shape, device=CPU)
    _observe(spectrum, step, difference)
    expected = step.norm() / difference.norm()
    assert _distance(spectrum.apply(first), expected * first) < 0.01


def _learned(curvature: Callable[[Tensor], Tensor]) -> SpectralPreconditioner:
    spectrum = SpectralPreconditioner(SHAPE, device=CPU)
    for seed in range(8):
        step = _noise(seed)
        _observe(spectrum, step, curvature(step))
    return spectrum


def _observe(spectrum: SpectralPreconditioner, step: Tensor, difference: Tensor) -> None:
    spectrum.observe(spectrum.powers(step, difference).numpy(), [True])


def _mixed(picture: Tensor) -> Tensor:
    return torch.einsum("ab,nbhw->nahw", COLOURS, picture)


def _noise(seed: int, shape: torch.Size = SHAPE) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _distance(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())
