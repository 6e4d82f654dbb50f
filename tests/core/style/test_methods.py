"""Both methods, Gram matrices alone and the style's own features beside them: every choice works, and strength means the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from core.pictures.codec import reread_picture
from core.style.features import extract_whole
from core.style.goals import matched_goal
from core.style.layers import find_layer
from core.style.network import Accuracy
from core.style.options import Colours, Method, Options, Preset
from core.style.progress import Progress, Result
from core.style.tensors import to_tensor
from tests.auxil.judging import Judge
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.stylizer import Stylizer

PHOTO = waves((96, 61))
STYLES = (dots((80, 70)), waves((60, 90)).transpose(Image.Transpose.ROTATE_90))
SHORT = Options(preset=Preset.QUICK, size=64, evaluations=5)
METHODS = pytest.mark.parametrize("method", list(Method))


def paint(
    stylizer: Stylizer,
    options: Options,
    photo: Image.Image = PHOTO,
    styles: tuple[Image.Image, ...] = STYLES[:1],
    *,
    start: Image.Image | None = None,
) -> Image.Image:
    *_, result = stylizer.stylize(photo, styles, options, start=start)
    assert isinstance(result, Result)
    return reread_picture(result.picture)


@cache
def plain(stylizer: Stylizer, method: Method) -> Image.Image:
    """With no choice but the method; painted once for all who compare with it."""
    return paint(stylizer, replace(SHORT, method=method))


def difference(one: Image.Image, other: Image.Image) -> float:
    pixels = ImageChops.difference(one.convert("RGB"), other.convert("RGB").resize(one.size))
    return float(np.asarray(pixels, dtype=float).mean())


@METHODS
@pytest.mark.parametrize(
    "choices",
    [
        {"colours": Colours.LUMINANCE},
        {"colours": Colours.MATCH},
        {"noise": True},
        {"style_scale": 2.0},
        {"style_scale": 4.0},
    ],
    ids=str,
)
def test_every_choice_gives_a_picture_of_its_own(
    stylizer: Stylizer, method: Method, choices: dict[str, object]
) -> None:
    options = Options.from_dict({**replace(SHORT, method=method).to_dict(), **choices})
    painted = paint(stylizer, options)
    assert painted.size == (64, 41)
    assert difference(painted, plain(stylizer, method)) > 0.5


@METHODS
def test_equal_choices_give_equal_pictures(stylizer: Stylizer, method: Method) -> None:
    again = paint(stylizer, replace(SHORT, method=method))
    assert again.tobytes() == plain(stylizer, method).tobytes()


@METHODS
def test_of_several_styles_each_has_its_weight(stylizer: Stylizer, method: Method) -> None:
    def blend(first: float, second: float) -> Image.Image:
        options = replace(SHORT, method=method, style_weights=(first, second))
        return paint(stylizer, options, styles=STYLES)

    other = paint(stylizer, replace(SHORT, method=method), styles=STYLES[1:])
    alone = [plain(stylizer, method), other]
    assert difference(blend(1, 0), alone[0]) < 1
    assert difference(blend(0, 1), alone[1]) < 1
    mostly_first = blend(0.8, 0.2)
    assert difference(mostly_first, alone[0]) < difference(mostly_first, alone[1])


@METHODS
def test_it_goes_on_from_a_result_and_from_a_checkpoint(stylizer: Stylizer, method: Method) -> None:
    options = replace(SHORT, method=method)
    result = plain(stylizer, method)
    stronger = paint(stylizer, replace(options, strength=0.9), start=result)
    assert difference(stronger, PHOTO) > difference(result, PHOTO)
    for event in stylizer.stylize(PHOTO, STYLES[:1], options):
        assert isinstance(event, Progress)
        if event.evaluation == 4:
            state = event.state()
            break
    rest = list(stylizer.stylize(PHOTO, STYLES[:1], options, start=state, done=4))
    assert [event.evaluation for event in rest if isinstance(event, Progress)] == [5]


@METHODS
def test_strength_leads_evenly_from_the_photo_to_the_style(
    stylizer: Stylizer, method: Method
) -> None:
    photo, style = scene((128, 96)), dots((128, 96))
    options = Options(preset=Preset.QUICK, method=method, size=128, evaluations=12)
    case = Judge().case(photo, style)
    strengths = (0.0, 0.3, 0.6, 1.0)
    scores = case.scores(
        [paint(stylizer, replace(options, strength=each), photo, (style,)) for each in strengths]
    )
    contents = [one.content for one in scores]
    assert contents[0] < 0.02
    assert all(less < more for less, more in pairwise(contents))
    styles = [one.style for one in scores]
    assert all(farther > nearer for farther, nearer in pairwise(styles[:3]))
    assert styles[3] < styles[2] + 0.05


@METHODS
def test_gray_on_gray_stays_gray(stylizer: Stylizer, method: Method) -> None:
    gray = [one.convert("L").convert("RGB") for one in (PHOTO, STYLES[0])]
    painted = np.asarray(paint(stylizer, replace(SHORT, method=method), gray[0], (gray[1],)))
    assert painted.std() > 5
    assert int(np.ptp(painted, axis=2).max()) == 0


@METHODS
@pytest.mark.parametrize("size", [(64, 64), (97, 33), (33, 127)])
def test_one_colour_is_a_photo_and_a_style_like_any_other(
    stylizer: Stylizer, method: Method, size: tuple[int, int]
) -> None:
    flat = Image.new("RGB", size, (200, 60, 40))
    options = replace(SHORT, method=method)
    assert np.asarray(paint(stylizer, options, flat)).std() > 2
    assert difference(paint(stylizer, options, waves(size), (flat,)), waves(size)) > 2


@METHODS
def test_borders_look_like_what_is_beside_them(stylizer: Stylizer, method: Method) -> None:
    options = Options(preset=Preset.QUICK, method=method, size=101, evaluations=20)
    painted = paint(stylizer, options, scene((131, 97)), (dots((128, 96)),))
    pixels = np.asarray(painted.convert("L"), dtype=float)
    inside = pixels[12:-12, 12:-12]
    for edge in (pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]):
        assert abs(edge.mean() - inside.mean()) < 1.5 * inside.std()
        assert edge.std() > 0.3 * inside.std()


def test_fine_things_of_the_photo_are_what_more_of_it_is_kept_of(stylizer: Stylizer) -> None:
    networks = stylizer._loaded()
    photo, style = (
        to_tensor(one, device=networks.device) for one in (scene((128, 96)), dots((128, 96)))
    )

    def away(*, keep_detail: bool) -> Tensor:
        """How far the targets are from the photo's features at each position of relu3_1."""
        goal = matched_goal(0.5, (128, 96), 0, keep_detail=keep_detail)
        assert goal.matching is not None
        matched = networks.match(
            goal,
            goal.matching,
            Accuracy.FLOAT32,
            photo=photo,
            picture=photo,
            styles=[style],
            style_weights=[1.0],
            style_masks=[None],
            tile=None,
            style_tiles=[None],
        )
        layer = find_layer("relu3_1")
        own = extract_whole(networks._network(goal, exact=True), photo, [layer], None)[layer]
        distance: Tensor = (matched.contents[layer] - own).norm(dim=1)
        return distance[0]

    kept, plain = away(keep_detail=True), away(keep_detail=False)
    lines, calm = (slice(6, 13), slice(21, 28)), (slice(18, 23), slice(2, 18))
    assert kept[lines].mean() < 0.75 * plain[lines].mean()
    assert kept[calm].mean() > 0.9 * plain[calm].mean()


def scene(size: tuple[int, int]) -> Image.Image:
    """A calm ground with a dark disc and a grid of fine lines."""
    picture = waves(size)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((10, 20, 50, 60), fill=(20, 20, 40))
    for at in range(80, 117, 6):
        draw.line((at, 20, at, 56), fill=(250, 250, 250), width=2)
        draw.line((80, at - 60, 116, at - 60), fill=(10, 10, 10), width=1)
    return picture
