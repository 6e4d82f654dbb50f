"""What a job's status message shows while the job waits and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from bot.messages.texts import Texts
    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.style.progress import Progress


@dataclass(frozen=True, slots=True)
class WaitingStatus:
    """A job waits; attributes as in ``core.jobs.listener.JobListener.waiting``."""

    job: Job
    place: int
    seconds: float | None
    delay: Delay | None


@dataclass(frozen=True, slots=True)
class RunningStatus:
    """A job runs; attributes as in ``core.jobs.listener.JobListener.running``.

    ``preview`` is the newest preview that was not shown yet, a small JPEG.
    """

    job: Job
    progress: Progress | None
    seconds: float | None
    preview: bytes | None = None


StatusView: TypeAlias = WaitingStatus | RunningStatus


def status_text(texts: Texts, status: StatusView) -> str:
    """The words of a status message, as HTML."""
    return texts.with_choices(_status_text(texts, status), status.job.options)


def _status_text(texts: Texts, status: StatusView) -> str:
    preset = status.job.options.named_preset
    match status:
        case WaitingStatus(_, place, seconds, None):
            return texts.waiting(preset, place, seconds)
        case WaitingStatus(_, place, _, delay) if delay is not None:
            return texts.delayed(preset, place, delay)
        case RunningStatus(_, progress, seconds) if progress is not None:
            return texts.painting(preset, progress, seconds)
        case _:
            return texts.preparing(preset)


def merge(waiting: StatusView, newer: StatusView) -> StatusView:
    """The newer status, with a preview that nobody has seen yet."""
    if (
        isinstance(waiting, RunningStatus)
        and isinstance(newer, RunningStatus)
        and newer.preview is None
    ):
        return RunningStatus(newer.job, newer.progress, newer.seconds, waiting.preview)
    return newer
