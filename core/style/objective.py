"""The objective: style and content loss at VGG19's layers, with the gradient with respect to the pixels."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch

from core.style import gradient_scale, losses
from core.style.cutouts import Visible
from core.style.features import extract_whole
from core.style.layers import find_layer
from core.style.progress import Losses
from core.style.targets import TINY, Changes, GramRows, Statistics, Targets, add_to
from core.style.tiling import Tile, tiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from core.style.goals import Goal
    from core.style.layers import Layer
    from core.style.vgg19 import VGG19, Hook


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The losses at one or more pictures and their gradients.

    Attributes:
        losses: Style and content loss of each picture, each including its weight: (pictures, 2), float32, on the device.
        gradient: The gradient of their sum with respect to the pixels, float32, (pictures, 3, height, width).
    """

    losses: Tensor
    gradient: Tensor


class Objective:
    """The losses of a picture against its content picture and one or more style pictures.

    Several objectives for pictures of one size can be joined: then each evaluation takes as many pictures at once, and each
    picture has its own content, styles and weights.

    Args:
        network: VGG19 down to the deepest layer of ``goal`` at least.
        goal: Layers and weights.
        content: (1, 3, height, width), RGB in [0, 1], float32. The pictures to evaluate have this shape.
        styles: Style pictures in the same format, of any sizes.
        style_weights: One for each style picture, adding up to 1; the target is the weighted mean of their Gram matrices.
        contents: The features to compare with at the content layers, instead of the content picture's own.
        content_mask: How opaque the content picture is, (1, 1, height, width) in [0, 1]. Only opaque positions count, in
            both losses. None if all are.
        style_masks: The same of each style picture, so that what is transparent is no colour of the style; empty if all are
            opaque.
        tile: Side in pixels of the tiles to evaluate one after another, which bounds memory and changes nothing but
            rounding; None to evaluate the picture as a whole.
        style_tiles: The same for each style picture; empty to take all as a whole.
    """

    def __init__(
        self,
        network: VGG19,
        goal: Goal,
        *,
        content: Tensor,
        styles: Sequence[Tensor],
        style_weights: Sequence[float],
        contents: Mapping[Layer, Tensor] | None = None,
        content_mask: Tensor | None = None,
        style_masks: Sequence[Tensor | None] = (),
        tile: int | None = None,
        style_tiles: Sequence[int | None] = (),
    ) -> None:
        self._network = network
        self._tile = tile
        self._visible = Visible(content_mask, _size(content))
        style_layers = [find_layer(name) for name in goal.style_layers]
        content_layers = [find_layer(name) for name in goal.content_layers]
        self._layers = frozenset((*style_layers, *content_layers))
        self._deepest = max(self._layers, key=lambda layer: layer.index)
        self._style_layers = sorted(style_layers, key=lambda layer: layer.index)
        self._rows = GramRows(self._style_layers, network.device)
        self._per_element = self._rows.spread(
            [1 / self._visible.elements(layer) for layer in self._style_layers]
        )
        parts = [
            Visible(mask, _size(style))
            for style, mask in zip(styles, style_masks or [None] * len(styles), strict=True)
        ]
        grams = self._mean_grams(styles, parts, style_weights, style_tiles or [None] * len(styles))
        weights = self._rows.spread([goal.style_weight / size for size in self._rows.sizes])
        if goal.relative:
            weights = weights / self._rows.means(grams.square())
        features = contents or extract_whole(network, content, content_layers, tile)
        whole = Tile.whole(_size(content))
        contents = {
            layer: self._visible.part(value, layer, whole) for layer, value in features.items()
        }
        content_weights = self._weights_of_contents(goal, contents)
        self._change_per_element = 4 * self._per_element
        self._targets = Targets(
            negative_grams=-grams,
            style_weights=weights,
            contents=contents,
            content_weights=content_weights,
            content_factors={
                layer: (2 * weight).to(network.precision.dtype).view(-1, 1, 1, 1)
                for layer, weight in content_weights.items()
            },
            gradient_size=torch.full((1,), gradient_scale.SIZE, device=network.device),
        )

    @property
    def tiled(self) -> bool:
        """Whether pictures are evaluated in tiles, if they are larger than one."""
        return self._tile is not None

    @classmethod
    def joined(cls, objectives: Sequence[Self]) -> Self:
        """One objective for as many pictures, which are of one size, opaque, not tiled, and have the same layers."""
        return objectives[0]._with(Targets.of_all([one._targets for one in objectives], torch.cat))

    def of(self, pictures: Sequence[int]) -> Self:
        """The objective of some of its pictures, by their numbers."""
        rows = torch.tensor(pictures, device=self._network.device)
        return self._with(Targets.of_all([self._targets], lambda values: values[0][rows]))

    def _with(self, targets: Targets) -> Self:
        other = copy(self)
        other._targets = targets
        return other

    def __call__(self, pixels: Tensor) -> Evaluation:
        """Losses and gradients at ``pixels``, (pictures, 3, height, width); each has its content's shape."""
        tiles = self._tiles(pixels)
        if len(tiles) == 1:
            statistics = Statistics()
            saved = self._network.forward(
                pixels, self._layers, self._collector(statistics, tiles[0])
            )
            found, changes = self._compare(statistics)
            gradient = self._backward(saved, changes, tiles[0], statistics.away)
        else:
            found, changes = self._compare(self._statistics(pixels, tiles))
            gradient = torch.zeros_like(pixels)
            for tile in tiles:
                saved = self._network.forward(tile.cut(pixels), self._layers, _no_op)
                tile.cut(gradient).add_(self._backward(saved, changes, tile, {}))
        if changes.scale is not None:
            size = self._targets.gradient_size
            gradient = gradient_scale.undo_scale(gradient, changes.scale, size)
        return Evaluation(found, gradient)

    def measure(self, pixels: Tensor) -> Losses:
        """The losses at one picture without the gradient, in half the time."""
        found, _ = self._compare(self._statistics(pixels, self._tiles(pixels)))
        return Losses(*found[0].tolist())

    def _mean_grams(
        self,
        styles: Sequence[Tensor],
        parts: Sequence[Visible],
        shares: Sequence[float],
        sides: Sequence[int | None],
    ) -> Tensor:
        mean: Tensor | None = None
        for style, visible, share, side in zip(styles, parts, shares, sides, strict=True):
            grams: dict[Layer, Tensor] = {}
            for tile in tiles(_size(style), side, self._deepest):

                def add(
                    layer: Layer,
                    features: Tensor,
                    tile: Tile = tile,
                    grams: dict[Layer, Tensor] = grams,
                    visible: Visible = visible,
                ) -> None:
                    add_to(grams, layer, losses.gram_sum(visible.part(features, layer, tile)))

                self._network.extract(tile.cut(style), self._style_layers, add)
            row = self._rows.row(
                grams[layer] * (share / visible.elements(layer)) for layer in self._style_layers
            )
            mean = row if mean is None else mean.add_(row)
        assert mean is not None  # noqa: S101 - there is at least one style
        return mean

    def _weights_of_contents(
        self, goal: Goal, contents: Mapping[Layer, Tensor]
    ) -> dict[Layer, Tensor]:
        """The weight of each element's square, (pictures,)."""
        weights: dict[Layer, Tensor] = {}
        for layer, features in contents.items():
            elements = self._visible.elements(layer)
            weight = features.new_full((1,), goal.content_weight / elements, dtype=torch.float32)
            if goal.relative:
                weight = weight * elements / losses.squared_norm(features).clamp_min(TINY)
            weights[layer] = weight
        return weights

    def _statistics(self, pixels: Tensor, tiles: Sequence[Tile]) -> Statistics:
        statistics = Statistics()
        for tile in tiles:
            self._network.extract(tile.cut(pixels), self._layers, self._collector(statistics, tile))
        return statistics

    def _collector(self, statistics: Statistics, tile: Tile) -> Hook:
        def collect(layer: Layer, features: Tensor) -> None:
            inner = self._visible.part(features, layer, tile)
            if layer in self._style_layers:
                add_to(statistics.grams, layer, losses.gram_sum(inner))
            if (content := self._targets.contents.get(layer)) is not None:
                away = statistics.away[layer] = inner - tile.outer(content, layer)
                add_to(statistics.errors, layer, losses.squared_norm(away))

        return collect

    def _compare(self, statistics: Statistics) -> tuple[Tensor, Changes]:
        """The losses, (pictures, 2), and what the gradients at the layers are made of."""
        grams = self._rows.row(statistics.grams[layer] for layer in self._style_layers)
        differences = torch.addcmul(self._targets.negative_grams, grams, self._per_element)
        weighted = differences * self._targets.style_weights
        style = torch.linalg.vecdot(weighted, differences)
        errors = [
            statistics.errors[layer] * weight
            for layer, weight in self._targets.content_weights.items()
        ]
        content = errors[0] if len(errors) == 1 else torch.stack(errors).sum(0)
        changes = weighted.mul_(self._change_per_element)
        factors, scale = self._targets.content_factors, None
        dtype = self._network.precision.dtype
        if dtype is torch.float16:
            scale = self._choose_scale(changes, statistics)
            changes = changes * scale.unsqueeze(1)
            factors = {
                layer: (2 * weight * scale)
                .clamp_max(gradient_scale.LARGEST)
                .view(-1, 1, 1, 1)
                .half()
                for layer, weight in self._targets.content_weights.items()
            }
        styles = dict(self._rows.matrices(changes.to(dtype)))
        return torch.stack((style, content), dim=1), Changes(styles, factors, scale)

    def _choose_scale(self, changes: Tensor, statistics: Statistics) -> Tensor:
        elements = self._visible.elements
        sizes = [
            gradient_scale.style_size(change, statistics.grams[layer], elements(layer))
            for layer, change in self._rows.matrices(changes)
        ]
        sizes += [
            gradient_scale.content_size(weight, statistics.errors[layer], elements(layer))
            for layer, weight in self._targets.content_weights.items()
        ]
        return gradient_scale.choose_scale(self._targets.gradient_size, sizes)

    def _backward(
        self, saved: list[Tensor], changes: Changes, tile: Tile, away: dict[Layer, Tensor]
    ) -> Tensor:
        def add(layer: Layer, features: Tensor, gradient: Tensor) -> None:
            features = self._visible.part(features, layer, tile)
            gradient = tile.inner(gradient, layer)
            if (change := changes.styles.get(layer)) is not None:
                losses.add_style_gradient(gradient, features, change)
            if (content := self._targets.contents.get(layer)) is not None:
                difference = away.pop(layer, None)
                if difference is None:
                    difference = features - tile.outer(content, layer)
                gradient.addcmul_(difference, changes.contents[layer])

        return self._network.backward(saved, self._layers, add)

    def _tiles(self, pixels: Tensor) -> list[Tile]:
        return list(tiles(_size(pixels), self._tile, self._deepest))


def _no_op(_layer: Layer, _features: Tensor) -> None:
    """The hook of a pass whose statistics are known already."""


def _size(pixels: Tensor) -> tuple[int, int]:
    _, _, height, width = pixels.shape
    return width, height
