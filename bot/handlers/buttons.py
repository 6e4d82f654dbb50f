"""What happens when a button is pressed. Every press gets an answer, whoever pressed what, and however often."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, ContextTypes

from bot.addressing import person_of
from bot.handlers.presses import Answer, Refusal, edit, job_of
from bot.leaders import may_stop_others
from bot.messages.keyboards import YES, Press, Verb
from bot.outbox import UnansweredError, Urgency
from bot.replies import under
from bot.turns import swap
from core.jobs.job_errors import QueueError, SessionOverError, StoreError
from core.jobs.models import ACTIVE
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from telegram import CallbackQuery, Update
    from telegram.ext import BaseHandler, ExtBot

    from bot.delivery import Delivery
    from bot.gallery import Gallery
    from bot.handlers.presses import Handler
    from bot.handlers.privacy import Privacy
    from bot.inbox import Inbox
    from bot.messages.languages import Languages
    from bot.outbox import Noted
    from bot.questions import Questions
    from core.jobs.dispatcher import Dispatcher
    from core.jobs.models import Job, Person
    from core.jobs.store import Store

log = logging.getLogger(__name__)


class Buttons:
    """The callbacks behind the inline keyboards.

    Args:
        store: Conversations and jobs.
        dispatcher: Takes jobs, cancels them.
        questions: The preset buttons.
        gallery: Remembers which styles were used.
        delivery: Sends a result again.
        languages: Who is spoken to how.
        admins: May cancel anybody's job.
        privacy: Forgets people.
        inbox: Knows what an earlier process left.
        more: What further buttons do.
    """

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        questions: Questions,
        gallery: Gallery,
        delivery: Delivery,
        languages: Languages,
        admins: frozenset[int],
        privacy: Privacy,
        inbox: Inbox,
        more: Mapping[Verb, Handler],
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._questions = questions
        self._gallery = gallery
        self._delivery = delivery
        self._languages = languages
        self._admins = admins
        self._privacy = privacy
        self._inbox = inbox
        self._verbs: dict[Verb, Handler] = {
            Verb.PRESET: self._preset,
            Verb.SWAP: self._swap,
            Verb.DROP: self._drop,
            Verb.CANCEL: self._cancel,
            Verb.AGAIN: self._again,
            Verb.FORGET: self._forget,
            Verb.FILE: self._file,
            **more,
        }
        # What an earlier process began, where beginning anew may send something twice.
        self._left_over: dict[Verb, Handler] = {
            **self._verbs,
            Verb.AGAIN: self._again_left_over,
        }

    async def pressed(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button was pressed."""
        query, person = update.callback_query, person_of(update)
        if query is None:
            return
        texts = self._languages.of(query.from_user.id)
        press = Press.parse(query.data or "")
        if press is None or person is None:
            await _answer(query, texts.old_button(), alert=True)
            return
        if press.owner != person.user_id and not await self._may(query, press, person):
            await _answer(query, texts.not_yours(), alert=True)
            return
        verbs = self._left_over if self._inbox.is_left_over(update) else self._verbs
        try:
            answer = await verbs[press.verb](query, person, press)
        except Refusal as refusal:
            await _answer(query, str(refusal), alert=True)
        except (QueueError, StoreError) as error:
            await _answer(query, texts.said(error.spoken), alert=True)
        else:
            await _answer(query, answer.notice)
            if answer.then is not None:
                await answer.then()
            if answer.sends is not None:
                await self._send_once(update, query, answer.sends)

    async def _send_once(
        self, update: Update, query: CallbackQuery, send: Callable[[Noted], Awaitable[None]]
    ) -> None:
        """Films, curves and files: where one may have arrived, say so instead of sending it again without a word.

        Be it that the network swallowed the answer, or that the process died in between.
        """
        if not self._inbox.may_have_sent(update):
            try:
                await send(self._inbox.noted(update))
            except UnansweredError as error:
                log.warning("What a button asks for was sent, but no answer came: %s", error)
            else:
                return
        if query.message is not None:
            await cast("ExtBot[Urgency]", query.get_bot()).send_message(
                query.message.chat.id,
                self._languages.of(query.from_user.id).perhaps_sent(),
                reply_parameters=under(query.message.message_id),
                rate_limit_args=Urgency.REPEATABLE,
            )

    async def _may(self, query: CallbackQuery, press: Press, person: Person) -> bool:
        if press.verb is not Verb.CANCEL:
            return False
        return await may_stop_others(query.get_bot(), person, self._admins)

    async def _preset(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        texts = self._languages.of(person.user_id)
        try:
            preset = Preset(press.argument)
        except ValueError:
            raise Refusal(texts.old_button()) from None
        session = await self._store.session(person)
        if session.question_id is None or session.question_id != _message_id(query):
            job = await self._job_of_message(query, person)
            return Answer(then=lambda: self._gallery.note(person, job.style))
        try:
            preferences = await self._store.preferences(person.user_id)
            job = await self._dispatcher.submit(session, preferences.options(preset))
        except SessionOverError:
            return Answer()
        return Answer(texts.chosen(preset), lambda: self._gallery.note(person, job.style))

    async def _job_of_message(self, query: CallbackQuery, person: Person) -> Job:
        """A second press of the same button finds its job under the message; anything else is an old button."""
        for job in await self._store.jobs_of(person, *ACTIVE):
            if job.status_id == _message_id(query):
                return job
        raise Refusal(self._languages.of(person.user_id).old_button())

    async def _swap(self, query: CallbackQuery, person: Person, _press: Press) -> Answer:
        texts = self._languages.of(person.user_id)
        session = await self._store.session(person)
        if session.question_id is None or session.question_id != _message_id(query):
            raise Refusal(texts.old_button())
        swapped = swap(session)
        await self._store.save_session(swapped)
        await edit(query, *await self._questions.posed(swapped, texts.swapped()))
        return Answer()

    async def _drop(self, query: CallbackQuery, person: Person, _press: Press) -> Answer:
        texts = self._languages.of(person.user_id)
        await self._store.end_session(person)
        await edit(query, texts.dropped())
        return Answer()

    async def _cancel(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        texts = self._languages.of(person.user_id)
        job = await job_of(self._store, self._languages, press, person)
        if not await self._dispatcher.cancel(job.id):
            raise Refusal(texts.over())
        if _message_id(query) != job.status_id:
            await edit(query, texts.cancelled())
        return Answer(texts.cancelling())

    async def _again(self, _query: CallbackQuery, person: Person, press: Press) -> Answer:
        job = await job_of(self._store, self._languages, press, person)
        if job.missing:
            await self._delivery.again(job)
        return Answer()

    async def _again_left_over(self, _query: CallbackQuery, person: Person, press: Press) -> Answer:
        job = await job_of(self._store, self._languages, press, person)
        if job.missing:
            await self._delivery.ask_again(job)
        return Answer()

    async def _file(self, _query: CallbackQuery, person: Person, press: Press) -> Answer:
        texts = self._languages.of(person.user_id)
        job = await job_of(self._store, self._languages, press, person)
        if job.document_id is not None:
            return Answer(texts.file_sent())
        outcome = await self._store.outcome(job.id)
        return Answer(
            texts.a_moment(), sends=lambda noted: self._delivery.hand_file(job, outcome, noted)
        )

    async def _forget(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        texts = self._languages.of(person.user_id)
        if press.argument == YES:
            await self._privacy.forget(person)
        await edit(query, texts.forgotten() if press.argument == YES else texts.kept())
        return Answer()


def build_buttons(buttons: Buttons) -> list[BaseHandler[Any, Any, Any]]:
    """The one handler behind every inline keyboard."""
    return [CallbackQueryHandler(buttons.pressed)]


def _message_id(query: CallbackQuery) -> int | None:
    return query.message.message_id if query.message else None


async def _answer(query: CallbackQuery, text: str, *, alert: bool = False) -> None:
    try:
        await query.answer(text[:200] or None, show_alert=alert)
    except BadRequest as error:
        if "query is too old" not in error.message.lower():
            raise
