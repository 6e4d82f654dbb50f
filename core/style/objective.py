"""The objective: style and content loss at VGG19's layers, with the gradient with respect to the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from core.style import losses
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
        tile: int | None = None,
    ) -> None:
        self._network = network
        self._tile = tile
        style_layers = [find_layer(name) for name in goal.style_layers]
        content_layers = [find_layer(name) for name in goal.content_layers]
        self._layers = frozenset((*style_layers, *content_layers))
        self._deepest = max(self._layers, key=lambda layer: layer.index)
        grams = self._mean_grams(style_layers, styles, style_weights)
        self._styles = _targets(grams, goal.style_weight, relative=goal.relative)
        features = self._features(content_layers, content)
        self._contents = _targets(features, goal.content_weight, relative=goal.relative)

    def __call__(self, pixels: Tensor) -> Evaluation:
        """Losses and gradient at ``pixels``, which have the content's shape."""
        tiles = self._tiles(pixels)
        if len(tiles) == 1:
            statistics = _Statistics(pixels)
            saved = self._network.forward(
                pixels, self._layers, self._collector(statistics, tiles[0])
            )
            differences = self._differences(statistics)
            gradient = self._backward(saved, differences, tiles[0], pixels)
        else:
            statistics = self._statistics(pixels)
            differences = self._differences(statistics)
            gradient = torch.zeros_like(pixels)
            for tile in tiles:
                saved = self._network.forward(tile.cut(pixels), self._layers, _no_op)
                tile.cut(gradient).add_(self._backward(saved, differences, tile, pixels))
        return Evaluation(self._losses(statistics, differences), gradient)

    def measure(self, pixels: Tensor) -> Losses:
        """The losses at ``pixels`` without the gradient, in half the time."""
        statistics = self._statistics(pixels)
        return self._losses(statistics, self._differences(statistics))

    def _mean_grams(
        self, layers: Sequence[Layer], styles: Sequence[Tensor], shares: Sequence[float]
    ) -> dict[Layer, Tensor]:
        means: dict[Layer, Tensor] = {}
        for style, share in zip(styles, shares, strict=True):
            statistics = _Statistics(style)
            for tile in self._tiles(style):

                def add(
                    layer: Layer,
                    features: Tensor,
                    tile: Tile = tile,
                    statistics: _Statistics = statistics,
                ) -> None:
                    statistics.add_gram(layer, tile.inner(features, layer))

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
                tile.outer(whole[layer], layer).copy_(tile.inner(features, layer))

            self._network.extract(tile.cut(content), layers, keep)
        return whole

    def _statistics(self, pixels: Tensor) -> _Statistics:
        statistics = _Statistics(pixels)
        for tile in self._tiles(pixels):
            self._network.extract(tile.cut(pixels), self._layers, self._collector(statistics, tile))
        return statistics

    def _collector(self, statistics: _Statistics, tile: Tile) -> Hook:
        def collect(layer: Layer, features: Tensor) -> None:
            inner = tile.inner(features, layer)
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
        self, saved: list[Tensor], differences: dict[Layer, Tensor], tile: Tile, pixels: Tensor
    ) -> Tensor:
        def add(layer: Layer, features: Tensor, gradient: Tensor) -> None:
            features, gradient = tile.inner(features, layer), tile.inner(gradient, layer)
            elements = _elements(layer, pixels)
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
        _, _, height, width = pixels.shape
        return list(tiles((width, height), self._tile, self._deepest))


@dataclass(frozen=True, slots=True)
class _Target:
    value: Tensor
    weight: float


class _Statistics:
    """Gram matrices and squared errors, summed over the tiles of a picture; float32, on the device."""

    def __init__(self, pixels: Tensor) -> None:
        self._pixels = pixels
        self._grams: dict[Layer, Tensor] = {}
        self._errors: dict[Layer, Tensor] = {}

    def add_gram(self, layer: Layer, features: Tensor) -> None:
        gram = losses.gram_sum(features)
        self._grams[layer] = self._grams[layer] + gram if layer in self._grams else gram

    def add_error(self, layer: Layer, features: Tensor, target: Tensor) -> None:
        error = losses.squared_error(features, target)
        self._errors[layer] = self._errors[layer] + error if layer in self._errors else error

    def gram(self, layer: Layer) -> Tensor:
        return self._grams[layer] / _elements(layer, self._pixels)

    def mean_error(self, layer: Layer) -> Tensor:
        return self._errors[layer] / _elements(layer, self._pixels)


def _no_op(_layer: Layer, _features: Tensor) -> None:
    """The hook of a pass whose statistics are known already."""


def _elements(layer: Layer, pixels: Tensor) -> int:
    """The number of elements of the whole picture's features: channels times positions."""
    _, _, height, width = pixels.shape
    return layer.channels * layer.positions((width, height))


def _targets(values: dict[Layer, Tensor], weight: float, *, relative: bool) -> dict[Layer, _Target]:
    return {
        layer: _Target(value, weight / _mean_square(value) if relative else weight)
        for layer, value in values.items()
    }


def _mean_square(value: Tensor) -> float:
    return max(float(value.float().square().mean()), 1e-30)
