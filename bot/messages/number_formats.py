"""Small pieces of text: bars, durations, sizes, losses and folds, before a language gives them its form."""

from __future__ import annotations

import math
from typing import Final

FULL: Final = "▓"
EMPTY: Final = "░"


def bar(share: float, *, width: int = 12) -> str:
    """A bar of ``width`` characters for a share of 0..1; full only when it is done."""
    filled = min(width, max(0, math.floor(share * width)))
    return FULL * filled + EMPTY * (width - filled)


def percent(share: float) -> int:
    """A share of 0..1 in whole percent, rounded down, so that 100 means done."""
    return min(100, max(0, math.floor(share * 100)))


def loss(value: float) -> str:
    """A loss with three significant digits and no exponent where it can be: ``12.3``, ``0.264``, ``4,169``."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def round_seconds(seconds: float) -> int:
    """A duration as a person would guess it: steps of 5 s below a minute, 15 s below five, then minutes."""
    step = 5 if seconds < 60 else 15 if seconds < 300 else 60
    return max(step, math.ceil(seconds / step) * step)


def folded(html: str) -> str:
    """A quote of which clients show the beginning until somebody opens it."""
    return f"<blockquote expandable>{html}</blockquote>"
