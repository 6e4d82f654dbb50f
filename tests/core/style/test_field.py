"""The field of matches: places find what resembles them, whole patches are copied, and no place is used too often."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from core.style.field import Field, find_field
from core.style.grids import Grids
from core.style.layers import find_layer

CPU = torch.device("cpu")
LAYER = find_layer("relu3_1")  # one position in 4 pixels
DEEP = find_layer("relu4_1")


def texture(height: int, width: int, seed: int = 0) -> Tensor:
    """Features that are unlike at each position, (1, channels, height, width)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 256, height, width, generator=generator).relu()


def field_of(
    query: Tensor,
    *keys: Tensor,
    stride: int = 4,
    spread: float = 0.0,
    shares: tuple[float, ...] = (1.0,),
    visible: tuple[Tensor | None, ...] | None = None,
) -> Field:
    return find_field(
        {LAYER: query},
        [{LAYER: one} for one in keys],
        stride=stride,
        spread=spread,
        shares=shares,
        visible=visible or (None,) * len(keys),
    )


def matches(field: Field) -> tuple[Tensor, Tensor, Tensor]:
    return field.grids.split(field.places)


def test_a_number_says_which_grid_and_which_place_in_it() -> None:
    grids = Grids([(2, 3), (4, 5)], CPU)
    every = torch.arange(2 * 3 + 4 * 5)
    grid, row, column = grids.split(every)
    assert [(int(g), int(r), int(c)) for g, r, c in zip(grid, row, column, strict=True)] == [
        *((0, r, c) for r in range(2) for c in range(3)),
        *((1, r, c) for r in range(4) for c in range(5)),
    ]
    again, exists = grids.join(grid, row, column)
    assert exists.all()
    assert torch.equal(again, every)


def test_beyond_the_border_is_no_place_but_the_nearest_one_is_given() -> None:
    grids = Grids([(2, 3), (4, 5)], CPU)
    place, exists = grids.join(torch.tensor([0, 1]), torch.tensor([2, -1]), torch.tensor([1, 7]))
    assert exists.tolist() == [False, False]
    assert [tuple(map(int, one)) for one in zip(*grids.split(place), strict=True)] == [
        (0, 1, 1),
        (1, 0, 4),
    ]


def test_a_picture_finds_itself_in_a_style_that_it_is_a_part_of() -> None:
    style = texture(24, 32)
    _, row, column = matches(field_of(style[..., 6:18, 8:24], style))
    inner = slice(
        1, -1
    )  # the neighbours of an outermost place are not those that it has in the style
    assert torch.equal(
        row[inner, inner], (torch.arange(12)[:, None] + 6).expand(12, 16)[inner, inner]
    )
    assert torch.equal(column[inner, inner], (torch.arange(16) + 8).expand(12, 16)[inner, inner])


def test_what_is_gathered_from_a_coherent_field_is_an_exact_copy() -> None:
    style = texture(24, 32)
    field = field_of(style[..., 6:18, 8:24], style)
    gathered = field.gather([style], 4, (12, 16))
    assert torch.allclose(gathered[..., 2:-2, 2:-2], style[..., 8:16, 10:22], atol=1e-4)
    pixels = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(1))
    copied = field.gather([pixels], 1, (48, 64))
    assert torch.allclose(copied[..., 8:-8, 8:-8], pixels[..., 32:64, 40:88], atol=1e-4)


def test_features_coarser_than_the_field_are_gathered_in_their_own_size() -> None:
    field = field_of(texture(24, 32), texture(24, 32))
    coarse = torch.ones(1, DEEP.channels, 12, 16)
    gathered = field.gather([coarse], DEEP.stride, (12, 16))
    assert gathered.shape == (1, DEEP.channels, 12, 16)
    assert torch.allclose(gathered, coarse)


def flat_sky() -> tuple[Tensor, Tensor]:
    """A picture whose left half is a sky, and a style of which a quarter is more or less like that."""
    sky = texture(1, 1, seed=5)
    picture = texture(24, 48, seed=6)
    picture[..., :24] = sky + 0.05 * texture(24, 24, seed=9)
    style = texture(24, 24, seed=7)
    style[..., :12, :12] = sky + 0.5 * torch.rand(12, 12) * texture(12, 12, seed=8)
    return picture, style


def most_used(field: Field) -> int:
    return int(torch.bincount(field.places.flatten()).max())


def test_a_flat_sky_does_not_ask_for_one_place_again_and_again() -> None:
    picture, style = flat_sky()
    assert most_used(field_of(picture, style, spread=1.0)) <= 0.7 * most_used(
        field_of(picture, style)
    )


def test_matches_hang_together_in_patches() -> None:
    generator = torch.Generator().manual_seed(3)
    style = functional.interpolate(
        torch.randn(1, 256, 6, 6, generator=generator), (24, 24), mode="bilinear"
    )
    picture = functional.interpolate(
        torch.randn(1, 256, 6, 6, generator=generator), (24, 24), mode="bilinear"
    )
    _, row, column = matches(field_of(picture, style, spread=0.75))
    continued = (row[:, 1:] == row[:, :-1]) & (column[:, 1:] == column[:, :-1] + 1)
    assert continued.float().mean() > 0.5


def test_styles_are_used_by_their_weights() -> None:
    def share(weight: float) -> float:
        field = field_of(
            texture(24, 24, seed=1),
            texture(24, 24, seed=2),
            texture(16, 30, seed=3),
            spread=1.0,
            shares=(weight, 1 - weight),
        )
        grid, _, _ = matches(field)
        return float((grid == 0).float().mean())

    assert share(0.9) > 0.7
    assert share(0.1) < 0.3


def test_nothing_transparent_is_matched() -> None:
    style = texture(24, 24)
    mask = torch.ones(1, 1, 96, 96)
    mask[..., :48] = 0
    _, _, column = matches(field_of(style, style, visible=(mask,)))
    assert int(column.min()) >= 12


def test_an_object_that_is_unlike_everything_else_is_hardly_copied() -> None:
    ground = texture(1, 1, seed=1)
    style = ground + 0.5 * texture(32, 32, seed=2)
    person = texture(1, 1, seed=3) + 0.5 * texture(6, 6, seed=4)
    style[..., 12:18, 12:18] = person
    picture = ground + 0.5 * texture(32, 32, seed=5)
    picture[..., 10:16, 14:20] = 0.5 * ground + 0.5 * person
    _, row, column = matches(field_of(picture, style, spread=0.75))
    inside = (row >= 12) & (row < 18) & (column >= 12) & (column < 18)
    assert int(inside.sum()) <= 4


def test_any_size_and_one_colour_are_matched_too() -> None:
    for height, width in ((1, 1), (2, 9), (5, 3)):
        field = field_of(texture(height, width), torch.zeros(1, 256, 3, 4), spread=1.0)
        assert field.places.shape == (height, width)
        assert torch.isfinite(
            field.gather([torch.ones(1, 3, 12, 16)], 1, (4 * height + 3, 4 * width))
        ).all()
