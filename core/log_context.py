"""What a line of the log is about: an update, a job, or neither.

The subject travels with the task that handles it, and into the threads that work for it. Whoever begins a task or a
thread of a longer life says there what its lines are about; otherwise they would stay about whatever happened to begin
it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class LogSubject(NamedTuple):
    """What lines of the log are about.

    Attributes:
        update: The update that is being handled.
        job: The job that is being painted or told of.
    """

    update: int | None = None
    job: int | None = None


_NOTHING: Final = LogSubject()
_SUBJECT: Final = ContextVar("log_subject", default=_NOTHING)


def log_subject() -> LogSubject:
    """What a line that is logged here and now is about."""
    return _SUBJECT.get()


@contextmanager
def logged_about(*, update: int | None = None, job: int | None = None) -> Iterator[None]:
    """All lines that are logged inside are about this, and about nothing else."""
    token = _SUBJECT.set(LogSubject(update, job))
    try:
        yield
    finally:
        _SUBJECT.reset(token)
