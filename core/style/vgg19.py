"""VGG19's features with frozen weights and a hand-ordered backward pass to the pixels.

Autograd is not used. The weights are fixed, so a convolution's gradient needs nothing but its kernel. A forward pass
saves one tensor for each convolution, and gradients are added up in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import torch
from torch.nn import functional

from core.style.fallback import computed
from core.style.layers import LAYERS, Kind, Layer
from core.style.style_errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Collection

    from torch import Tensor

    from core.style.weights import Weights

Hook: TypeAlias = Callable[["Layer", "Tensor"], None]
AddGradient: TypeAlias = Callable[["Layer", "Tensor", "Tensor"], None]

_aten: Final = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Precision:
    """The number format and memory order of the convolutions."""

    dtype: torch.dtype = torch.float32
    memory_format: torch.memory_format = torch.contiguous_format


class VGG19:
    """VGG19's layers up to the deepest one needed, on one device and in one precision.

    Args:
        weights: The convolutions and the input's normalisation.
        deepest: The last layer to compute.
        device: The device of all tensors.
        precision: The number format and memory order; float32 and contiguous by default.
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
        convolutions = weights.convolutions[: deepest.convolution]
        kernels = [convolution.kernel for convolution in convolutions]
        if weights.normalization.bgr:
            # Turned round here, so that no picture has to be.
            kernels[0] = kernels[0].flip(1)
        self._kernels = [self._prepare(kernel) for kernel in kernels]
        self._factor, self._shift = (
            value.to(device) for value in weights.normalization.factor_and_shift()
        )
        self._biases = [
            convolution.bias.to(device, self.precision.dtype) for convolution in convolutions
        ]
        # cuDNN adds the bias and applies the ReLU while it writes a convolution's result; on their own they read and write
        # it again. Only for the formats of its matrix units, since the reference's sums must stay as they are.
        self._fused = self.precision.dtype is not torch.float32 and _can_fuse(
            self._kernels[-1], self._biases[-1]
        )

    @cached_property
    def _flipped_kernels(self) -> list[Tensor]:
        """The kernels of the transposed convolutions, which carry the gradient back: flipped, channels swapped."""
        return [self._prepare(kernel.flip(2, 3).transpose(0, 1)) for kernel in self._kernels]

    def _prepare(self, kernel: Tensor) -> Tensor:
        moved = kernel.to(self.device, self.precision.dtype)
        return moved.contiguous(memory_format=self.precision.memory_format)

    def extract(self, pixels: Tensor, layers: Collection[Layer], hook: Hook) -> None:
        """Run forward and call ``hook(layer, features)`` at each of ``layers``; save nothing.

        Args:
            pixels: RGB in [0, 1], float32, (pictures, 3, height, width).
            layers: The layers to call the hook at.
            hook: Receives features (pictures, channels, height, width), which are valid only during the call.
        """
        x = self._normalize(pixels)
        for layer in self.layers[: max(layer.index for layer in layers) + 1]:
            x = self._apply(layer, x, layers)
            if layer in layers:
                hook(layer, x)

    def forward(self, pixels: Tensor, layers: Collection[Layer], hook: Hook) -> list[Tensor]:
        """Run forward as ``extract`` does, to the deepest layer, and save what ``backward`` needs.

        Returns:
            One tensor for each layer of the network, in order.
        """
        x = self._normalize(pixels)
        saved: list[Tensor] = []
        for layer in self.layers:
            if layer.kind is Kind.RELU and self.layers[layer.index - 1] in layers:
                before, x = x, x.relu()  # not in place: the hooked features are still needed
            else:
                before = x = self._apply(layer, x, layers)
            if layer in layers:
                hook(layer, x)
            # Both have the same sign pattern, which is all that the ReLU's backward pass needs. A pool may search its
            # maxima in either: they differ only where no value is above 0, and there the ReLU passes no gradient on.
            saved.append(x if layer in layers else before)
        return saved

    def backward(self, saved: list[Tensor], layers: Collection[Layer], add: AddGradient) -> Tensor:
        """Carry gradients from ``layers`` back to the pixels.

        Args:
            saved: The return value of ``forward``; emptied on the way, so that memory is given back early.
            layers: The layers whose features have a gradient of their own; the same as in ``forward``.
            add: Called as ``add(layer, features, gradient)``; adds into ``gradient`` in place.

        Returns:
            The gradient with respect to the pixels, float32, (pictures, 3, height, width).
        """
        gradient = torch.zeros_like(saved[-1])
        for layer in reversed(self.layers):
            features = saved.pop()
            if layer in layers:
                add(layer, features, gradient)
            if layer.kind is Kind.RELU:
                _aten.threshold_backward.grad_input(gradient, features, 0, grad_input=gradient)
            del features  # frees it before the next large tensor is allocated
            match layer.kind:
                case Kind.POOL:
                    gradient = computed(_unpool, gradient, saved[-1])
                case Kind.CONVOLUTION:
                    gradient = self._convolution_backward(layer, gradient)
        return self._normalize_backward(gradient)

    def _apply(self, layer: Layer, x: Tensor, hooked: Collection[Layer]) -> Tensor:
        match layer.kind:
            case Kind.CONVOLUTION:
                number = layer.convolution - 1
                padding = 0 if self._replicate and number == 0 else 1
                kernel, bias = self._kernels[number], self._biases[number]
                if self._fused and layer not in hooked:
                    return torch.cudnn_convolution_relu(
                        x, kernel, bias, (1, 1), (padding, padding), (1, 1), 1
                    )
                return functional.conv2d(x, kernel, bias, padding=padding)
            case Kind.RELU:
                # A convolution that was fused with this has done it.
                done = self._fused and self.layers[layer.index - 1] not in hooked
                return x if done else x.relu_()
            case Kind.POOL:
                return computed(functional.max_pool2d, x, kernel_size=2)

    def _convolution_backward(self, layer: Layer, gradient: Tensor) -> Tensor:
        number = layer.convolution - 1
        padding = 2 if self._replicate and number == 0 else 1
        return functional.conv2d(gradient, self._flipped_kernels[number], padding=padding)

    def _normalize(self, pixels: Tensor) -> Tensor:
        x = torch.addcmul(self._shift, pixels, self._factor)
        if self._replicate:
            x = functional.pad(x, (1, 1, 1, 1), mode="replicate")
        return x.to(self.precision.dtype, memory_format=self.precision.memory_format)

    def _normalize_backward(self, gradient: Tensor) -> Tensor:
        gradient = gradient.float()
        if self._replicate:
            gradient = _fold_border(_fold_border(gradient, 2), 3)
        return (gradient * self._factor).contiguous()


def _can_fuse(kernel: Tensor, bias: Tensor) -> bool:
    """Whether a convolution and its ReLU can be one operation here: not on older cards, and not on AMD's."""
    if kernel.device.type != "cuda":
        return False
    try:
        picture = kernel.new_zeros(1, kernel.shape[1], 8, 8)
        picture = picture.contiguous(memory_format=torch.channels_last)
        torch.cudnn_convolution_relu(picture, kernel, bias, (1, 1), (1, 1), (1, 1), 1)
    except RuntimeError:
        return False
    return True


def _unpool(gradient: Tensor, features: Tensor) -> Tensor:
    # Searching the maxima again is cheaper than saving 8 bytes for each of them.
    _, indices = _aten.max_pool2d_with_indices(features, [2, 2])
    unpooled: Tensor = _aten.max_pool2d_with_indices_backward(
        gradient,
        features,
        [2, 2],
        [2, 2],
        [0, 0],
        [1, 1],
        False,  # noqa: FBT003 - ceil_mode; the operator takes no keywords
        indices,
    )
    return unpooled


def _fold_border(gradient: Tensor, dim: int) -> Tensor:
    """The backward pass of padding by one along ``dim`` with the first and the last entry."""
    length = gradient.shape[dim] - 2
    inner = gradient.narrow(dim, 1, length).clone()
    inner.narrow(dim, 0, 1).add_(gradient.narrow(dim, 0, 1))
    inner.narrow(dim, length - 1, 1).add_(gradient.narrow(dim, length + 1, 1))
    return inner
