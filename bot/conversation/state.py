"""Where a conversation stands: what a turn is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from core.jobs.models import EMPTY_SESSION, Forecast
from core.jobs.preferences import DEFAULT_PREFERENCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.messages.desk import Desk
    from bot.messages.languages import Languages
    from bot.messages.texts import Texts
    from core.jobs.job_errors import QueueError
    from core.jobs.models import Job, JobFacts, Person, Session, Style
    from core.jobs.preferences import Preferences
    from core.style.options import Options

ALBUM_QUIET: Final = 1.0
"""Seconds without a further picture after which an album counts as complete; Telegram marks no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator decided.

    Attributes:
        admins: Users who may cancel anybody's job.
        max_picture_mb: The largest file that people may send, in MB.
        keep_hours: How long photos and results are kept after a job's end.
        album_quiet: Seconds to wait for the rest of an album.
        bytes_per_person: How many bytes of pictures and results one user may have; admins as many as they like.
        bot_username: The bot's name, as its links bear it.
        share_styles: Whether people may pass on styles by links.
        inline_mode: Whether people may show results in other chats.
    """

    admins: frozenset[int] = frozenset()
    max_picture_mb: int = 20
    keep_hours: float = 24.0
    album_quiet: float = ALBUM_QUIET
    bytes_per_person: int = 500_000_000
    bot_username: str = "atelier_bot"
    share_styles: bool = True
    inline_mode: bool = False


def _no_estimate(_options: Options, _size: tuple[int, int]) -> float | None:
    return None


def _no_place(_job_id: int) -> int | None:
    return None


class Forecaster(Protocol):
    """What a new job can expect."""

    def __call__(
        self, options: Options, size: tuple[int, int], *, from_result: bool = False
    ) -> Forecast:
        """Arguments as in ``core.jobs.scheduler.Scheduler.forecast``."""
        ...


def _starts_at_once(
    options: Options, size: tuple[int, int], *, from_result: bool = False
) -> Forecast:
    del options, size, from_result
    return Forecast(0, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What holds at the moment of the turn and is not the conversation's to change.

    Attributes:
        now: The time, in UTC.
        policy: What the operator decided.
        next_message: The row that the next message of the bot will have.
        next_job: The id that the next job will have.
        refusal: Why no further job of this person can be accepted; None if it can.
        estimate: Seconds that a transfer takes, from its options and the content's (width, height).
        forecast: What a new job can expect.
        place: A waiting job's place in the queue.
        subject: The job that the event is about, if it is one of this chat; of words the result that they may be about.
        base: The job into whose styles the session blends another, or whose further styles it takes.
        replied_job: The job to which the message that the person answers belongs.
        pressed_job: The job to which the message belongs under which the person has pressed a button.
        unsettled: The user's messages in all chats that lead nowhere once the user is forgotten, each with its chat_id,
            its message_id, and whether it shows a picture; filled only for who asks to be forgotten.
        unfinished: The user's results that are under way in this chat; filled if the bot is shut out of it.
        held: The user's results that wait: in all chats for who begins in private, in this chat if the bot is let in.
        muted: Whether the person was told that the bot may not write here; known if it may not.
        link_code: What the link to the style bears that the person is about to share.
        shared_styles: How many styles the user shares; known to who asks about privacy.
        desk: What an admin sees of the bot who asks for it; None for everybody else.
    """

    now: datetime
    policy: Policy = Policy()
    next_message: int = 1
    next_job: int = 1
    refusal: QueueError | None = None
    estimate: Callable[[Options, tuple[int, int]], float | None] = _no_estimate
    forecast: Forecaster = _starts_at_once
    place: Callable[[int], int | None] = _no_place
    subject: JobFacts | None = None
    base: JobFacts | None = None
    replied_job: Job | None = None
    pressed_job: Job | None = None
    unsettled: tuple[tuple[int, int, bool], ...] = ()
    unfinished: tuple[Job, ...] = ()
    held: tuple[JobFacts, ...] = ()
    muted: bool = False
    link_code: str = ""
    shared_styles: int = 0
    desk: Desk | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A person's conversation.

    Attributes:
        person: Whose it is, and in which chat.
        languages: All languages that the bot speaks.
        facts: What holds at this moment.
        session: What the person has sent for the next job.
        preferences: What they chose in /settings.
        client_language: The language of their Telegram client (an IETF tag).
        styles: The styles that they have used here.
        jobs: Their active jobs in this chat, oldest first.
    """

    person: Person
    languages: Languages
    facts: Facts
    session: Session = EMPTY_SESSION
    preferences: Preferences = DEFAULT_PREFERENCES
    client_language: str | None = None
    styles: tuple[Style, ...] = ()
    jobs: tuple[Job, ...] = ()

    @property
    def texts(self) -> Texts:
        """The bot's words in the person's language."""
        return self.languages.texts_for(self.preferences.language or self.client_language)

    @property
    def private(self) -> bool:
        """Whether this is a private chat; groups have negative ids."""
        return self.person.chat_id > 0

    def style(self, argument: str) -> Style | None:
        """The style with this number, as a button carries it."""
        return next((style for style in self.styles if str(style.id) == argument), None)

    def with_style(self, changed: Style) -> State:
        """The same with one style changed."""
        styles = tuple(changed if one.id == changed.id else one for one in self.styles)
        return replace(self, styles=styles)

    def without_style(self, style_id: int) -> State:
        """The same with one style removed."""
        return replace(self, styles=tuple(one for one in self.styles if one.id != style_id))
