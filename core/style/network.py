"""The loaded weights on their device, with one network for each depth and precision in use."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import TYPE_CHECKING

from core.style.device import find_device, use_true_float32
from core.style.exact import ExactObjective
from core.style.layers import find_layer
from core.style.matching import match
from core.style.measurement import measure
from core.style.objective import Objective
from core.style.presets import evaluation_gflop
from core.style.vgg19 import VGG19
from core.style.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch
    from torch import Tensor

    from core.style.goals import Goal, Matching
    from core.style.layers import Layer
    from core.style.matching import Matched


class Accuracy(StrEnum):
    """How an objective is computed: as fast as possible, in float32, or exactly as the reference does."""

    FAST = "fast"
    FLOAT32 = "float32"
    REFERENCE = "reference"


class Networks:
    """VGG19 ready for use; thread-safe.

    Args:
        weights: The source, as for ``load_weights``.
        device: The name, as for ``find_device``.
        cache_dir: The folder that keeps this machine's measurement; None measures anew.

    Raises:
        WeightsError: The weights are missing, damaged or not VGG19's.
        DeviceError: There is no such device here.
    """

    def __init__(self, weights: str, device: str, cache_dir: Path | None) -> None:
        self.device = find_device(device)
        use_true_float32()
        self._weights = load_weights(weights)
        self.weights_name = self._weights.name
        self._cache_dir = cache_dir
        self.measurement = measure(self._weights, self.device, cache_dir=cache_dir)
        self._judged = False
        self._doubted = False
        self._lock = threading.Lock()
        self._networks: dict[tuple[int, bool, bool], VGG19] = {}

    def objective(
        self,
        goal: Goal,
        accuracy: Accuracy,
        *,
        content: Tensor,
        styles: Sequence[Tensor],
        style_weights: Sequence[float],
        contents: Mapping[Layer, Tensor] | None = None,
        content_mask: Tensor | None = None,
        style_masks: Sequence[Tensor | None] = (),
        tile: int | None,
        style_tiles: Sequence[int | None] = (),
    ) -> Objective | ExactObjective:
        """The objective for these pictures; see ``Objective`` for the arguments.

        Raises:
            WeightsError: The weights end before the deepest layer of the goal.
        """
        # The reference knows no masks, and no tiles.
        opaque = all(mask is None for mask in (content_mask, *style_masks))
        if accuracy is Accuracy.REFERENCE and tile is None and opaque and not any(style_tiles):
            return ExactObjective(
                self._weights,
                goal,
                device=self.device,
                content=content,
                styles=styles,
                style_weights=style_weights,
            )
        return Objective(
            self._network(goal, exact=accuracy is not Accuracy.FAST),
            goal,
            content=content,
            styles=styles,
            style_weights=style_weights,
            contents=contents,
            content_mask=content_mask,
            style_masks=style_masks,
            tile=tile,
            style_tiles=style_tiles,
        )

    def match(
        self,
        goal: Goal,
        matching: Matching,
        accuracy: Accuracy,
        *,
        photo: Tensor,
        picture: Tensor,
        styles: Sequence[Tensor],
        style_weights: Sequence[float],
        style_masks: Sequence[Tensor | None],
        tile: int | None,
        style_tiles: Sequence[int | None],
    ) -> Matched:
        """The content targets of a scale whose places are matched; see ``core.style.matching.match`` for the arguments.

        Raises:
            WeightsError: The weights end before the deepest layer of the goal.
        """
        return match(
            self._network(goal, exact=accuracy is not Accuracy.FAST),
            goal,
            matching,
            photo=photo,
            picture=picture,
            styles=styles,
            style_weights=style_weights,
            style_masks=style_masks,
            tile=tile,
            style_tiles=style_tiles,
        )

    def dtype(self, accuracy: Accuracy) -> torch.dtype:
        """The number format of the features."""
        precision = self.measurement.fast if accuracy is Accuracy.FAST else self.measurement.exact
        return precision.dtype

    def judge(self, goal: Goal, size: tuple[int, int], seconds: float) -> None:
        """Compare the measurement with the first job, since it may come from a busy moment; later calls do nothing.

        Args:
            goal: The job's objective.
            size: (width, height) of its finest scale in pixels.
            seconds: What an evaluation took there, in the fast precision.
        """
        with self._lock:
            if not self._judged:
                gflop = evaluation_gflop(goal, size)
                self._doubted = self.measurement.contradicts(gflop, size, seconds)
                self._judged = True

    def recheck(self) -> None:
        """Measure anew if the first job contradicted the measurement. Call this while no job runs."""
        with self._lock:
            if self._doubted:
                self._doubted = False
                self.measurement = measure(
                    self._weights, self.device, cache_dir=self._cache_dir, anew=True
                )
                self._networks.clear()

    def _network(self, goal: Goal, *, exact: bool) -> VGG19:
        layers = [find_layer(name) for name in (*goal.style_layers, *goal.content_layers)]
        deepest = max(layers, key=lambda layer: layer.index)
        key = (deepest.index, goal.replicate, exact)
        with self._lock:
            if key not in self._networks:
                self._networks[key] = VGG19(
                    self._weights,
                    deepest=deepest,
                    device=self.device,
                    precision=self.measurement.exact if exact else self.measurement.fast,
                    replicate=goal.replicate,
                )
            return self._networks[key]
