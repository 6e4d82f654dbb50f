"""The options with which a job is repeated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs.repeat_options import (
    blended,
    finer,
    looks,
    other_colours,
    other_looks,
    smallest,
    softer,
    stronger,
    with_strength,
    with_style_scale,
)
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Colours, Options, Preset


def test_strength_ends_at_its_ends() -> None:
    rising = [Options(strength=0.5)]
    while (following := stronger(rising[-1])) is not None:
        rising.append(following)
    assert [one.strength for one in rising] == [0.5, 0.7, 0.9, 1.0]
    falling = [Options(strength=0.5)]
    while (following := softer(falling[-1])) is not None:
        falling.append(following)
    assert [one.strength for one in falling] == [0.5, 0.3, 0.1]


def test_classic_has_no_strength_and_no_style_size() -> None:
    classic = Options(preset=Preset.CLASSIC)
    assert (softer(classic), stronger(classic)) == (None, None)
    assert (with_strength(classic, 0.9), with_style_scale(classic, 2.0)) == (None, None)


@pytest.mark.parametrize(
    ("weights", "styles", "share", "expected"),
    [
        ((), 1, None, ()),
        ((), 1, 0.25, (0.75, 0.25)),
        ((0.75, 0.25), 2, None, ()),
        ((0.75, 0.25), 2, 0.75, (0.1875, 0.0625, 0.75)),
        ((3.0, 1.0), 2, 0.25, (0.5625, 0.1875, 0.25)),
    ],
)
def test_a_new_style_takes_its_share_and_the_others_keep_their_proportions(
    weights: tuple[float, ...], styles: int, share: float | None, expected: tuple[float, ...]
) -> None:
    options = Options(preset=Preset.QUICK, strength=0.7, style_weights=weights)
    assert blended(options, styles, share) == replace(options, style_weights=expected)


def test_one_thing_is_chosen_and_the_rest_stays() -> None:
    options = Options(preset=Preset.FINE, strength=0.7, colours=Colours.LUMINANCE)
    assert with_strength(options, 0.1) == replace(options, strength=0.1)
    assert with_style_scale(options, 2.0) == replace(options, style_scale=2.0)


@pytest.mark.parametrize(
    ("preset", "following"),
    [
        (Preset.QUICK, Preset.BALANCED),
        (Preset.BALANCED, Preset.FINE),
        (Preset.FINE, None),
        (Preset.ULTRA, None),
        (Preset.CLASSIC, None),
    ],
)
def test_fine_is_the_finest_with_a_button(preset: Preset, following: Preset | None) -> None:
    options = Options(preset=preset, strength=0.7)
    expected = None if following is None else replace(options, preset=following)
    assert finer(options) == expected


def test_colours_change_there_and_back() -> None:
    assert other_colours(Options()) == Options(colours=Colours.LUMINANCE)
    assert other_colours(other_colours(Options())) == Options()
    assert other_colours(Options(colours=Colours.MATCH)) == Options()


def test_the_smallest_keeps_everything_but_the_preset() -> None:
    options = Options(preset=Preset.FINE, strength=0.7, colours=Colours.LUMINANCE)
    assert smallest(options) == replace(options, preset=Preset.QUICK)


def test_two_collages_show_all_built_in_styles_once() -> None:
    first = looks(Options(preset=Preset.FINE, strength=0.7))
    second = other_looks(first)

    assert second is not None
    assert sorted(first.collage + second.collage) == sorted(BUILTIN_STYLES)
    assert other_looks(second) == first
    assert (first.preset, first.size, first.strength) == (Preset.QUICK, 256, 0.7)


def test_what_is_no_collage_has_no_others() -> None:
    assert other_looks(Options()) is None
