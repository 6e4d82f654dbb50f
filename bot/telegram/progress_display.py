"""Shows the progress of the jobs of one chat: the newest, when there is room, or not at all."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.conversation.effects import Refusal
from bot.conversation.events import StatusLost
from bot.messages.status_keyboards import under_status
from bot.messages.status_view import RunningStatus, StatusView, merge, status_text
from bot.telegram import sender_parts
from bot.telegram.limiter import is_refusal, may_have_arrived
from bot.telegram.sender_parts import (
    is_captioned,
    is_gone,
    is_of_other_kind,
    is_unchanged,
    refusal_of,
    target_of,
)
from bot.telegram.shown_messages import ShownContent
from core.jobs.job_errors import StoreError
from core.jobs.models import ACTIVE
from core.log_context import logged_about
from core.mailbox import Mailbox

if TYPE_CHECKING:
    from bot.telegram.calls import Target
    from bot.telegram.sender_parts import SenderParts
    from core.jobs.models import BotMessage

log = logging.getLogger(__name__)

IN_GROUPS: Final = 2.0
"""How many times as rarely progress is shown in a group, which allows a third of what a private chat does."""


@dataclass(slots=True)
class _StatusLine:
    """The progress of one job that is to be shown."""

    mailbox: Mailbox[StatusView] = field(default_factory=lambda: Mailbox(merge))
    shown: float = 0.0


class ProgressDisplay:
    """The status messages of one chat.

    Args:
        chat_id: The chat.
        parts: What all senders share.

    Attributes:
        message: The row of the status message that is being changed; None if none is.
    """

    def __init__(self, chat_id: int, parts: SenderParts) -> None:
        self.message: int | None = None
        self._chat_id = chat_id
        self._parts = parts
        self._store = parts.store
        self._budgets = parts.limiter.budgets
        self._lines: dict[int, _StatusLine] = {}
        self._next = 0.0
        self._pace = parts.pace * (IN_GROUPS if chat_id < 0 else 1.0)

    def put(self, status: StatusView) -> None:
        """Have a job's status message show this, when there is time."""
        if status.job.id not in self._lines:
            self._lines[status.job.id] = _StatusLine()
            # The status message itself was just sent or changed.
            now = asyncio.get_running_loop().time()
            self._next = max(self._next, now + self._pace / 3)
        self._lines[status.job.id].mailbox.put(status)

    def drop(self, job_id: int) -> None:
        """Show nothing more of a job's progress."""
        self._lines.pop(job_id, None)

    @property
    def pause(self) -> float:
        """Seconds until the next progress in this chat may be shown."""
        return max(0.0, self._next - asyncio.get_running_loop().time())

    @property
    def is_due(self) -> bool:
        """Whether a progress waits that may be shown now."""
        return not self.pause and any(self._waiting())

    async def show_next(self) -> None:
        """Show the progress that waited longest, and note when the next one may follow."""
        line = min(self._waiting(), key=lambda one: one.shown)
        now = asyncio.get_running_loop().time()
        if not self._budgets.have_spare(self._budgets.of(self._chat_id)):
            self._next = now + self._pace / 3
            self._budgets.postponed += 1
            return
        line.shown, self._next = now, now + self._pace
        status = await line.mailbox.get()
        try:
            with logged_about(job=status.job.id):
                shown = await self._try_to_show(status)
            if not shown:
                _put_back(line, status)
                self._next = now + self._pace / 3
        except StoreError as error:
            log.error("Progress cannot be shown: %s", error)  # noqa: TRY400
            self._next = now + sender_parts.STORE_PAUSE
        finally:
            self.message = None

    def _waiting(self) -> list[_StatusLine]:
        return [line for line in self._lines.values() if line.mailbox.waiting is not None]

    async def _try_to_show(self, status: StatusView) -> bool:
        """Whether a progress was shown, or is not to be shown any more."""
        message = await self._store.outbox.status_of(status.job.id)
        if message is None:
            await self._replace_status(status)
            return True
        if message.pending:
            return False
        if message.message_id is None:
            return True  # Telegram took no status message here, and would take no other one.
        target = target_of(message)
        if target is None:
            await self._replace_status(status)
            return False
        self.message = message.id
        return await self._change_status(status, message, target)

    async def _change_status(self, status: StatusView, message: BotMessage, target: Target) -> bool:
        """The same, of a status message that is there."""
        shown, preview = self._parts.shown, self._preview(status)
        texts = await self._parts.committer.texts_of(status.job.person.user_id)
        text = status_text(texts, status)
        keyboard = under_status(texts, status.job, opened=message.opened)
        change = ShownContent.of(text, keyboard, preview)
        if await shown.says(self._chat_id, target.message_id, change):
            return True
        chat = self._budgets.of(self._chat_id)
        await self._budgets.spend(chat)
        if chat.blocked_for:
            return False  # Another call met flood control meanwhile.
        try:
            await self._parts.calls.change(self._chat_id, target, text, keyboard, preview)
        except TelegramError as error:
            return await self._progress_failed(status, message, error)
        await shown.note(self._chat_id, target.message_id, change)
        if preview is not None and not message.captioned:
            await self._store.outbox.set_captioned(message.id, captioned=True)
        return True

    async def _progress_failed(
        self, status: StatusView, message: BotMessage, error: TelegramError
    ) -> bool:
        """Whether a progress that was not shown is not to be shown any more."""
        refusal = refusal_of(error) if is_refusal(error) else None
        if isinstance(error, RetryAfter):
            self._parts.block(self._chat_id, error)
        elif isinstance(error, ChatMigrated):
            await self._parts.committer.move_chat(self._chat_id, error.new_chat_id)
            return True  # The next one is for the other chat's sender.
        elif is_of_other_kind(error):
            await self._store.outbox.set_captioned(message.id, captioned=is_captioned(error))
        elif is_gone(error):
            await self._replace_status(status)
        elif refusal is Refusal.PHOTOS and self._preview(status) is not None:
            self._parts.without_photos.add(self._chat_id)
        elif refusal is Refusal.SHUT_OUT:
            await self._parts.committer.shut_out(self._chat_id)
            return True
        elif is_refusal(error):
            if not is_unchanged(error):
                log.info("The status of job %d cannot be shown: %s", status.job.id, error)
            return True
        elif may_have_arrived(error) and message.message_id:
            await self._parts.shown.doubt(self._chat_id, message.message_id)
        return False

    def _preview(self, status: StatusView) -> bytes | None:
        if self._chat_id in self._parts.without_photos or not isinstance(status, RunningStatus):
            return None
        return status.preview

    async def _replace_status(self, status: StatusView) -> None:
        """The person deleted the status message, or the chat's upgrade left it behind: send another one."""
        async with self._store.transaction():
            job = await self._store.jobs.get(status.job.id)
            if job is not None and job.state in ACTIVE:
                await self._parts.committer.apply(job.person, StatusLost(job=job))


def _put_back(line: _StatusLine, status: StatusView) -> None:
    """Show it later, unless something newer came."""
    newer = line.mailbox.waiting
    line.mailbox.put(status if newer is None else merge(status, newer))
