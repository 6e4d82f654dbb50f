"""A field of matches: for each place of a picture, the place of a style picture that resembles it.

Three by three places are compared at a time, by the cosine of their features; matching features to fixed targets is
Kolkin et al.'s (arXiv:2203.13215). A place may then continue its neighbours' matches, as in Ashikhmin, "Synthesizing Natural
Textures" (2001), so that whole strokes are copied and not single columns. Potentials from a few Sinkhorn rounds (Cuturi,
arXiv:1306.0895) make every place of the style about equally wanted; else a flat sky asks for one spot a thousand times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import torch
from torch.nn import functional

from core.style.fallback import computed
from core.style.features import resample
from core.style.grids import Grids
from core.style.targets import TINY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from core.style.layers import Layer

    Features: TypeAlias = "Mapping[Layer, Tensor]"

_DIRECTIONS: Final = 48
"""The features' main directions that are compared; the rest says little and costs much."""
_AGREEMENT: Final = 0.5
"""What a match gains that continues those of all eight neighbours, as a difference of cosines."""
_SWEEPS: Final = 12
_AROUND: Final = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
_TEMPERATURE: Final = 0.05
_ROUNDS: Final = 6
_SAMPLE: Final = 2000
"""So many of the picture's places say which places of the style are wanted too often."""
_RARITY: Final = 3.0
"""What a place loses that is unlike everything else in its style, for each difference of cosines: people, lettering."""
_ALIKE: Final = 4
_SURROUNDINGS: Final = (
    32  # places along the style's longer side, of which three by three are compared
)
_BORDER: Final = 0.2
"""What the style's outermost places lose, where frames and signatures are."""
_BORDER_SHARE: Final = 1 / 14
_HIDDEN: Final = 10.0
"""What a transparent place loses: no cosine makes up for it."""
_BLOCK: Final = 16_000_000
"""How many numbers a product of similarities, or gathered features, hold at once."""


@dataclass(frozen=True, slots=True)
class Field:
    """The matches of a picture's places.

    Attributes:
        places: The number of each place's match among the styles' places, (height, width), int64.
        grids: Which places these numbers are.
        stride: Pixels from one place to the next, in the picture and in the styles.
    """

    places: Tensor
    grids: Grids
    stride: int

    def gather(self, sources: Sequence[Tensor], stride: int, size: tuple[int, int]) -> Tensor:
        """What lies in the styles at the matched places, (1, channels, height, width), float32.

        Each position is the mean of what the four matches around it say, each continued to there, weighted as a tent:
        within a coherent patch that is an exact copy, at its seams a blend.

        Args:
            sources: What to copy from each style, (1, channels, height, width) each.
            stride: Pixels from one position of the sources to the next.
            size: (height, width) of what to return.
        """
        if (
            stride > self.stride
        ):  # the matches are finer than the positions, and say more than one of them can
            by = stride // self.stride
            finer = [
                resample(one.float(), (one.shape[-2] * by, one.shape[-1] * by)) for one in sources
            ]
            height, width = self.places.shape
            found = self.gather(finer, self.stride, (height, width))
            return resample(found, size)
        device, (height, width), (rows, columns) = self.places.device, size, self.places.shape
        channels = sources[0].shape[1]
        positions = Grids([(one.shape[-2], one.shape[-1]) for one in sources], device)
        flat = torch.cat([one[0].permute(1, 2, 0).reshape(-1, channels) for one in sources])
        finer_by = self.stride / stride
        style, row, column = self.grids.split(self.places)
        shift_y = ((row - torch.arange(rows, device=device)[:, None]) * finer_by).round().long()
        shift_x = ((column - torch.arange(columns, device=device)) * finer_by).round().long()
        across = torch.arange(width, device=device)
        x = (across + 0.5) / finer_by - 0.5
        gathered = torch.empty(height, width, channels, device=device)
        at_once = max(1, _BLOCK // (width * channels))
        for down in torch.arange(height, device=device).chunk(-(-height // at_once)):
            y = (down + 0.5) / finer_by - 0.5
            total = torch.zeros(len(down), width, channels, device=device)
            weights = torch.zeros(len(down), width, 1, device=device)
            for below in (0, 1):
                for beside in (0, 1):
                    near_y, near_x = y.floor().long() + below, x.floor().long() + beside
                    tent = (1 - (y - near_y).abs())[:, None] * (1 - (x - near_x).abs())
                    at = near_y.clamp(0, rows - 1)[:, None], near_x.clamp(0, columns - 1)
                    place, exists = positions.join(
                        style[at], down[:, None] + shift_y[at], across + shift_x[at]
                    )
                    # Where no match can be continued, the nearest places serve.
                    share = (tent * exists + 1e-6).unsqueeze(-1)
                    total += share * flat[place].float()
                    weights += share
            gathered[down] = total / weights
        return gathered.permute(2, 0, 1).unsqueeze(0)


def find_field(
    query: Features,
    keys: Sequence[Features],
    *,
    stride: int,
    spread: float,
    shares: Sequence[float],
    visible: Sequence[Tensor | None],
) -> Field:
    """Match a picture's places with those of one or more styles.

    Args:
        query: The picture's features at one or more layers, (1, channels, height, width) each.
        keys: The same layers' features of each style.
        stride: Pixels from one place to the next.
        spread: From 0, the most similar place, to 1, all places of the styles are about equally wanted.
        shares: How much of the picture each style gets where all places are wanted alike; above 0, adding up to 1.
        visible: How opaque each style's pixels are, (1, 1, height, width) in [0, 1]; None for one that is opaque.
    """
    units = {
        layer: (layer.channels * max(_mean_square([one[layer] for one in keys]), TINY)) ** -0.5
        for layer in query
    }
    q, shape = _columns(query, units, stride)
    columns, shapes = zip(*(_columns(one, units, stride) for one in keys), strict=True)
    mean = torch.cat(columns).mean(0)
    q, centred = q - q.mean(0), [one - mean for one in columns]
    directions = _main_directions(q, torch.cat(centred))
    q = _patches(functional.normalize(q @ directions, dim=1), shape)
    main = [functional.normalize(one @ directions, dim=1) for one in centred]
    k = torch.cat([_patches(one, of) for one, of in zip(main, shapes, strict=True)])
    grids = Grids(shapes, k.device)
    costs = torch.cat(
        [_costs(one, of, mask) for one, of, mask in zip(main, shapes, visible, strict=True)]
    )
    wanted = torch.cat(
        [
            torch.full((count,), math.log(share / count), device=k.device)
            for count, share in zip(grids.counts, shares, strict=True)
        ]
    )
    # A place that costs something is wanted less often, too.
    potentials = _potentials(q, k, wanted - costs / (2 * _TEMPERATURE))
    bonus = spread * potentials - costs
    keys_across = k.t().contiguous()
    parts = q.chunk(-(-len(q) * len(k) // _BLOCK))
    best = torch.cat([(part @ keys_across).add_(bonus).argmax(1) for part in parts])
    places = _cohere(best.view(shape), q, k, bonus, grids)
    return Field(places, grids, stride)


def _cohere(places: Tensor, q: Tensor, k: Tensor, bonus: Tensor, grids: Grids) -> Tensor:
    """Let each place continue a neighbour's match where that is better, with a reward for agreeing with the others."""
    rows, columns = places.shape
    own_y = torch.arange(rows, device=places.device)[:, None]
    own_x = torch.arange(columns, device=places.device)
    always = torch.ones_like(places, dtype=torch.bool)
    for _ in range(_SWEEPS):
        continued = []
        for dy, dx in _AROUND:
            at_y, at_x = (own_y + dy).clamp(0, rows - 1), (own_x + dx).clamp(0, columns - 1)
            grid, y, x = grids.split(places[at_y, at_x])
            continued.append(grids.join(grid, y + own_y - at_y, x + own_x - at_x))
        best, highest = places, torch.full(places.shape, -math.inf, device=places.device)
        for place, exists in ((places, always), *continued):
            similarity = (q * k[place.flatten()]).sum(1).view(rows, columns)
            agreeing = torch.stack([(place == other) & there for other, there in continued]).sum(0)
            score = similarity + bonus[place] + _AGREEMENT / len(_AROUND) * agreeing
            better = exists & (score > highest)
            highest = torch.where(better, score, highest)
            best = torch.where(better, place, best)
        places = best
    return places


def _columns(
    features: Features, units: Mapping[Layer, float], stride: int
) -> tuple[Tensor, tuple[int, int]]:
    """One row of all layers' features a place, (places, channels), and the grid's (height, width)."""
    finest = min(features, key=lambda layer: layer.stride)
    height, width = (
        max(1, length * finest.stride // stride) for length in features[finest].shape[-2:]
    )
    columns = []
    for layer, value in features.items():
        part = resample(value.float(), (height, width))
        columns.append(units[layer] * part[0].flatten(1).t())
    return torch.cat(columns, 1), (height, width)


def _main_directions(q: Tensor, k: Tensor) -> Tensor:
    """Orthonormal directions in which the features vary most, (channels, directions)."""
    scatter = q.t() @ q / len(q) + k.t() @ k / len(k)
    # A GPU takes longer for this than a CPU, and not all have it.
    _, directions = torch.linalg.eigh(scatter.cpu())
    main: Tensor = directions[:, -_DIRECTIONS:]
    return main.to(q.device)


def _patches(columns: Tensor, shape: tuple[int, int]) -> Tensor:
    """Each place with its eight neighbours as one row; the scalar product of two is the mean of nine cosines."""
    height, width = shape
    picture = columns.t().reshape(1, -1, height, width)
    padded = functional.pad(picture, (1, 1, 1, 1), mode="replicate")
    return computed(functional.unfold, padded, kernel_size=3)[0].t().contiguous() / 3


def _potentials(q: Tensor, k: Tensor, wanted: Tensor) -> Tensor:
    """What to add to each place's similarity so that it is matched as often as ``wanted`` says, a logarithm."""
    most = max(64, min(_SAMPLE, 4 * _BLOCK // len(k)))
    order = torch.randperm(len(q), generator=torch.Generator().manual_seed(0))[:most]
    similarity = (q[order.to(q.device)] @ k.t()) / _TEMPERATURE
    wanted = wanted - torch.logsumexp(wanted, 0)
    potentials = torch.zeros_like(wanted)
    for _ in range(_ROUNDS):
        of_query = -torch.logsumexp(similarity + potentials, 1) - math.log(len(order))
        potentials = wanted - torch.logsumexp(similarity + of_query[:, None], 0)
    return _TEMPERATURE * (potentials - potentials.mean())


def _costs(columns: Tensor, shape: tuple[int, int], mask: Tensor | None) -> Tensor:
    """What the places of a style lose: those that are unlike all others, those at the border, those not to be seen."""
    height, width = shape
    y = torch.arange(height, device=columns.device)[:, None]
    x = torch.arange(width, device=columns.device)
    band = max(1, round(_BORDER_SHARE * min(shape)))
    outside = (torch.minimum(y, height - 1 - y) < band) | (torch.minimum(x, width - 1 - x) < band)
    costs = _RARITY * _rarity(columns, shape) + _BORDER * outside
    if mask is not None:
        covered = resample(mask, shape)[0, 0]
        costs = costs + _HIDDEN * (covered < 0.5)
    return costs.flatten()


def _rarity(columns: Tensor, shape: tuple[int, int]) -> Tensor:
    """How much less than usual each place's surroundings resemble others far from them, in cosines, (height, width).

    The surroundings are as large, against the style, as a person or a line of lettering in it often is.
    """
    height, width = shape
    small = (
        max(1, round(height * _SURROUNDINGS / max(shape))),
        max(1, round(width * _SURROUNDINGS / max(shape))),
    )
    picture = columns.t().reshape(1, -1, height, width)
    pooled = resample(picture, small)
    patches = _patches(functional.normalize(pooled[0].flatten(1).t(), dim=1), small)
    y = torch.arange(small[0], device=columns.device).repeat_interleave(small[1])
    x = torch.arange(small[1], device=columns.device).repeat(small[0])
    far = max(small) / 6
    near = ((y[:, None] - y).abs() < far) & ((x[:, None] - x).abs() < far)
    similar = (patches @ patches.t()).masked_fill_(near, -1)
    likeness = similar.topk(min(_ALIKE, len(similar))).values.mean(1).view(1, 1, *small)
    rarity = (likeness.median() - likeness).clamp(min=0)
    return resample(rarity, shape)[0, 0]


def _mean_square(values: Sequence[Tensor]) -> float:
    return sum(float(value.float().square().mean()) for value in values) / len(values)
