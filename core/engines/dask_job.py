"""What a Dask worker does with a work. Imported by bot and workers; loads neither Dask nor torch by itself."""

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
    from core.style.events import Progress, Result

PLUGIN_NAME: Final = "atelier"
"""The plugin's name on each worker."""

_RUNS: Final = frozenset({"executing", "long-running"})


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How a work ended on a worker. Errors are values here: Dask logs raised ones with the pictures' bytes.

    Attributes:
        end: The result, or the work's own error; None where it was cancelled.
        speed: The worker's measured GFLOP a second.
    """

    end: Result | SpokenError | None
    speed: float | None


@dataclass(frozen=True, slots=True)
class WorkerMessage:
    """One event.

    Attributes:
        ticket: Which submission.
        run: Which run of it: a worker that is sent away has its jobs begun anew elsewhere.
        progress: How it goes; None when it begins.
    """

    ticket: str
    run: str
    progress: Progress | None


def paint(payload: bytes, topic: str, ticket: str) -> WorkerReport:
    """Do a work in a worker's thread.

    Args:
        payload: The pickled ``Work``. Bytes, since Dask looks into everything else and logs it.
        topic: Where its news goes.
        ticket: The submission.
    """
    from distributed import get_worker  # noqa: PLC0415 - there is one where this runs

    worker = get_worker()
    stylizer: WarmStylizer = worker.plugins[PLUGIN_NAME].stylizer  # type: ignore[attr-defined]
    run = uuid4().hex

    def tell(progress: Progress | None) -> None:
        worker.log_event(topic, pickle.dumps(WorkerMessage(ticket, run, progress)))

    tell(None)
    cancelled = _whether_cancelled(worker)
    try:
        end: Result | SpokenError | None = stylizer.do(pickle.loads(payload), tell, cancelled)  # noqa: S301 - TLS tells who sent it
    except WorkCancelledError:
        end = None
    except (StyleError, PictureError) as error:
        end = error.with_traceback(None)
    return WorkerReport(end, stylizer.speed)


def _whether_cancelled(worker: Any) -> Callable[[], bool]:  # noqa: ANN401 - Dask's worker, whose attributes are not typed
    """Asks this worker, not the network: Dask marks a task as cancelled but cannot stop its thread."""
    key = worker.get_current_task()

    def cancelled() -> bool:
        if worker.status.name in {"closing", "closed", "failed"}:
            return True  # It lost the scheduler, or was frozen and taken for dead.
        task = worker.state.tasks.get(key)
        return task is None or task.state not in _RUNS

    return cancelled
