"""What the senders of all chats share, and how they read Telegram's refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from telegram.error import Forbidden

from bot.conversation.effects import Refusal
from bot.telegram.calls import Target
from bot.telegram.limiter import seconds_of

if TYPE_CHECKING:
    from telegram.error import RetryAfter, TelegramError

    from bot.conversation.committer import Committer
    from bot.telegram.calls import Calls
    from bot.telegram.limiter import Limiter
    from bot.telegram.shown_messages import ShownMessages
    from core.jobs.models import BotMessage, Person
    from core.jobs.store import Store

STORE_PAUSE: Final = 5.0
"""Seconds without a look at the store after it failed."""

_GONE: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")
_REFUSALS: Final[dict[Refusal, tuple[str, ...]]] = {
    Refusal.REPLY: ("message to be replied not found", "message to reply not found"),
    Refusal.TOPIC: (
        "topic_closed",
        "topic_deleted",
        "message thread not found",
        "topic_id_invalid",
    ),
    Refusal.PHOTOS: ("rights to send photos", "chat_send_photos_forbidden"),
    Refusal.FILES: ("rights to send documents", "chat_send_docs_forbidden"),
    Refusal.FILMS: ("rights to send animations", "chat_send_gifs_forbidden"),
    Refusal.TEXT: (
        "rights to send",
        "no write access",
        "chat_send_plain_forbidden",
        "chat_send_media_forbidden",
        "chat_write_forbidden",
        "chat_restricted",
    ),
    Refusal.SHUT_OUT: ("chat not found", "user_is_blocked", "peer_id_invalid"),
}
"""Telegram's words for each refusal, in lower case; the first that fits counts, whatever the error's number is."""

_OTHER_KIND: Final = ("no text in the message", "no caption in the message")


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderParts:
    """What all senders share.

    Attributes:
        store: Has what waits.
        committer: Lets turns happen about what was sent, or was not.
        calls: Makes calls of effects.
        limiter: Has the budgets.
        shown: Knows which edits would change nothing.
        pace: Seconds between two progresses in a private chat.
        pauses: Seconds before each repetition; the last one goes on.
        fetching: People whose question waits, since another picture of theirs is being fetched.
        without_photos: Chats in which a preview was refused, so that progress is words alone there.
    """

    store: Store
    committer: Committer
    calls: Calls
    limiter: Limiter
    shown: ShownMessages
    pace: float
    pauses: tuple[float, ...]
    fetching: dict[Person, int]
    without_photos: set[int] = field(default_factory=set)

    def block(self, chat_id: int, error: RetryAfter) -> float:
        """Make no call in a chat as long as Telegram wants; for how many seconds that is."""
        seconds = seconds_of(error)
        self.limiter.budgets.block(chat_id, seconds)
        return seconds


def target_of(message: BotMessage | None) -> Target | None:
    """None if Telegram has not told the message's number, or if a chat's upgrade left it behind."""
    if message is None or not message.message_id:
        return None
    return Target(message.message_id, message.captioned)


def is_gone(error: TelegramError) -> bool:
    """Whether the message that was to change is gone, so that only a new one helps."""
    return any(words in error.message.lower() for words in _GONE)


def is_missing(error: TelegramError) -> bool:
    """Whether the message that was to be deleted is gone already."""
    return "message to delete not found" in error.message.lower()


def is_too_old(error: TelegramError) -> bool:
    """Whether Telegram does not delete a message any more: after 48 hours."""
    return "can't be deleted" in error.message.lower()


def is_of_other_kind(error: TelegramError) -> bool:
    """Whether the message shows a picture although it was taken for a text, or the other way round."""
    return any(words in error.message.lower() for words in _OTHER_KIND)


def is_captioned(error: TelegramError) -> bool:
    """Which of the two, if ``is_of_other_kind``."""
    return "no text" in error.message.lower()


def is_unchanged(error: TelegramError) -> bool:
    """Whether the message says already what it was to say."""
    return "not modified" in error.message.lower()


def refusal_of(error: TelegramError) -> Refusal:
    """What Telegram refused, for good."""
    words = error.message.lower()
    fitting = (refusal for refusal, some in _REFUSALS.items() if any(one in words for one in some))
    otherwise = Refusal.SHUT_OUT if isinstance(error, Forbidden) else Refusal.OTHER
    return next(fitting, otherwise)
