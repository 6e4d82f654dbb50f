"""A finished job's picture, to whoever asked for it: never lost, never twice without being asked for.

Telegram has no way to ask whether a message arrived. So the store says first that a sending begins, then which
message it became. Where the answer is missing, be it that the network swallowed it or that the process died in
between, the bot does not guess: the status message, whose edits can be repeated without harm, says that the
picture may have arrived and offers to send it again.
"""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PIL import Image
from telegram import InputFile
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.messages import keyboards
from bot.messages.texts.result_texts import UNDELIVERABLE
from bot.outbox import ClosedError, Noted, UnansweredError
from bot.replies import under
from bot.status import View
from core.jobs.preferences import Part, Sound
from core.pictures.codec import to_jpeg

if TYPE_CHECKING:
    from telegram import Message
    from telegram.ext import ExtBot

    from bot.messages.languages import Languages
    from bot.outbox import Urgency
    from bot.status import StatusBoard
    from core.jobs.models import Job
    from core.jobs.store import Store
    from core.style.events import Result

log = logging.getLogger(__name__)

PHOTO_SIDE: Final = 2560
"""Long side in pixels of the photo at most; Telegram shows 1280, the file beside it has everything."""

THUMBNAIL_SIDE: Final = 320
"""Long side in pixels of what stands beside a file's name, as Telegram allows."""


class Delivery:
    """Sends results.

    Args:
        bot: Sends.
        store: Has the results, and remembers what was sent.
        board: The status messages; a delivered job's is taken away.
        languages: Who is spoken to how.
    """

    def __init__(
        self, bot: ExtBot[Urgency | Noted], store: Store, board: StatusBoard, languages: Languages
    ) -> None:
        self._bot = bot
        self._store = store
        self._board = board
        self._languages = languages

    async def deliver(self, job: Job) -> None:
        """Send a finished job's result, or what of it is not sent yet."""
        try:
            await self._send_or_ask(job)
        except ClosedError:
            log.debug("Job %d is delivered at the next start.", job.id)
        except (Forbidden, BadRequest) as error:
            log.warning("Job %d cannot be delivered: %s", job.id, error)
            await self._give_up(job)
        except ChatMigrated as error:
            # The group became a supergroup, and Telegram said so here first. Nothing was sent.
            await self._store.set_sending(job.id, None)
            await self._store.move_chat(job.person.chat_id, error.new_chat_id)
            moved = await self._store.job(job.id)
            if moved is not None:
                await self.deliver(moved)
        else:
            await self._store.deliver_job(job.id)

    async def again(self, job: Job) -> None:
        """Send a result again whose first sending got no answer, since the person asks for it."""
        await self._store.set_sending(job.id, None)
        await self._send_or_ask(replace(job, sending=None))

    async def ask_again(self, job: Job) -> None:
        """The person asked for it again, and the process died: send only what was certainly not under way then."""
        await self._send_or_ask(job)

    async def hand_file(self, job: Job, outcome: Result, noted: Noted) -> None:
        """Send the file after all, whose result went out as a photo only; its button goes.

        Raises:
            UnansweredError: No answer came; the button stays, so that it can be pressed again.
        """
        texts = self._languages.of(job.person.user_id)
        message = await self._send_document(job, outcome, noted)
        await self._store.mark_document(job.id, message.message_id)
        if job.photo_id:
            keyboard = keyboards.result(texts, replace(job, document_id=message.message_id))
            with suppress(BadRequest):
                await self._bot.edit_message_reply_markup(
                    job.person.chat_id, job.photo_id, reply_markup=keyboard
                )

    async def _send_or_ask(self, job: Job) -> None:
        if job.sending is None:
            try:
                await self._send_what_is_missing(job)
            except UnansweredError:
                log.warning("The result of job %d was sent, but no answer came.", job.id)
            except ClosedError:
                # The call was not made.
                await self._store.set_sending(job.id, None)
                raise
            else:
                await self._board.remove(job)
                return
        texts, owner = self._languages.of(job.person.user_id), job.person.user_id
        keyboard = keyboards.send_again(texts, owner, job.id)
        await self._board.settle(job, View(texts.unanswered(), keyboard))

    async def _give_up(self, job: Job) -> None:
        """Telegram refuses the result: say so, where the person still listens."""
        failed = await self._store.fail_job(job.id, UNDELIVERABLE)
        texts = self._languages.of(job.person.user_id)
        await self._board.settle(failed, View(texts.failed(UNDELIVERABLE)))
        await self._store.mark_told(job.id)

    async def _send_what_is_missing(self, job: Job) -> None:
        outcome = await self._store.outcome(job.id)
        for part in job.missing:
            if part is Part.PHOTO:
                message = await self._send_photo(job, outcome)
                await self._store.mark_photo(job.id, message.message_id)
            else:
                noted = self._noted(job, part)
                message = await self._send_document(job, outcome, noted)
                await self._store.mark_document(job.id, message.message_id)

    async def _send_photo(self, job: Job, outcome: Result) -> Message:
        texts = self._languages.of(job.person.user_id)
        return await self._bot.send_photo(
            job.person.chat_id,
            await asyncio.to_thread(_smaller, outcome.picture, PHOTO_SIDE),
            caption=texts.caption(job, outcome),
            reply_markup=keyboards.result(texts, job),
            parse_mode=ParseMode.HTML,
            disable_notification=job.handover.sound is Sound.NONE,
            reply_parameters=under(job.content.message_id),
            rate_limit_args=self._noted(job, Part.PHOTO),
        )

    async def _send_document(self, job: Job, outcome: Result, noted: Noted) -> Message:
        """The file: with the losses and the buttons where it comes alone, quietly where it follows the photo."""
        texts = self._languages.of(job.person.user_id)
        alone = job.handover.form.parts == (Part.DOCUMENT,)
        return await self._bot.send_document(
            job.person.chat_id,
            InputFile(outcome.picture, filename=f"atelier-{job.id}.png"),
            caption=texts.caption(job, outcome) if alone else texts.file_caption(),
            reply_markup=keyboards.result(texts, job) if alone else None,
            parse_mode=ParseMode.HTML,
            thumbnail=await asyncio.to_thread(_smaller, outcome.picture, THUMBNAIL_SIDE),
            disable_content_type_detection=True,
            disable_notification=not alone or job.handover.sound is Sound.NONE,
            reply_parameters=under(job.content.message_id),
            rate_limit_args=noted,
        )

    def _noted(self, job: Job, part: Part) -> Noted:
        """Have the store know whether a sending is under way, and only while it is."""
        return Noted(
            begins=partial(self._store.set_sending, job.id, part),
            failed=partial(self._store.set_sending, job.id, None),
        )


def _smaller(png: bytes, max_side: int) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        return to_jpeg(picture.convert("RGB"), quality=92, max_side=max_side)
