"""What can go wrong with what is kept and with the queue.

``str(error)`` is one sentence for the person who meets it; the numbers in it are attributes too, so
that a translation can use them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.models import JobState


class StoreError(Exception):
    """Base of what the store raises on purpose."""


class StoreUnusableError(StoreError):
    """The database cannot be opened or written where it is; the sentence is for the operator."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"The database {path} cannot be used: {reason}. Please check DATA_DIR.")


class StoreTooNewError(StoreError):
    """The database was written by a newer version of the program."""

    def __init__(self, path: Path, *, version: int, known: int) -> None:
        self.path = path
        self.version = version
        self.known = known
        super().__init__(
            f"The database {path} has schema {version}, and this version knows schemas up to {known}. "
            "Please update Atelier or choose another DATA_DIR."
        )


class StoreDamagedError(StoreError):
    """The database turned out to be damaged while it was in use; the next start sets it aside."""

    def __init__(self) -> None:
        super().__init__(
            "My notebook is damaged. Please tell whoever runs me, and try again later."
        )


class StoreBusyError(StoreError):
    """Another process kept the database locked for too long. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("I am too busy to write this down. Please try again in a moment.")


class StoreFullError(StoreError):
    """There is no room left on the disk. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "There is no room left for new pictures just now. Please come back in an hour."
        )


class PictureGoneError(StoreError):
    """The picture is not kept any more."""

    def __init__(self) -> None:
        super().__init__("I do not have these pictures any more. Please send them again.")


class SessionOverError(StoreError):
    """The conversation went on meanwhile: its job was made already, or a picture was replaced."""

    def __init__(self) -> None:
        super().__init__("These pictures have been used or replaced already.")


class JobGoneError(StoreError):
    """There is no such job: it was forgotten or cleaned away."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        super().__init__("I do not know this job any more.")


class JobStateError(StoreError):
    """The job is in a state that does not lead to the one asked for."""

    def __init__(self, job_id: int, *, state: JobState, wanted: JobState) -> None:
        self.job_id = job_id
        self.state = state
        self.wanted = wanted
        super().__init__(f"Job {job_id} is {state} and cannot become {wanted}.")


class QueueError(Exception):
    """Base of what the queue refuses; nothing was changed."""


class QueueFullError(QueueError):
    """Too many jobs wait already.

    Attributes:
        limit: How many may wait.
        seconds: When there should be a place again, where that can be told.
    """

    def __init__(self, *, limit: int, seconds: float | None) -> None:
        self.limit = limit
        self.seconds = seconds
        super().__init__(
            f"The queue is full: {limit} pictures are waiting. Please come back {in_words(seconds)}."
        )


class PersonLimitError(QueueError):
    """One person asked for more than their share.

    Attributes:
        limit: How many are allowed.
        seconds: When there should be a place again, where that can be told.
    """

    def __init__(self, sentence: str, *, limit: int, seconds: float | None) -> None:
        self.limit = limit
        self.seconds = seconds
        super().__init__(f"{sentence} Please come back {in_words(seconds)}.")


class WaitingLimitError(PersonLimitError):
    """This person has as many jobs waiting as they may."""

    def __init__(self, *, limit: int, seconds: float | None) -> None:
        super().__init__(
            f"You have {limit} pictures waiting already, as many as I keep for one person.",
            limit=limit,
            seconds=seconds,
        )


class DailyLimitError(PersonLimitError):
    """This person asked for as many jobs within 24 hours as they may."""

    def __init__(self, *, limit: int, seconds: float | None) -> None:
        super().__init__(
            f"You had {limit} pictures within a day, as many as I paint for one person.",
            limit=limit,
            seconds=seconds,
        )


class TooManyCrashesError(QueueError):
    """A job took the process or its worker down every time it was tried."""

    def __init__(self, *, attempts: int) -> None:
        self.attempts = attempts
        super().__init__(
            f"I tried {attempts} times and was thrown off this picture each time. "
            "Please try a smaller preset or another pair."
        )


class UnexpectedError(QueueError):
    """Something broke that nobody foresaw; the log has the details."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on my side. Please try again.")


def in_words(seconds: float | None) -> str:
    """When to come back, roughly: "in about 5 minutes"."""
    if seconds is None:
        return "later"
    if seconds < 90:
        return "in about a minute"
    if seconds < 90 * 60:
        return f"in about {round(seconds / 60)} minutes"
    return f"in about {round(seconds / 3600)} hours"
