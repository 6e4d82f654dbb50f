"""Fine patterns that a painting has and neither its photo nor its style picture: woven, mottled, grainy.

Pictures are tensors (1, 3, height, width), RGB in [0, 1]. Numbers, 0 where there is none.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

LEVEL: Final = 1 / 255
_WINDOW: Final = 64
_PERIODS: Final = (2, 8)
_PROMINENT: Final = (
    2.0  # times the spectrum around it; noise over the windows of a small picture stays below
)
_MARGIN: Final = 1.6  # for what a change of size or shape makes of a style picture's own grain

_SMALL_WINDOW: Final = 32
_BANDS: Final = (1 / 16, 1 / 8, 1 / 5, 1 / 3.2, 1 / 2.4, 1)
_LEAST_SHARE: Final = 0.02


def spectrum(picture: Tensor) -> Tensor:
    """How much stands out at periods of 2..8 pixels.

    Windows of 64 x 64 pixels that overlap by half; each counts alike, whatever its contrast, so that a pattern in a calm
    sky is found beside rough ground. The mean of their periodograms (Welch 1967), divided by the median around each bin.

    Returns:
        (64, 33) prominence of each frequency over what is around it, 0 outside of those periods.
    """
    gray = gray_of(picture)
    windows = _windows(gray, _WINDOW)
    taper = torch.hann_window(_WINDOW, device=gray.device)
    windows = windows - windows.mean((-2, -1), keepdim=True)
    power = torch.fft.rfft2(windows * taper * taper[:, None]).abs().square()
    ring = _ring(power.device)
    # What 8 bits can hold is the least that a window is compared with.
    floor = LEVEL**2 * taper.square().sum().square() / 12
    mean = (power * ring).sum((-2, -1), keepdim=True) / ring.sum() + floor
    even = (power / mean).mean(0)
    prominence: Tensor = even / (_around(even) + 1e-3) * ring
    return prominence


def woven(found: Tensor, *known: Tensor) -> float:
    """How strong the pattern of 2..8 pixels is that neither photo nor style picture has.

    Args:
        found: The result's ``spectrum``.
        known: Those of its photo and its style picture, as large as they were painted from.

    Returns:
        0 for none, 1 where a frequency has e times the power that it should have, and so on.
    """
    allowed = torch.stack(known).amax(0).clamp_min(_PROMINENT)
    # A neighbouring bin may have what a slight change of size moves.
    allowed = functional.max_pool2d(allowed[None, None], 3, stride=1, padding=1)[0, 0]
    return float((found / (_MARGIN * allowed)).clamp_min(1).log().amax())


def periods(picture: Tensor, places: Tensor | None = None) -> Tensor:
    """Which periods detail has, where there is any: the median share of each band, over windows of 32 x 32 pixels.

    Args:
        picture: Any.
        places: (height, width) of bools: only windows that lie in them; everywhere without.

    Returns:
        (4,) the shares at periods of 5..8, 3.2..5, 2.4..3.2 and up to 2.4 pixels of what is at up to 16; zeros where
        nothing can be seen.
    """
    side = _SMALL_WINDOW
    gray = gray_of(picture)
    windows = _windows(gray, side)
    if places is not None:
        inside = _windows(places[None, None].float(), side).mean((-2, -1))
        windows = windows[inside > 0.7]
    if not len(windows):
        return torch.zeros(len(_BANDS) - 2, device=gray.device)
    taper = torch.hann_window(side, device=gray.device)
    tapered = (windows - windows.mean((-2, -1), keepdim=True)) * taper * taper[:, None]
    power = torch.fft.rfft2(tapered).abs().square()
    frequency = _frequencies(side, gray.device)
    bands = torch.stack(
        [
            power[:, (frequency >= low) & (frequency < high)].sum(1)
            for low, high in pairwise(_BANDS)
        ],
        1,
    )
    # By Parseval's theorem the mean square of fine detail; rfft2 gives half of the spectrum.
    square = 2 * bands[:, 1:].sum(1) / (side * taper.square().sum()).square()
    seen = square > LEVEL**2
    if not seen.any():
        return torch.zeros(len(_BANDS) - 2, device=gray.device)
    shares = bands[seen] / bands[seen].sum(1, keepdim=True)
    medians: Tensor = shares.median(0).values[1:]
    return medians


def mottled(found: Tensor, *known: Tensor) -> float:
    """How much too much of its detail a result has at one fine period, such as that of a net's first layers.

    Args:
        found: The result's ``periods`` where its photo is flat.
        known: Those of the photo there and of the whole style picture.

    Returns:
        0 for none, 1 where a band has e times the share that it has in both.
    """
    allowed = torch.stack(known).amax(0)
    return float(((found + _LEAST_SHARE) / (allowed + _LEAST_SHARE)).log().clamp_min(0).amax())


def grain(picture: Tensor, *known: Tensor) -> float:
    """How much more fine detail the picture has than photo and style picture: specks, and patterns all over.

    The mean square of what a box of 3 pixels smooths away, as a logarithm over the greater of theirs; 0 for no more.
    """
    found, *allowed = (
        float((gray - smoothed(gray, 3)).square().mean()) + LEVEL**2
        for gray in map(gray_of, (picture, *known))
    )
    return max(0.0, math.log(found / max(allowed)))


def gray_of(picture: Tensor) -> Tensor:
    """(1, 1, height, width): the picture's brightness."""
    return picture.mean(1, keepdim=True)


def smoothed(values: Tensor, size: int, *, inside: bool = False) -> Tensor:
    """The mean of the square around each pixel, of an odd size; or of each square that lies inside, of any size."""
    # One direction after the other is several times as quick.
    for kernel in ((size, 1), (1, size)):
        padding = (0, 0) if inside else (kernel[0] // 2, kernel[1] // 2)
        values = functional.avg_pool2d(
            values, kernel, stride=1, padding=padding, count_include_pad=False
        )
    return values


def _windows(values: Tensor, side: int) -> Tensor:
    """(windows, side, side) that overlap by half; what is smaller is continued by its edge."""
    down, right = (max(0, side - length) for length in values.shape[-2:])
    if down or right:
        values = functional.pad(values, (0, right, 0, down), mode="replicate")
    return functional.unfold(values, side, stride=side // 2)[0].T.reshape(-1, side, side)


def _ring(device: torch.device) -> Tensor:
    frequency = _frequencies(_WINDOW, device)
    shortest, longest = _PERIODS
    # A diagonal pattern of two pixels has a period of 1.4, and counts.
    ring: Tensor = (frequency >= 1 / longest - 1e-6) & (frequency <= math.sqrt(2) / shortest)
    return ring.float()


def _frequencies(side: int, device: torch.device) -> Tensor:
    rows = torch.fft.fftfreq(side, device=device)[:, None]
    columns = torch.fft.rfftfreq(side, device=device)
    frequencies: Tensor = (rows.square() + columns.square()).sqrt()
    return frequencies


def _around(power: Tensor) -> Tensor:
    """The median of 9 x 9 bins around each, over the spectrum's edges as it goes on there."""
    rows = torch.cat([power[-4:], power, power[:4]])
    before = rows[:, 1:5].flip(1).flip(0)
    after = rows[:, -5:-1].flip(1).flip(0)
    whole = torch.cat([before, rows, after], 1)
    medians: Tensor = whole.unfold(0, 9, 1).unfold(1, 9, 1).flatten(2).median(-1).values
    return medians
