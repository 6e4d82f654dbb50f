"""The objective: style and content loss at VGG19's layers, with the gradient with respect to the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from core.style import losses
from core.style.cutouts import Visible
from core.style.layers import find_layer
from core.style.progress import Losses
from core.style.tiling import tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.layers import Layer
    from core.style.presets import Goal
    from core.style.tiling import Tile
    from core.style.vgg19 import VGG19, Hook


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The losses at a picture and their gradient.

    Attributes:
        losses: Both terms, each including its weight.
        gradient: The gradient of their sum with respect to the pixels, float32, (1, 3, height, width).
    """

    losses: Losses
    gradient: Tensor


class Objective:
    """The losses of a picture against one content picture and one or more style pictures.

    Args:
        network: VGG19 down to the deepest layer of ``goal`` at least.
        goal: Layers and weights.
        content: (1, 3, height, width), RGB in [0, 1], float32. The pictures to evaluate have this shape.
        styles: Style pictures in the same format, of any sizes.
        style_weights: One for each style picture, adding up to 1; the target is the weighted mean of their Gram matrices.
        content_mask: How opaque the content picture is, (1, 1, height, width) in [0, 1]. Only opaque positions count, in
            both losses. None if all are.
        style_masks: The same of each style picture, so that what is transparent is no colour of the style; empty if all are
            opaque.
        tile: Side in pixels of the tiles to evaluate one after another, which bounds memory and changes nothing but
            rounding; None to evaluate the picture as a whole.
    """

    def __init__(
        self,
        network: VGG19,
        goal: Goal,
        *,
        content: Tensor,
        styles: Sequence[Tensor],
        style_weights: Sequence[float],
        content_mask: Tensor | None = None,
        style_masks: Sequence[Tensor | None] = (),
        tile: int | None = None,
    ) -> None:
        self._network = network
        self._tile = tile
        self._visible = Visible(content_mask, _size(content))
        style_layers = [find_layer(name) for name in goal.style_layers]
        content_layers = [find_layer(name) for name in goal.content_layers]
        self._layers = frozenset((*style_layers, *content_layers))
        self._deepest = max(self._layers, key=lambda layer: layer.index)
        parts = [
            Visible(mask, _size(style))
            for style, mask in zip(styles, style_masks or [None] * len(styles), strict=True)
        ]
        grams = self._mean_grams(style_layers, styles, parts, style_weights)
        self._styles = {
            layer: _target(gram, gram.numel(), goal.style_weight, relative=goal.relative)
            for layer, gram in grams.items()
        }
        self._contents = {
            layer: _target(
                features,
                self._visible.elements(layer),
                goal.content_weight,
                relative=goal.relative,
            )
            for layer, features in self._features(content_layers, content).items()
        }

    def __call__(self, pixels: Tensor) -> Evaluation:
        """Losses and gradient at ``pixels``, which have the content's shape."""
        tiles = self._tiles(pixels)
        if len(tiles) == 1:
            statistics = _Statistics(self._visible)
            saved = self._network.forward(
                pixels, self._layers, self._collector(statistics, tiles[0])
            )
            differences = self._differences(statistics)
            gradient = self._backward(saved, differences, tiles[0])
        else:
            statistics = self._statistics(pixels)
            differences = self._differences(statistics)
            gradient = torch.zeros_like(pixels)
            for tile in tiles:
                saved = self._network.forward(tile.cut(pixels), self._layers, _no_op)
                tile.cut(gradient).add_(self._backward(saved, differences, tile))
        return Evaluation(self._losses(statistics, differences), gradient)

    def measure(self, pixels: Tensor) -> Losses:
        """The losses at ``pixels`` without the gradient, in half the time."""
        statistics = self._statistics(pixels)
        return self._losses(statistics, self._differences(statistics))

    def _mean_grams(
        self,
        layers: Sequence[Layer],
        styles: Sequence[Tensor],
        parts: Sequence[Visible],
        shares: Sequence[float],
    ) -> dict[Layer, Tensor]:
        means: dict[Layer, Tensor] = {}
        for style, visible, share in zip(styles, parts, shares, strict=True):
            statistics = _Statistics(visible)
            for tile in self._tiles(style):

                def add(
                    layer: Layer,
                    features: Tensor,
                    tile: Tile = tile,
                    statistics: _Statistics = statistics,
                ) -> None:
                    statistics.add_gram(layer, statistics.visible.part(features, layer, tile))

                self._network.extract(tile.cut(style), layers, add)
            for layer in layers:
                gram = share * statistics.gram(layer)
                means[layer] = means[layer] + gram if layer in means else gram
        return means

    def _features(self, layers: Sequence[Layer], content: Tensor) -> dict[Layer, Tensor]:
        _, _, height, width = content.shape
        whole: dict[Layer, Tensor] = {}
        for tile in self._tiles(content):

            def keep(layer: Layer, features: Tensor, tile: Tile = tile) -> None:
                if layer not in whole:
                    shape = (1, layer.channels, height // layer.stride, width // layer.stride)
                    whole[layer] = torch.empty(
                        shape,
                        dtype=features.dtype,
                        device=features.device,
                        memory_format=self._network.precision.memory_format,
                    )
                tile.outer(whole[layer], layer).copy_(self._visible.part(features, layer, tile))

            self._network.extract(tile.cut(content), layers, keep)
        return whole

    def _statistics(self, pixels: Tensor) -> _Statistics:
        statistics = _Statistics(self._visible)
        for tile in self._tiles(pixels):
            self._network.extract(tile.cut(pixels), self._layers, self._collector(statistics, tile))
        return statistics

    def _collector(self, statistics: _Statistics, tile: Tile) -> Hook:
        def collect(layer: Layer, features: Tensor) -> None:
            inner = self._visible.part(features, layer, tile)
            if layer in self._styles:
                statistics.add_gram(layer, inner)
            if (content := self._contents.get(layer)) is not None:
                statistics.add_error(layer, inner, tile.outer(content.value, layer))

        return collect

    def _differences(self, statistics: _Statistics) -> dict[Layer, Tensor]:
        """The Gram matrices minus their targets, by style layer."""
        return {
            layer: statistics.gram(layer) - target.value for layer, target in self._styles.items()
        }

    def _losses(self, statistics: _Statistics, differences: dict[Layer, Tensor]) -> Losses:
        style = sum(
            target.weight * differences[layer].square().mean()
            for layer, target in self._styles.items()
        )
        content = sum(
            target.weight * statistics.mean_error(layer) for layer, target in self._contents.items()
        )
        both = torch.stack((torch.as_tensor(style), torch.as_tensor(content)))
        return Losses(*both.tolist())  # the only place that waits for the device

    def _backward(
        self, saved: list[Tensor], differences: dict[Layer, Tensor], tile: Tile
    ) -> Tensor:
        def add(layer: Layer, features: Tensor, gradient: Tensor) -> None:
            features = self._visible.part(features, layer, tile)
            gradient = tile.inner(gradient, layer)
            elements = self._visible.elements(layer)
            if (style := self._styles.get(layer)) is not None:
                losses.add_style_gradient(
                    gradient, features, differences[layer], weight=style.weight, elements=elements
                )
            if (content := self._contents.get(layer)) is not None:
                target = tile.outer(content.value, layer)
                losses.add_content_gradient(
                    gradient, features, target, weight=content.weight, elements=elements
                )

        return self._network.backward(saved, self._layers, add)

    def _tiles(self, pixels: Tensor) -> list[Tile]:
        return list(tiles(_size(pixels), self._tile, self._deepest))


@dataclass(frozen=True, slots=True)
class _Target:
    value: Tensor
    weight: float


class _Statistics:
    """Gram matrices and squared errors, summed over the visible parts of a picture's tiles; float32, on the device."""

    def __init__(self, visible: Visible) -> None:
        self.visible = visible
        self._grams: dict[Layer, Tensor] = {}
        self._errors: dict[Layer, Tensor] = {}

    def add_gram(self, layer: Layer, features: Tensor) -> None:
        gram = losses.gram_sum(features)
        self._grams[layer] = self._grams[layer] + gram if layer in self._grams else gram

    def add_error(self, layer: Layer, features: Tensor, target: Tensor) -> None:
        error = losses.squared_error(features, target)
        self._errors[layer] = self._errors[layer] + error if layer in self._errors else error

    def gram(self, layer: Layer) -> Tensor:
        return self._grams[layer] / self.visible.elements(layer)

    def mean_error(self, layer: Layer) -> Tensor:
        return self._errors[layer] / self.visible.elements(layer)


def _no_op(_layer: Layer, _features: Tensor) -> None:
    """The hook of a pass whose statistics are known already."""


def _size(pixels: Tensor) -> tuple[int, int]:
    _, _, height, width = pixels.shape
    return width, height


def _target(value: Tensor, elements: int, weight: float, *, relative: bool) -> _Target:
    """A target of which so many elements count, and the others are 0."""
    if not relative:
        return _Target(value, weight)
    mean_square = float(value.float().square().mean()) * value.numel() / elements
    return _Target(value, weight / max(mean_square, 1e-30))
