"""What is kept: sessions, pictures and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from core.jobs.preferences import AS_USUAL, Handover, Part

if TYPE_CHECKING:
    from datetime import datetime

    from core.sentences import Sentence
    from core.style.events import Losses
    from core.style.options import Options


class Step(StrEnum):
    """What a conversation waits for."""

    CONTENT = "content"
    STYLE = "style"
    PRESET = "preset"


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks where. In a group each person has a conversation of their own.

    Attributes:
        chat_id: The chat.
        user_id: The person in it.
    """

    chat_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPicture:
    """A picture that a person sent and that was found usable.

    Attributes:
        id: Row of the picture's bytes in the store.
        message_id: The message that brought it.
        width: In pixels.
        height: In pixels.
        album: Telegram's media_group_id where it came in an album.
    """

    id: int
    message_id: int
    width: int
    height: int
    album: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person's conversation as it stands.

    Attributes:
        person: Whose.
        content: The content photo, once sent.
        style: The style photo, once sent.
        question_id: The bot's message that carries the preset buttons, if it is out.
        step: What is expected next; follows from the pictures.
    """

    person: Person
    content: SentPicture | None = None
    style: SentPicture | None = None
    question_id: int | None = None

    @property
    def step(self) -> Step:
        """What the conversation waits for."""
        if self.content is None:
            return Step.CONTENT
        return Step.STYLE if self.style is None else Step.PRESET


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style picture that a person used before, offered to them again in the same chat.

    Attributes:
        id: Its number.
        picture: The picture.
        name: What the person calls it; None where they did not say.
        kept: Whether it stays until they remove it.
        thumbnail: A small JPEG of it.
    """

    id: int
    picture: SentPicture
    name: str | None
    kept: bool
    thumbnail: bytes


class JobState(StrEnum):
    """Where a job is in its life; ``FLOW`` says where it may go from there."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    """Painted, not yet delivered."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return not FLOW[self]


ACTIVE: Final = (JobState.QUEUED, JobState.RUNNING)
"""The states of a job that is still to be painted, or being painted."""

FLOW: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.FINISHED, JobState.CANCELLED, JobState.FAILED}
    ),
    # A result that can never be delivered (the person blocked the bot) ends as failed.
    JobState.FINISHED: frozenset({JobState.DELIVERED, JobState.FAILED}),
    JobState.DELIVERED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.FAILED: frozenset(),
}
"""Every state with the states that may follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is."""

    evaluation: int
    evaluations: int
    losses: Losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One transfer that a person asked for.

    Attributes:
        id: Its number, rising.
        person: Who asked for it, and where.
        state: Where it is in its life.
        content: The content photo.
        style: The style photo.
        options: The choices.
        status_id: The bot's status message, once sent.
        photo_id: The message with the result as a photo, once delivered.
        document_id: The message with the result as a file, once delivered.
        progress: The last progress that was stored.
        error: The sentence for the person where it failed.
        attempts: How often it was started.
        created: When it was asked for (UTC).
        sending: Which part was about to be sent when last heard of: it may have arrived.
        start_id: Row of the picture to start from where it is not the content: an earlier result.
        handover: How the person wanted results when they asked for it.
    """

    id: int
    person: Person
    state: JobState
    content: SentPicture
    style: SentPicture
    options: Options
    created: datetime
    status_id: int | None = None
    photo_id: int | None = None
    document_id: int | None = None
    progress: JobProgress | None = None
    error: Sentence | None = None
    attempts: int = 0
    sending: Part | None = None
    start_id: int | None = None
    handover: Handover = AS_USUAL

    @property
    def missing(self) -> tuple[Part, ...]:
        """What of the result was not sent yet, in order."""
        sent = {Part.PHOTO: self.photo_id, Part.DOCUMENT: self.document_id}
        return tuple(part for part in self.handover.form.parts if sent[part] is None)

    @property
    def result_id(self) -> int | None:
        """The message with the result, whatever it was sent as."""
        return self.photo_id or self.document_id


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A running job's picture, to go on from after a restart.

    Attributes:
        picture: A PNG file.
        evaluation: How many evaluations it took.
    """

    picture: bytes
    evaluation: int
