"""Drives transfers from their first scale to their results, as many of them at once as are alike.

Alike transfers share the evaluations of a scale: one pass through the network for all their pictures. Everything else is
each one's own: losses, curvature, progress, cancelling, time limit, failure. A single transfer takes the same way.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import torch

from core.pictures.codec import to_png
from core.style.device_errors import is_out_of_memory
from core.style.graphs import recorded
from core.style.lbfgs import PlainLBFGS
from core.style.memory import most_together, release
from core.style.network import Accuracy
from core.style.objective import Objective
from core.style.options import Solver
from core.style.presets import MOST_TOGETHER
from core.style.spectral_lbfgs import SpectralLBFGS
from core.style.style_errors import OutOfMemoryError, StyleError
from core.style.tensors import to_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from PIL.Image import Image

    from core.style.exact import ExactObjective
    from core.style.progress import Event
    from core.style.transfer import Transfer

T = TypeVar("T")
Answers: TypeAlias = "Generator[tuple[int, Event | StyleError], bool | None, None]"
"""(number, event) of each transfer; True in answer to a Progress stops that transfer."""


def paint_together(transfers: Sequence[Transfer]) -> Answers:
    """Paint several pictures.

    Yields:
        (number, event): for each transfer Progress after every evaluation, then its Result; after a checkpoint, both count
        the evaluations before it. Or the StyleError that ends this transfer only: NotFiniteError, OutOfMemoryError.
        Whoever sends True in answer to a Progress stops that transfer.
    """
    waiting = dict(enumerate(transfers))
    most = MOST_TOGETHER
    while waiting:
        if done := {number: one for number, one in waiting.items() if one.is_done}:
            yield from _results(done)
            ended = set(done)
        else:
            group = _alike(waiting, most)
            ended = set()
            fits = yield from _paint_if_it_fits(group, ended)
            if not fits and len(group) > 1:
                most = len(group) // 2
            elif not fits:
                ended = yield from _step_down(*group.items())
        for number in ended:
            del waiting[number]


def _paint_if_it_fits(
    group: Mapping[int, Transfer], ended: set[int]
) -> Generator[tuple[int, Event | StyleError], bool | None, bool]:
    """Work on one scale; False if memory ran out. Either way ``ended`` gets the numbers of those that ended in it."""
    try:
        yield from _paint_scale(group, ended)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    else:
        return True
    return False  # outside of the except block the error is gone, and with it the tensors that its frames hold


def _step_down(
    member: tuple[int, Transfer],
) -> Generator[tuple[int, Event | StyleError], bool | None, set[int]]:
    """Let a transfer take less memory; its number if it cannot."""
    number, transfer = member
    try:
        transfer.step_down()
    except OutOfMemoryError as error:
        # Its frames would keep the transfer's pictures until the next garbage collection.
        yield number, error.with_traceback(None)
        return {number}
    return set()


def _alike(waiting: Mapping[int, Transfer], most: int) -> dict[int, Transfer]:
    """The transfers to paint next: the one that is farthest behind, and those that can share its evaluations."""
    first = max(waiting, key=lambda number: waiting[number].evaluations_left)
    leader = waiting[first]
    if (key := leader.key) is None:
        return {first: leader}
    fitting = most_together(
        leader.scale.size,
        leader.networks.device,
        dtype=leader.networks.dtype(Accuracy.FAST),
        evaluations=leader.scale.evaluations,
    )
    alike = [number for number, one in waiting.items() if one.key == key]
    return {number: waiting[number] for number in alike[: max(1, min(most, fitting))]}


def _paint_scale(group: Mapping[int, Transfer], ended: set[int]) -> Answers:
    """Work on one scale until it is done; ``ended`` gets the numbers of the transfers that ended in it.

    Raises:
        RuntimeError, MemoryError: Memory ran out; each transfer can go on from its current picture.
    """
    numbers, members = list(group), list(group.values())
    _side_by_side([member.prepare for member in members])
    start = torch.cat([member.initial_image() for member in members])
    objective = _joined([member.objective(pictures=len(members)) for member in members])
    optimiser = _optimiser(members, objective, start)
    while members:
        kept, over = yield from _step(optimiser, numbers, members)
        ended |= over
        if len(kept) == len(members):
            continue
        if isinstance(optimiser, SpectralLBFGS):
            for member, estimate in zip(members, optimiser.log_inverse_hessian, strict=True):
                member.log_inverse_hessian = estimate
        numbers, members = [numbers[row] for row in kept], [members[row] for row in kept]
        if kept and isinstance(optimiser, SpectralLBFGS) and isinstance(objective, Objective):
            objective = objective.of(kept)
            optimiser.keep(kept, recorded(objective, start[: len(kept)]))


def _step(
    optimiser: SpectralLBFGS | PlainLBFGS, numbers: Sequence[int], members: Sequence[Transfer]
) -> Generator[tuple[int, Event | StyleError], bool | None, tuple[list[int], set[int]]]:
    """One evaluation of all pictures: the rows that go on at this scale, and the numbers of the transfers that ended."""
    kept: list[int] = []
    ended: set[int] = set()
    steps = optimiser.step()
    # Whoever first wants to see its picture has all of them rendered, so that all wait for the device once.
    pictures = cache(partial(to_pictures, optimiser.pixels))
    for row, losses in enumerate(steps):
        number, member = numbers[row], members[row]
        answer: bool | None = None
        if losses is not None:
            last = member.scale.evaluations == 1
            pixels = optimiser.pixels[row : row + 1]
            render = partial(_one_of, pictures, row)
            answer = yield number, member.advance(losses, pixels, render)
            if not (answer or last or member.is_late):
                kept.append(row)
        elif (error := member.step_down_numbers()) is not None:
            answer = True
            yield number, error
        if answer:
            ended.add(number)
    return kept, ended


def _one_of(pictures: Callable[[], Sequence[Image]], row: int) -> Image:
    return pictures()[row]


def _joined(objectives: Sequence[Objective | ExactObjective]) -> Objective | ExactObjective:
    plain = [one for one in objectives if isinstance(one, Objective)]
    return objectives[0] if len(objectives) == 1 else Objective.joined(plain)


def _optimiser(
    members: Sequence[Transfer], objective: Objective | ExactObjective, start: torch.Tensor
) -> SpectralLBFGS | PlainLBFGS:
    first = members[0]
    if first.networks.device.type == "cpu":
        # Allocate the curvature pairs after the target features' large blocks are given back, or the allocator fragments.
        release(first.networks.device)
    history = first.history(len(members))
    if first.solver is Solver.LBFGS:
        return PlainLBFGS(objective, start, history=history)
    return SpectralLBFGS(
        recorded(objective, start),
        start,
        history=history,
        log_inverse_hessian=_estimates(members),
    )


def _estimates(members: Sequence[Transfer]) -> np.ndarray | None:
    """What the preconditioner learned at the scale before, (pictures, bands, 3, 3); None at the first scale."""
    known = [one.log_inverse_hessian for one in members if one.log_inverse_hessian is not None]
    return np.stack(known) if len(known) == len(members) else None


def _results(done: Mapping[int, Transfer]) -> Answers:
    pictures = [transfer.last_picture() for transfer in done.values()]
    files = _side_by_side([partial(to_png, picture) for picture in pictures])
    for (number, transfer), picture, file in zip(done.items(), pictures, files, strict=True):
        yield number, transfer.result(file, picture)


def _side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The calls' results; several at the same time, since Pillow works without the interpreter's lock."""
    if len(calls) == 1:
        return [calls[0]()]
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))
