"""What a turn decides: effects, as data.

An ``OutboxEffect`` is written into the outbox in the turn's transaction and sent to Telegram afterwards. Every other
effect changes the store, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter

# pydantic resolves the annotations at run time.
from bot.messages.inline_keyboard import Keyboard  # noqa: TC001
from core.jobs.models import Role  # noqa: TC001

if TYPE_CHECKING:
    from bot.messages.desk import Pause
    from core.jobs.job_errors import QueueError
    from core.jobs.models import Job, SentPicture, UsedStyle
    from core.jobs.preferences import Form, Handover
    from core.sentences import Sentence
    from core.style.options import Options


class Refusal(StrEnum):
    """What Telegram does not take, for good, in a chat."""

    REPLY = "reply"
    """An answer to a message that is in another topic."""
    TOPIC = "topic"
    """Anything in a topic that is closed or deleted."""
    PHOTOS = "photos"
    FILES = "files"
    FILMS = "films"
    TEXT = "text"
    """Words, or anything at all."""
    SHUT_OUT = "shut_out"
    """Anything from this bot: it was blocked or removed, or never let in."""
    OTHER = "other"
    """This one message, for a reason of its own."""


@dataclass(frozen=True, slots=True)
class SheetTile:
    """A style on the sheet: one of the person's by its number, or a built-in one by its name."""

    title: str
    style_id: int | None = None
    builtin: str | None = None


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """Styles to choose from, numbered, as one photo."""

    tiles: tuple[SheetTile, ...]
    kind: Literal["sheet"] = "sheet"


@dataclass(frozen=True, slots=True)
class StyleImage:
    """One style as a photo: a stored picture, or a built-in one by its name."""

    picture_id: int | None = None
    builtin: str | None = None
    kind: Literal["style"] = "style"


@dataclass(frozen=True, slots=True)
class ResultImage:
    """A job's result as a photo, or as a file that keeps every pixel; of a collage the tiles are numbered."""

    job_id: int
    as_file: bool = False
    tiles: int = 0
    kind: Literal["result"] = "result"


@dataclass(frozen=True, slots=True)
class LossCurve:
    """The losses of a job over its evaluations, as a photo, or as a file where photos are forbidden."""

    job_id: int
    labels: tuple[str, ...]
    as_file: bool = False
    kind: Literal["curve"] = "curve"


@dataclass(frozen=True, slots=True)
class Film:
    """How a job's picture formed, or the photo and the result by turns, as an animation or as a file."""

    job_id: int
    compare: bool = False
    as_file: bool = False
    kind: Literal["film"] = "film"


Attachment: TypeAlias = Annotated[
    StyleSheet | StyleImage | ResultImage | LossCurve | Film, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send a message.

    Attributes:
        text: Text or caption, as HTML.
        message: The message's row in the store, if it is edited, deleted or answered later.
        role: What the message is for, if it has such a row.
        keyboard: The buttons under it.
        attachment: The picture or file that it shows.
        reply_to: The message that it answers; a message that is gone does not matter.
        topic: The topic into which it goes; None for General and for chats without topics.
        chat_id: Its chat, if that is not the turn's.
        silent: Whether it arrives without a sound.
        force_reply: Whether the client opens a reply to it.
        once: Whether it must not be sent a second time without being asked for.
        job_id: The job that it is about.
        delivers: Whether the job's result is delivered with it.
        delay: Seconds to wait before it is sent.
        refused: What Telegram did not take of it so far, so that it has another form or another place by now.
        announcement: Whether it is an admin's, to everybody, which can be stopped.
    """

    text: str
    message: int | None = None
    role: Role | None = None
    keyboard: Keyboard = ()
    attachment: Attachment | None = None
    reply_to: int | None = None
    topic: int | None = None
    chat_id: int | None = None
    silent: bool = False
    force_reply: bool = False
    once: bool = False
    job_id: int | None = None
    delivers: bool = False
    delay: float = 0.0
    refused: tuple[Refusal, ...] = ()
    announcement: bool = False
    kind: Literal["send"] = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Have a message say something else.

    Attributes:
        text: Text or caption, as HTML.
        message: The message's row in the store.
        message_id: The message itself, if it has no row.
        captioned: Whether that one shows a picture.
        keyboard: The buttons under it.
        attachment: Another picture, if it shows one. With a job's result it takes the role of that result; if Telegram does
            not take the edit, the conversation decides (``bot.conversation.events.JobEnded``).
        otherwise: What is sent instead if the message is gone.
        job_id: The job whose result it shows then.
        delivers: Whether the job's result is delivered with it.
    """

    text: str
    message: int | None = None
    message_id: int | None = None
    captioned: bool = False
    keyboard: Keyboard = ()
    attachment: Attachment | None = None
    otherwise: Send | None = None
    job_id: int | None = None
    delivers: bool = False
    kind: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetButtons:
    """Give a message other buttons, or none.

    Attributes:
        message: The message's row in the store. Without buttons, one that was not sent yet is not sent at all.
        message_id: The message itself, if it has no row.
        keyboard: The buttons.
        opened: Whether progress leaves them as they are, until the message shows something else.
    """

    message: int | None = None
    message_id: int | None = None
    keyboard: Keyboard = ()
    opened: bool = False
    kind: Literal["set_buttons"] = "set_buttons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete a message of the bot.

    Attributes:
        message: The message's row in the store.
        message_id: The message itself, if it has no row (any more).
        captioned: Whether that one shows a picture.
        chat_id: Its chat, if that is not the turn's.
        instead: What it says, without buttons, if Telegram does not delete it any more: after 48 hours.
    """

    message: int | None = None
    message_id: int | None = None
    captioned: bool = False
    chat_id: int | None = None
    instead: str = ""
    kind: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Have a turn later.

    Attributes:
        what: ``album``: its pictures have come, as far as can be told. ``style``: a picture was used as a style, and is to
            be remembered. Only the migration from version 3 of the database writes the others, about what that left unsaid.
        message: The row that the turn's message will have. Another picture takes it back, as it does a question.
        job_id: The job that it is about.
        delay: Seconds to wait.
    """

    what: Literal["question", "status", "unanswered", "end", "album", "style"]
    message: int | None = None
    job_id: int | None = None
    delay: float = 0.0
    kind: Literal["resume"] = "resume"


TelegramEffect: TypeAlias = Send | Edit | SetButtons | Delete
OutboxEffect: TypeAlias = TelegramEffect | Resume
outbox_effects: Final[TypeAdapter[OutboxEffect]] = TypeAdapter(
    Annotated[OutboxEffect, Field(discriminator="kind")],
    # What is wrong with a row stands in the log, which has none of people's words.
    config=ConfigDict(hide_input_in_errors=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPress:
    """Answer a callback query, at once and outside of the outbox.

    Attributes:
        query_id: The query.
        text: Shown for a moment, at most 200 characters; may be empty.
        alert: Whether the person has to close it.
    """

    query_id: str
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitJob:
    """A new job.

    Attributes:
        job_id: The id that it will have.
        content: The content photo.
        style: The style picture.
        options: The choices of the transfer.
        handover: How the result is to be delivered.
        status: The message that becomes its status, as a row in the store.
        start_from: A job whose result is the initial image.
        continues: A cancelled job that it goes on with.
        topic: The topic to which its messages go.
        further: The styles that are blended with the first one.
    """

    job_id: int
    content: SentPicture
    style: SentPicture
    options: Options
    handover: Handover
    status: int
    start_from: int | None = None
    continues: int | None = None
    topic: int | None = None
    further: tuple[SentPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRefusal:
    """The person learned why no further job of theirs is accepted."""

    refusal: QueueError


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeJob:
    """An active job goes on with other options, from what is painted."""

    job_id: int
    options: Options


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelJob:
    """Cancel an active job.

    Attributes:
        job_id: The job.
        replaced: Whether another one takes its place, so that nobody has to be told.
    """

    job_id: int
    replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailJob:
    """A finished job cannot be delivered."""

    job_id: int
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverJob:
    """A finished job counts as delivered."""

    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldResult:
    """A job is over, and its result waits for the person, since Telegram does not take it."""

    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseResult:
    """A result that waited is sent again."""

    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveJob:
    """A job's messages go to the turn's chat from now on, into this topic."""

    job_id: int
    topic: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetForm:
    """A job's result is delivered in another form than the person wanted, since the chat takes no other."""

    job: Job
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMuted:
    """The person was told that the bot may not write in the turn's chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStyle:
    """Remember that a picture was used as a style, and keep it if ``keep_as`` is the name that it gets if it has none."""

    used: UsedStyle
    keep_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareStyle:
    """Whoever knows the code may have a copy of a picture of the person's."""

    code: str
    picture_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSharing:
    """A code of the person's leads nowhere any more; without one, none of theirs does."""

    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshQuestions:
    """The settings changed: have the user's open questions, in every chat, show what holds now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPerson:
    """Delete everything of the user, in every chat, and stop their jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPause:
    """Keep waiting jobs waiting, or do not any more."""

    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPerson:
    """A user gets nothing any more, and their jobs end."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockPerson:
    """A user is served again."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAnnouncement:
    """Keep a text until the admin confirms it; an empty one drops it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Send a text, as HTML, to everybody who wrote to the bot lately."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAnnouncement:
    """Send an announcement to nobody else."""


AdminEffect: TypeAlias = (
    SetPause | BlockPerson | UnblockPerson | DraftAnnouncement | Announce | StopAnnouncement
)
StoreEffect: TypeAlias = (
    AdminEffect
    | SubmitJob
    | CountRefusal
    | ChangeJob
    | CancelJob
    | FailJob
    | DeliverJob
    | HoldResult
    | ReleaseResult
    | MoveJob
    | SetForm
    | NoteMuted
    | NoteStyle
    | ShareStyle
    | StopSharing
    | RefreshQuestions
    | ForgetPerson
)
Effect: TypeAlias = OutboxEffect | AnswerPress | StoreEffect
