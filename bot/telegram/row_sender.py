"""Sends one row of the outbox, and notes what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from telegram import Message
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.conversation.effects import (
    Delete,
    Edit,
    Refusal,
    ResultImage,
    Resume,
    Send,
    SetButtons,
    outbox_effects,
)
from bot.conversation.events import JobEnded, SendFailed
from bot.conversation.other_forms import in_another_form
from bot.telegram import sender_parts
from bot.telegram.calls import Target
from bot.telegram.due_turns import DueTurns
from bot.telegram.limiter import ClosedError, is_refusal, may_have_arrived
from bot.telegram.sender_parts import (
    is_captioned,
    is_gone,
    is_missing,
    is_of_other_kind,
    is_too_old,
    is_unchanged,
    refusal_of,
    target_of,
)
from bot.telegram.shown_messages import ShownContent
from core.jobs.job_errors import JobGoneError, PictureGoneError, StoreError, StyleGoneError
from core.log_context import logged_about
from core.pictures.picture_errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.conversation.effects import OutboxEffect, TelegramEffect
    from bot.telegram.sender_parts import SenderParts
    from core.jobs.outbox_repository import OutboxRow
    from core.sentences import Sentence

log = logging.getLogger(__name__)

MAX_TRIES: Final = 5
"""How often a row is tried whose sending breaks for a reason that nobody foresaw."""

_NO_EDITS: Final = {Refusal.TOPIC, Refusal.TEXT}
"""Where an edit is refused, so is what is sent instead, and the conversation decides about that."""

_UNMAKEABLE: Final = (JobGoneError, PictureError, PictureGoneError, StyleGoneError)
"""Why an attachment cannot be made, now or later."""


class RowSender:
    """Sends the rows of one chat.

    Args:
        chat_id: The chat.
        parts: What all senders share.
    """

    def __init__(self, chat_id: int, parts: SenderParts) -> None:
        self._chat_id = chat_id
        self._parts = parts
        self._store = parts.store
        self._due_turns = DueTurns(parts.store, parts.committer)
        self._broken: Counter[int] = Counter()

    async def send(self, row: OutboxRow) -> None:
        """Send a row once; it is removed, or due again later."""
        with logged_about(job=row.job_id):
            await self._send(row)

    async def _send(self, row: OutboxRow) -> None:
        effect: OutboxEffect | None = None
        try:
            effect = outbox_effects.validate_json(row.effect)
            if isinstance(effect, Resume):
                await self._due_turns.begin(row, effect)
            elif row.begun and isinstance(effect, Send) and effect.once:
                # An earlier process began to send it and died.
                await self._fail(row, effect, unanswered=True)
            else:
                await self._call(row, effect)
        except ClosedError:
            log.debug("Row %d of the outbox is sent at the next start.", row.id)
        except StoreError as error:
            log.error("The outbox cannot be written: %s", error)  # noqa: TRY400
            await asyncio.sleep(sender_parts.STORE_PAUSE)
        except Exception:
            log.exception("Row %d of the outbox cannot be sent.", row.id)
            await self._give_up_in_time(row, effect)

    async def _give_up_in_time(self, row: OutboxRow, effect: OutboxEffect | None) -> None:
        """Something broke that nobody foresaw: try again some times, then let the rest of the chat go on."""
        self._broken[row.id] += 1
        if self._broken[row.id] < MAX_TRIES:
            await self._store.outbox.postpone(row.id, self._parts.pauses[-1], failed=True)
        elif isinstance(effect, Send):
            await self._fail(row, effect)
        elif isinstance(effect, Edit):
            await self._send_instead(row, effect)
        else:
            await self._store.outbox.remove(row.id)

    async def _call(self, row: OutboxRow, effect: TelegramEffect) -> None:
        try:
            call = await self._prepare(row, effect)
        except _UNMAKEABLE as error:
            if isinstance(effect, Send):
                await self._fail(row, effect, reason=error.spoken)
            else:
                await self._send_instead(row, effect)
            return
        if call is None:
            return
        chat = self._parts.limiter.budgets.of(self._chat_id)
        async with self._parts.limiter.closing():
            await self._parts.limiter.budgets.spend(chat)
        if chat.blocked_for:
            return  # Another call met flood control meanwhile: the row waits for its end.
        if not await self._store.outbox.begin(row.id):
            return  # It was withdrawn, or the person was forgotten meanwhile.
        try:
            answer = await call()
        except TelegramError as error:
            await self._failed(row, effect, error)
        else:
            await self._sent(row, effect, answer)

    async def _failed(self, row: OutboxRow, effect: TelegramEffect, error: TelegramError) -> None:
        outbox = self._store.outbox
        if isinstance(error, RetryAfter):
            await outbox.postpone(row.id, self._parts.block(self._chat_id, error), failed=False)
        elif isinstance(error, ChatMigrated):
            await outbox.postpone(row.id, 0.0, failed=False)
            await self._parts.committer.move_chat(self._chat_id, error.new_chat_id)
        elif is_refusal(error):
            await self._refused(row, effect, error)
        elif isinstance(effect, Send) and effect.once and may_have_arrived(error):
            log.warning("Row %d was sent, but no answer came: %s", row.id, error)
            await self._fail(row, effect, unanswered=True)
        else:
            await self._doubt(effect, error)
            pause = self._parts.pauses[min(row.tries, len(self._parts.pauses) - 1)]
            await outbox.postpone(row.id, pause, failed=True)
            log.info("Row %d will be sent again in %.1f s: %s", row.id, pause, error)

    async def _prepare(
        self, row: OutboxRow, effect: TelegramEffect
    ) -> Callable[[], Awaitable[Any]] | None:
        """The call of an effect; None if there is nothing to do (any more)."""
        calls, chat_id = self._parts.calls, self._chat_id
        if isinstance(effect, Send):
            return await calls.send(chat_id, effect)
        target = await self._target(effect)
        if target is None:
            await self._send_instead(row, effect)
            return None
        if not row.begun and await self._changes_nothing(effect, target):
            await self._sent(row, effect, target)
            return None
        match effect:
            case Edit():
                return await calls.edit(chat_id, effect, target)
            case SetButtons():
                return lambda: calls.set_buttons(chat_id, effect, target)
            case Delete():
                return lambda: calls.delete(chat_id, target)

    async def _changes_nothing(self, effect: Edit | SetButtons | Delete, target: Target) -> bool:
        """Whether the message shows it already: a button pressed twice, say."""
        if isinstance(effect, Delete):
            return False
        change = ShownContent.of_effect(effect)
        return await self._parts.shown.says(self._chat_id, target.message_id, change)

    async def _doubt(self, effect: TelegramEffect, error: TelegramError) -> None:
        """Whether a message was changed is not known: it is changed again, also by what it may show already."""
        if isinstance(effect, Send) or not may_have_arrived(error):
            return
        target = await self._target(effect)
        if target is not None:
            await self._parts.shown.doubt(self._chat_id, target.message_id)

    async def _target(self, effect: Edit | SetButtons | Delete) -> Target | None:
        if effect.message is None:
            message_id: int | None = getattr(effect, "message_id", None)
            return Target(message_id, getattr(effect, "captioned", False)) if message_id else None
        message = await self._store.outbox.message(effect.message)
        return target_of(message)

    async def _sent(self, row: OutboxRow, effect: TelegramEffect, answer: object) -> None:
        store = self._store
        async with store.transaction():
            if not await store.outbox.remove(row.id):
                return  # The person was forgotten meanwhile.
            if isinstance(effect, Send) and isinstance(answer, Message):
                await store.outbox.note_below(self._chat_id, answer.message_id)
                if effect.message is not None:
                    await store.outbox.set_message(
                        effect.message,
                        message_id=answer.message_id,
                        captioned=effect.attachment is not None,
                    )
            elif isinstance(effect, Edit) and _is_result(effect) and effect.message is not None:
                await store.outbox.become_result(effect.message)
            elif isinstance(effect, Edit) and effect.attachment and effect.message is not None:
                await store.outbox.set_captioned(effect.message, captioned=True)
            elif isinstance(effect, Delete) and effect.message is not None:
                await store.outbox.set_message(effect.message, message_id=None, captioned=False)
            if isinstance(effect, Send | Edit) and effect.delivers and row.job_id is not None:
                await store.jobs.deliver(row.job_id)
            if isinstance(answer, Message) and answer.photo and _is_result(effect):
                await self._note_photo(effect, answer)
            message_id = getattr(answer, "message_id", None)
            if message_id is not None and not isinstance(effect, Delete):
                change = ShownContent.of_effect(effect)
                await self._parts.shown.note(self._chat_id, message_id, change)

    async def _note_photo(self, effect: TelegramEffect, answer: Message) -> None:
        """Note under which number Telegram keeps a result's photo."""
        if effect.message is not None:
            await self._store.outbox.set_file_id(effect.message, answer.photo[-1].file_id)

    async def _refused(self, row: OutboxRow, effect: TelegramEffect, error: TelegramError) -> None:
        """Telegram said no for good: another form of the same may do, or the conversation decides."""
        refusal = refusal_of(error)
        if isinstance(effect, Edit) and _is_result(effect) and not is_unchanged(error):
            log.info("Telegram does not let row %d become a result: %s", row.id, error)
            await self._send_instead(row, effect)
            return
        other = in_another_form(effect, refusal, private=self._chat_id > 0)
        if other is not None:
            log.info("Telegram refuses row %d, which takes another form: %s", row.id, error)
            await self._replace(row, other)
        elif refusal is Refusal.SHUT_OUT:
            await self._shut_out(row, effect, error)
        elif isinstance(effect, Send):
            log.warning("Telegram refuses row %d: %s", row.id, error)
            await self._fail(row, effect, refusal=refusal)
        elif isinstance(effect, Edit) and (is_gone(error) or refusal in _NO_EDITS):
            await self._send_instead(row, effect)
        elif isinstance(effect, Edit) and is_of_other_kind(error):
            await self._turn_kind(row, effect, captioned=is_captioned(error))
        elif isinstance(effect, Delete) and effect.instead and is_too_old(error):
            instead = Edit(
                text=effect.instead,
                message=effect.message,
                message_id=effect.message_id,
                captioned=effect.captioned,
            )
            await self._replace(row, instead)
        elif is_unchanged(error) or is_missing(error):
            await self._sent(row, effect, await self._target(effect))
        else:
            log.info("Telegram refuses row %d: %s", row.id, error)
            await self._store.outbox.remove(row.id)

    async def _shut_out(self, row: OutboxRow, effect: TelegramEffect, error: TelegramError) -> None:
        """The bot may not write in this chat at all."""
        log.info("Row %d was for a chat that is closed to the bot: %s", row.id, error)
        async with self._store.transaction():
            if isinstance(effect, Send):
                await self._fail(row, effect, refusal=Refusal.SHUT_OUT)
            await self._parts.committer.shut_out(self._chat_id)

    async def _turn_kind(self, row: OutboxRow, effect: Edit, *, captioned: bool) -> None:
        """It was not known whether the message shows a picture, and now it is."""
        async with self._store.transaction():
            if effect.message is not None:
                await self._store.outbox.set_captioned(effect.message, captioned=captioned)
            else:
                await self._replace(row, replace(effect, captioned=captioned))

    async def _send_instead(self, row: OutboxRow, effect: Edit | SetButtons | Delete) -> None:
        """The message that was to change does not: another one takes its place, if one should."""
        if isinstance(effect, Edit) and _is_result(effect):
            await self._send_result(row)
            return
        otherwise = effect.otherwise if isinstance(effect, Edit) else None
        if otherwise is None:
            await self._store.outbox.remove(row.id)
            return
        await self._replace(row, otherwise)

    async def _send_result(self, row: OutboxRow) -> None:
        """A status message does not become the result: the conversation sends that."""
        store = self._store
        async with store.transaction():
            if not await store.outbox.remove(row.id) or row.job_id is None:
                return
            await store.outbox.remove_turn(row)  # Other parts of the result are sent with it.
            job = await store.jobs.get(row.job_id)
            if job is not None:
                result = (await store.jobs.facts(job)).result
                event = JobEnded(job=job, result=result, anew=True)
                await self._parts.committer.apply(row.person, event)

    async def _replace(self, row: OutboxRow, effect: TelegramEffect) -> None:
        """Do something else in its place."""
        text = outbox_effects.dump_json(effect).decode()
        await self._store.outbox.replace_effect(row.id, text)

    async def _fail(
        self,
        row: OutboxRow,
        effect: Send,
        *,
        unanswered: bool = False,
        reason: Sentence | None = None,
        refusal: Refusal = Refusal.OTHER,
    ) -> None:
        """Let the conversation decide about a message that was not sent, or may not have been."""
        store = self._store
        async with store.transaction():
            if not await store.outbox.remove(row.id):
                return
            if effect.once or reason is not None:
                # The rest of its turn makes no sense without it.
                await store.outbox.remove_turn(row)
            elif refusal is Refusal.OTHER:
                return
            job = None if row.job_id is None else await store.jobs.get(row.job_id)
            event = SendFailed(
                effect=effect, unanswered=unanswered, reason=reason, refusal=refusal, facts_of=job
            )
            await self._parts.committer.apply(row.person, event)


def _is_result(effect: TelegramEffect) -> bool:
    """Whether an effect shows a result as a photo, which Telegram shows again elsewhere without its bytes."""
    shown = getattr(effect, "attachment", None)
    return isinstance(shown, ResultImage) and not shown.as_file
