"""What can go wrong in the store and in the queue.

Every error is a type, and says in one or two sentences what is wrong and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.sentences import Sentence, SpokenError, counted, sentence

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.models import JobState


UNEXPECTED: Final = sentence("Something went wrong on my side. Please try again.")


class StoreError(SpokenError):
    """Base of the store's errors."""


class StoreUnusableError(StoreError):
    """The database cannot be opened or written where it is; the sentence is for the operator."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            sentence(
                "I cannot write anything down just now. Please tell whoever runs me, and try again later."
            ),
            f"The database {path} cannot be used: {reason}. Please check DATA_DIR.",
        )


class StoreTooNewError(StoreError):
    """The database was written by a newer version of the program."""

    def __init__(self, path: Path, *, version: int, known: int) -> None:
        self.path = path
        self.version = version
        self.known = known
        super().__init__(
            UNEXPECTED,
            f"The database {path} has schema {version}, and this version knows schemas up to {known}. "
            "Please update Atelier or choose another DATA_DIR.",
        )


class FolderInUseError(StoreError):
    """Another bot works in the same data folder; the text is for the operator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            UNEXPECTED,
            f"Another Atelier is at work in {folder}. Stop it first, or give this one a DATA_DIR of its own.",
        )


class BackupError(StoreError):
    """A backup cannot be made or put back; the text is for the operator."""

    def __init__(self, text: str) -> None:
        super().__init__(UNEXPECTED, text)


class StoreDamagedError(StoreError):
    """The database turned out to be damaged while it was in use; the next start sets it aside."""

    def __init__(self) -> None:
        super().__init__(
            sentence("My notebook is damaged. Please tell whoever runs me, and try again later.")
        )


class StoreBusyError(StoreError):
    """Another process kept the database locked for too long. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            sentence("I am too busy to write this down. Please try again in a moment.")
        )


class StoreFullError(StoreError):
    """There is no room left on the disk. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            sentence(
                "There is no room left for new pictures just now. Please come back in an hour."
            )
        )


class QuotaError(StoreError):
    """A user's pictures take as much room as one user may have, and all of them are needed. Nothing was changed."""

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        super().__init__(
            sentence(
                "I keep at most {limit} MB for one person, and all of yours is in use. Wait until a painting is done, "
                "send /cancel, or remove a style under /styles.",
                limit=f"{limit / 1e6:.0f}",
            )
        )


class PictureGoneError(StoreError):
    """The picture is not kept any more."""

    def __init__(self) -> None:
        super().__init__(sentence("I do not have these pictures any more. Please send them again."))


class StyleGoneError(StoreError):
    """The style is not kept any more, or never was this person's."""

    def __init__(self) -> None:
        super().__init__(
            sentence("I do not have this style any more. Please send its picture again.")
        )


class TooManyStylesError(StoreError):
    """A person keeps as many styles as they may."""

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        super().__init__(
            counted(
                "You keep {n} style already, as many as one picture can show. Please remove one first.",
                "You keep {n} styles already, as many as one picture can show. Please remove one first.",
                n=limit,
            )
        )


class JobGoneError(StoreError):
    """There is no such job (any more)."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        super().__init__(
            sentence("I do not have this painting any more. Please send its pictures again.")
        )


class JobStateError(StoreError):
    """The job's state does not lead to the wanted one."""

    def __init__(self, job_id: int, *, state: JobState, wanted: JobState) -> None:
        self.job_id = job_id
        self.state = state
        self.wanted = wanted
        super().__init__(UNEXPECTED, f"Job {job_id} is {state} and cannot become {wanted}.")


class OptionsChangedError(StoreError):
    """A result is that of options which the job has no longer."""

    def __init__(self, job_id: int) -> None:
        super().__init__(UNEXPECTED, f"Job {job_id} has other options by now.")


class QueueError(SpokenError):
    """Base of the reasons for which a job is refused; nothing was changed."""


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
            counted(
                "The queue is full: {n} picture is waiting. Please come back {when}.",
                "The queue is full: {n} pictures are waiting. Please come back {when}.",
                n=limit,
                when=when(seconds),
            )
        )


class PersonLimitError(QueueError):
    """One user asked for more than their share.

    Attributes:
        limit: How many are allowed.
        seconds: When there should be a place again, where that can be told.
    """

    def __init__(self, spoken: Sentence, *, limit: int, seconds: float | None) -> None:
        self.limit = limit
        self.seconds = seconds
        super().__init__(spoken)


class WaitingLimitError(PersonLimitError):
    """As many jobs of this user wait as may."""

    def __init__(self, *, limit: int, seconds: float | None) -> None:
        super().__init__(
            counted(
                "You have {n} picture waiting already, as many as I keep for one person. "
                "Please come back {when}.",
                "You have {n} pictures waiting already, as many as I keep for one person. "
                "Please come back {when}.",
                n=limit,
                when=when(seconds),
            ),
            limit=limit,
            seconds=seconds,
        )


class DailyLimitError(PersonLimitError):
    """This user asked for as many jobs within 24 hours as they may."""

    def __init__(self, *, limit: int, seconds: float | None) -> None:
        super().__init__(
            counted(
                "You had {n} picture within a day, as many as I paint for one person. "
                "Please come back {when}.",
                "You had {n} pictures within a day, as many as I paint for one person. "
                "Please come back {when}.",
                n=limit,
                when=when(seconds),
            ),
            limit=limit,
            seconds=seconds,
        )


class TooManyCrashesError(QueueError):
    """A job ended the process or its worker at each attempt."""

    def __init__(self, *, attempts: int) -> None:
        self.attempts = attempts
        super().__init__(
            counted(
                "I tried {n} time and was thrown off this picture. "
                "Please try a lower quality or another pair.",
                "I tried {n} times and was thrown off this picture each time. "
                "Please try a lower quality or another pair.",
                n=attempts,
            )
        )


class UnexpectedError(QueueError):
    """An unforeseen error; the log has the details."""

    def __init__(self) -> None:
        super().__init__(UNEXPECTED)


def when(seconds: float | None) -> Sentence:
    """When to come back, roughly: "in about 5 minutes"."""
    if seconds is None:
        return sentence("later")
    if seconds < 90 * 60:
        minutes = max(1, round(seconds / 60))
        return counted("in about a minute", "in about {n} minutes", n=minutes)
    return counted("in about an hour", "in about {n} hours", n=round(seconds / 3600))
