"""The words on a loss curve; in a module of their own, since drawing it imports Matplotlib, which is slow."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class CurveLabels:
    """The words on a loss curve in one language.

    Attributes:
        evaluations: The label of the horizontal axis.
        style: The label of the style loss.
        content: The label of the content loss.
        scale: The label of a scale; ``{n}`` becomes its number, from 1.
        nothing: The text in place of a curve without points.
    """

    evaluations: str = "evaluations"
    style: str = "style loss"
    content: str = "content loss"
    scale: str = "scale {n}"
    nothing: str = "Nothing was evaluated"

    @property
    def letters(self) -> str:
        """All letters of the words, for the choice of a font."""
        return "".join(astuple(self))


ENGLISH = CurveLabels()
