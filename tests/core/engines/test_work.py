"""A work becomes updates at a bearable pace and an outcome that holds all that is shown of it."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from core.engines.protocol import Outcome, Update, WorkCancelledError
from core.engines.work import MAX_FRAMES, MAX_TRACE, run_work
from core.pictures.codec import read_picture, reread_picture
from core.style.style_errors import NotAPictureError, OutOfMemoryError
from tests.auxil.painters import FAILS, SHRINKS, STOPS_EARLY, StubPainter, losses_at, work
from tests.auxil.pictures import jpeg_bytes, mean_difference, photo, png_bytes


def run(tick: float = 0.05, **choices: object) -> tuple[list[Update], Outcome]:
    updates: list[Update] = []
    outcome = run_work(work(**choices), StubPainter(tick=tick), updates.append, lambda: False)  # type: ignore[arg-type]
    return updates, outcome


def test_the_outcome_carries_the_result() -> None:
    _, outcome = run(content=png_bytes(photo(120, 90)), evaluations=7)

    assert mean_difference(read_picture(outcome.picture), photo(120, 90)) == 0
    assert Image.open(BytesIO(outcome.picture)).format == "PNG"
    assert outcome.size == (120, 90)
    assert (outcome.initial, outcome.final) == (losses_at(0), losses_at(7))
    assert (outcome.evaluations, outcome.device, outcome.weights) == (7, "stub", "none")
    assert outcome.complete
    assert not outcome.reduced


def test_a_start_picture_is_started_from() -> None:
    _, outcome = run(start=png_bytes(photo(96, 72, seed=5)))

    assert mean_difference(read_picture(outcome.picture), photo(96, 72, seed=5)) == 0


def test_updates_come_five_a_second_at_most_with_the_first_and_the_last() -> None:
    updates, _ = run(tick=0.03, evaluations=200)

    assert updates[0].evaluation == 1
    assert updates[-1].evaluation == 200
    gaps = [b.elapsed - a.elapsed for a, b in pairwise(updates)]
    assert min(gaps[:-1]) >= 0.2
    assert max(gaps) < 0.25


def test_slow_evaluations_are_told_one_by_one() -> None:
    updates, _ = run(tick=2.0, evaluations=6)

    assert [update.evaluation for update in updates] == [1, 2, 3, 4, 5, 6]
    assert [update.scale for update in updates] == [1, 1, 1, 2, 2, 2]
    assert updates[2].losses == losses_at(3)


def test_previews_come_at_the_pace_and_size_asked_for() -> None:
    updates, _ = run(
        content=jpeg_bytes(photo(640, 480)),
        evaluations=100,
        preview_every=1.0,
        preview_side=160,
    )

    previews = [update for update in updates if update.preview]
    times = [update.elapsed for update in previews]
    assert previews[0].evaluation == 1
    assert 4 <= len(previews) <= 6
    assert min(b - a for a, b in pairwise(times)) >= 1.0
    for update in previews:
        assert update.preview is not None
        assert Image.open(BytesIO(update.preview)).size == (160, 120)
        assert len(update.preview) < 20_000


def test_no_previews_where_none_are_wanted() -> None:
    updates, _ = run(preview_side=0, tick=1.0)

    assert not any(update.preview for update in updates)


def test_checkpoints_come_at_the_pace_asked_for_and_can_be_started_from() -> None:
    updates, _ = run(evaluations=100, tick=1.0, checkpoint_every=30.0)

    saved = [update for update in updates if update.checkpoint]
    assert [update.evaluation for update in saved] == [30, 60, 90]
    _, outcome = run(start=saved[-1].checkpoint)
    assert saved[-1].checkpoint is not None
    assert (
        mean_difference(reread_picture(outcome.picture), reread_picture(saved[-1].checkpoint)) == 0
    )


def test_no_checkpoints_where_none_are_wanted() -> None:
    updates, _ = run(evaluations=100, tick=1.0)

    assert not any(update.checkpoint for update in updates)


@pytest.mark.parametrize("evaluations", [1, 59, 61, 1500])
def test_trace_and_frames_cover_the_whole_in_bounded_space(evaluations: int) -> None:
    _, outcome = run(evaluations=evaluations)

    points = [point.evaluation for point in outcome.trace]
    assert points[0] == 1
    assert points[-1] == evaluations
    assert points == sorted(set(points))
    assert min(evaluations, MAX_TRACE // 2) <= len(points) <= MAX_TRACE
    assert min(evaluations, MAX_FRAMES // 2) <= len(outcome.frames) <= MAX_FRAMES
    assert Image.open(BytesIO(outcome.frames[-1])).format == "JPEG"


def test_a_time_limit_gives_an_incomplete_outcome_whose_last_evaluation_was_told() -> None:
    updates, outcome = run(seed=STOPS_EARLY, evaluations=11)

    assert not outcome.complete
    assert outcome.evaluations == updates[-1].evaluation == 5


def test_a_reduced_size_is_told() -> None:
    updates, outcome = run(seed=SHRINKS)

    assert outcome.reduced
    assert all(update.reduced for update in updates)


def test_cancelling_stops_before_the_next_evaluation() -> None:
    updates: list[Update] = []

    with pytest.raises(WorkCancelledError):
        run_work(
            work(evaluations=100), StubPainter(tick=1.0), updates.append, lambda: len(updates) >= 3
        )

    assert len(updates) == 3


def test_errors_of_pictures_and_transfer_come_through() -> None:
    with pytest.raises(NotAPictureError):
        run(content=b"hello")
    with pytest.raises(NotAPictureError):
        run(styles=(jpeg_bytes(), b"hello"))
    with pytest.raises(OutOfMemoryError):
        run(seed=FAILS)


def test_the_attempt_is_told() -> None:
    updates: list[Update] = []

    run_work(work(attempt=3), StubPainter(), updates.append, lambda: False)

    assert {update.attempt for update in updates} == {3}
