"""Scores for paintings, by two networks that were not optimised: how much of the style, how much of the photo, which artefacts.

Ours optimises VGG19, so that its own losses cannot say which method is better.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from core.style.presets import fit
from core.style.tensors import to_tensor
from tests.auxil import artefacts, fine_patterns
from tests.auxil.lite_network import STEM, LiteNetwork
from tests.auxil.style_embedding import StyleEmbedding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image
    from torch import Tensor

STYLE_SIDES: Final = (256, 512)
CONTENT_SIDE: Final = 512
_STYLE_BLOCKS: Final = frozenset({STEM, 0, 2, 4, 7, 10})
_CONTENT_BLOCKS: Final = frozenset({4, 7, 10, 14})
_LEAST_SPREAD: Final = 0.05


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one painting; less is better.

    Attributes:
        style: The mean of the two below.
        style_256: Distance of feature statistics with 256 pixels at the long side: 0 = the style picture's own, 1 = the photo's.
        style_512: The same with 512 pixels: finer strokes.
        magenta: A second judge's style distance, the mean over both sizes: 0 = the style picture's own style, 1 = the
            photo's; not a number where its package is not installed.
        content: Distance of features in their places: 0 = the photo, about 1 = an unrelated picture.
        woven: A pattern of 2..8 pixels: 0 = none, 1 = a frequency with e times the power that photo and style give it.
        mottled: Too much detail at one fine period where the photo is flat: 0 = no more than photo or style picture have,
            1 = e times the share.
        grain: Detail of a pixel or two: 0 = no more than photo and style picture, 1 = e times the power of the richer.
        repeated: Patches that come again and again where the photo is flat: 0 = as in photo or style picture, 1 = all.
        copied: The share of 8 x 8 places of the style picture that is found whole: things, lettering; 0 = none.
        frame: Borders unlike what is beside them: 0 = as in the photo, 1 = off by a standard deviation.
    """

    style: float
    style_256: float
    style_512: float
    magenta: float
    content: float
    woven: float
    mottled: float
    grain: float
    repeated: float
    copied: float
    frame: float

    def to_dict(self) -> dict[str, float]:
        """The scores by name."""
        return asdict(self)


class Judge:
    """Judges paintings.

    Attributes:
        network: What it sees with.
        embedding: What its second opinion comes from, if that is installed.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.network = LiteNetwork(device)
        self.embedding: StyleEmbedding | None = None
        with suppress(ImportError):
            self.embedding = StyleEmbedding()

    def case(self, photo: Image.Image, style: Image.Image) -> Case:
        """What paintings of this photo in this style are judged by."""
        return Case(self, photo, style)


class Case:
    """A photo and a style picture, as the judge sees them."""

    def __init__(self, judge: Judge, photo: Image.Image, style: Image.Image) -> None:
        self._network = network = judge.network
        self._photo, self._style = photo, style
        self._styles = {side: _Style(network, photo, style, side) for side in STYLE_SIDES}
        self._opinions = [
            _Opinion(judge.embedding, photo, style, seen)
            for seen in self._styles.values()
            if judge.embedding is not None
        ]
        self._size = _fit_within(photo.size, CONTENT_SIDE)
        self._content = self._features(photo, self._size, _CONTENT_BLOCKS)
        self._artefacts: dict[tuple[int, int], _Artefacts] = {}

    def scores(self, results: Sequence[Image.Image]) -> list[Scores]:
        """What the judge says of each of these paintings; they have the photo's shape and may differ in size."""
        return [self._score(result) for result in results]

    def _score(self, result: Image.Image) -> Scores:
        style_256, style_512 = (
            style.distance(self._features(result, style.size, _STYLE_BLOCKS))
            for style in self._styles.values()
        )
        if result.size not in self._artefacts:
            self._artefacts[result.size] = _Artefacts(
                self._photo, self._style, result.size, self._network.device
            )
        found = self._artefacts[result.size].of(result)
        return Scores(
            (style_256 + style_512) / 2,
            style_256,
            style_512,
            self._second_opinion(result),
            self._distance(result),
            *found,
        )

    def _second_opinion(self, result: Image.Image) -> float:
        if not self._opinions:
            return math.nan
        return sum(one.distance(result) for one in self._opinions) / len(self._opinions)

    def _distance(self, result: Image.Image) -> float:
        """One less the correlation of the features in their places, the mean over layers."""
        features = self._features(result, self._size, _CONTENT_BLOCKS)
        distances = []
        for block, photo in self._content.items():
            ours, theirs = (
                values - values.mean((-2, -1), keepdim=True) for values in (features[block], photo)
            )
            # Each channel as strong as the photo has it, or the loudest would speak alone.
            scale = theirs.square().mean((-2, -1), keepdim=True).sqrt() + _LEAST_SPREAD
            ours, theirs = ours / scale, theirs / scale
            norms = ours.norm() * theirs.norm()
            distances.append(1 - float((ours * theirs).sum() / norms.clamp_min(1e-9)))
        return max(0.0, sum(distances) / len(distances))

    def _features(
        self, picture: Image.Image, size: tuple[int, int], blocks: frozenset[int]
    ) -> dict[int, Tensor]:
        pixels = to_tensor(picture, size, device=self._network.device)
        return self._network.features(pixels, blocks)


class _Style:
    """The style picture's statistics at one size, and the photo's distance from them."""

    def __init__(
        self, network: LiteNetwork, photo: Image.Image, style: Image.Image, side: int
    ) -> None:
        self.size = _fit_within(photo.size, side)
        # A style picture smaller than a painting is not enlarged for it, so its strokes are as many pixels long.
        painted = max(_fit_within(photo.size, STYLE_SIDES[-1]))
        own = min(1.0, max(style.size) / painted)
        self.style_size = fit(style.size, round(max(self.size) * own))
        shown = to_tensor(style, self.style_size, device=network.device)
        self._known = {
            block: _Statistics(values)
            for block, values in network.features(shown, _STYLE_BLOCKS).items()
        }
        pixels = to_tensor(photo, self.size, device=network.device)
        self._photo = self._distances(network.features(pixels, _STYLE_BLOCKS))

    def distance(self, features: dict[int, Tensor]) -> float:
        distances = self._distances(features)
        shares = [distances[block] / self._photo[block] for block in distances]
        return sum(shares) / len(shares)

    def _distances(self, features: dict[int, Tensor]) -> dict[int, float]:
        return {
            block: self._known[block].distance(_Statistics(values))
            for block, values in features.items()
        }


class _Opinion:
    """The style picture's embedding at one size, and the photo's distance from it."""

    def __init__(
        self, embedding: StyleEmbedding, photo: Image.Image, style: Image.Image, seen: _Style
    ) -> None:
        self._embedding, self._size = embedding, seen.size
        self._known = embedding.embed(style, seen.style_size)
        self._photo = max(self._apart(photo), _LEAST_SPREAD)

    def distance(self, result: Image.Image) -> float:
        return self._apart(result) / self._photo

    def _apart(self, picture: Image.Image) -> float:
        return float(np.linalg.norm(self._embedding.embed(picture, self._size) - self._known))


class _Statistics:
    """The mean and the covariance of a layer's channels; computed on the CPU, so that every device says the same."""

    def __init__(self, features: Tensor) -> None:
        columns = features[0].flatten(1).cpu().double()
        self.mean = columns.mean(1)
        centred = columns - self.mean[:, None]
        self.covariance = centred @ centred.T / columns.shape[1]
        self._root = _root(self.covariance)

    def distance(self, other: _Statistics) -> float:
        """Wasserstein's distance of the two as normal distributions (Dowson and Landau 1982), relative to the spread."""
        between = torch.linalg.eigvalsh(self._root @ other.covariance @ self._root)
        spread = self.covariance.trace()
        apart = (
            (self.mean - other.mean).square().sum()
            + spread
            + other.covariance.trace()
            - 2 * between.clamp_min(0).sqrt().sum()
        )
        return float((apart.clamp_min(0) / (spread + _LEAST_SPREAD)).sqrt())


class _Artefacts:
    """What photo and style picture themselves have, at the size of a painting."""

    def __init__(
        self, photo: Image.Image, style: Image.Image, size: tuple[int, int], device: torch.device
    ) -> None:
        self._device = device
        self._photo = to_tensor(photo, size, device=device)
        shown = to_tensor(style, _fit_within(style.size, max(size)), device=device)
        self._known = (self._photo, shown)
        mirrored = (shown.flip(-1), shown.flip(-2))
        self._chance = [artefacts.resemblance(each, shown) for each in (self._photo, *mirrored)]
        self._spectra = [fine_patterns.spectrum(picture) for picture in self._known]
        self._flat = artefacts.flat_places(self._photo)
        self._periods = (
            fine_patterns.periods(self._photo, self._flat),
            fine_patterns.periods(shown),
        )
        everywhere = torch.ones(shown.shape[-2:], dtype=torch.bool, device=device)
        self._repeated = max(
            artefacts.repeated(shown, everywhere), artefacts.repeated(self._photo, self._flat)
        )

    def of(self, result: Image.Image) -> tuple[float, float, float, float, float, float]:
        pixels = to_tensor(result, device=self._device)
        return (
            fine_patterns.woven(fine_patterns.spectrum(pixels), *self._spectra),
            fine_patterns.mottled(fine_patterns.periods(pixels, self._flat), *self._periods),
            fine_patterns.grain(pixels, *self._known),
            max(0.0, artefacts.repeated(pixels, self._flat) - self._repeated),
            artefacts.copied(artefacts.resemblance(pixels, self._known[1]), *self._chance),
            artefacts.frame(pixels, self._photo),
        )


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = vectors * values.clamp_min(0).sqrt() @ vectors.T
    return root


def _fit_within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size with a long side of at most ``side``: enlarging would invent a blur that nobody painted."""
    return fit(size, min(side, max(size)))
