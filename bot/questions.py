"""Asking each person for what is expected next, with one valid set of buttons at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from telegram import ForceReply
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.choices import unusual
from bot.editing import say_instead
from bot.messages import keyboards
from bot.messages.keyboards import Verb
from bot.outbox import Urgency
from bot.replies import under
from core.jobs.models import Step
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from telegram import InlineKeyboardMarkup, Message, ReplyParameters
    from telegram.ext import ExtBot

    from bot.gallery import Gallery
    from bot.messages.languages import Languages
    from core.jobs.dispatcher import Dispatcher
    from core.jobs.models import Person, Session
    from core.jobs.store import Store

log = logging.getLogger(__name__)


class Questions:
    """The bot's questions.

    Args:
        bot: Sends.
        store: Remembers which message is the valid question.
        dispatcher: Estimates how long each preset takes.
        languages: Who is spoken to how.
        gallery: The styles that are offered.
    """

    def __init__(
        self,
        bot: ExtBot[Urgency],
        store: Store,
        dispatcher: Dispatcher,
        languages: Languages,
        gallery: Gallery,
    ) -> None:
        self._bot = bot
        self._store = store
        self._dispatcher = dispatcher
        self._languages = languages
        self._gallery = gallery

    async def ask(self, session: Session, text: str, *, reply_to: int | None = None) -> None:
        """Say ``text`` with the buttons that fit where the conversation stands; older buttons go.

        Asking twice does no harm, since only the newest question's buttons count; so an unanswered asking is
        repeated.
        """
        await self._retire(session)
        reply = _reply(session, reply_to)
        if session.person.chat_id < 0 and session.step is not Step.PRESET:
            text = f"{text}\n{self._languages.of(session.person.user_id).answer_here()}"
        if session.step is Step.STYLE:
            message = await self._offer_styles(session.person, text, reply)
        else:
            words, buttons = await self.posed(session, text)
            message = await self._bot.send_message(
                session.person.chat_id,
                words,
                parse_mode=ParseMode.HTML,
                reply_markup=buttons or _answer_expected(session),
                reply_parameters=reply,
                rate_limit_args=Urgency.REPEATABLE,
            )
        if session.step is not Step.CONTENT:
            await self._store.save_session(replace(session, question_id=message.message_id))

    async def remind(
        self, session: Session, lead: str = "", *, reply_to: int | None = None
    ) -> None:
        """Say where the conversation stands, after a sentence about something else."""
        texts = self._languages.of(session.person.user_id)
        await self.ask(session, f"{lead}\n\n{texts.expected(session)}".strip(), reply_to=reply_to)

    async def refresh(self, user_id: int) -> None:
        """Have a person's questions that are out show what their settings say now."""
        texts = self._languages.of(user_id)
        for session in await self._store.sessions():
            if session.person.user_id != user_id or session.question_id is None:
                continue
            words, buttons = await self.posed(session, texts.expected(session))
            if buttons is not None:
                with suppress(BadRequest):
                    await say_instead(
                        self._bot, session.person.chat_id, session.question_id, words, buttons
                    )

    async def posed(self, session: Session, text: str) -> tuple[str, InlineKeyboardMarkup | None]:
        """The text as it is asked, and the preset buttons, once both pictures are there."""
        if session.step is not Step.PRESET or session.content is None:
            return text, None
        user_id, size = session.person.user_id, (session.content.width, session.content.height)
        texts, preferences = self._languages.of(user_id), await self._store.preferences(user_id)
        if unusual(preferences):
            text = f"{text}\n{texts.in_force(preferences)}"
        seconds = {
            preset: self._dispatcher.estimate(preferences.options(preset), size)
            for preset in Preset
        }
        return text, keyboards.presets(texts, user_id, seconds, preferences.preset)

    async def _offer_styles(
        self, person: Person, text: str, reply: ReplyParameters | None
    ) -> Message:
        sheet = await self._gallery.offer(person)
        texts = self._languages.of(person.user_id)
        return await self._bot.send_photo(
            person.chat_id,
            sheet.picture,
            caption=f"{text}\n\n{texts.or_one_of_these()}",
            parse_mode=ParseMode.HTML,
            reply_markup=keyboards.styles(sheet.labels, Verb.PICK, person.user_id),
            reply_parameters=reply,
            rate_limit_args=Urgency.REPEATABLE,
        )

    async def catch_up(self, turn: Callable[[Person], AbstractAsyncContextManager[None]]) -> None:
        """Ask those whom an earlier process left without the question that was due.

        Args:
            turn: Waits until nothing of a person is being handled, and holds that.
        """
        due = [session.person for session in await self._store.sessions() if _due(session)]
        await asyncio.gather(*(self._catch_up(person, turn) for person in due))

    async def ask_again_in(self, chat_id: int) -> None:
        """Ask those in a chat whose question was lost on the way there."""
        for session in await self._store.sessions():
            if session.person.chat_id == chat_id and _due(session):
                try:
                    await self.remind(session)
                except TelegramError as error:
                    log.warning("A question could not be asked again: %s", error)

    async def _catch_up(
        self, person: Person, turn: Callable[[Person], AbstractAsyncContextManager[None]]
    ) -> None:
        async with turn(person):
            session = await self._store.session(person)
            if not _due(session):
                return
            try:
                await self.remind(session)
            except TelegramError as error:
                log.warning("A question that was due could not be asked: %s", error)

    async def _retire(self, session: Session) -> None:
        # Whoever changed the session has unset question_id, so the message is looked up as it was stored last.
        stored = await self._store.session(session.person)
        old = session.question_id or stored.question_id
        if old is not None and stored.step is not Step.CONTENT:
            with suppress(BadRequest):
                await self._bot.edit_message_reply_markup(session.person.chat_id, old)


def _due(session: Session) -> bool:
    return session.question_id is None and session.step is not Step.CONTENT


def _answer_expected(session: Session) -> ForceReply | None:
    """In a group the bot hears answers only, so the person's next message is made one."""
    return ForceReply(selective=True) if session.person.chat_id < 0 else None


def _reply(session: Session, message_id: int | None) -> ReplyParameters | None:
    """In a group a question shows whom it is for; in a private chat that is plain."""
    picture = session.style or session.content
    if message_id is None and picture is not None:
        message_id = picture.message_id
    return None if session.person.chat_id > 0 else under(message_id)
