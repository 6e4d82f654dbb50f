"""Photo, photo, preset: the conversation that ends in a job.

Where a person stands is read from the store at each turn, so that a restart in between changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from telegram.error import TelegramError
from telegram.ext import CommandHandler, ContextTypes, MessageHandler, filters

from bot.addressing import (
    PAINT,
    PICTURES,
    addressed,
    album,
    answered_by,
    has_picture,
    is_talk,
    kind_of,
    mentions_bot,
    person_of,
    pointing,
)
from bot.conversation.upload_limits import TooManyPicturesError
from bot.intake import DownloadError
from bot.turns import Remark, take
from core.jobs.job_errors import StoreError
from core.pictures.picture_errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from telegram import Message, Update
    from telegram.ext import BaseHandler

    from bot.inbox import Locks
    from bot.intake import Intake
    from bot.messages.languages import Languages
    from bot.messages.texts import Texts
    from bot.questions import Questions
    from core.jobs.models import Person, Session
    from core.jobs.store import Store

log = logging.getLogger(__name__)

ALBUM_QUIET = 1.0
"""Seconds without a further picture after which an album counts as complete; Telegram marks no end."""


@dataclass(frozen=True, slots=True, eq=False)
class _Album:
    """An album whose rest may still come, and what is to be said once it is complete."""

    remark: Remark
    message_id: int


class Conversation:
    """Takes pictures, and says what is expected when something else comes.

    Args:
        store: Where each person stands.
        intake: Fetches and checks pictures.
        questions: Asks for what comes next.
        languages: Who is spoken to how.
        named: Takes words that are a style's name, and says whether they were.
        locks: One turn of a person at a time; here for what happens after an album's quiet.
        album_quiet: Seconds to wait for the rest of an album.
    """

    def __init__(
        self,
        *,
        store: Store,
        intake: Intake,
        questions: Questions,
        languages: Languages,
        named: Callable[[Person, Message], Awaitable[bool]],
        locks: Locks,
        album_quiet: float = ALBUM_QUIET,
    ) -> None:
        self._store = store
        self._intake = intake
        self._questions = questions
        self._languages = languages
        self._named = named
        self._locks = locks
        self._album_quiet = album_quiet
        self._albums: dict[Person, _Album] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def picture(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A photo, or a picture sent as a file."""
        message, person = update.effective_message, person_of(update)
        if message is not None and person is not None:
            await self._take(await self._store.session(person), message, message)

    async def paint(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/paint, or in a group a mention: takes the picture of the message that it answers, whoever sent that."""
        message, person = update.effective_message, person_of(update)
        if message is None or person is None:
            return
        session = await self._store.session(person)
        answered = answered_by(message)
        if answered is not None and has_picture(answered):
            await self._take(session, message, answered)
            return
        texts = self._languages.of(person.user_id)
        kind = kind_of(answered) if answered is not None else "text"
        lead = "" if kind == "text" else texts.cannot_use(kind)
        await self._questions.remind(session, lead, reply_to=message.id)

    async def sibling(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A further picture of an album in a group, which only belongs here if the album's first one did."""
        message, person = update.effective_message, person_of(update)
        if message is None or person is None:
            return
        session = await self._store.session(person)
        if session.content is not None and session.content.album == message.media_group_id:
            await self._take(session, message, message)

    async def _take(self, session: Session, message: Message, source: Message) -> None:
        """Have a message's picture take its place in the conversation of whoever wrote ``message``."""
        texts = self._languages.of(session.person.user_id)
        if _has(session, message):
            return  # An update that a killed process had handled already.
        # Before it is fetched, which may take longer than an album's quiet.
        self._albums.pop(session.person, None)
        try:
            session, remark = await self._keep(session, message, source)
        except (PictureError, StoreError) as error:
            await self._questions.remind(session, texts.error(error), reply_to=message.id)
        except DownloadError as error:
            log.warning("A picture could not be fetched: %s", error)
            await self._questions.remind(session, texts.download_failed(), reply_to=message.id)
        except TooManyPicturesError as error:
            if not error.told:
                log.info("Too much from one person: %s", error)
                words = texts.too_many_pictures(error.limit, error.window, error.seconds)
                await self._questions.remind(session, words, reply_to=message.id)
        else:
            await self._answer(session, remark, message)

    async def other(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Anything that is no picture."""
        message, person = update.effective_message, person_of(update)
        if message is None or person is None:
            return
        if await self._named(person, message):
            return
        texts = self._languages.of(person.user_id)
        session = await self._store.session(person)
        if is_talk(message, session.question_id):
            return
        lead = "" if mentions_bot(message) else texts.cannot_use(kind_of(message))
        await self._questions.remind(session, lead, reply_to=message.id)

    def close(self) -> None:
        """Stop waiting for the rest of albums; the next start asks what is due."""
        self._albums.clear()

    async def _keep(
        self, session: Session, message: Message, source: Message
    ) -> tuple[Session, Remark]:
        checked = await self._intake.fetch(source, session.person.user_id)
        picture = await self._store.add_picture(
            session.person,
            checked.data,
            message_id=message.id,
            width=checked.width,
            height=checked.height,
            album=message.media_group_id,
        )
        taken, remark = take(session, picture)
        await self._store.save_session(taken)
        return replace(taken, question_id=session.question_id), remark

    async def _answer(self, session: Session, remark: Remark, message: Message) -> None:
        if message.media_group_id is None:
            await self._ask(session, remark, message.id)
            return
        self._albums[session.person] = album = _Album(remark, message.id)
        asyncio.get_running_loop().call_later(
            self._album_quiet, self._album_complete, session.person, album
        )

    def _album_complete(self, person: Person, album: _Album) -> None:
        if self._albums.get(person) is album:
            task = asyncio.create_task(self._ask_about_album(person, album))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask_about_album(self, person: Person, album: _Album) -> None:
        try:
            async with self._locks.of(person):
                if self._albums.get(person) is not album:
                    return  # While this waited for its turn, a further picture came.
                del self._albums[person]
                await self._ask(await self._store.session(person), album.remark, album.message_id)
        except (TelegramError, StoreError):
            log.exception("The question after an album could not be asked.")

    async def _ask(self, session: Session, remark: Remark, message_id: int) -> None:
        texts = self._languages.of(session.person.user_id)
        await self._questions.ask(session, _sentence(texts, session, remark), reply_to=message_id)


def build_conversation(conversation: Conversation) -> list[BaseHandler[Any, Any, Any]]:
    """The handlers, in the order in which they are to be tried; commands stand before them."""
    new = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL
    return [
        CommandHandler(PAINT, conversation.paint, new),
        MessageHandler(new & PICTURES & addressed, conversation.picture),
        MessageHandler(new & PICTURES & album, conversation.sibling),
        MessageHandler(new & addressed & pointing, conversation.paint),
        MessageHandler(new & addressed & ~filters.COMMAND, conversation.other),
    ]


def _has(session: Session, message: Message) -> bool:
    pictures = (session.content, session.style)
    return any(one is not None and one.message_id == message.id for one in pictures)


def _sentence(texts: Texts, session: Session, remark: Remark) -> str:
    if remark is Remark.ONLY_TWO:
        return f"{texts.only_two()}\n\n{texts.expected(session)}"
    if session.style is None:
        return texts.ask_style()
    return texts.ask_preset(replaced=remark is Remark.REPLACED_STYLE)
