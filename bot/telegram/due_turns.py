"""Begins the turns that an earlier one put off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.effects import ResultImage, Send
from bot.conversation.events import AlbumDue, JobEnded, QuestionDue, SendFailed, StatusLost
from bot.telegram.used_styles import used_style
from core.jobs.models import Role

if TYPE_CHECKING:
    from bot.conversation.committer import Committer
    from bot.conversation.effects import Resume
    from bot.conversation.events import Event
    from core.jobs.models import Job
    from core.jobs.outbox_repository import OutboxRow
    from core.jobs.store import Store


class DueTurns:
    """Lets the turns happen whose rows of the outbox are due.

    Args:
        store: Has what they are about.
        committer: Lets turns happen.
    """

    def __init__(self, store: Store, committer: Committer) -> None:
        self._store = store
        self._committer = committer

    async def begin(self, row: OutboxRow, effect: Resume) -> None:
        """Have a turn that was put off."""
        store = self._store
        if effect.what == "style":
            await self._remember_styles(row)
            return
        async with store.transaction():
            if not await store.outbox.remove(row.id):
                return
            job = None if row.job_id is None else await store.jobs.get(row.job_id)
            event: Event = QuestionDue()
            if effect.what == "album" and effect.message is not None:
                event = AlbumDue(question=effect.message)
            if job is not None:
                event = await self._event_about(job, effect)
            await self._committer.apply(row.person, event)

    async def _remember_styles(self, row: OutboxRow) -> None:
        """One style is noted before the next one is looked at: they may be alike. Noting one twice does no harm."""
        store = self._store
        job = None if row.job_id is None else await store.jobs.get(row.job_id)
        if job is not None:
            for picture in job.styles:
                used = await used_style(store, job, picture)
                async with store.transaction():
                    if used is not None:
                        gone = await store.styles.note_use(row.person, used)
                        await store.pictures.delete_unreferenced(gone)
        await store.outbox.remove(row.id)

    async def _event_about(self, job: Job, effect: Resume) -> Event:
        if effect.what == "status":
            return StatusLost(job=job)
        if effect.what == "unanswered":
            role = Role(job.missing[0]) if job.missing else None
            send = Send(text="", role=role, attachment=ResultImage(job.id))
            return SendFailed(effect=send, unanswered=True, facts_of=job)
        return JobEnded(job=job, result=(await self._store.jobs.facts(job)).result)
