"""Sends what waits for one chat: the durable effects in order, and progress whenever there is room for it.

The rules, and why:

- Flood control (429) stops the chat that met it until its ``retry_after``; if several chats meet it at once, all chats.
- A call that certainly had no effect, or that does no harm if it is made twice, is made again after a pause; meanwhile
  the effects of other turns pass.
- A message that must not be sent twice and got no answer may have arrived: the conversation decides what to say
  (``SendFailed``). That a call begins is noted first, so that it is the same after a kill.
- Progress is never stored and never repeated: the newest is shown when there is time, or not at all. It never passes an
  effect on its message, and no effect on its message passes it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from bot.conversation.effects import Resume, Send, outbox_effects
from bot.telegram import sender_parts
from bot.telegram.limiter import ClosedError
from bot.telegram.progress_display import ProgressDisplay
from bot.telegram.row_sender import RowSender
from core.jobs.job_errors import StoreError
from core.jobs.models import Role

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.messages.status_view import StatusView
    from bot.telegram.sender_parts import SenderParts
    from core.jobs.outbox_repository import OutboxRow

log = logging.getLogger(__name__)

PASSING_TIME: Final = 2.0
"""Seconds after which the effects of other turns pass a call that has no answer yet."""

CLOSING_TIME: Final = 2.0
"""Seconds that a shutdown waits for the calls under way."""

_PROGRESS: Final = 0
"""Stands for progress among the rows under way, whose ids begin at 1."""


class ChatSender:
    """One chat's sender; ``run`` ends when nothing waits.

    Args:
        chat_id: The chat.
        parts: What all senders share.
    """

    def __init__(self, chat_id: int, parts: SenderParts) -> None:
        self._chat_id = chat_id
        self._parts = parts
        self._store = parts.store
        self._rows = RowSender(chat_id, parts)
        self._progress = ProgressDisplay(chat_id, parts)
        self._changed = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look again what waits."""
        self._changed.set()

    def show(self, status: StatusView) -> None:
        """Have a job's status message show this, when there is time."""
        self._progress.put(status)
        self._changed.set()

    def hide(self, job_id: int) -> None:
        """Show nothing more of a job's progress."""
        self._progress.drop(job_id)

    async def run(self) -> None:
        """Send until nothing waits."""
        try:
            while not self._parts.limiter.closed:
                self._changed.clear()
                try:
                    wait = await self._step()
                except StoreError as error:
                    log.error("The outbox cannot be read: %s", error)  # noqa: TRY400
                    wait = sender_parts.STORE_PAUSE
                if wait is None and not self._changed.is_set():
                    return
                if wait:
                    await self._pause(wait)
        except ClosedError:
            log.debug("What waits for a chat is sent at the next start.")
        finally:
            await self._finish_calls()

    async def _finish_calls(self) -> None:
        """Let the calls that are under way come to their end, for a moment: an answer saves a question later."""
        tasks = list(self._under_way.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSING_TIME)
            for task in late:
                task.cancel()

    async def _step(self) -> float | None:
        """Do the next thing; how many seconds to wait then, or None if nothing waits."""
        chat = self._parts.limiter.budgets.of(self._chat_id)
        if chat.blocked_for:
            return chat.blocked_for
        # Asked first: what becomes due meanwhile is found as the next row.
        due_in = await self._store.outbox.seconds_to_next(self._chat_id)
        row = await self._next_row()
        if row is not None:
            await self._start(row.id, self._rows.send(row))
            return 0.0
        if self._progress.is_due and _PROGRESS not in self._under_way:
            await self._start(_PROGRESS, self._progress.show_next())
            return 0.0
        waits = [due_in, self._progress.pause or None]
        if self._under_way:
            waits.append(sender_parts.STORE_PAUSE)
        return min((max(0.01, one) for one in waits if one is not None), default=None)

    async def _next_row(self) -> OutboxRow | None:
        skipped = set(self._under_way)
        while True:
            row = await self._store.outbox.next(self._chat_id, under_way=skipped)
            if row is None or not self._must_wait(row):
                return row
            skipped.add(row.id)

    def _must_wait(self, row: OutboxRow) -> bool:
        """Whether progress is being shown on its message, or it is a question and another picture is being fetched."""
        if row.message is not None and row.message == self._progress.message:
            return True
        if row.person not in self._parts.fetching:
            return False
        effect = outbox_effects.validate_json(row.effect)
        is_question = isinstance(effect, Send) and effect.role is Role.QUESTION
        return is_question or (isinstance(effect, Resume) and effect.what == "album")

    async def _pause(self, seconds: float) -> None:
        async with self._parts.limiter.closing():
            # Not by wait_for(), which before Python 3.12 may swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()

    async def _start(self, row_id: int, work: Coroutine[Any, Any, None]) -> None:
        """Begin a row, and wait for it as long as nothing else should pass."""
        task = asyncio.create_task(work, name=f"outbox-{row_id}")
        self._under_way[row_id] = task

        def finished(task: asyncio.Task[None]) -> None:
            self._under_way.pop(row_id, None)
            self._changed.set()
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("Row %d of the outbox failed.", row_id, exc_info=error)

        task.add_done_callback(finished)
        await asyncio.wait([task], timeout=PASSING_TIME)
