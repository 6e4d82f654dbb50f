"""What has happened in a person's private chat, read as the person reads it: questions, statuses, results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.messages.keyboards import CallbackData, Verb
from core.jobs.models import EMPTY_SESSION
from tests.auxil.scene import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.messages.texts import Texts
    from tests.auxil.chat import ChatClient, Happening
    from tests.auxil.transcript import Entry


class Kind(StrEnum):
    """What a message of the bot is."""

    QUESTION = "question"
    STATUS = "status"
    OFFER = "offer to send a result again"
    ENDED = "end of a job that gave no result"
    FAILED = "failure of a job that is not worth another try, so that no button names it"
    PHOTO = "result as a photo"
    FILE = "result as a file"
    FILM = "film"
    COMPARISON = "before and after"
    CURVE = "loss curve"
    UNANSWERED = "word that a film, a curve or a file may not have arrived"
    MENU = "settings"
    CHOICES = "choices of a setting"
    HELP = "help"
    REMINDER = "request for a photo"
    CANCELLATION = "answer to /cancel"
    OTHER = "something else"


ONCE = frozenset({Kind.PHOTO, Kind.FILE, Kind.FILM, Kind.COMPARISON, Kind.CURVE})
"""What must not come twice without its button having been pressed again."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message as the bot posted it.

    Attributes:
        number: Of the event.
        kind: What it is.
        job_id: The job that it is about, if its buttons or its file tell.
        row: The question's number, if it is one.
        entry: The message.
    """

    number: int
    kind: Kind
    job_id: int | None
    row: int | None
    entry: Entry

    @property
    def signature(self) -> tuple[object, ...]:
        """Two posts of one effect have it in common."""
        replied = self.entry.reply_to
        buttons = tuple(button.data for button in self.entry.buttons)
        return (
            self.kind,
            self.job_id,
            self.entry.text,
            buttons,
            replied.message_id if replied else None,
        )


@dataclass
class ChatBook:
    """Follows a chat.

    Attributes:
        texts: The bot's words in the person's language.
        posts: All that the bot posted, in order, and each status message again when it became a result.
        standing: The bot's messages as they stand, by number.
        verbs: What the buttons of each question do, the newest version.
        question: The newest question's number; 0 before the first one.
        statuses: The messages that have shown each job's status, or asked whether its result has arrived.
        over: The jobs whose end was shown: the status went away, or says so.
        offered: The jobs whose result may not have arrived.
        results: The job whose result a message shows.
        answered: The presses that were answered, with the number of the event.
        seen: How often each kind was posted, and each kind about each job; a status message that became a result counts.
    """

    client: ChatClient
    chat_id: int
    texts: Texts
    posts: list[Post] = field(default_factory=list)
    standing: dict[int, Post] = field(default_factory=dict)
    verbs: dict[int, set[Verb]] = field(default_factory=dict)
    question: int = 0
    statuses: dict[int, set[int]] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    offered: set[int] = field(default_factory=set)
    results: dict[int, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    seen: Counter[object] = field(default_factory=Counter)
    _read: int = 0

    def catch_up(self, notice: Callable[[Post], None] = lambda _: None) -> None:
        """Read what has happened; ``notice`` is called with each new message of the bot."""
        happened = self.client.happened
        while self._read < len(happened):
            self._read += 1
            if happened[self._read - 1].chat_id == self.chat_id:
                self._take(happened[self._read - 1], notice)

    @property
    def last_question(self) -> Post | None:
        """The last message that shows the newest question's buttons."""
        asked = [post for post in self.standing.values() if post.row == self.question]
        return asked[-1] if asked else None

    @property
    def painted(self) -> list[Post]:
        """The results that stand there with their buttons, oldest first."""
        shown = {
            one.job_id: one for one in self.standing.values() if one.kind in {Kind.PHOTO, Kind.FILE}
        }
        return [one for one in shown.values() if one.entry.buttons]

    def status_of(self, job_id: int) -> Post | None:
        """The last message that has shown a job's status, unless it went away."""
        return self.standing.get(max(self.statuses[job_id]))

    def count(self, *kinds: Kind) -> int:
        """How many messages of these kinds were posted."""
        return sum(self.seen[kind] for kind in kinds)

    def _take(self, happening: Happening, notice: Callable[[Post], None]) -> None:
        entry = happening.entry
        if happening.type == "answer":
            self.answered[str(happening.raw["callback_query_id"])] = happening.number
        elif happening.type == "delete":
            self._note_gone(happening.raw["message_id"])
        elif entry is not None and entry.from_bot:
            post = self._read_entry(entry, happening.number)
            became_result = post.kind is Kind.PHOTO and entry.message_id not in self.results
            self._note_shown(post)
            if happening.type == "message" or became_result:
                self.posts.append(post)
                self.seen.update([post.kind, (post.kind, post.job_id)])
                notice(post)

    def _note_gone(self, message_id: int) -> None:
        self.standing.pop(message_id, None)
        self.over.update(job for job, statuses in self.statuses.items() if message_id in statuses)

    def _note_shown(self, post: Post) -> None:
        message_id = post.entry.message_id
        self.standing[message_id] = post
        if post.row is not None:
            self.question = max(self.question, post.row)
            self.verbs[post.row] = {data.verb for data in buttons_of(post.entry)}
        # A failure that would be missed is told in a message of its own, and the status goes.
        if post.kind in {Kind.STATUS, Kind.OFFER, Kind.ENDED} and post.job_id is not None:
            self.statuses.setdefault(post.job_id, set()).add(message_id)
        if post.kind is Kind.STATUS and post.job_id is not None:
            return
        if post.kind in {Kind.PHOTO, Kind.FILE} and post.job_id is not None:
            self.results[message_id] = post.job_id
        for job_id, statuses in self.statuses.items():
            if message_id in statuses:
                self.over.add(job_id)
                if post.kind is Kind.OFFER:
                    self.offered.add(job_id)

    def _read_entry(self, entry: Entry, number: int) -> Post:
        data = {one.verb: one for one in buttons_of(entry)}
        row = next((one.question for one in data.values() if one.question is not None), None)
        kind, job_id = self._kind(entry, data)
        return Post(number, kind, job_id, row, entry)

    def _kind(self, entry: Entry, data: dict[Verb, CallbackData]) -> tuple[Kind, int | None]:
        for verb, kind in _BY_BUTTON.items():
            if verb in data:
                choices = verb is Verb.SETTINGS and "=" in "".join(
                    one.data or "" for one in entry.buttons
                )
                return Kind.CHOICES if choices else kind, data[verb].number
        if entry.media is not None:
            return self._kind_of_file(entry, data)
        return self._kind_of_text(entry.text), None

    def _kind_of_file(
        self, entry: Entry, data: dict[Verb, CallbackData]
    ) -> tuple[Kind, int | None]:
        replied, name = entry.reply_to, (entry.media.name if entry.media else None) or ""
        number = name.removeprefix("atelier-").partition(".")[0]
        job_id = int(number) if number.isdecimal() else None
        if job_id is None and replied is not None:
            job_id = self.results.get(replied.message_id)
        captions = {
            plain(self.texts.film_caption()): Kind.FILM,
            plain(self.texts.compare_caption()): Kind.COMPARISON,
            plain(self.texts.curve_caption()): Kind.CURVE,
        }
        if entry.text in captions:
            return captions[entry.text], job_id
        if entry.kind == "document":
            return Kind.FILE, job_id
        if Verb.MORE in data:
            return Kind.PHOTO, data[Verb.MORE].number
        return Kind.OTHER, None

    def _kind_of_text(self, text: str) -> Kind:
        texts = self.texts
        cancellations = (
            texts.cancelling(),
            texts.nothing_to_cancel(),
            texts.dropped(),
            texts.what_to_cancel(),
        )
        whole = {
            plain(texts.cancelled()): Kind.ENDED,
            plain(texts.perhaps_sent()): Kind.UNANSWERED,
            **dict.fromkeys(map(plain, cancellations), Kind.CANCELLATION),
        }
        if plain(texts.failed(None)) in text:
            return Kind.FAILED
        if text.startswith(plain(texts.help(20))):
            return Kind.HELP  # What an operator has switched on is told below.
        asked_for = (texts.expected(EMPTY_SESSION), texts.for_another())
        reminder = text.endswith(tuple(map(plain, asked_for)))
        return whole.get(text, Kind.REMINDER if reminder else Kind.OTHER)


_BY_BUTTON = {
    Verb.PRESET: Kind.QUESTION,
    Verb.PICK: Kind.QUESTION,
    Verb.DROP: Kind.CANCELLATION,
    Verb.CANCEL: Kind.STATUS,
    Verb.SEND_AGAIN: Kind.OFFER,
    Verb.TRY_AGAIN: Kind.ENDED,
    Verb.SETTINGS: Kind.MENU,
}


def buttons_of(entry: Entry) -> Iterator[CallbackData]:
    """What the buttons of a message carry."""
    for button in entry.buttons:
        data = CallbackData.parse(button.data or "")
        if data is not None:
            yield data
