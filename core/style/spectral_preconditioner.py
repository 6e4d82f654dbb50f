"""An inverse Hessian that is one matrix over the colours for each spatial frequency, learned during the optimisation.

The curvature of these objectives differs by orders of magnitude between coarse and fine structure, and between
luminance and colour. It is nearly the same everywhere in the picture. So one 3 x 3 matrix for each frequency band
approximates the inverse Hessian well. The optimiser's steps s and gradient differences y give the estimate: within a
band, the geometric mean of Σ s sᵀ and (Σ y yᵀ)⁻¹. That is the only positive definite H with H (Σ y yᵀ) H = Σ s sᵀ
(Bhatia, "Positive Definite Matrices", section 4.1). For a single colour it is sqrt(Σ|s|² / Σ|y|²).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

_BANDS: Final = 14
_BETWEEN: Final = 16  # interpolation steps from one band to the next
_LOWEST: Final = 1 / 512  # cycles per pixel, as _HIGHEST
_HIGHEST: Final = math.sqrt(0.5)
_MOST_ABOVE_COARSER: Final = (
    1.0  # natural logarithm of the factor by which a band may exceed a coarser one
)
_FADING: Final = 0.85  # the weight of older observations at each new one
_FLOOR: Final = 1e-4  # the part of a band's power that is added to every colour, so that grey steps can be inverted


class SpectralPreconditioner:
    """The inverse Hessian for pictures of one size.

    Args:
        shape: (1, 3, height, width) of the pictures.
        device: The device of the pictures.
        log_inverse_hessian: An estimate from another size; None for 1 / frequency.

    Attributes:
        log_inverse_hessian: The matrix logarithm of the estimate in each band, (bands, 3, 3), float64, on the CPU.
    """

    def __init__(
        self, shape: torch.Size, *, device: torch.device, log_inverse_hessian: Tensor | None = None
    ) -> None:
        self._size = (height, width) = (shape[-2], shape[-1])
        vertical = torch.fft.fftfreq(height).square()
        horizontal = torch.fft.rfftfreq(width).square()
        frequency = (vertical[:, None] + horizontal[None, :]).sqrt().clamp_min(_LOWEST)
        position = (frequency / _LOWEST).log() * ((_BANDS - 1) / math.log(_HIGHEST / _LOWEST))
        position = position.clamp(0, _BANDS - 1)
        self._place = (position * _BETWEEN).round().long().to(device)
        self._band = position.round().long().flatten().to(device)
        # A real transform omits the mirrored half of the columns, so all columns count twice except the first and,
        # for an even width, the last.
        count = torch.full_like(frequency, 2 / (height * width))
        count[:, 0] = 1 / (height * width)
        if width % 2 == 0:
            count[:, -1] = 1 / (height * width)
        self._count = count.to(device)
        self._steps = torch.zeros(_BANDS, 3, 3, dtype=torch.float64)
        self._differences = torch.zeros_like(self._steps)
        if log_inverse_hessian is None:
            centres = torch.linspace(math.log(_LOWEST), math.log(_HIGHEST), _BANDS).double()
            log_inverse_hessian = -centres[:, None, None] * torch.eye(3)
        self.log_inverse_hessian = log_inverse_hessian
        self._interpolate()

    def apply(self, gradient: Tensor) -> Tensor:
        """The inverse Hessian times ``gradient``; both are (1, 3, height, width)."""
        red, green, blue = torch.fft.rfft2(gradient[0])
        rows = [row[0] * red + row[1] * green + row[2] * blue for row in self._matrices]
        filtered: Tensor = torch.fft.irfft2(torch.stack(rows), s=self._size)
        return filtered.unsqueeze(0)

    def observe(self, step: Tensor, difference: Tensor) -> None:
        """Update the estimate from a step and its gradient difference, (1, 3, height, width) each."""
        self._steps.mul_(_FADING).add_(self._powers(step))
        self._differences.mul_(_FADING).add_(self._powers(difference))
        steps, differences = _trace(self._steps), _trace(self._differences)
        seen = (steps > 0) & (differences > 0)
        if not bool(seen.any()):
            return
        estimate = _geometric_mean(
            _lift(self._steps, steps, seen), _lift(self._differences, differences, seen)
        )
        # Bands without an observation take the estimate of the lowest band that has one.
        estimate[~seen] = estimate[int(seen.long().argmax())].clone()
        self.log_inverse_hessian = _bounded_logarithm(estimate)
        self._interpolate()

    def _interpolate(self) -> None:
        """Interpolate over frequencies: between two bands, the matrix logarithms linearly in log frequency."""
        position = torch.arange((_BANDS - 1) * _BETWEEN + 1).double() / _BETWEEN
        below = position.floor().long().clamp_max(_BANDS - 2)
        fraction = (position - below)[:, None, None]
        logarithms = torch.lerp(
            self.log_inverse_hessian[below], self.log_inverse_hessian[below + 1], fraction
        )
        matrices = torch.linalg.matrix_exp(logarithms).float().to(self._place.device)
        self._matrices = matrices.permute(1, 2, 0)[:, :, self._place]

    def _powers(self, picture: Tensor) -> Tensor:
        """Σ p pᵀ over the frequencies of each band, (bands, 3, 3)."""
        transform = torch.view_as_real(torch.fft.rfft2(picture[0]))
        powers = torch.zeros(3, 3, _BANDS, device=picture.device)
        for row in range(3):
            for column in range(row + 1):
                product = (transform[row] * transform[column]).sum(dim=-1) * self._count
                powers[row, column].index_add_(0, self._band, product.flatten())
                powers[column, row] = powers[row, column]
        return powers.permute(2, 0, 1).cpu().double()


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=1, dim2=2).sum(dim=1)


def _lift(powers: Tensor, trace: Tensor, seen: Tensor) -> Tensor:
    """The powers with the floor added, and the identity in bands without an observation; all can be inverted."""
    identity = torch.eye(3, dtype=powers.dtype)
    lifted = powers + _FLOOR * trace[:, None, None] * identity
    return torch.where(seen[:, None, None], lifted, identity)


def _geometric_mean(steps: Tensor, differences: Tensor) -> Tensor:
    root = _power(differences, 0.5)
    inverse = _power(differences, -0.5)
    return inverse @ _power(root @ steps @ root, 0.5) @ inverse


def _power(matrices: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrices)
    # Rounding can make an eigenvalue slightly negative.
    values = torch.maximum(values, 1e-12 * values[:, -1:])
    raised: Tensor = vectors @ torch.diag_embed(values**exponent) @ vectors.mT
    return raised


def _bounded_logarithm(matrices: Tensor) -> Tensor:
    """The matrices' logarithms, with no eigenvalue above e times the largest one of any coarser band.

    Deep features hardly show the finest structure, so that without a bound its steps would outgrow all others.
    """
    values, vectors = torch.linalg.eigh(matrices)
    logarithms = torch.maximum(values, 1e-12 * values[:, -1:]).log()
    bound = logarithms[:, -1].cummin(dim=0).values + _MOST_ABOVE_COARSER
    bounded = torch.diag_embed(torch.minimum(logarithms, bound[:, None]))
    rebuilt: Tensor = vectors @ bounded @ vectors.mT
    return rebuilt
