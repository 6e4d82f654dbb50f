"""How curved the objective is at each spatial frequency and along each colour axis, learned from a run.

The curvature of these objectives differs by orders of magnitude between coarse and fine structure and
between luminance and colour, and is nearly the same everywhere in the picture. So the inverse Hessian is
well approximated by a diagonal in (frequency, colour axis). It is estimated from the optimiser's own steps
s and gradient differences y: within a band, sqrt(Σ|s|² / Σ|y|²) over all pairs since the start.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

_BANDS: Final = 14
_LOWEST: Final = 1 / 512  # cycles a pixel
_HIGHEST: Final = math.sqrt(0.5)
_MOST_ABOVE_COARSER: Final = 1.0  # logarithm of how far a band may exceed a coarser one
_FADING: Final = 0.85  # of what was observed, at each further observation

# Orthonormal: luminance, red against green, both against blue.
_AXES: Final = (
    (1 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(3)),
    (1 / math.sqrt(2), -1 / math.sqrt(2), 0.0),
    (1 / math.sqrt(6), 1 / math.sqrt(6), -2 / math.sqrt(6)),
)


class Spectrum:
    """A diagonal inverse Hessian for pictures of one size.

    Args:
        shape: (1, 3, height, width) of the pictures.
        device: Where they are.
        table: An estimate from another size, as ``table`` gives it; without one, it is 1 / frequency.
    """

    def __init__(
        self, shape: torch.Size, *, device: torch.device, table: Tensor | None = None
    ) -> None:
        self._size = (height, width) = (shape[-2], shape[-1])
        vertical = torch.fft.fftfreq(height, device=device).square()
        horizontal = torch.fft.rfftfreq(width, device=device).square()
        frequency = (vertical[:, None] + horizontal[None, :]).sqrt().clamp_min(_LOWEST)
        position = (frequency / _LOWEST).log() * ((_BANDS - 1) / math.log(_HIGHEST / _LOWEST))
        position = position.clamp(0, _BANDS - 1)
        self._below = position.floor().long().clamp_max(_BANDS - 2)
        self._fraction = position - self._below
        self._band = position.round().long().flatten()
        # A real transform leaves out the mirrored half of the columns.
        self._count = torch.full_like(frequency, 2 / (height * width))
        self._count[:, 0] = 1 / (height * width)
        if width % 2 == 0:
            self._count[:, -1] = 1 / (height * width)
        self._axes = torch.tensor(_AXES, device=device)
        self._steps = torch.zeros(3, _BANDS, device=device)
        self._differences = torch.zeros(3, _BANDS, device=device)
        if table is None:
            centres = torch.linspace(math.log(_LOWEST), math.log(_HIGHEST), _BANDS, device=device)
            table = -centres.expand(3, _BANDS)
        self.table = table.to(device)
        self._spread()

    def apply(self, gradient: Tensor) -> Tensor:
        """The inverse Hessian times ``gradient``, (1, 3, height, width)."""
        filtered = torch.fft.irfft2(self._transform(gradient) * self._diagonal, s=self._size)
        return torch.einsum("ac,ahw->chw", self._axes, filtered).unsqueeze(0)

    def observe(self, step: Tensor, difference: Tensor) -> None:
        """Learn from a step and the gradient difference that it made."""
        self._steps.mul_(_FADING).add_(self._powers(step))
        self._differences.mul_(_FADING).add_(self._powers(difference))
        seen = ((self._steps > 0) & (self._differences > 0)).all(dim=0)
        if not bool(seen.any()):
            return
        estimate = 0.5 * (_log(self._steps) - _log(self._differences))
        # Bands that a small picture does not have follow the lowest one it has.
        first = seen.long().argmax()
        lowest = estimate[:, first : first + 1].expand(-1, _BANDS)
        table = torch.where(seen, estimate, lowest)
        # The finest structure hardly shows in deep features: unbounded, the steps there would outgrow all others.
        self.table = torch.minimum(table, table.cummin(dim=1).values + _MOST_ABOVE_COARSER)
        self._spread()

    def _spread(self) -> None:
        below, above = self.table[:, self._below], self.table[:, self._below + 1]
        self._diagonal = torch.lerp(below, above, self._fraction).exp()

    def _transform(self, picture: Tensor) -> Tensor:
        transform: Tensor = torch.fft.rfft2(torch.einsum("ac,chw->ahw", self._axes, picture[0]))
        return transform

    def _powers(self, picture: Tensor) -> Tensor:
        power: Tensor = self._transform(picture).abs().square() * self._count
        powers = torch.zeros_like(self._steps)
        powers.index_add_(1, self._band, power.flatten(1))
        return powers


def _log(powers: Tensor) -> Tensor:
    return powers.clamp_min(1e-37).log()
