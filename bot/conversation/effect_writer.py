"""Writes the effects of a turn: into the outbox, into the store, and after the commit into memory."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from bot.conversation.effects import (
    Announce,
    AnswerPress,
    BlockPerson,
    CancelJob,
    ChangeJob,
    CountRefusal,
    Delete,
    DeliverJob,
    DraftAnnouncement,
    Edit,
    FailJob,
    ForgetPerson,
    HoldResult,
    MoveJob,
    NoteMuted,
    NoteStyle,
    RefreshQuestions,
    ReleaseResult,
    Resume,
    Send,
    SetButtons,
    SetForm,
    SetPause,
    ShareStyle,
    StopAnnouncement,
    StopSharing,
    SubmitJob,
    UnblockPerson,
    outbox_effects,
)
from bot.conversation.events import JobEnded, SettingsChanged
from core.jobs.models import UNFINISHED, Person, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.conversation.admin_desk import AdminDesk
    from bot.conversation.effects import Effect, OutboxEffect, StoreEffect
    from bot.conversation.events import Event
    from bot.messages.status_view import StatusView
    from core.jobs.scheduler import Scheduler
    from core.jobs.store import Store

_NOBODY: Final = 0


class Sender(Protocol):
    """What a commit sets in motion; its methods return at once."""

    def wake(self, chat_id: int) -> None:
        """Something waits in a chat's outbox."""

    def answer(self, answer: AnswerPress) -> None:
        """Answer a callback query."""

    def show(self, status: StatusView) -> None:
        """Have a job's status message show this."""

    def hide(self, job_id: int) -> None:
        """Show nothing more of a job's progress."""


class EffectWriter:
    """Works inside the transaction of the turn.

    Args:
        store: Has the outbox and the jobs.
        scheduler: Learns of jobs after the commit.
        sender: Sends after the commit.
        desk: Keeps what admins decide.
    """

    def __init__(self, store: Store, scheduler: Scheduler, sender: Sender, desk: AdminDesk) -> None:
        self._store = store
        self._scheduler = scheduler
        self._sender = sender
        self._desk = desk

    async def write(self, person: Person, effects: Iterable[Effect]) -> list[tuple[Person, Event]]:
        """Write the effects of a turn; the turns that follow from them."""
        _, _, turn_id = await self._store.outbox.next_ids()
        following: list[tuple[Person, Event]] = []
        for effect in effects:
            match effect:
                case Send() | Edit() | SetButtons() | Delete() | Resume():
                    await self._enqueue(person, effect, turn_id)
                case AnswerPress():
                    self._store.after_commit(partial(self._sender.answer, effect))
                case SubmitJob() | ChangeJob() | CountRefusal():
                    await self._tell_scheduler(person, effect)
                case CancelJob():
                    following += await self._cancel(effect)
                case RefreshQuestions():
                    people = await self._store.sessions.chats_of(person.user_id)
                    following += [(one, SettingsChanged()) for one in people]
                case ForgetPerson():
                    await self._forget(person.user_id)
                    # The rest is stored under nobody's name, so that being forgotten once more does not take it back.
                    person = Person(person.chat_id, _NOBODY)
                case (
                    SetPause()
                    | BlockPerson()
                    | UnblockPerson()
                    | DraftAnnouncement()
                    | Announce()
                    | StopAnnouncement()
                ):
                    await self._desk.write(person, effect, turn_id)
                case _:
                    await self._change_store(person, effect)
        return following

    async def _tell_scheduler(
        self, person: Person, effect: SubmitJob | ChangeJob | CountRefusal
    ) -> None:
        match effect:
            case SubmitJob():
                await self._submit(person, effect)
            case ChangeJob():
                await self._change(effect)
            case CountRefusal():
                self._store.after_commit(partial(self._scheduler.note_refusal, effect.refusal))

    async def _change_store(self, person: Person, effect: StoreEffect) -> None:
        match effect:
            case FailJob():
                await self._store.jobs.fail(effect.job_id, effect.reason)
            case DeliverJob():
                await self._store.jobs.deliver(effect.job_id)
            case HoldResult():
                await self._store.jobs.hold(effect.job_id)
            case ReleaseResult():
                await self._store.jobs.release(effect.job_id)
            case MoveJob():
                await self._store.jobs.move(effect.job_id, person, effect.topic)
            case SetForm():
                handover = replace(effect.job.handover, form=effect.form)
                await self._store.jobs.set_handover(effect.job.id, handover)
            case NoteMuted():
                await self._store.preferences.mute(person)
            case NoteStyle() | ShareStyle() | StopSharing():
                gone = await self._change_styles(person, effect)
                await self._store.pictures.delete_unreferenced(gone)

    async def _change_styles(
        self, person: Person, effect: NoteStyle | ShareStyle | StopSharing
    ) -> Sequence[int]:
        """Change what is kept or shared as a style; the pictures that are so no longer."""
        match effect:
            case NoteStyle(used=used, keep_as=name):
                return await self._store.styles.note_use(person, used, keep_as=name)
            case ShareStyle(code=code, picture_id=picture_id):
                return await self._store.shares.add(person.user_id, code, picture_id)
            case StopSharing(code=one):
                return await self._store.shares.remove(person.user_id, one)

    async def _enqueue(self, person: Person, effect: OutboxEffect, turn_id: int) -> None:
        if isinstance(effect, Send | Delete) and effect.chat_id is not None:
            person = Person(effect.chat_id, person.user_id)
        message = getattr(effect, "message", None)
        if isinstance(effect, Send) and effect.message is not None and effect.role is not None:
            await self._store.outbox.add_message(
                person,
                effect.message,
                effect.role,
                job_id=effect.job_id,
                captioned=effect.attachment is not None,
            )
        elif isinstance(effect, Resume) and effect.message is not None:
            await self._store.outbox.add_message(
                person, effect.message, Role.QUESTION, job_id=None, captioned=False
            )
        elif isinstance(effect, Edit | SetButtons) and effect.message is not None:
            opened = isinstance(effect, SetButtons) and effect.opened
            await self._store.outbox.note_change(effect.message, opened=opened)
        takes_away = isinstance(effect, SetButtons) and not effect.keyboard
        if takes_away and message is not None and await self._store.outbox.withdraw(message):
            return
        await self._store.outbox.add(
            person,
            outbox_effects.dump_json(effect).decode(),
            turn=turn_id,
            message=message,
            job_id=getattr(effect, "job_id", None),
            delay=effect.delay if isinstance(effect, Send | Resume) else 0.0,
        )
        self._store.after_commit(partial(self._sender.wake, person.chat_id))

    async def _submit(self, person: Person, effect: SubmitJob) -> None:
        job = await self._store.jobs.add(
            person,
            content=effect.content,
            style=effect.style,
            options=effect.options,
            handover=effect.handover,
            start_from=effect.start_from,
            continues=effect.continues,
            topic=effect.topic,
            further=effect.further,
        )
        assert job.id == effect.job_id  # noqa: S101 - read in the same transaction
        await self._store.outbox.adopt_as_status(effect.status, job.id)

        def add() -> None:
            self._scheduler.add(job)

        self._store.after_commit(add)

    async def _change(self, effect: ChangeJob) -> None:
        if await self._store.jobs.change_options(effect.job_id, effect.options):
            job = await self._store.jobs.require(effect.job_id)
            self._store.after_commit(partial(self._scheduler.redirect, job))

    async def _cancel(self, effect: CancelJob) -> list[tuple[Person, Event]]:
        job_id = effect.job_id
        if not await self._store.jobs.cancel(job_id):
            return []
        job = await self._store.jobs.require(job_id)
        self._store.after_commit(partial(self._scheduler.stop, job_id))
        self._store.after_commit(partial(self._sender.hide, job_id))
        return [] if effect.replaced else [(job.person, JobEnded(job=job))]

    async def _forget(self, user_id: int) -> None:
        await self._scheduler.forget(user_id)
        jobs = await self._store.jobs.of_user(user_id, *UNFINISHED)
        await self._store.housekeeping.forget(user_id)
        for job in jobs:
            self._store.after_commit(partial(self._scheduler.stop, job.id))
            self._store.after_commit(partial(self._sender.hide, job.id))
