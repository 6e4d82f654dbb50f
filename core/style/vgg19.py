"""VGG19's features with frozen weights and a hand-ordered backward pass to the pixels.

Autograd is not used. The weights are fixed, so a convolution's gradient needs nothing but its kernel;
what must be kept of a pass is one tensor a convolution, and gradients are added up in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import torch
from torch.nn import functional

from core.style.layers import LAYERS, Kind, Layer
from core.style.style_errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Collection

    from torch import Tensor

    from core.style.weights import Weights

Look: TypeAlias = Callable[["Layer", "Tensor"], None]
AddGradient: TypeAlias = Callable[["Layer", "Tensor", "Tensor"], None]

_aten: Final = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Precision:
    """In what numbers and memory order the convolutions run."""

    dtype: torch.dtype = torch.float32
    memory_format: torch.memory_format = torch.contiguous_format


class VGG19:
    """The layers up to the deepest one needed, on one device and in one precision.

    Args:
        weights: The convolutions and their normalisation.
        deepest: The last layer that is wanted.
        replicate: Pad the picture by repeating its border instead of with zeros before conv1_1.

    Raises:
        WeightsError: The weights end before ``deepest``.
    """

    def __init__(
        self,
        weights: Weights,
        *,
        deepest: Layer,
        device: torch.device,
        precision: Precision | None = None,
        replicate: bool = False,
    ) -> None:
        if deepest.convolution > len(weights.convolutions):
            raise WeightsError(
                f"The weights {weights.name} hold only {len(weights.convolutions)} convolutions, and "
                f"{deepest.name} needs {deepest.convolution}. Use whole VGG19 weights, or the classic preset."
            )
        self.layers = LAYERS[: deepest.index + 1]
        self.precision = precision or Precision()
        self.device = device
        self._replicate = replicate
        self._normalization = weights.normalization
        convolutions = weights.convolutions[: deepest.convolution]
        self._kernels = [self._prepare(convolution.kernel) for convolution in convolutions]
        self._biases = [
            convolution.bias.to(device, self.precision.dtype) for convolution in convolutions
        ]

    @cached_property
    def _flipped_kernels(self) -> list[Tensor]:
        """The gradient of a 3 x 3 convolution is the convolution with the kernel turned around."""
        return [self._prepare(kernel.flip(2, 3).transpose(0, 1)) for kernel in self._kernels]

    def _prepare(self, kernel: Tensor) -> Tensor:
        moved = kernel.to(self.device, self.precision.dtype)
        return moved.contiguous(memory_format=self.precision.memory_format)

    def look(self, pixels: Tensor, at: Collection[Layer], look: Look) -> None:
        """Run forward and call ``look(layer, features)`` at each layer in ``at``; keep nothing.

        Args:
            pixels: RGB in [0, 1], float32, (1, 3, height, width).
            at: The layers to look at.
            look: Gets features (1, channels, height, width) that are valid only during the call.
        """
        x = self._normalize(pixels)
        for layer in self.layers[: max(layer.index for layer in at) + 1]:
            x = self._apply(layer, x)
            if layer in at:
                look(layer, x)

    def forward(self, pixels: Tensor, at: Collection[Layer], look: Look) -> list[Tensor]:
        """As ``look``, and return what ``backward`` needs, one entry a layer."""
        x = self._normalize(pixels)
        kept: list[Tensor] = []
        for layer in self.layers:
            if layer.kind is Kind.RELU and self.layers[layer.index - 1] in at:
                before, x = x, x.relu()  # the features before it are still needed
            else:
                before = x = self._apply(layer, x)
            if layer in at:
                look(layer, x)
            # Either tells where a ReLU lets through. A pool finds its maxima in either: where they differ, nothing
            # above 0 is left, and the ReLU lets nothing through.
            kept.append(x if layer in at else before)
        return kept

    def backward(self, kept: list[Tensor], at: Collection[Layer], add: AddGradient) -> Tensor:
        """Carry gradients from the layers in ``at`` back to the pixels.

        Args:
            kept: From ``forward``; emptied on the way, so that memory is given back early.
            at: The layers whose features have a gradient of their own.
            add: Called as ``add(layer, features, gradient)``; adds into ``gradient`` in place.

        Returns:
            The gradient for the pixels, float32, (1, 3, height, width).
        """
        gradient = torch.zeros_like(kept[-1])
        for layer in reversed(self.layers):
            features = kept.pop()
            if layer in at:
                add(layer, features, gradient)
            if layer.kind is Kind.RELU:
                _aten.threshold_backward.grad_input(gradient, features, 0, grad_input=gradient)
            del features  # before the next large tensor is made
            match layer.kind:
                case Kind.POOL:
                    gradient = _unpool(gradient, kept[-1])
                case Kind.CONVOLUTION:
                    gradient = self._convolution_backward(layer, gradient)
        return self._normalize_backward(gradient)

    def _apply(self, layer: Layer, x: Tensor) -> Tensor:
        match layer.kind:
            case Kind.CONVOLUTION:
                number = layer.convolution - 1
                padding = 0 if self._replicate and number == 0 else 1
                return functional.conv2d(
                    x, self._kernels[number], self._biases[number], padding=padding
                )
            case Kind.RELU:
                return x.relu_()
            case Kind.POOL:
                return functional.max_pool2d(x, 2)

    def _convolution_backward(self, layer: Layer, gradient: Tensor) -> Tensor:
        number = layer.convolution - 1
        padding = 2 if self._replicate and number == 0 else 1
        return functional.conv2d(gradient, self._flipped_kernels[number], padding=padding)

    def _normalize(self, pixels: Tensor) -> Tensor:
        x = self._normalization.apply(pixels)
        if self._replicate:
            x = functional.pad(x, (1, 1, 1, 1), mode="replicate")
        return x.to(self.precision.dtype).contiguous(memory_format=self.precision.memory_format)

    def _normalize_backward(self, gradient: Tensor) -> Tensor:
        gradient = gradient.float()
        if self._replicate:
            gradient = _fold_border(_fold_border(gradient, 2), 3)
        return self._normalization.backward(gradient).contiguous()


def _unpool(gradient: Tensor, features: Tensor) -> Tensor:
    # Finding the maxima again is cheaper than keeping 8 bytes for each of them.
    _, indices = _aten.max_pool2d_with_indices(features, [2, 2])
    unpooled: Tensor = _aten.max_pool2d_with_indices_backward(
        gradient,
        features,
        [2, 2],
        [2, 2],
        [0, 0],
        [1, 1],
        False,  # noqa: FBT003 - no ceil_mode; the operator takes no names
        indices,
    )
    return unpooled


def _fold_border(gradient: Tensor, dim: int) -> Tensor:
    """The gradient of repeating the first and the last entry along ``dim`` once more."""
    length = gradient.shape[dim] - 2
    inner = gradient.narrow(dim, 1, length).clone()
    inner.narrow(dim, 0, 1).add_(gradient.narrow(dim, 0, 1))
    inner.narrow(dim, length - 1, 1).add_(gradient.narrow(dim, length + 1, 1))
    return inner
