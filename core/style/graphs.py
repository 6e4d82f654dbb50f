"""Records an objective as a CUDA graph, so that an evaluation is one launch instead of a hundred and fifty.

See https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs. Below two million pixels a GPU waits for launches;
above, a graph would only keep a second set of features alive.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

import torch

from core.style.device_errors import is_out_of_memory, lost_device
from core.style.objective import Evaluation, Objective

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.lbfgs import Evaluate

log = logging.getLogger(__name__)

MOST_RECORDED_PIXELS: Final = 2_000_000
_recording: Final = threading.Lock()
_failed = False  # a machine on which recording failed once is not asked again


def recorded(objective: Evaluate, pixels: Tensor) -> Evaluate:
    """The objective, recorded at its second evaluation where that is possible and pays; else the objective itself.

    Args:
        objective: What to evaluate; the same results come of both forms.
        pixels: Pictures of the shape in which it will be evaluated.
    """
    if pixels.device.type != "cuda" or pixels[:, 0].numel() > MOST_RECORDED_PIXELS or _failed:
        return objective
    if not isinstance(objective, Objective) or objective.tiled:
        return objective
    return _RecordedObjective(objective)


class _RecordedObjective:
    """Evaluates once directly, which sets up what torch sets up on first use; then records, and replays from there."""

    def __init__(self, objective: Objective) -> None:
        self._objective: Evaluate = objective
        self._warm = False
        self._recordable = True  # until memory ran out in the attempt
        self._graph: torch.cuda.CUDAGraph | None = None
        self._pixels: Tensor | None = None
        self._evaluation: Evaluation | None = None

    def __call__(self, pixels: Tensor) -> Evaluation:
        if not self._warm:
            self._warm = True
            return self._objective(pixels)
        if self._graph is None and self._recordable and not _failed:
            self._record(pixels)
        if self._graph is None or self._pixels is None or self._evaluation is None:
            return self._objective(pixels)
        self._pixels.copy_(pixels)
        self._graph.replay()
        # The optimiser keeps the gradient, and the next replay writes into the same memory.
        return Evaluation(self._evaluation.losses, self._evaluation.gradient.clone())

    def _record(self, pixels: Tensor) -> None:
        global _failed  # noqa: PLW0603 - as the machine is
        graph, static = torch.cuda.CUDAGraph(), pixels.clone()
        try:
            # Other threads may use the GPU meanwhile, but torch records on one stream for all of them.
            with _recording, torch.cuda.graph(graph, capture_error_mode="thread_local"):
                evaluation = self._objective(static)
        except RuntimeError as error:
            if lost_device(error) is not None:
                raise
            self._recordable = False
            if not is_out_of_memory(error):
                _failed = True
                log.warning("The objective cannot be recorded as a CUDA graph: %s", error)
            return
        self._graph, self._pixels, self._evaluation = graph, static, evaluation
