"""Strokes as many points at once: where they start, how they follow a direction, and the paint that they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.drawing.surface import Surface


def scatter(surface: Surface, spacing: float) -> NDArray[np.float32]:
    """Points ``(n, 2)`` in design units in random order, one in each cell of a grid that reaches past the edges."""
    xs = np.arange(-2 * spacing, surface.width / surface.unit + spacing, spacing)
    ys = np.arange(-2 * spacing, surface.height / surface.unit + spacing, spacing)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    grid += surface.rng.uniform(0, spacing, grid.shape)
    surface.rng.shuffle(grid)
    return grid.astype(np.float32)


def at(
    surface: Surface, values: NDArray[np.float32], points: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What a map ``(height, width)`` holds at points ``(..., 2)`` in design units; beyond an edge, what the edge holds."""
    columns = np.clip(points[..., 0] * surface.unit, 0, surface.width - 1).astype(np.int64)
    rows = np.clip(points[..., 1] * surface.unit, 0, surface.height - 1).astype(np.int64)
    return np.asarray(values[rows, columns], dtype=np.float32)


def follow(
    starts: NDArray[np.float32],
    angle: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    *,
    steps: int,
    length: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Paths ``(n, steps + 1, 2)`` from their starts along a direction.

    Args:
        starts: ``(n, 2)`` in design units.
        angle: The direction at points ``(n, 2)``, in radians ``(n,)``.
        steps: Straight pieces of each path.
        length: Of each path, ``(n,)`` in design units.
    """
    trail = [starts]
    piece = (length / steps)[:, None]
    for _ in range(steps):
        turn = angle(trail[-1])
        trail.append(trail[-1] + piece * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return np.stack(trail, axis=1).astype(np.float32)


def ribbon(
    paths: NDArray[np.float32], breadth: NDArray[np.float32], *, along: int, across: int
) -> NDArray[np.float32]:
    """Points ``(n, along, across, 2)`` that fill strokes.

    Args:
        paths: The middles of the strokes ``(n, steps + 1, 2)``.
        breadth: Of the strokes in design units, ``(n,)``, or ``(n, along)`` where it changes on the way.
        along: Points on the way.
        across: Points from side to side.
    """
    place = np.linspace(0, paths.shape[1] - 1, along)
    before = np.minimum(place.astype(np.int64), paths.shape[1] - 2)
    part = (place - before)[None, :, None]
    run = np.gradient(paths, axis=1)
    normals = np.stack([-run[..., 1], run[..., 0]], axis=-1)
    # Interpolated like the middle: sides that turn only at the path's corners would leave gaps in a bend.
    middle, side = (
        one[:, before] * (1 - part) + one[:, before + 1] * part for one in (paths, normals)
    )
    side = side / (np.linalg.norm(side, axis=-1, keepdims=True) + 1e-6)
    wide = breadth[:, None] if breadth.ndim == 1 else breadth
    off = np.linspace(-0.5, 0.5, across)
    reach = wide[..., None] * off
    points = middle[:, :, None] + side[:, :, None] * reach[..., None]
    return np.asarray(points, dtype=np.float32)


def deposit(
    shape: tuple[int, int],
    scale: float,
    points: NDArray[np.float32],
    amount: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How much of a pigment lies in each pixel ``(height, width)`` if each point leaves its amount.

    Args:
        shape: (height, width) in pixels.
        scale: Pixels per design unit.
        points: ``(..., 2)`` in design units.
        amount: As many as there are points.
    """
    inside, flat = pixels(shape, scale, points)
    left = np.bincount(flat, weights=amount[inside], minlength=shape[0] * shape[1])
    return left.reshape(shape).astype(np.float32)


def raise_to(
    layer: NDArray[np.float32],
    scale: float,
    points: NDArray[np.float32],
    amount: NDArray[np.float32],
) -> None:
    """Have each pixel of a layer ``(height, width)`` hold at least what any point in it has; arguments as above."""
    inside, flat = pixels((layer.shape[0], layer.shape[1]), scale, points)
    np.maximum.at(layer.reshape(-1), flat, amount[inside])


def pixels(
    shape: tuple[int, int],
    scale: float,
    points: NDArray[np.float32],
    among: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which of the points, or of those ``among`` them, lie in a layer; and the number of the pixel that each of them is in."""
    columns = np.floor(points[..., 0] * scale).astype(np.int64)
    rows = np.floor(points[..., 1] * scale).astype(np.int64)
    inside = (columns >= 0) & (columns < shape[1]) & (rows >= 0) & (rows < shape[0])
    if among is not None:
        inside &= among
    return inside, (rows * shape[1] + columns)[inside]


def shrink(layer: NDArray[np.float32], times: int) -> NDArray[np.float32]:
    """The mean of each square of ``times`` by ``times`` pixels."""
    height, width = layer.shape[0] // times, layer.shape[1] // times
    split = layer.reshape(height, times, width, times, *layer.shape[2:])
    return np.asarray(split.mean(axis=(1, 3)), dtype=np.float32)
