"""The words on a loss curve. Apart from what draws it, which is slow to import."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class CurveLabels:
    """In the language of whoever looks at it.

    Attributes:
        evaluations: Below the axis.
        style: What one line shows.
        content: What the other line shows.
        scale: What lies between two dashed lines; ``{n}`` is its number from 1.
        nothing: Instead of a curve, where there are no losses.
    """

    evaluations: str = "evaluations"
    style: str = "style loss"
    content: str = "content loss"
    scale: str = "scale {n}"
    nothing: str = "Nothing was evaluated"

    @property
    def letters(self) -> str:
        """All that has to be written."""
        return "".join(astuple(self))


ENGLISH = CurveLabels()
