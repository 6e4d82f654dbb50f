"""What a painter is asked for when it paints several pictures together. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from core.style.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """One of several transfers that are made together.

    Attributes:
        content: The photo.
        styles: One to four pictures.
        options: The choices of the transfer.
        start: The initial image instead of the content: an earlier result, or a checkpoint.
        done: How many evaluations ``start`` is worth if it is a checkpoint; 0 if it is not.
    """

    content: Image
    styles: Sequence[Image]
    options: Options
    start: Image | None = None
    done: int = 0
