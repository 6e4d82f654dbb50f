"""Cut-outs: what is transparent is neither painted nor a colour, and what it hides does not come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.linalg import norm
from PIL import Image, ImageChops, ImageDraw

from core.pictures.codec import reread_picture
from core.style.cutouts import opaque_part, split, with_alpha
from core.style.options import Colours, Options, Preset
from core.style.progress import Result
from tests.auxil.pictures import mean_difference
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.style.stylizer import Stylizer


def disc(size: tuple[int, int]) -> Image.Image:
    """An alpha channel with a soft border."""
    large = Image.new("L", (4 * size[0], 4 * size[1]))
    inset = (size[0], size[1] // 2, 3 * size[0], 7 * size[1] // 2)
    ImageDraw.Draw(large).ellipse(inset, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


def cut_out(picture: Image.Image, hidden: str) -> Image.Image:
    """The middle of a picture, with a colour hidden around it."""
    alpha = disc(picture.size)
    both = Image.new("RGB", picture.size, hidden)
    both.paste(picture, mask=alpha.point(lambda value: 255 * (value > 0)))
    both.putalpha(alpha)
    return both


def test_transparent_places_take_the_colours_around_them_and_not_those_they_hide() -> None:
    picture = Image.new("RGB", (90, 70), "#c02000")
    picture.paste("#0040d0", (45, 0, 90, 70))

    colours, alpha = split(cut_out(picture, hidden="lime"))

    assert alpha is not None
    assert mean_difference(colours, split(cut_out(picture, hidden="white"))[0]) == 0
    assert colours.getpixel((20, 35)) == pytest.approx((0xC0, 0x20, 0), abs=25)
    assert colours.getpixel((69, 35)) == pytest.approx((0, 0x40, 0xD0), abs=25)


def test_a_faint_trace_gives_its_colour_and_not_black() -> None:
    picture = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    picture.putpixel((100, 120), (255, 200, 100, 1))
    colours, _ = split(picture)
    assert colours.getpixel((10, 10)) == pytest.approx((255, 200, 100), abs=3)


def test_what_is_opaque_stays_as_it_is() -> None:
    colours, alpha = split(cut_out(waves((90, 70)), hidden="lime"))
    assert alpha is not None
    opaque = alpha.point(lambda value: 255 * (value == 255))
    difference = np.asarray(ImageChops.difference(colours, waves((90, 70))))
    assert difference[np.asarray(opaque) > 0].max() <= 1
    assert split(waves())[1] is None


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((100, 80, 300, 240), (200, 160)),
        ((200, 150, 203, 152), (64, 64)),
        ((0, 0, 1, 300), (64, 300)),
        ((399, 0, 400, 300), (64, 300)),
    ],
    ids=["a part", "a dot", "the left edge", "the right edge"],
)
def test_of_a_style_the_part_is_used_in_which_something_is_to_be_seen(
    box: tuple[int, int, int, int], size: tuple[int, int]
) -> None:
    style = Image.new("RGBA", (400, 300))
    style.paste((200, 90, 20, 255), box)

    part = opaque_part(style)

    assert part.size == size
    left, upper, right, lower = part.getchannel("A").getbbox() or (0, 0, 0, 0)
    assert (right - left, lower - upper) == (box[2] - box[0], box[3] - box[1])


def test_nothing_is_left_where_nothing_is_to_be_seen() -> None:
    cut = np.asarray(with_alpha(waves((90, 70)), disc((45, 35))))
    assert cut[cut[..., 3] == 0].max() == 0
    assert {0, 255} <= set(cut[..., 3].flat)


@pytest.mark.parametrize(
    ("preset", "colours"),
    [(Preset.QUICK, Colours.LUMINANCE), (Preset.CLASSIC, Colours.STYLE)],
)
def test_a_cut_out_is_painted_and_stays_one_whatever_it_and_its_style_hide(
    stylizer: Stylizer, preset: Preset, colours: Colours
) -> None:
    options = Options(preset=preset, size=80, evaluations=3, colours=colours)

    def painted(hidden: str) -> Image.Image:
        content, style = cut_out(waves((100, 80)), hidden), cut_out(dots((100, 80)), hidden)
        *_, result = stylizer.stylize(content, [style], options)
        assert isinstance(result, Result)
        assert result.final.total < result.initial.total
        return reread_picture(result.picture)

    picture = painted("red")

    assert (picture.mode, picture.size) == ("RGBA", (80, 64))
    assert mean_difference(picture.getchannel("A"), disc((100, 80)).resize((80, 64))) < 1
    assert picture.tobytes() == painted("lime").tobytes()


def test_it_goes_on_from_its_own_result(stylizer: Stylizer) -> None:
    content = cut_out(waves((100, 80)), "red")
    options = Options(preset=Preset.QUICK, size=80, evaluations=4)
    *_, first = stylizer.stylize(content, [dots()], options)
    assert isinstance(first, Result)

    events = stylizer.stylize(content, [dots()], options, start=reread_picture(first.picture))
    *_, second = events

    assert isinstance(second, Result)
    assert second.final.total < first.final.total


def test_a_cut_out_style_counts_for_what_it_shows(stylizer: Stylizer) -> None:
    """A style of two colours whose second is cut away paints like the first alone."""
    style = Image.new("RGB", (120, 80), "#c02000")
    style.paste("#0040d0", (60, 0, 120, 80))
    alpha = Image.new("L", style.size)
    alpha.paste(255, (0, 0, 60, 80))
    shown = style.copy()
    shown.putalpha(alpha)
    options = Options(preset=Preset.QUICK, size=64, evaluations=10, strength=1.0)

    def mean_colour(style: Image.Image) -> NDArray[np.float64]:
        *_, result = stylizer.stylize(waves((64, 64)), [style], options)
        assert isinstance(result, Result)
        colours: NDArray[np.float64] = np.asarray(reread_picture(result.picture)).mean(axis=(0, 1))
        return colours

    alone = mean_colour(style.crop((0, 0, 60, 80)))
    assert 2 * norm(mean_colour(shown) - alone) < norm(mean_colour(style) - alone)
