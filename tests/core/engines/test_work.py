"""A work emits progress at a bearable pace, and its result holds all that is shown of it."""

from __future__ import annotations

import pickle
import threading
import weakref
from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from core.engines import recorder
from core.engines.encoding import MOST_PIXELS, EncodedFile, EncodingThread
from core.engines.protocol import WorkCancelledError
from core.engines.recorder import MAX_FRAMES, MAX_TRACE, WorkRecorder
from core.engines.work import Member, run_together, run_work
from core.pictures.codec import read_picture, reread_picture, to_jpeg
from core.pictures.picture_errors import TruncatedPictureError
from core.style.progress import Losses, Progress, Result
from core.style.style_errors import OutOfMemoryError
from tests.auxil.painters import FAILS, SHRINKS, STOPS_EARLY, StubPainter, losses_at, work
from tests.auxil.pictures import jpeg_bytes, mean_difference, painting, photo, png_bytes
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.engines.protocol import Work
    from core.style.progress import Event


def run(tick: float = 0.05, **choices: object) -> tuple[list[Progress], Result]:
    told: list[Progress] = []
    result = run_work(work(**choices), StubPainter(tick=tick), told.append, lambda: False)  # type: ignore[arg-type]
    return told, result


def test_the_result_carries_the_result() -> None:
    _, result = run(content=png_bytes(photo(120, 90)), evaluations=7)

    assert mean_difference(read_picture(result.picture), photo(120, 90)) == 0
    assert Image.open(BytesIO(result.picture)).format == "PNG"
    assert result.size == (120, 90)
    assert (result.initial, result.final) == (losses_at(0), losses_at(7))
    assert (result.evaluations, result.device, result.weights) == (7, "stub", "none")
    assert result.complete
    assert not result.reduced


def test_a_start_picture_is_started_from() -> None:
    _, result = run(start=png_bytes(photo(96, 72, seed=5)))

    assert mean_difference(read_picture(result.picture), photo(96, 72, seed=5)) == 0


def test_progress_come_five_a_second_at_most_with_the_first_and_the_last() -> None:
    told, _ = run(tick=0.03, evaluations=200)

    assert told[0].evaluation == 1
    assert told[-1].evaluation == 200
    gaps = [b.elapsed - a.elapsed for a, b in pairwise(told)]
    assert min(gaps[:-1]) >= 0.2
    assert max(gaps) < 0.25


def test_slow_evaluations_are_told_one_by_one() -> None:
    told, _ = run(tick=2.0, evaluations=6)

    assert [progress.evaluation for progress in told] == [1, 2, 3, 4, 5, 6]
    assert [progress.scale for progress in told] == [1, 1, 1, 2, 2, 2]
    assert told[2].losses == losses_at(3)


def test_previews_come_at_the_pace_and_size_asked_for() -> None:
    told, _ = run(
        content=jpeg_bytes(photo(640, 480)),
        evaluations=100,
        preview_every=1.0,
        preview_side=160,
    )

    previews = [progress for progress in told if progress.preview]
    times = [progress.elapsed for progress in previews]
    assert previews[0].evaluation == 1
    assert 4 <= len(previews) <= 6
    assert min(b - a for a, b in pairwise(times)) >= 1.0
    for progress in previews:
        assert progress.preview is not None
        assert Image.open(BytesIO(progress.preview)).size == (160, 120)
        assert len(progress.preview) < 20_000


def test_no_previews_where_none_are_wanted() -> None:
    told, _ = run(preview_side=0, tick=1.0)

    assert not any(progress.preview for progress in told)


def test_checkpoints_come_at_the_pace_asked_for_and_can_be_started_from() -> None:
    told, _ = run(evaluations=100, tick=1.0, checkpoint_every=30.0)

    saved = [progress for progress in told if progress.checkpoint]
    assert [progress.evaluation for progress in saved] == [30, 60, 90]
    last = saved[-1].checkpoint
    assert last is not None
    assert last.evaluation == 90
    _, result = run(start=last.picture)
    assert mean_difference(reread_picture(result.picture), reread_picture(last.picture)) == 0


class RecolouringPainter(StubPainter):
    """Shows a picture that differs from the one it works on."""

    def stylize(self, *arguments: Any, **options: Any) -> Iterator[Event]:
        for event in super().stylize(*arguments, **options):
            if isinstance(event, Progress):
                yield replace(event, render=lambda: Image.new("RGB", (96, 72), "red"))
            else:
                yield event


def test_a_checkpoint_is_the_picture_that_the_transfer_works_on_and_a_preview_the_one_it_shows() -> (
    None
):
    told: list[Progress] = []
    start = png_bytes(photo(96, 72))
    due = work(start=start, styles=(start,), checkpoint_every=0.1)

    run_work(due, RecolouringPainter(tick=1.0), told.append, lambda: False)

    assert told[0].checkpoint is not None
    assert told[0].preview is not None
    assert mean_difference(reread_picture(told[0].checkpoint.picture), photo(96, 72)) == 0
    assert reread_picture(told[0].preview).getpixel((5, 5)) == (254, 0, 0)


def test_no_checkpoints_where_none_are_wanted() -> None:
    told, _ = run(evaluations=100, tick=1.0)

    assert not any(progress.checkpoint for progress in told)


@pytest.mark.parametrize("evaluations", [1, 59, 61, 1500])
def test_trace_and_frames_cover_the_whole_in_bounded_space(evaluations: int) -> None:
    _, result = run(evaluations=evaluations)

    points = [point.evaluation for point in result.trace]
    assert points[0] == 1
    assert points[-1] == evaluations
    assert points == sorted(set(points))
    assert min(evaluations, MAX_TRACE // 2) <= len(points) <= MAX_TRACE
    assert min(evaluations, MAX_FRAMES // 2) <= len(result.frames) <= MAX_FRAMES
    assert Image.open(BytesIO(result.frames[-1])).format == "JPEG"


def test_a_time_limit_gives_an_incomplete_result_whose_last_evaluation_was_told() -> None:
    told, result = run(seed=STOPS_EARLY, evaluations=11)

    assert not result.complete
    assert result.evaluations == told[-1].evaluation == 5


def test_a_reduced_size_is_told() -> None:
    told, result = run(seed=SHRINKS)

    assert result.reduced
    assert all(progress.reduced for progress in told)


def test_cancelling_stops_before_the_next_evaluation() -> None:
    told: list[Progress] = []
    asked = iter([False] * 3)

    with pytest.raises(WorkCancelledError):
        run_work(
            work(evaluations=100), StubPainter(tick=1.0), told.append, lambda: next(asked, True)
        )

    # What was not passed on yet is not passed on any more.
    evaluations = [progress.evaluation for progress in told]
    assert evaluations == [1, 2, 3][: len(evaluations)]


@pytest.mark.parametrize("together", [1, 2])
def test_suspending_stops_with_a_checkpoint_of_the_last_evaluation(together: int) -> None:
    told: list[list[Progress]] = [[] for _ in range(together)]
    asked = [iter([False] * 6) for _ in range(together)]
    members = [
        Member(
            work(evaluations=100, checkpoint_every=30.0),
            told[one].append,
            lambda: False,
            partial(next, asked[one], True),
        )
        for one in range(together)
    ]
    if together == 1:
        (one,) = members
        with pytest.raises(WorkCancelledError):
            run_work(one.work, StubPainter(), one.emit, one.cancelled, one.suspended)
    else:
        ends = dict(run_together(members, StubPainter()))
        assert [type(end) for end in ends.values()] == [WorkCancelledError] * 2

    for progress in told:
        checkpoint = progress[-1].checkpoint
        assert checkpoint is not None
        assert (checkpoint.evaluation, progress[-1].evaluation) == (7, 7)
        assert read_picture(checkpoint.picture).size == (96, 72)
        assert all(one.checkpoint is None for one in progress[:-1])


def test_what_makes_no_checkpoints_is_suspended_without_one() -> None:
    told: list[Progress] = []
    with pytest.raises(WorkCancelledError):
        run_work(work(), StubPainter(), told.append, lambda: False, lambda: True)
    assert all(one.checkpoint is None for one in told)


def test_a_work_that_is_cancelled_leaves_its_picture_to_go_on_from() -> None:
    told: list[Progress] = []
    asked = iter([False] * 7)
    due = work(evaluations=20, checkpoint_every=1000.0)

    with pytest.raises(WorkCancelledError):
        run_work(due, StubPainter(tick=0.001), told.append, lambda: next(asked, True))

    last = told[-1].checkpoint
    assert last is not None
    assert (told[-1].evaluation, last.evaluation) == (7, 7)
    mean = mean_difference(
        reread_picture(last.picture),
        Image.blend(photo(96, 72), painting(80, 80).resize((96, 72)), 7 / 20),
    )
    assert mean < 4


def test_errors_of_pictures_and_transfer_come_through() -> None:
    with pytest.raises(TruncatedPictureError):
        run(content=b"hello")
    with pytest.raises(TruncatedPictureError):
        run(styles=(jpeg_bytes(), b"hello"))
    with pytest.raises(OutOfMemoryError):
        run(seed=FAILS)


def test_the_attempt_is_told() -> None:
    told: list[Progress] = []

    run_work(work(attempt=3), StubPainter(), told.append, lambda: False)

    assert {progress.attempt for progress in told} == {3}


def test_progress_can_travel_and_leaves_its_renderer_behind() -> None:
    told, _ = run()

    assert pickle.loads(pickle.dumps(told)) == told  # noqa: S301
    with pytest.raises(RuntimeError, match="left its transfer"):
        told[0].picture()


class Cohort:
    """Works that run together, and what became of each."""

    def __init__(self, *works: Work, stop_after: dict[int, int] | None = None) -> None:
        self.told: list[list[Progress]] = [[] for _ in works]
        self.asked = [0] * len(works)
        self._stop_after = stop_after or {}
        self.members = [
            Member(one, self.told[number].append, partial(self._is_cancelled, number))
            for number, one in enumerate(works)
        ]

    def run(self, painter: StubPainter) -> dict[int, Result | Exception]:
        return dict(run_together(self.members, painter))

    def _is_cancelled(self, number: int) -> bool:
        self.asked[number] += 1
        return self.asked[number] > self._stop_after.get(number, 10_000)


def test_works_that_run_together_have_progress_and_results_of_their_own() -> None:
    cohort = Cohort(work(evaluations=5, attempt=2), work(evaluations=9, start=png_bytes(photo(50))))

    ends = cohort.run(StubPainter(tick=1.0))

    assert [len(told) for told in cohort.told] == [5, 9]
    assert [told[-1].attempt for told in cohort.told] == [2, 1]
    first, second = ends[0], ends[1]
    assert isinstance(first, Result)
    assert isinstance(second, Result)
    assert (first.evaluations, second.evaluations) == (5, 9)
    assert (len(first.frames), len(second.trace)) == (5, 9)
    assert second.size == (50, 72)


def test_a_checkpoint_counts_on_beside_works_that_begin() -> None:
    cohort = Cohort(work(), work(start=png_bytes(photo(96, 72)), done=18))

    cohort.run(StubPainter(tick=1.0))

    assert [progress.evaluation for progress in cohort.told[1]] == [19, 20]


def test_one_of_several_works_is_cancelled_and_the_others_go_on() -> None:
    cohort = Cohort(work(), work(), work(), stop_after={0: 0, 1: 3})

    ends = cohort.run(StubPainter(tick=1.0))

    assert isinstance(ends[0], WorkCancelledError)
    assert isinstance(ends[1], WorkCancelledError)
    assert isinstance(ends[2], Result)
    # Before each evaluation, and the last time in vain.
    assert cohort.asked == [1, 4, 21]
    assert len(cohort.told[2]) == 20


def test_when_all_works_are_cancelled_none_goes_on() -> None:
    painter = StubPainter(tick=1.0)
    cohort = Cohort(work(), work(), stop_after={0: 2, 1: 2})

    ends = cohort.run(painter)

    assert {type(end) for end in ends.values()} == {WorkCancelledError}
    assert cohort.asked == [3, 3]


def test_errors_end_the_work_that_they_are_about() -> None:
    cohort = Cohort(work(), work(content=b"hello"), work(seed=FAILS), work())

    ends = cohort.run(StubPainter())

    assert isinstance(ends[0], Result)
    assert isinstance(ends[1], TruncatedPictureError)
    assert isinstance(ends[2], OutOfMemoryError)
    assert isinstance(ends[3], Result)


def test_a_work_that_waits_for_others_to_end_holds_no_picture_on_the_device() -> None:
    class Renderer:
        def __call__(self) -> Image.Image:
            return photo(32)

    renderer = Renderer()
    gone = weakref.ref(renderer)
    progress = Progress(
        evaluation=1,
        evaluations=1,
        scale=1,
        scales=1,
        size=(32, 24),
        losses=Losses(1.0, 1.0),
        elapsed=1.0,
        render=renderer,
        render_state=renderer,
    )
    told: list[Progress] = []
    with EncodingThread() as encoding:
        recording = WorkRecorder(work(checkpoint_every=0.5), told.append, encoding)
        recording.note(progress)
        encoding.finish()
        del progress, renderer
        assert gone() is None
        recording.leave(None)
    assert told[0].checkpoint is not None


class EagerPainter(StubPainter):
    """Tells when it has come to its third evaluation."""

    def __init__(self) -> None:
        super().__init__(tick=1.0)
        self.came_far = threading.Event()

    def stylize(self, *arguments: Any, **options: Any) -> Iterator[Event]:
        for number, event in enumerate(super().stylize(*arguments, **options), 1):
            if number == 3:
                self.came_far.set()
            yield event


def test_painting_goes_on_while_its_pictures_are_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    painter = EagerPainter()

    def slow(image: Image.Image, **choices: Any) -> bytes:
        assert painter.came_far.wait(PATIENCE)
        return to_jpeg(image, **choices)

    monkeypatch.setattr(recorder, "to_jpeg", slow)
    told: list[Progress] = []

    result = run_work(work(), painter, told.append, lambda: False)

    assert [progress.evaluation for progress in told] == list(range(1, 21))
    assert told[0].preview
    assert len(result.frames) == 20


def test_a_picture_that_cannot_be_encoded_costs_no_more_than_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = iter(range(1000))

    def faulty(image: Image.Image, **choices: Any) -> bytes:
        if next(calls) == 0:
            raise OSError("encoder error -2")
        return to_jpeg(image, **choices)

    monkeypatch.setattr(recorder, "to_jpeg", faulty)

    told, result = run(tick=1.0)

    assert len(told) == 20
    assert len(result.frames) == 19
    assert len(result.trace) == 20
    assert "encoder error -2" in caplog.text


def test_little_waits_to_be_encoded_and_a_preview_does_not_make_it_too_much() -> None:
    go = threading.Event()

    def render() -> Image.Image:
        return photo(8, 8)

    def encode(_: Image.Image) -> bytes:
        assert go.wait(PATIENCE)
        return b"a file"

    done: list[str] = []
    with EncodingThread() as encoding:
        files = [EncodedFile(encode) for _ in range(4)]
        quarter = MOST_PIXELS // 4
        assert all(encoding.encode(render, [one], pixels=quarter, wait=True) for one in files)
        assert not encoding.encode(render, [EncodedFile(encode)], pixels=quarter, wait=False)
        encoding.call(lambda: done.append("last"))
        assert not done
        go.set()
        encoding.finish()
        assert done == ["last"]
        huge = EncodedFile(encode)
        assert encoding.encode(render, [huge], pixels=2 * MOST_PIXELS, wait=False)

    assert [file.data for file in (*files, huge)] == [b"a file"] * 5


def test_a_checkpoint_reaches_its_owner_although_the_transfer_fails() -> None:
    told: list[Progress] = []

    with pytest.raises(OutOfMemoryError):
        run_work(
            work(seed=FAILS, checkpoint_every=1.0),
            StubPainter(tick=1.0),
            told.append,
            lambda: False,
        )

    assert [bool(progress.checkpoint) for progress in told] == [True] * 3
