"""An inverse Hessian that is one matrix over the colours for each spatial frequency, learned during the optimisation.

The curvature of these objectives differs by orders of magnitude between coarse and fine structure, and between
luminance and colour. It is nearly the same everywhere in the picture. So one 3 x 3 matrix for each frequency band
approximates the inverse Hessian well. The optimiser's steps s and gradient differences y give the estimate: within a
band, the geometric mean of Σ s sᵀ and (Σ y yᵀ)⁻¹. That is the only positive definite H with H (Σ y yᵀ) H = Σ s sᵀ
(Bhatia, "Positive Definite Matrices", section 4.1). For a single colour it is sqrt(Σ|s|² / Σ|y|²).

The pictures' transforms and band powers are computed on their device. The few numbers of the estimate are computed on the
CPU: a GPU's decomposition of small matrices waits for its end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from core.style.fallback import computed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

BANDS: Final = 14
POWERS: Final = 2 * 3 * 3 * BANDS
"""How many numbers ``powers`` gives for a picture."""

_BETWEEN: Final = 16  # interpolation steps from one band to the next
_LOWEST: Final = 1 / 512  # cycles per pixel, as _HIGHEST
_HIGHEST: Final = math.sqrt(0.5)
_MOST_ABOVE_COARSER: Final = (
    1.0  # natural logarithm of the factor by which a band may exceed a coarser one
)
_FADING: Final = 0.85  # the weight of older observations at each new one
_EARLY: Final = 10  # observations, each of which renews the estimate; later ones change it little
_RENEWED_EVERY: Final = 3
_SQUARINGS: Final = 7  # of an exponential: a matrix of norm 10 is small enough for a short polynomial after so many halvings
_FLOOR: Final = 1e-4  # the part of a band's power that is added to every colour, so that grey steps can be inverted


class SpectralPreconditioner:
    """The inverse Hessians of several pictures of one size.

    Args:
        shape: (pictures, 3, height, width).
        device: The device of the pictures.
        log_inverse_hessian: Estimates from another size, (pictures, bands, 3, 3); None for 1 / frequency.

    Attributes:
        log_inverse_hessian: The matrix logarithms of the estimates, (pictures, bands, 3, 3), float64.
    """

    def __init__(
        self,
        shape: torch.Size,
        *,
        device: torch.device,
        log_inverse_hessian: np.ndarray | None = None,
    ) -> None:
        pictures, _, height, width = shape
        self._size = (height, width)
        vertical = torch.fft.fftfreq(height).square()
        horizontal = torch.fft.rfftfreq(width).square()
        frequency = (vertical[:, None] + horizontal[None, :]).sqrt().clamp_min(_LOWEST)
        position = (frequency / _LOWEST).log() * ((BANDS - 1) / math.log(_HIGHEST / _LOWEST))
        position = position.clamp(0, BANDS - 1)
        self._place = (position * _BETWEEN).round().long().flatten().to(device)
        # A real transform omits the mirrored half of the columns, so all columns count twice except the first and,
        # for an even width, the last.
        count = torch.full_like(frequency, 2 / (height * width))
        count[:, 0] = 1 / (height * width)
        if width % 2 == 0:
            count[:, -1] = 1 / (height * width)
        band = position.round().long().flatten()
        members = torch.zeros(band.numel(), BANDS).scatter_(1, band[:, None], count.view(-1, 1))
        self._members = members.to(device)
        self._steps = np.zeros((pictures, BANDS, 3, 3))
        self._differences = np.zeros_like(self._steps)
        self._observations = 0
        if log_inverse_hessian is None:
            centres = np.linspace(math.log(_LOWEST), math.log(_HIGHEST), BANDS)
            one = -centres[:, None, None] * np.eye(3)
            log_inverse_hessian = np.broadcast_to(one, self._steps.shape)
        self.log_inverse_hessian = log_inverse_hessian
        between = torch.arange((BANDS - 1) * _BETWEEN + 1)
        below = (between // _BETWEEN).clamp_max(BANDS - 2)
        self._below, self._above = below.to(device), (below + 1).to(device)
        self._one = torch.eye(3, device=device)
        self._fraction = (between / _BETWEEN - below)[:, None, None].to(device)
        self._matrices = self._interpolated()

    def apply(self, gradients: Tensor) -> Tensor:
        """The inverse Hessians times the gradients; both are (pictures, 3, height, width)."""
        colours = torch.view_as_real(_transform(gradients))[:, None]
        filtered = self._matrices[:, :, 0] * colours[:, :, 0]
        filtered.addcmul_(self._matrices[:, :, 1], colours[:, :, 1])
        filtered.addcmul_(self._matrices[:, :, 2], colours[:, :, 2])
        return computed(
            torch.fft.irfft2, torch.view_as_complex(filtered), checked=True, s=self._size
        )

    def powers(self, steps: Tensor, differences: Tensor) -> Tensor:
        """What ``observe`` needs of steps and gradient differences, (pictures, 3, height, width) each.

        Returns:
            Σ p pᵀ over the frequencies of each band, for p = s and p = y, on the device: (pictures, POWERS).
        """
        both = torch.stack((steps, differences), dim=1)
        transform = torch.view_as_real(_transform(both)).flatten(3, 4)
        # One colour at a time: the products of all at once would be the largest tensors of a step.
        rows = [
            (transform[:, :, colour, None] * transform).sum(-1) @ self._members
            for colour in range(3)
        ]
        return torch.stack(rows, dim=2).flatten(1)

    def observe(self, powers: np.ndarray, counts: Sequence[bool]) -> None:
        """Update the estimates.

        Args:
            powers: The values of ``powers``, (pictures, POWERS).
            counts: For each picture, whether its step and difference are to be learned from.
        """
        seen = np.array(counts)
        if not seen.any():
            return
        both = powers.reshape(-1, 2, 3, 3, BANDS)[seen].transpose(1, 0, 4, 2, 3)
        self._steps[seen] = _FADING * self._steps[seen] + both[0]
        self._differences[seen] = _FADING * self._differences[seen] + both[1]
        self._observations += 1
        if self._observations > _EARLY and self._observations % _RENEWED_EVERY:
            return
        renewed = np.array(self.log_inverse_hessian)
        renewed[seen] = _estimates(self._steps[seen], self._differences[seen], renewed[seen])
        self.log_inverse_hessian = renewed
        self._matrices = self._interpolated()

    def keep(self, kept: Sequence[int]) -> None:
        """Keep only some of the pictures, by their numbers."""
        self._steps, self._differences = self._steps[kept], self._differences[kept]
        self.log_inverse_hessian = self.log_inverse_hessian[kept]
        self._matrices = self._matrices[list(kept)]

    def _interpolated(self) -> Tensor:
        """The matrices at all frequencies, (pictures, 3, 3, height, width // 2 + 1, 1), on the device.

        Between two bands, the matrix logarithms are interpolated linearly in log frequency.
        """
        logarithms = torch.from_numpy(self.log_inverse_hessian.astype(np.float32))
        logarithms = _to_device(logarithms, self._place.device)
        lower, upper = (logarithms.index_select(1, at) for at in (self._below, self._above))
        matrices = _exponential(torch.lerp(lower, upper, self._fraction), self._one)
        height, width = self._size
        spread = matrices.permute(0, 2, 3, 1).index_select(3, self._place)
        return spread.view(-1, 3, 3, height, width // 2 + 1, 1)


def _transform(pictures: Tensor) -> Tensor:
    return computed(torch.fft.rfft2, pictures, checked=True)


def _to_device(values: Tensor, device: torch.device) -> Tensor:
    """A copy on the device, which a GPU makes when it comes to it."""
    if device.type == "cuda":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


def _exponential(matrices: Tensor, one: Tensor) -> Tensor:
    """The exponentials of matrices of a norm up to about 10: a polynomial near zero, squared again and again.

    torch's own function waits for the device, to choose a polynomial.

    Args:
        matrices: (pictures, matrices, 3, 3).
        one: The unit matrix, on their device.
    """
    small = matrices.flatten(0, 1) / 2**_SQUARINGS
    exponentials = torch.add(one, small, alpha=1 / 4)
    for order in (3, 2, 1):
        exponentials = torch.baddbmm(one, small, exponentials, alpha=1 / order)
    for _ in range(_SQUARINGS):
        exponentials = exponentials @ exponentials
    return exponentials.view_as(matrices)


def _estimates(steps: np.ndarray, differences: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The logarithms of the pictures' inverse Hessians in each band; as ``known`` if no band has an observation.

    All are (pictures, bands, 3, 3).
    """
    step_traces = np.trace(steps, axis1=2, axis2=3)
    difference_traces = np.trace(differences, axis1=2, axis2=3)
    seen = (step_traces > 0) & (difference_traces > 0)
    estimate = _geometric_mean(
        _lift(steps, step_traces, seen), _lift(differences, difference_traces, seen)
    )
    # Bands without an observation take the estimate of the lowest band that has one.
    lowest = estimate[np.arange(len(seen)), seen.argmax(axis=1)]
    estimate = np.where(seen[..., None, None], estimate, lowest[:, None])
    some = seen.any(axis=1)[:, None, None, None]
    found: np.ndarray = np.where(some, _bounded_logarithm(estimate), known)
    return found


def _lift(powers: np.ndarray, traces: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The powers with the floor added, and the identity in bands without an observation; all can be inverted."""
    lifted = powers + _FLOOR * traces[..., None, None] * np.eye(3)
    return np.where(seen[..., None, None], lifted, np.eye(3))


def _geometric_mean(steps: np.ndarray, differences: np.ndarray) -> np.ndarray:
    values, vectors = _eigen(differences)
    root, inverse = _rebuilt(np.sqrt(values), vectors), _rebuilt(1 / np.sqrt(values), vectors)
    values, vectors = _eigen(root @ steps @ root)
    mean: np.ndarray = inverse @ _rebuilt(np.sqrt(values), vectors) @ inverse
    return mean


def _eigen(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(matrices)
    # Rounding can make an eigenvalue slightly negative.
    return np.maximum(values, 1e-12 * values[..., -1:]), vectors


def _rebuilt(values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The matrices with these eigenvalues and eigenvectors."""
    matrices: np.ndarray = (vectors * values[..., None, :]) @ vectors.swapaxes(-1, -2)
    return matrices


def _bounded_logarithm(matrices: np.ndarray) -> np.ndarray:
    """The matrices' logarithms, with no eigenvalue above e times the largest one of any coarser band.

    Deep features hardly show the finest structure, so that without a bound its steps would outgrow all others.
    """
    values, vectors = _eigen(matrices)
    logarithms = np.log(values)
    bound = np.minimum.accumulate(logarithms[..., -1], axis=-1) + _MOST_ABOVE_COARSER
    return _rebuilt(np.minimum(logarithms, bound[..., None]), vectors)
