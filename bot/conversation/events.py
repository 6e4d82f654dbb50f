"""What happens to a conversation: events, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from bot.conversation.effects import Refusal, Send
    from bot.messages.message_kinds import MessageKind
    from core.jobs.models import Job, SentPicture, UsedStyle
    from core.sentences import Sentence
    from core.style.progress import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliedMessage:
    """The message that somebody answers.

    Attributes:
        message_id: Its number in the chat.
        author_id: Who wrote it; None if nobody in particular did.
        from_bot: Whether the bot wrote it.
        has_text: Whether it is words alone.
        has_picture: Whether it brings a picture.
        kind: What it is, if it brings no picture.
    """

    message_id: int
    author_id: int | None
    from_bot: bool
    has_text: bool
    has_picture: bool
    kind: MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of every message that the bot hears.

    Attributes:
        message_id: Its number in the chat.
        private: Whether it came in a private chat.
        mentions_bot: Whether it names the bot.
        replied: The message that it answers.
        topic: The topic in which it is (message_thread_id); None for General and for chats without topics.
    """

    message_id: int
    private: bool
    mentions_bot: bool = False
    replied: RepliedMessage | None = None
    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSent:
    """A command without a picture, such as /help; ``name`` without the slash.

    ``may_stop`` tells whether the person may cancel other people's jobs in this chat. ``words`` is what stands behind
    an admin's command.
    """

    heard: Heard
    name: str
    may_stop: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTrouble:
    """Why a picture was not taken.

    Attributes:
        reason: The sentence for the person; None if Telegram did not hand the file out.
        missing: Whether there is no picture at all: no profile photo that Telegram would show to the bot.
        limit: How many pictures within ``window`` seconds are too many, if that was the reason.
        window: See there.
        wait: Seconds until the next one is taken.
    """

    reason: Sentence | None = None
    missing: bool = False
    limit: int | None = None
    window: float = 0.0
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSent:
    """A picture was sent, or pointed at by a reply; fetched and checked.

    Attributes:
        heard: The message.
        picture: The picture, stored in the same transaction; None if there was trouble.
        trouble: Why there is none; None for both if the picture is passed over without a word.
        album: Its media_group_id, if it came in an album.
        moves: Whether only its first picture was taken, since it moves.
        notes: What the person should know about how it was opened (``core.pictures.notes.Note``).
        caption: What was written beside it, or in the message that points at it.
    """

    heard: Heard
    picture: SentPicture | None = None
    trouble: PictureTrouble | None = None
    album: str | None = None
    moves: bool = False
    notes: tuple[str, ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFollowed:
    """A person came by a link to a style, in private.

    Attributes:
        heard: The message.
        code: What the link bears.
        picture: The style, stored in the same transaction as a picture of the person's own.
        trouble: Why there is none; None for both if nothing is shared under this code.
    """

    heard: Heard
    code: str
    picture: SentPicture | None = None
    trouble: PictureTrouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsSent:
    """A message that brings no picture and is no command.

    Attributes:
        heard: The message.
        kind: What it is.
        text: Its words, if it is words alone.
    """

    heard: Heard
    kind: MessageKind
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """An inline button was pressed.

    Attributes:
        query_id: The callback query; None if it is too late to answer it.
        data: The callback data.
        message_id: The message with the button; None if Telegram does not tell.
        captioned: Whether that message shows a picture.
        topic: The topic in which that message is.
        hidden: Whether Telegram does not show that message any more, so that its topic is not known.
        may_stop: Whether the person may cancel other people's jobs in this chat.
        picture: The picture that the press brings, stored in the same transaction: a built-in style or a profile photo.
        trouble: Why there is none; None for both if the press is passed over without a word.
    """

    query_id: str | None
    data: str
    message_id: int | None = None
    captioned: bool = False
    topic: int | None = None
    hidden: bool = False
    may_stop: bool = False
    picture: SentPicture | None = None
    trouble: PictureTrouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLoved:
    """A person gave a message of the bot's a heart.

    Attributes:
        message_id: The message.
        used_style: The style of the result that it shows, looked at beforehand; None if it is built in, or is none.
    """

    message_id: int
    used_style: UsedStyle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """A person may not use the bot, or writes under the name of a group or channel.

    Attributes:
        why: Which of the two.
        heard: The message.
        query_id: The callback query, if a button was pressed.
        client_language: The language of the person's Telegram client, which is not stored.
    """

    why: Literal["private", "nameless"]
    heard: Heard | None = None
    query_id: str | None = None
    client_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingFailed:
    """An update could not be handled; the log has the details. ``query_id`` is that of a pressed button."""

    heard: Heard | None = None
    query_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded:
    """A job finished or failed, or Telegram does not let its status message become the result.

    Attributes:
        job: The job.
        result: What it gave, without picture, trace and frames.
        anew: Whether the result has to be sent as a new message.
    """

    job: Job
    result: Result | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFailed:
    """A message was not sent, or may not have been.

    Attributes:
        effect: The message.
        unanswered: Whether it may have arrived: Telegram gave no answer, or the process died meanwhile.
        reason: Why it could not be made, if that was the reason; None if Telegram refused it.
        refusal: What Telegram refused.
        facts_of: The job that it is about, as it stands now.
    """

    effect: Send
    unanswered: bool = False
    reason: Sentence | None = None
    refusal: Refusal | None = None
    facts_of: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLost:
    """The status message of an active job is gone, or was never sent."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Somebody added the bot to a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutOut:
    """The bot may not write in the chat any more: the person blocked it, or the group removed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """The bot may write in the chat again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDue:
    """The question that is due was lost: the chat got another number, or version 3 of the database ended before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumDue:
    """No further picture of an album has come for a while; ``question`` is the row that was kept for what follows."""

    question: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """The user changed their settings, perhaps in another chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the person has to be told, whatever they are doing.

    Attributes:
        what: ``update_dropped``: handling their last update ended the process each time. ``jobs_lost``: the database
            was damaged. ``database_damaged``: the same, for an admin. ``error``: something unexpected, for an admin. ``drained``: nothing
            is being painted any more, for the admin who asked for that.
        file: The damaged file's name.
        kind: The kind of the error.
        reference: Under which it stands in the log.
    """

    what: Literal["update_dropped", "jobs_lost", "database_damaged", "error", "drained"]
    file: str = ""
    kind: str = ""
    reference: str = ""


Event: TypeAlias = (
    CommandSent
    | PictureSent
    | LinkFollowed
    | WordsSent
    | ButtonPressed
    | ResultLoved
    | TurnedAway
    | HandlingFailed
    | JobEnded
    | SendFailed
    | StatusLost
    | Added
    | ShutOut
    | LetIn
    | QuestionDue
    | AlbumDue
    | SettingsChanged
    | Notice
)
