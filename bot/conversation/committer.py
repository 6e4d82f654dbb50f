"""Commits turns: state, effects and "this update is handled" in one transaction.

A kill before the commit: the update is handled again from the same state. A kill after it: the effects are there and
get sent. There is no third case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bot.conversation.admin_desk import AdminDesk
from bot.conversation.effect_writer import EffectWriter
from bot.conversation.effects import Send
from bot.conversation.events import (
    Added,
    ButtonPressed,
    JobEnded,
    LetIn,
    LinkFollowed,
    PictureSent,
    PictureTrouble,
    QuestionDue,
    ShutOut,
    TurnedAway,
)
from bot.conversation.state_loader import StateLoader
from bot.conversation.turn import turn
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.status_view import RunningStatus, WaitingStatus
from core.jobs.job_errors import QuotaError
from core.jobs.models import ACTIVE, Person

if TYPE_CHECKING:
    from bot.conversation.effect_writer import Sender
    from bot.conversation.events import Event
    from bot.conversation.state import Policy, State
    from bot.messages.languages import Languages
    from bot.messages.texts import Texts
    from core.engines.protocol import Delay
    from core.jobs.models import Job, SentPicture
    from core.jobs.scheduler import Scheduler
    from core.jobs.store import Store
    from core.style.progress import Progress, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A picture that an event brings; it is stored in the event's transaction.

    Attributes:
        data: The picture as it was opened, not the file that came.
        size: (width, height) in pixels.
        message_id: The message that brought it.
        album: Its media_group_id, if it came in an album.
        moves: Whether it moves, so that only its first picture is taken.
        notes: What the person should know about how it was opened (``core.pictures.notes.Note``).
        builtin: The name of the built-in style that it is, if it is one.
    """

    data: bytes
    size: tuple[int, int]
    message_id: int
    album: str | None = None
    moves: bool = False
    notes: tuple[str, ...] = ()
    builtin: str | None = None


class Committer:
    """The one place where turns happen. It is the scheduler's listener, since a job's end is an event as well.

    Args:
        store: Has the truth.
        languages: All languages that the bot speaks.
        policy: What the operator decided.
    """

    scheduler: Scheduler
    sender: Sender
    desk: AdminDesk

    def __init__(self, store: Store, languages: Languages, policy: Policy) -> None:
        self._store = store
        self._languages = languages
        self._policy = policy

    def connect(self, scheduler: Scheduler, sender: Sender) -> None:
        """Learn of those who need the committer themselves, before the first turn."""
        self.scheduler = scheduler
        self.sender = sender
        self.desk = AdminDesk(self._store, scheduler, sender)
        self._loader = StateLoader(self._store, scheduler, self._languages, self._policy, self.desk)
        self._writer = EffectWriter(self._store, scheduler, sender, self.desk)

    async def handle(
        self,
        person: Person,
        event: Event,
        *,
        update_id: int | None = None,
        upload: Upload | None = None,
        client_language: str | None = None,
    ) -> None:
        """Let a turn happen, once.

        Args:
            person: Whose turn it is.
            event: What happened.
            update_id: The update that brought it; nothing happens if that was handled already, or forgotten.
            upload: The picture that it brings.
            client_language: The language of the person's Telegram client, if the update tells it.

        Raises:
            core.jobs.job_errors.StoreError: The store failed; nothing happened.
        """
        forgotten = isinstance(event, ButtonPressed) and _verb(event) is Verb.FORGET
        async with self._store.transaction():
            if not await self._begins(update_id):
                return
            heard = getattr(event, "heard", None)
            if heard is not None:
                await self._store.outbox.note_below(person.chat_id, heard.message_id)
            await self._hear_language(person, client_language)
            in_private = person.chat_id == person.user_id
            if in_private and update_id is not None and not isinstance(event, TurnedAway):
                # To the day: it says who may be told an announcement.
                await self._store.preferences.note_heard(person.user_id)
            await self.apply(person, event, upload)
        if forgotten:
            await self._store.housekeeping.shrink()

    async def preview(self, person: Person, event: Event) -> tuple[Send, ...] | None:
        """What a turn would say if nothing had to be stored; None if something had to be.

        For the bot on a disk that takes nothing any more: it can still answer /help.
        """
        state = await self._loader.load(person, event)
        after, effects = turn(state, event)
        sends = tuple(one for one in effects if isinstance(one, Send) and one.message is None)
        return sends if after == state and len(sends) == len(effects) else None

    async def apply(self, person: Person, event: Event, upload: Upload | None = None) -> None:
        """Let a turn happen inside the present transaction."""
        stored = None
        if upload is not None:
            try:
                stored = await self._keep(person, upload)
            except QuotaError as error:
                event = _with(event, trouble=PictureTrouble(reason=error.spoken))
            else:
                event = _with(event, picture=stored)
        state = await self._loader.load(person, event)
        after, effects = turn(state, event)
        await self._save(state, after)
        following = await self._writer.write(person, effects)
        if isinstance(event, JobEnded):
            following += await self.desk.drained()
        released = _picture_ids(state) - _picture_ids(after)
        if stored is not None:
            released.add(stored.id)
        await self._store.pictures.delete_unreferenced(released)
        for other, happened in following:
            await self.apply(other, happened)

    async def _keep(self, person: Person, upload: Upload) -> SentPicture:
        if (limit := self._limit_of(person)) is not None:
            size = len(upload.data)
            await self._store.housekeeping.make_room(person.user_id, size, limit)
        return await self._store.pictures.add(
            person,
            upload.data,
            message_id=upload.message_id,
            size=upload.size,
            album=upload.album,
            builtin=upload.builtin,
        )

    def _limit_of(self, person: Person) -> int | None:
        """Bytes that a user's pictures may have; None for admins."""
        admin = person.user_id in self._policy.admins
        return None if admin else self._policy.bytes_per_person

    async def move_chat(self, old: int, new: int, *, update_id: int | None = None) -> None:
        """A group became a supergroup and got another number: everything in it goes along.

        Questions are asked again, since their messages were left behind.
        """
        async with self._store.transaction():
            if not await self._begins(update_id):
                return
            # What waits to be sent moves even if nobody has sent a picture there.
            self._store.after_commit(partial(self.sender.wake, new))
            if not await self._store.housekeeping.move_chat(old, new):
                return
            for person in await self._store.sessions.people_in(new):
                await self.apply(person, QuestionDue())
            for job in await self._store.jobs.in_states(*ACTIVE):
                self._store.after_commit(partial(self.scheduler.renew, job))

    async def shut_out(self, chat_id: int, *, update_id: int | None = None) -> None:
        """The bot may not write in a chat any more: the jobs there stop, and nothing is sent there."""
        async with self._store.transaction():
            if not await self._begins(update_id):
                return
            for person in await self._store.jobs.people_in(chat_id):
                await self.apply(person, ShutOut())
            await self._store.outbox.remove_chat(chat_id)

    async def let_in(
        self,
        person: Person,
        *,
        greets: bool,
        update_id: int | None = None,
        client_language: str | None = None,
    ) -> None:
        """Somebody unblocked the bot, or let it into a group: whose results wait there get them.

        Args:
            person: Who did, and where.
            greets: Whether the bot says how to use it.
            update_id: The update that told so; nothing happens if that was handled already.
            client_language: The language of the person's Telegram client.
        """
        async with self._store.transaction():
            if not await self._begins(update_id):
                return
            await self._hear_language(person, client_language)
            await self._store.preferences.unmute(person.chat_id)
            if greets:
                await self.apply(person, Added())
            for one in await self._store.jobs.people_in(person.chat_id):
                await self.apply(one, LetIn())

    async def texts_of(self, user_id: int, client_language: str | None = None) -> Texts:
        """The bot's words in a user's language, as they chose it, or else as their client has it."""
        preferences, known = await self._store.preferences.get(user_id)
        return self._languages.texts_for(preferences.language or client_language or known)

    def waiting(self, job: Job, place: int, seconds: float | None, delay: Delay | None) -> None:
        """A waiting job's prospects changed."""
        self.sender.show(WaitingStatus(job, place, seconds, delay))

    def running(self, job: Job, progress: Progress | None, seconds: float | None) -> None:
        """A job made an evaluation."""
        preview = None if progress is None else progress.preview
        self.sender.show(RunningStatus(job, progress, seconds, preview))

    async def ended(self, job: Job, result: Result | None) -> None:
        """A job finished or failed, in the transaction that notes it."""
        facts = None if result is None else replace(result, picture=b"", trace=(), frames=())
        await self.apply(job.person, JobEnded(job=job, result=facts))
        if (limit := self._limit_of(job.person)) is not None:
            # A result is never refused, but older ones make room for it.
            user_id = job.person.user_id
            await self._store.housekeeping.make_room(user_id, 0, limit, in_part=True)
        self._store.after_commit(partial(self.sender.hide, job.id))

    async def _begins(self, update_id: int | None) -> bool:
        """Note that an update is handled, if an update it is; False if it was handled already, or forgotten."""
        return update_id is None or await self._store.updates.finish(update_id)

    async def _hear_language(self, person: Person, language: str | None) -> None:
        if language is None:
            return
        _, known = await self._store.preferences.get(person.user_id)
        if known != language:
            await self._store.preferences.save_language(person, language)

    async def _save(self, before: State, after: State) -> None:
        person = before.person
        if after.session != before.session:
            await self._store.sessions.save(person, after.session)
        if after.preferences != before.preferences:
            await self._store.preferences.save(person.user_id, after.preferences)
        kept = {style.id: style for style in after.styles}
        for style in before.styles:
            if style.id not in kept:
                await self._store.styles.remove(style.id)
            elif kept[style.id] != style:
                await self._store.styles.save(kept[style.id])
        if after.styles != before.styles:
            await self._store.styles.forget_oldest(person)


def _with(
    event: Event, *, picture: SentPicture | None = None, trouble: PictureTrouble | None = None
) -> Event:
    """The same with the picture that it brings, or with the trouble that there was."""
    if isinstance(event, ButtonPressed | PictureSent | LinkFollowed):
        return replace(event, picture=picture, trouble=trouble)
    return event


def _verb(event: ButtonPressed) -> Verb | None:
    data = CallbackData.parse(event.data)
    return None if data is None else data.verb


def _picture_ids(state: State) -> set[int]:
    """The pictures to which a state refers."""
    session = (state.session.content, state.session.style, *state.session.further)
    styles = [style.picture.id for style in state.styles]
    return {*styles, *(picture.id for picture in session if picture is not None)}
