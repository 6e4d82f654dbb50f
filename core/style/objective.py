"""What is minimised: style and content loss at VGG19's layers, with the gradient for the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from core.style import losses
from core.style.events import Losses
from core.style.layers import find_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.layers import Layer
    from core.style.presets import Goal
    from core.style.vgg19 import VGG19


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The losses at a picture and the gradient of their sum.

    Attributes:
        losses: Each term with its weight.
        gradient: For the pixels, float32, (1, 3, height, width).
    """

    losses: Losses
    gradient: Tensor


@dataclass(frozen=True, slots=True)
class _Target:
    value: Tensor
    weight: float


class Objective:
    """The losses of a picture against one content picture and the manner of the style pictures.

    Args:
        network: VGG19 down to the deepest layer of ``goal`` at least.
        goal: Layers and weights.
        content: (1, 3, height, width), RGB in [0, 1], float32; pictures to evaluate have its shape.
        styles: Such pictures of any sizes.
        style_weights: One each, adding up to 1: their Gram matrices are averaged so.
    """

    def __init__(
        self,
        network: VGG19,
        goal: Goal,
        *,
        content: Tensor,
        styles: Sequence[Tensor],
        style_weights: Sequence[float],
    ) -> None:
        self.shape = content.shape
        self._network = network
        self._styles: dict[Layer, _Target] = {}
        self._contents: dict[Layer, _Target] = {}
        self._aim_at_styles(goal, styles, style_weights)
        self._aim_at_content(goal, content)
        self._at = frozenset((*self._styles, *self._contents))

    def _aim_at_styles(
        self, goal: Goal, styles: Sequence[Tensor], style_weights: Sequence[float]
    ) -> None:
        layers = [find_layer(name) for name in goal.style_layers]
        grams: dict[Layer, Tensor] = {}

        for style, share in zip(styles, style_weights, strict=True):

            def add(layer: Layer, features: Tensor, share: float = share) -> None:
                gram = share * losses.gram_matrix(features)
                grams[layer] = grams[layer] + gram if layer in grams else gram

            self._network.look(style, layers, add)
        for layer, gram in grams.items():
            unit = _mean_square(gram) if goal.relative else 1.0
            self._styles[layer] = _Target(gram, goal.style_weight / unit)

    def _aim_at_content(self, goal: Goal, content: Tensor) -> None:
        def keep(layer: Layer, features: Tensor) -> None:
            unit = _mean_square(features) if goal.relative else 1.0
            self._contents[layer] = _Target(features.clone(), goal.content_weight / unit)

        self._network.look(content, [find_layer(name) for name in goal.content_layers], keep)

    def __call__(self, pixels: Tensor) -> Evaluation:
        """Losses and gradient at ``pixels``, of the content's shape."""
        differences: dict[Layer, Tensor] = {}
        terms = _Terms(pixels.device)

        def look(layer: Layer, features: Tensor) -> None:
            difference = self._add_losses(terms, layer, features)
            if difference is not None:
                differences[layer] = difference

        def add(layer: Layer, features: Tensor, gradient: Tensor) -> None:
            elements = features.numel()
            if (style := self._styles.get(layer)) is not None:
                losses.add_style_gradient(
                    gradient, features, differences[layer], weight=style.weight, elements=elements
                )
            if (content := self._contents.get(layer)) is not None:
                losses.add_content_gradient(
                    gradient, features, content.value, weight=content.weight, elements=elements
                )

        kept = self._network.forward(pixels, self._at, look)
        gradient = self._network.backward(kept, self._at, add)
        return Evaluation(terms.read(), gradient)

    def measure(self, pixels: Tensor) -> Losses:
        """Only the losses at ``pixels``, in half the time."""
        terms = _Terms(pixels.device)

        def look(layer: Layer, features: Tensor) -> None:
            self._add_losses(terms, layer, features)

        self._network.look(pixels, self._at, look)
        return terms.read()

    def _add_losses(self, terms: _Terms, layer: Layer, features: Tensor) -> Tensor | None:
        """Add this layer's losses to ``terms``; what its Gram matrix lacks, if it is a style layer."""
        if (content := self._contents.get(layer)) is not None:
            terms.content += content.weight * losses.mean_squared_error(features, content.value)
        if (style := self._styles.get(layer)) is None:
            return None
        difference = losses.gram_matrix(features) - style.value
        terms.style += style.weight * difference.square().mean()
        return difference


class _Terms:
    """The two sums while they grow, on the device, so that it is waited for only once."""

    def __init__(self, device: torch.device) -> None:
        self.style = torch.zeros((), device=device)
        self.content = torch.zeros((), device=device)

    def read(self) -> Losses:
        style, content = torch.stack((self.style, self.content)).tolist()
        return Losses(style, content)


def _mean_square(value: Tensor) -> float:
    return max(float(value.float().square().mean()), 1e-30)
