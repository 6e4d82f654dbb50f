"""A transfer that was interrupted goes on from its checkpoint as if nothing had happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from PIL import ImageChops

from core.pictures.codec import reread_picture
from core.style.goals import gram_goal
from core.style.options import Colours, Method, Options, Preset
from core.style.presets import Scale
from core.style.progress import Progress, Result
from core.style.resuming import remaining
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from core.style.progress import Event
    from core.style.stylizer import Stylizer

CLASSIC = Options(preset=Preset.CLASSIC, size=64, evaluations=8)
TWO_SCALES = Options(preset=Preset.QUICK, size=192, evaluations=8)
PAIR = (waves((96, 24)), [dots((96, 24))])
IN_THE_PHOTOS_COLOURS = Options(
    preset=Preset.QUICK,
    method=Method.GRAM,  # a restart matches places anew, and with them come other losses
    size=64,
    evaluations=10,
    strength=1.0,
    colours=Colours.LUMINANCE,
)


class Whole(NamedTuple):
    """A transfer that nobody interrupted, and a checkpoint after each of its evaluations."""

    options: Options
    told: list[Progress]
    checkpoints: list[Image.Image]
    result: Result


@pytest.fixture(scope="module")
def classic(stylizer: Stylizer) -> Whole:
    return run(stylizer, CLASSIC)


@pytest.fixture(scope="module")
def two_scales(stylizer: Stylizer) -> Whole:
    return run(stylizer, TWO_SCALES)


def test_a_restart_gets_the_optimisers_picture_without_the_photos_colours(
    stylizer: Stylizer,
) -> None:
    losses = []
    for event in stylizer.stylize(*PAIR, IN_THE_PHOTOS_COLOURS):
        losses.append(progress(event).losses.total)
        if progress(event).evaluation == 8:
            shown, state = progress(event).picture(), progress(event).state()
            break

    assert ImageChops.difference(shown, state).getbbox() is not None
    resumed = progress(next(stylizer.stylize(*PAIR, IN_THE_PHOTOS_COLOURS, start=state, done=8)))
    assert resumed.losses.total == pytest.approx(min(losses), rel=0.02)


@pytest.mark.parametrize("done", [1, 7, 8])
def test_a_single_scale_makes_only_the_rest(stylizer: Stylizer, classic: Whole, done: int) -> None:
    assert_rest(stylizer, classic, done)


@pytest.mark.parametrize("where", ["early", "at the border", "late", "at the end"])
def test_several_scales_go_on_where_they_were(
    stylizer: Stylizer, two_scales: Whole, where: str
) -> None:
    border = sum(each.scale == 1 for each in two_scales.told)
    done = {"early": 2, "at the border": border, "late": 7, "at the end": 8}[where]
    assert_rest(stylizer, two_scales, done)


@pytest.mark.parametrize("done", [3, 7])
def test_the_optimiser_goes_on_from_the_checkpoint(
    stylizer: Stylizer, two_scales: Whole, done: int
) -> None:
    resumed = progress(next(resume(stylizer, two_scales, done)))

    before = [each for each in two_scales.told[:done] if each.scale == resumed.scale]
    best = min(each.losses.total for each in before)
    assert resumed.losses.total == pytest.approx(best, rel=0.02)


def test_a_finer_scale_begins_as_it_would_have(stylizer: Stylizer, two_scales: Whole) -> None:
    border = sum(each.scale == 1 for each in two_scales.told)

    resumed = progress(next(resume(stylizer, two_scales, border)))

    expected = two_scales.told[border].losses
    assert resumed.losses.style == pytest.approx(expected.style, rel=0.02)
    assert resumed.losses.content == pytest.approx(expected.content, rel=0.02)


def test_a_transfer_from_a_result_goes_on_in_the_scales_that_it_had(
    stylizer: Stylizer, two_scales: Whole
) -> None:
    whole = run(stylizer, TWO_SCALES, start=reread_picture(two_scales.result.picture))
    assert len(whole.told) < len(two_scales.told)

    assert_rest(stylizer, whole, done=2)


GOAL = gram_goal(0.5)
SCALES = (Scale((100, 50), 40, GOAL), Scale((200, 100), 30, GOAL), Scale((400, 200), 20, GOAL))


@pytest.mark.parametrize(
    ("size", "done", "left"),
    [
        ((100, 50), 1, [((100, 50), 39), ((200, 100), 30), ((400, 200), 20)]),
        ((100, 50), 40, [((100, 50), 0), ((200, 100), 30), ((400, 200), 20)]),
        ((200, 100), 45, [((100, 50), 0), ((200, 100), 25), ((400, 200), 20)]),
        ((400, 200), 90, [((100, 50), 0), ((200, 100), 0), ((400, 200), 0)]),
        ((200, 100), 5, [((200, 100), 25), ((400, 200), 20)]),
        ((400, 200), 35, [((200, 100), 0), ((400, 200), 15)]),
        ((400, 200), 5, [((400, 200), 15)]),
        ((300, 150), 75, [((100, 50), 0), ((200, 100), 0), ((400, 200), 15)]),
        ((400, 200), 500, [((100, 50), 0), ((200, 100), 0), ((400, 200), 0)]),
    ],
)
def test_evaluations_are_taken_off_where_they_were_made(
    size: tuple[int, int], done: int, left: list[tuple[tuple[int, int], int]]
) -> None:
    assert remaining(SCALES, size, done) == tuple(Scale(*each, GOAL) for each in left)


def run(stylizer: Stylizer, options: Options, *, start: Image.Image | None = None) -> Whole:
    told: list[Progress] = []
    checkpoints: list[Image.Image] = []
    for event in stylizer.stylize(*PAIR, options, start=start):
        if isinstance(event, Result):
            return Whole(options, told, checkpoints, event)
        told.append(event)
        checkpoints.append(event.state())
    raise AssertionError("a transfer ends in a result")


def resume(stylizer: Stylizer, whole: Whole, done: int) -> Iterator[Event]:
    return stylizer.stylize(*PAIR, whole.options, start=whole.checkpoints[done - 1], done=done)


def assert_rest(stylizer: Stylizer, whole: Whole, done: int) -> None:
    *rest, result = resume(stylizer, whole, done)

    assert [place(progress(event)) for event in rest] == [place(each) for each in whole.told[done:]]
    assert isinstance(result, Result)
    assert result.evaluations == whole.result.evaluations
    assert (result.size, result.complete) == (whole.result.size, True)


def progress(event: Event) -> Progress:
    assert isinstance(event, Progress)
    return event


def place(at: Progress) -> tuple[int, int, int, int, tuple[int, int]]:
    return at.evaluation, at.evaluations, at.scale, at.scales, at.size
