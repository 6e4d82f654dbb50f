from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

from tests.auxil.judging import Case, Judge, Scores
from tests.auxil.lite_network import STEM, LiteNetwork
from tests.auxil.pairs import Pair
from tests.drawing import PATTERNS

SIZE = (224, 160)


def test_a_photo_is_at_no_distance_from_itself_and_has_nothing_of_the_style() -> None:
    scores = judged(photo())

    assert scores.content == pytest.approx(0, abs=1e-6)
    assert (scores.style_256, scores.magenta) == pytest.approx((1, 1), abs=1e-6)
    assert scores.style == (scores.style_256 + scores.style_512) / 2
    assert (scores.woven, scores.mottled, scores.grain) == (0, 0, 0)
    assert (scores.repeated, scores.copied, scores.frame) == (0, 0, 0)


def test_a_style_picture_is_at_no_distance_from_itself_and_has_nothing_of_the_photo() -> None:
    scores = judged(style())

    assert (scores.style, scores.magenta) == pytest.approx((0, 0), abs=1e-3)
    assert scores.content == pytest.approx(1, abs=0.15)
    assert (scores.woven, scores.grain, scores.repeated) == (0, 0, 0)


def test_the_more_of_the_style_the_nearer_to_it_and_the_farther_from_the_photo() -> None:
    mixed = [Image.blend(photo(), style(), share) for share in (0, 0.25, 0.5, 0.75, 1)]

    scores = case().scores(mixed)

    assert sorted(scores, key=lambda each: -each.style) == scores
    assert sorted(scores, key=lambda each: -each.magenta) == scores
    assert sorted(scores, key=lambda each: each.content) == scores


def test_other_pictures_in_the_same_style_are_near_to_it() -> None:
    other = PATTERNS["marbling"].draw(SIZE, seed=8)
    unlike = PATTERNS["hatching"].draw(SIZE, seed=8)

    assert judged(other).style < 0.4
    assert judged(unlike).style > 2 * judged(other).style
    assert judged(unlike).magenta > 2 * judged(other).magenta


@pytest.mark.parametrize("part", [1, 0.3])
def test_a_woven_pattern_is_seen_even_in_a_part_of_the_picture(part: float) -> None:
    faint, strong = (judged(with_weave(photo(), levels, part)).woven for levels in (1, 5))

    assert 0.5 < faint < strong


def test_a_woven_pattern_that_the_style_has_is_no_artefact() -> None:
    canvas = with_weave(style(), 20, 1)

    assert Judge().case(photo(), canvas).scores([canvas])[0].woven == 0


def test_an_irregular_pattern_of_four_pixels_in_the_sky_is_seen() -> None:
    noise = np.random.default_rng(1).normal(0, 128, (SIZE[1] // 2, SIZE[0] // 2)).clip(-128, 127)
    blots = Image.fromarray((128 + noise).astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    mottled = Image.blend(photo(), blots.convert("RGB"), 0.1)

    assert judged(mottled).mottled > 0.3
    assert judged(PATTERNS["marbling"].draw(SIZE, seed=8)).mottled < 0.2


def test_specks_all_over_are_seen() -> None:
    specks = np.random.default_rng(1).normal(0, 60, (SIZE[1], SIZE[0], 1))
    speckled = (np.asarray(style()) + specks).clip(0, 255).astype(np.uint8)

    assert judged(Image.fromarray(speckled)).grain > 0.5


def test_one_patch_again_and_again_in_a_flat_sky_is_seen() -> None:
    painted = np.asarray(style())
    patch = painted[60:100, 60:100]
    tiled = np.tile(patch, (8, 8, 1))[: SIZE[1], : SIZE[0]]

    assert judged(Image.fromarray(tiled)).repeated > 0.5


def test_a_thing_copied_from_the_style_is_seen_and_another_picture_of_the_style_is_no_copy() -> (
    None
):
    thing = style().crop((60, 40, 140, 120))
    pasted = photo().copy()
    pasted.paste(thing, (110, 60))
    ghost = Image.blend(photo(), pasted, 0.6)

    assert judged(PATTERNS["marbling"].draw(SIZE, seed=8)).copied == 0
    assert 0 < judged(ghost).copied <= judged(pasted).copied


def test_a_frame_is_seen_whichever_side_it_is_on() -> None:
    def framed(side: slice) -> Image.Image:
        values = np.array(style())
        values[:, side] = values[:, side] // 4 + 160
        return Image.fromarray(values)

    plain = judged(style()).frame

    assert judged(framed(slice(0, 6))).frame > plain + 0.1
    assert judged(framed(slice(-6, None))).frame > plain + 0.1


def test_results_of_several_sizes_are_judged_alike() -> None:
    large = style().resize((336, 240), Image.Resampling.LANCZOS)

    first, second = case().scores([style(), large])

    assert second.style_256 == pytest.approx(first.style_256, abs=0.2)
    assert second.content == pytest.approx(first.content, abs=0.1)


@pytest.mark.parametrize("subject", ["photo", "style"])
@pytest.mark.parametrize("extreme", ["gray", "white", "restless", "tiny"])
def test_extreme_pictures_can_be_judged(subject: str, extreme: str) -> None:
    restless = np.random.default_rng(2).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
    if extreme == "restless":
        strange = Image.fromarray(restless)
    elif extreme == "tiny":
        strange = style().resize((21, 16))
    else:
        strange = Image.new("RGB", SIZE, extreme)
    pictures = {"photo": photo(), "style": style()} | {subject: strange}

    (scores,) = Judge().case(pictures["photo"], pictures["style"]).scores([style()])

    assert all(np.isfinite(value) for value in scores.to_dict().values())


def test_the_network_sees_a_cat() -> None:
    """Its last features, by the head that it came with: so padding, normalisation and weights are as it was trained."""
    from tests.auxil.lite_network import _load  # noqa: PLC0415 - the head is no judge's business

    weights = _load()
    picture = Pair("", "chelsea", "chelsea").open()[0]
    values = torch.from_numpy(np.array(picture.resize((224, 224)))).permute(2, 0, 1)[None] / 255

    last = LiteNetwork().features(values, frozenset({STEM, 15}))[15]
    head = torch.nn.functional.conv2d(last, weights["_conv_head.weight"])
    head = torch.nn.functional.batch_norm(
        head,
        weights["_bn1.running_mean"],
        weights["_bn1.running_var"],
        weights["_bn1.weight"],
        weights["_bn1.bias"],
        eps=1e-3,
    )
    pooled = head.clamp(0, 6).mean((2, 3))
    guess = int((pooled @ weights["_fc.weight"].T + weights["_fc.bias"]).argmax())

    assert 281 <= guess <= 285  # ImageNet's domestic cats


def judged(result: Image.Image) -> Scores:
    (scores,) = case().scores([result])
    return scores


@cache
def case() -> Case:
    return Judge().case(photo(), style())


@cache
def photo() -> Image.Image:
    return Pair("", "rocket", "rocket").open()[0].resize(SIZE, Image.Resampling.LANCZOS)


@cache
def style() -> Image.Image:
    return PATTERNS["marbling"].draw(SIZE, seed=3)


def with_weave(picture: Image.Image, levels: float, part: float) -> Image.Image:
    """A pattern of four pixels laid over the upper part of the picture."""
    rows, columns = np.mgrid[: picture.height, : picture.width] // 2
    weave = levels * (1 - 2 * ((rows + columns) % 2)) * (rows < part * picture.height / 2)
    values = np.asarray(picture) + weave[..., None]
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8))
