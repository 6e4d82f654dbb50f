"""One status message a job, kept up to date at a pace that Telegram allows.

Whatever happens to a job only replaces what its message should show next; a task for each message waits for its turn
in the chat, sends the newest version, and looks again. So a slow network sheds versions instead of queueing them, and
several paintings in one chat share what it allows: each moves more rarely, and all alike.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from telegram import InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.outbox import ClosedError, Noted, ShedError, Urgency
from bot.replies import under
from core.jobs.preferences import Sound

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup
    from telegram.ext import ExtBot

    from core.jobs.models import Job
    from core.jobs.store import Store

log = logging.getLogger(__name__)

GONE: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")
"""Telegram's words where only a new message helps."""

PACE: Final = 3.0
"""Seconds between edits in one chat: a third of what it allows, the rest is for answers."""

IN_GROUPS: Final = 2.0
"""Times as long between edits in a group, which allows a third of what a private chat does, to all in it together."""


@dataclass(frozen=True, slots=True)
class View:
    """What a status message shows.

    Attributes:
        text: HTML.
        keyboard: The buttons under it, if any.
        picture: A small JPEG above the text; once shown, the last one stays.
        final: Whether nothing follows: it must arrive, and the message is let go.
    """

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    picture: bytes | None = None
    final: bool = False


@dataclass(slots=True)
class _Line:
    """A status message that is being kept up to date."""

    job: Job
    message_id: int | None
    view: View
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    with_picture: bool = False
    tried: bool = False
    shown: View | None = None
    closed: ClosedError | None = None


class StatusBoard:
    """All status messages.

    Args:
        bot: Sends and edits.
        store: Remembers which message belongs to which job.
        pace: Seconds between edits in one private chat.
    """

    def __init__(self, bot: ExtBot[Urgency | Noted], store: Store, *, pace: float = PACE) -> None:
        self._bot = bot
        self._store = store
        self._pace = pace
        self._lines: dict[int, _Line] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._turns: dict[int, float] = {}

    def show(self, job: Job, view: View) -> None:
        """Have a job's message show this, as soon as the pace allows. Returns at once."""
        line = self._lines.get(job.id)
        if line is None:
            line = self._lines[job.id] = _Line(job, job.status_id, view)
            self._tasks[job.id] = asyncio.create_task(
                self._keep(line), name=f"status of job {job.id}"
            )
        elif view.picture is None and line.changed.is_set():
            # A preview that nobody has seen yet is still the newest.
            view = replace(view, picture=line.view.picture)
        line.view = view
        line.changed.set()
        if view.final:
            line.ending.set()

    async def settle(self, job: Job, view: View) -> None:
        """Show a job's last version, without waiting for the pace, and return once it is there.

        Raises:
            ClosedError: The bot shut down first, in the middle of an outage.
        """
        self.show(job, replace(view, final=True))
        line = self._lines[job.id]
        await asyncio.wait([self._tasks[job.id]])
        if line.closed is not None:
            raise line.closed

    async def remove(self, job: Job) -> None:
        """Take a job's message away, once its result is there."""
        line = self._lines.get(job.id)
        message_id = line.message_id if line else job.status_id
        await self._let_go(job.id)
        if message_id is not None:
            with suppress(BadRequest, Forbidden):
                await self._bot.delete_message(job.person.chat_id, message_id)
            await self._store.set_status(job.id, None)

    async def close(self) -> None:
        """Stop keeping messages up to date; they stay as they are."""
        for job_id in list(self._tasks):
            await self._let_go(job_id)

    async def _let_go(self, job_id: int) -> None:
        self._lines.pop(job_id, None)
        task = self._tasks.pop(job_id, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep(self, line: _Line) -> None:
        try:
            while not (line.shown is not None and line.shown.final):
                await line.changed.wait()
                await self._wait_for_turn(line)
                line.changed.clear()
                if not await self._bring_up_to_date(line):
                    # What matters more took the budget. It is soon there again, and the turn is still this line's.
                    await self._pause(line, self._pace / 3)
                    await self._bring_up_to_date(line)
        except ClosedError as error:
            line.closed = error
        except TelegramError as error:
            log.warning("The status of job %d cannot be shown: %s", line.job.id, error)
        finally:
            if self._lines.get(line.job.id) is line:
                del self._lines[line.job.id]
                self._tasks.pop(line.job.id, None)

    async def _wait_for_turn(self, line: _Line) -> None:
        """Take the chat's next free moment; the first version of a message and the last do not wait for it."""
        chat_id, now = line.job.person.chat_id, asyncio.get_running_loop().time()
        turn = max(now, self._turns.get(chat_id, now))
        for past in [one for one, free in self._turns.items() if free < now]:
            del self._turns[past]
        self._turns[chat_id] = turn + self._pace * (IN_GROUPS if chat_id < 0 else 1.0)
        if line.tried:
            await self._pause(line, turn - now)
        line.tried = True

    @staticmethod
    async def _pause(line: _Line, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(line.ending.wait(), max(0.0, seconds))

    async def _bring_up_to_date(self, line: _Line) -> bool:
        """Show the newest version; False where that has to be tried again."""
        view = line.view
        try:
            if line.message_id is None:
                await self._send(line, view)
            else:
                await self._edit(line, line.message_id, view)
        except (Forbidden, BadRequest) as error:
            # The chat is gone, say; the job itself goes on, and a later version may fare better.
            log.info("The status of job %d cannot be shown now: %s", line.job.id, error)
            line.shown = view
        except (ShedError, NetworkError):
            line.changed.set()
            return False
        else:
            line.shown = view
        return True

    async def _send(self, line: _Line, view: View) -> None:
        message = await self._bot.send_message(
            line.job.person.chat_id,
            view.text,
            parse_mode=ParseMode.HTML,
            reply_markup=view.keyboard,
            reply_parameters=under(line.job.content.message_id),
            disable_notification=not _may_be_heard(line.job, view),
            rate_limit_args=Urgency.REPEATABLE,
        )
        line.message_id, line.with_picture = message.message_id, False
        if view.picture is not None:
            line.changed.set()
        await self._store.set_status(line.job.id, message.message_id)

    async def _edit(self, line: _Line, message_id: int, view: View) -> None:
        urgency = Urgency.DURABLE if view.final else Urgency.COSMETIC
        try:
            await self._edit_kind(line, message_id, view, urgency)
        except BadRequest as error:
            reason = error.message.lower()
            if "no caption" in reason or "no text" in reason:
                # A restart forgot which kind the message is; now it is known.
                line.with_picture = not line.with_picture
                await self._edit(line, message_id, view)
            elif any(words in reason for words in GONE):
                await self._send(line, view)
            elif "not modified" not in reason:
                raise

    async def _edit_kind(self, line: _Line, message_id: int, view: View, urgency: Urgency) -> None:
        chat_id = line.job.person.chat_id
        if view.picture is not None:
            await self._bot.edit_message_media(
                InputMediaPhoto(view.picture, view.text, ParseMode.HTML, filename="preview.jpg"),
                chat_id,
                message_id,
                reply_markup=view.keyboard,
                rate_limit_args=urgency,
            )
            line.with_picture = True
        elif line.with_picture:
            await self._bot.edit_message_caption(
                chat_id,
                message_id,
                caption=view.text,
                parse_mode=ParseMode.HTML,
                reply_markup=view.keyboard,
                rate_limit_args=urgency,
            )
        else:
            await self._bot.edit_message_text(
                view.text,
                chat_id,
                message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=view.keyboard,
                rate_limit_args=urgency,
            )


def _may_be_heard(job: Job, view: View) -> bool:
    sound = job.handover.sound
    return sound is Sound.ALL or (view.final and sound is Sound.RESULTS)
