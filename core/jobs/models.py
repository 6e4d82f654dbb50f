"""What is kept: sessions, pictures, styles, jobs, and the bot's messages that matter later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from core.jobs.preferences import DEFAULT_HANDOVER, NO_WISHES, Handover, Part, Wishes

if TYPE_CHECKING:
    from datetime import datetime

    from core.engines.protocol import Delay
    from core.sentences import Sentence
    from core.style.options import Options
    from core.style.progress import Result


MAX_STYLES: Final = 6
"""How many styles a person may keep in a chat, and how many are remembered at all: what one sheet can show."""

MAX_BLEND: Final = 4
"""How many styles one transfer can blend."""

MAX_NAME: Final = 24
"""Letters of a style's name, so that it fits a button."""


MAX_SHARED: Final = 10
"""How many styles a person may share at a time by links."""

LINK_DAYS: Final = 30
"""Days after which a link to a style that nobody has opened leads nowhere."""


class Step(StrEnum):
    """What a session waits for."""

    CONTENT = "content"
    STYLE = "style"
    PRESET = "preset"
    WEIGHTS = "weights"
    """How much of a style that is blended into a result's."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user in a chat. In a group each user has a session of their own.

    Attributes:
        chat_id: The chat.
        user_id: The user.
    """

    chat_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPicture:
    """A picture that a person sent and that passed the checks.

    Attributes:
        id: Row of the picture's bytes in the store.
        message_id: The message that brought it; 0 if that is in another chat than whatever refers to the picture.
        width: In pixels.
        height: In pixels.
        album: Telegram's media_group_id, if the picture came in an album.
        builtin: The name of the built-in style that it is, if it is one.
    """

    id: int
    message_id: int
    width: int
    height: int
    album: str | None = None
    builtin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a person has sent for the next job.

    Attributes:
        content: The content photo, once sent.
        style: The style picture, once sent.
        question: The bot's open question, as its row in the store; None if no question is open.
        question_message_id: The question's number in its chat, once Telegram has told it.
        topic: The topic in which the question is (message_thread_id); None for General and for chats without topics.
        blend_of: The job into whose styles the style is to be blended; None if it is not.
        further_of: The job whose further styles belong to the style, since that is the first of a blend; None if it is
            a style by itself.
        further: The styles that are to be blended with the style, since they came in one album with it.
        wishes: What is wanted of this painting alone.
    """

    content: SentPicture | None = None
    style: SentPicture | None = None
    question: int | None = None
    question_message_id: int | None = None
    topic: int | None = None
    blend_of: int | None = None
    further_of: int | None = None
    further: tuple[SentPicture, ...] = ()
    wishes: Wishes = NO_WISHES

    @property
    def step(self) -> Step:
        """What the session waits for; it follows from the pictures."""
        if self.content is None:
            return Step.CONTENT
        if self.style is None:
            return Step.STYLE
        return Step.PRESET if self.blend_of is None else Step.WEIGHTS

    def with_style(self, picture: SentPicture) -> Session:
        """The same with this style alone, whatever was to be blended before."""
        return replace(self, style=picture, further=())

    @property
    def pictures(self) -> list[SentPicture]:
        """All that are there, the photo first."""
        return [one for one in (self.content, self.style, *self.further) if one is not None]

    @property
    def albums(self) -> set[str | None]:
        """The albums of which pictures are there, or were lost."""
        return {self.wishes.lost_of, *(one.album for one in self.pictures)}

    @property
    def exchanged(self) -> bool:
        """Whether its captions say, once there are both pictures, that another one than the first is the photo."""
        return self.settled.content != self.content

    @property
    def settled(self) -> Session:
        """The same with all pictures in the places that were said of them, once there are both.

        Of an album of which pictures are lost the others are there already, since those may be all that come.
        """
        if self.wishes.lost:
            return replace(self, wishes=self.wishes.without_places)
        if self.content is None or self.style is None:
            return self
        pictures = self.pictures
        content = pictures.pop(self.wishes.photo_among([one.message_id for one in pictures]))
        style, *further = pictures
        return replace(
            self,
            content=content,
            style=style,
            further=tuple(further),
            wishes=self.wishes.without_places,
        )


EMPTY_SESSION: Final = Session()


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style picture that a person has used, offered to them again in the same chat.

    Attributes:
        id: Its number.
        picture: The picture.
        name: What the person calls it; None if they gave it no name.
        kept: Whether it stays until the person removes it.
        prompt_id: The message that asks for its name, while that question is open.
        prompted: When the question was asked (UTC).
    """

    id: int
    picture: SentPicture
    name: str | None = None
    kept: bool = False
    prompt_id: int | None = None
    prompted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedStyle:
    """A style picture that a job is about to use.

    Attributes:
        picture: The picture.
        thumbnail: A small JPEG of it.
        same_as: The id of the person's style that shows the same picture, if there is one.
    """

    picture: SentPicture
    thumbnail: bytes
    same_as: int | None = None


class JobState(StrEnum):
    """Where a job is in its life; ``TRANSITIONS`` lists where it may go from there."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    """Its result is stored and not delivered yet."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether no other state follows."""
        return not TRANSITIONS[self]


ACTIVE: Final = (JobState.QUEUED, JobState.RUNNING)
"""The states of a job whose result is still to come."""

UNFINISHED: Final = (*ACTIVE, JobState.FINISHED)
"""The states of a job whose result did not reach the person yet."""

TRANSITIONS: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.FINISHED, JobState.CANCELLED, JobState.FAILED}
    ),
    # A result that cannot be made into a message ends as failed.
    JobState.FINISHED: frozenset({JobState.DELIVERED, JobState.FAILED}),
    JobState.DELIVERED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.FAILED: frozenset(),
}
"""Every state with the states that may follow it."""


class Role(StrEnum):
    """What one of the bot's messages is for."""

    QUESTION = "question"
    STATUS = "status"
    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMessage:
    """One of the bot's messages that is edited, deleted or answered later.

    Attributes:
        id: Its row in the store, known before the message is sent.
        role: What it is for.
        message_id: Its number in its chat; None until Telegram has told it.
        captioned: Whether it shows a picture, so that its words are a caption.
        pending: Whether it waits in the outbox to be sent.
        opened: Whether it shows what one of its buttons opened, which progress leaves as it is.
        followed: Whether another message stands below it in its chat, as far as the bot knows.
    """

    id: int
    role: Role
    message_id: int | None = None
    captioned: bool = False
    pending: bool = False
    opened: bool = False
    followed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One transfer that a person asked for.

    Attributes:
        id: Its number, rising.
        person: Who asked for it, and where.
        state: Where it is in its life.
        content: The content photo.
        style: The style picture; the photo itself if the job is a collage, whose styles stand in its options.
        options: The choices of the transfer.
        created: When it was asked for (UTC).
        messages: The bot's messages about it.
        evaluation: How many evaluations were made when that was last stored.
        evaluations: How many there will be; 0 before the first one.
        error: The sentence for the person, if it failed.
        attempts: How often it was started.
        start_id: Row of the picture to start from, if that is an earlier result instead of the content.
        handover: How the person wanted results when they asked for it.
        topic: The topic to which its messages go (message_thread_id); None for General and for chats without topics.
        held: Whether its result waits for the person, since Telegram did not take it.
        further: The styles that are blended with the first one, in the order of ``options.style_weights``.
        changed: When a turn decided on its status message, or last changed it, as a press of its buttons does (UTC); None if
            it has none. Progress is no turn.
    """

    id: int
    person: Person
    state: JobState
    content: SentPicture
    style: SentPicture
    options: Options
    created: datetime
    messages: tuple[BotMessage, ...] = ()
    evaluation: int = 0
    evaluations: int = 0
    error: Sentence | None = None
    attempts: int = 0
    start_id: int | None = None
    handover: Handover = DEFAULT_HANDOVER
    topic: int | None = None
    held: bool = False
    further: tuple[SentPicture, ...] = ()
    changed: datetime | None = None

    @property
    def styles(self) -> tuple[SentPicture, ...]:
        """All style pictures, in the order of ``options.style_weights``."""
        return (self.style, *self.further)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the content photo in pixels."""
        return self.content.width, self.content.height

    @property
    def status(self) -> BotMessage | None:
        """The status message."""
        return self.message(Role.STATUS)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts of the result that were not delivered yet, in order."""
        return tuple(part for part in self.handover.form.parts if not self.has(part))

    @property
    def result_message_id(self) -> int | None:
        """The message that shows the result, as a photo or else as a file."""
        sent = (self.message(Role.PHOTO), self.message(Role.DOCUMENT))
        return next((one.message_id for one in sent if one and one.message_id is not None), None)

    def has(self, part: Part) -> bool:
        """Whether a part of the result was delivered, or waits in the outbox."""
        message = self.message(Role(part))
        return message is not None and (message.message_id is not None or message.pending)

    def message(self, role: Role) -> BotMessage | None:
        """The bot's message in this role, the newest if there are several."""
        return next((one for one in reversed(self.messages) if one.role is role), None)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A job with what is still kept of it.

    Attributes:
        job: The job.
        result: What it gave, without picture, trace and frames; None if the result is not kept.
        pictures_kept: Whether the content photo and the style picture are still there.
    """

    job: Job
    result: Result | None
    pictures_kept: bool


class Forecast(NamedTuple):
    """What a waiting job can expect.

    Attributes:
        place: Its place in the queue, from 1; 0 if it starts at once.
        seconds: Seconds until its end; None if unknown.
        delay: Why the engine does nothing just now, if that is so.
    """

    place: int
    seconds: float | None
    delay: Delay | None
