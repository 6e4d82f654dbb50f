"""The reference's objective, operation by operation: float32, autograd, in the reference's order.

L-BFGS without a line search is chaotic: rounding differences of 1e-7 in the input grow to percents of the loss within
20 evaluations. Only sums in the reference's order give the reference's losses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from core.style.layers import LAYERS, Kind, find_layer
from core.style.objective import Evaluation
from core.style.progress import Losses
from core.style.style_errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.goals import Goal
    from core.style.layers import Layer
    from core.style.weights import Weights


class ExactObjective:
    """Computes what ``Objective`` does, without its optimisations; ignores ``goal.relative`` and ``goal.replicate``.

    Args:
        weights: VGG19's weights.
        goal: Layers and weights.
        device: The device of all tensors.
        content: (1, 3, height, width), RGB in [0, 1], float32.
        styles: Style pictures in the same format, of any sizes.
        style_weights: One for each style picture, adding up to 1.

    Raises:
        WeightsError: The weights end before the deepest layer of the goal.
    """

    def __init__(
        self,
        weights: Weights,
        goal: Goal,
        *,
        device: torch.device,
        content: Tensor,
        styles: Sequence[Tensor],
        style_weights: Sequence[float],
    ) -> None:
        self._goal = goal
        self._style_layers = [find_layer(name) for name in goal.style_layers]
        self._content_layers = [find_layer(name) for name in goal.content_layers]
        deepest = max(layer.index for layer in (*self._style_layers, *self._content_layers))
        self._layers = LAYERS[: deepest + 1]
        if self._layers[-1].convolution > len(weights.convolutions):
            raise WeightsError(f"The weights {weights.name} end before {self._layers[-1].name}.")
        self._convolutions = [
            (convolution.kernel.to(device), convolution.bias.to(device))
            for convolution in weights.convolutions[: self._layers[-1].convolution]
        ]
        self._normalization = weights.normalization
        with torch.no_grad():
            features = self._features(content)
            self._contents = [features[layer] for layer in self._content_layers]
            self._grams = [torch.zeros((), device=device)] * len(self._style_layers)
            for style, share in zip(styles, style_weights, strict=True):
                features = self._features(style)
                self._grams = [
                    gram + share * _gram_matrix(features[layer])
                    for gram, layer in zip(self._grams, self._style_layers, strict=True)
                ]

    def __call__(self, pixels: Tensor) -> Evaluation:
        """Losses and gradient at ``pixels``, which have the content's shape."""
        variable = pixels.detach().requires_grad_()
        with torch.enable_grad():
            style, content = self._losses(variable)
            (gradient,) = torch.autograd.grad(style + content, variable)
        return Evaluation(torch.stack((style, content)).detach().unsqueeze(0), gradient)

    def measure(self, pixels: Tensor) -> Losses:
        """The losses at ``pixels`` without the gradient."""
        with torch.no_grad():
            style, content = self._losses(pixels)
        return Losses(style.item(), content.item())

    def _losses(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = self._features(pixels)
        style = content = torch.zeros((), device=pixels.device)
        for layer, gram in zip(self._style_layers, self._grams, strict=True):
            style = style + functional.mse_loss(_gram_matrix(features[layer]), gram)
        for layer, target in zip(self._content_layers, self._contents, strict=True):
            content = content + functional.mse_loss(features[layer], target)
        return style * self._goal.style_weight, content * self._goal.content_weight

    def _features(self, pixels: Tensor) -> dict[Layer, Tensor]:
        x = self._normalization.apply(pixels)
        features: dict[Layer, Tensor] = {}
        for layer in self._layers:
            match layer.kind:
                case Kind.CONVOLUTION:
                    kernel, bias = self._convolutions[layer.convolution - 1]
                    x = functional.conv2d(x, kernel, bias, padding=1)
                case Kind.RELU:
                    x = functional.relu(x)
                case Kind.POOL:
                    x = functional.max_pool2d(x, 2)
            features[layer] = x
        return features


def _gram_matrix(features: Tensor) -> Tensor:
    flat = features.view(features.shape[1], -1)
    return torch.mm(flat, flat.t()).div(features.numel())
