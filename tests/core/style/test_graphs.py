"""Objectives as CUDA graphs: recorded once, replayed with each picture, and done without where that fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import torch

from core.style import graphs
from core.style.objective import Evaluation, Objective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

PIXELS = torch.full((1, 3, 4, 4), 0.5)


class Doubled(Objective):
    """An objective whose gradient is twice the picture."""

    def __init__(self, *, tile: int | None = None) -> None:
        self._tile = tile
        self.evaluations = 0

    def __call__(self, pixels: Tensor) -> Evaluation:
        self.evaluations += 1
        return Evaluation(pixels.sum().view(1, 1).expand(1, 2), 2 * pixels)


class Recorder:
    """Stands in for CUDA's graphs: what was computed while it recorded is computed again, into the same memory."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.replays = 0
        self.objective: Doubled | None = None
        self.static: tuple[Tensor, Evaluation] | None = None

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(graphs, "_failed", False)
        monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: self)
        monkeypatch.setattr(torch.cuda, "graph", self._recording)
        call = Doubled.__call__

        def noted(objective: Doubled, pixels: Tensor) -> Evaluation:
            found = call(objective, pixels)
            self.objective, self.static = objective, (pixels, found)
            return found

        monkeypatch.setattr(Doubled, "__call__", noted)

    @contextmanager
    def _recording(self, _graph: object, **_: Any) -> Iterator[None]:
        if self.fault is not None:
            raise self.fault
        assert graphs._recording.locked(), "torch records on one stream for all threads"
        yield

    def replay(self) -> None:
        assert self.static is not None
        pixels, found = self.static
        self.replays += 1
        found.gradient.copy_(2 * pixels)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    one = Recorder()
    one.install(monkeypatch)
    return one


def test_the_second_evaluation_is_recorded_and_later_ones_are_replayed(recorder: Recorder) -> None:
    objective = Doubled()
    recorded = _recorded(objective)
    gradients = [recorded(number * PIXELS).gradient for number in range(4)]
    assert objective.evaluations == 2
    assert recorder.replays == 3
    for number, gradient in enumerate(gradients):  # the next replay left the earlier results alone
        assert torch.equal(gradient, 2 * number * PIXELS)


def test_without_memory_for_a_graph_this_objective_does_without(recorder: Recorder) -> None:
    recorder.fault = torch.OutOfMemoryError("CUDA out of memory")
    objective = Doubled()
    recorded = _recorded(objective)
    gradients = [recorded(number * PIXELS).gradient for number in range(4)]
    assert torch.equal(gradients[3], 6 * PIXELS)
    assert (objective.evaluations, recorder.replays) == (4, 0)
    recorder.fault = None
    another = _recorded(Doubled())
    another(PIXELS)
    another(PIXELS)
    assert recorder.replays == 1


def test_where_recording_fails_nobody_tries_again(recorder: Recorder) -> None:
    recorder.fault = RuntimeError("operation not permitted when stream is capturing")
    recorded = _recorded(Doubled())
    assert torch.equal([recorded(PIXELS).gradient for _ in range(3)][-1], 2 * PIXELS)
    recorder.fault = None
    assert not isinstance(_recorded(Doubled()), graphs._RecordedObjective)


def test_a_lost_gpu_is_told(recorder: Recorder) -> None:
    recorder.fault = RuntimeError("CUDA error: an illegal memory access was encountered")
    recorded = _recorded(Doubled())
    recorded(PIXELS)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        recorded(PIXELS)


@pytest.mark.parametrize(
    ("objective", "pixels"),
    [
        (Doubled(tile=512), PIXELS.to("meta")),
        (Doubled(), torch.empty(1, 3, 2048, 2048, device="meta")),
    ],
    ids=["in tiles", "large"],
)
def test_what_gains_nothing_is_not_recorded(objective: Doubled, pixels: Tensor) -> None:
    assert graphs.recorded(objective, _on_cuda(pixels)) is objective
    assert graphs.recorded(objective, PIXELS) is objective


def _recorded(objective: Doubled) -> Callable[[Tensor], Evaluation]:
    return graphs.recorded(objective, _on_cuda(PIXELS))


def _on_cuda(pixels: Tensor) -> Any:
    """A picture that says it lies on a GPU."""

    class Elsewhere:
        device = torch.device("cuda", 0)

        def __getitem__(self, at: Any) -> Tensor:
            return pixels[at]

    return Elsewhere()
