"""The function that a Dask worker runs for a work, and the messages it sends. Imports neither Dask nor torch."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from core.engines.protocol import WorkCancelledError
from core.pictures.picture_errors import PictureError
from core.style.style_errors import StyleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engines.warm_stylizer import WarmStylizer
    from core.sentences import SpokenError
    from core.style.progress import Progress, Result

PLUGIN_NAME: Final = "atelier"
"""The name of the plugin that holds a worker's painter."""

_RUNS: Final = frozenset({"executing", "long-running"})


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How a work ended on a worker.

    Errors are values here: Dask would log a raised error together with the pictures' bytes.

    Attributes:
        end: The result, or the work's own error; None if the work was cancelled.
        speed: The worker's measured GFLOP a second; None before a measurement.
    """

    end: Result | SpokenError | None
    speed: float | None


@dataclass(frozen=True, slots=True)
class WorkerMessage:
    """One message from a worker to the engine, sent as a Dask event.

    Attributes:
        ticket: Identifies the submission.
        run: Identifies the run: the works of a worker that leaves begin anew on another one.
        progress: The newest progress; None when the run begins.
    """

    ticket: str
    run: str
    progress: Progress | None


def paint(payload: bytes, topic: str, ticket: str) -> WorkerReport:
    """Run a work in a worker's thread.

    Args:
        payload: The pickled ``Work``; bytes, since Dask inspects and logs all other arguments.
        topic: The topic of the messages.
        ticket: Identifies the submission.
    """
    from distributed import get_worker  # noqa: PLC0415 - an extra; workers have it

    worker = get_worker()
    stylizer: WarmStylizer = worker.plugins[PLUGIN_NAME].stylizer  # type: ignore[attr-defined]
    run = uuid4().hex

    def send(progress: Progress | None) -> None:
        worker.log_event(topic, pickle.dumps(WorkerMessage(ticket, run, progress)))

    send(None)
    cancelled = _whether_cancelled(worker)
    try:
        end: Result | SpokenError | None = stylizer.run(pickle.loads(payload), send, cancelled)  # noqa: S301 - TLS authenticates the sender
    except WorkCancelledError:
        end = None
    except (StyleError, PictureError) as error:
        end = error.with_traceback(None)
    return WorkerReport(end, stylizer.speed)


def _whether_cancelled(worker: Any) -> Callable[[], bool]:  # noqa: ANN401 - Dask's worker, whose attributes are not typed
    """Makes a callback that reads the task's state on this worker: Dask marks a task as cancelled but cannot stop its thread."""
    key = worker.get_current_task()

    def cancelled() -> bool:
        if worker.status.name in {"closing", "closed", "failed"}:
            return True  # The worker lost the scheduler, or was frozen and counted as dead.
        task = worker.state.tasks.get(key)
        return task is None or task.state not in _RUNS

    return cancelled
