"""The outbox: a sender for each chat in which something waits, and the answers to callback queries."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from telegram.error import BadRequest, TelegramError

from bot.telegram.chat_sender import CLOSING_TIME, ChatSender
from bot.telegram.limiter import PAUSES
from bot.telegram.sender_parts import SenderParts
from bot.telegram.shown_messages import ShownMessages
from core.log_context import logged_about

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram.ext import ExtBot

    from bot.conversation.committer import Committer
    from bot.conversation.effects import AnswerPress, Send
    from bot.messages.status_view import StatusView
    from bot.telegram.calls import Calls
    from bot.telegram.limiter import Limiter
    from core.jobs.models import Person
    from core.jobs.store import Store

log = logging.getLogger(__name__)

PACE: Final = 3.0
"""Seconds between two progresses in one chat: a third of what it allows, the rest is for answers."""


class Outbox:
    """Drains the durable effects, and shows progress. Nothing here holds anybody's turn.

    Args:
        store: Has what waits.
        bot: PTB's bot.
        committer: Lets turns happen about what was sent, or was not.
        calls: Makes calls of effects.
        limiter: Has the budgets.
        pace: Seconds between two progresses in a private chat.
        pauses: Seconds before each repetition of a call; the last one goes on.
    """

    def __init__(
        self,
        store: Store,
        bot: ExtBot[str],
        committer: Committer,
        calls: Calls,
        limiter: Limiter,
        *,
        pace: float = PACE,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._store = store
        self._bot = bot
        self._fetching: dict[Person, int] = {}
        self._parts = SenderParts(
            store=store,
            committer=committer,
            calls=calls,
            limiter=limiter,
            shown=ShownMessages(store.outbox),
            pace=pace,
            pauses=pauses,
            fetching=self._fetching,
        )
        self._senders: dict[int, ChatSender] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = False

    async def start(self) -> None:
        """Send what an earlier process left, and from now on what is added."""
        self._open = True
        for chat_id in await self._store.outbox.chats():
            self.wake(chat_id)

    async def close(self) -> None:
        """Stop sending; what waits is sent at the next start. The limiter must be closed first."""
        self._open = False
        for sender in self._senders.values():
            sender.wake()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSING_TIME + 0.5)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def wake(self, chat_id: int) -> None:
        """Something waits in a chat's outbox."""
        self._sender(chat_id).wake()

    def show(self, status: StatusView) -> None:
        """Have a job's status message show this, when there is time."""
        self._sender(status.job.person.chat_id).show(status)

    def hide(self, job_id: int) -> None:
        """Show nothing more of a job's progress."""
        for sender in self._senders.values():
            sender.hide(job_id)

    def answer(self, answer: AnswerPress) -> None:
        """Answer a callback query at once, whatever waits in its chat."""
        if self._open:
            self._keep(asyncio.create_task(self._answer(answer)))

    async def send_now(self, chat_id: int, effect: Send) -> None:
        """Send a message that is stored nowhere, once, whatever comes of it."""
        try:
            await (await self._parts.calls.send(chat_id, effect))()
        except TelegramError as error:
            log.warning("A person could not be answered: %s", error)

    @contextmanager
    def hold_question(self, person: Person) -> Iterator[None]:
        """Send no question to a person inside: another picture of theirs is being fetched."""
        self._fetching[person] = self._fetching.get(person, 0) + 1
        try:
            yield
        finally:
            self._fetching[person] -= 1
            if not self._fetching[person]:
                del self._fetching[person]
            self.wake(person.chat_id)

    def _sender(self, chat_id: int) -> ChatSender:
        sender = self._senders.get(chat_id)
        if sender is None:
            sender = ChatSender(chat_id, self._parts)
            if self._open:
                self._senders[chat_id] = sender
                self._keep(asyncio.create_task(self._run(chat_id, sender)))
        return sender

    async def _run(self, chat_id: int, sender: ChatSender) -> None:
        try:
            with logged_about():
                await sender.run()
        finally:
            del self._senders[chat_id]

    async def _answer(self, answer: AnswerPress) -> None:
        try:
            await self._bot.answer_callback_query(
                answer.query_id, answer.text or None, show_alert=answer.alert
            )
        except BadRequest as error:
            log.debug("It was too late to answer a button: %s", error)
        except TelegramError as error:
            log.warning("A button could not be answered: %s", error)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
