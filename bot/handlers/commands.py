"""/start, /help, /status, /cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from telegram import ReplyParameters
from telegram.constants import ChatType, ParseMode
from telegram.ext import CommandHandler, ContextTypes, MessageHandler, filters

from bot.addressing import answered_by, person_of
from bot.leaders import may_stop_others
from bot.messages import keyboards
from bot.outbox import Urgency
from core.jobs.models import ACTIVE, JobState, Step

if TYPE_CHECKING:
    from typing import Any

    from telegram import InlineKeyboardMarkup, Message, Update
    from telegram.ext import BaseHandler, ExtBot

    from bot.messages.languages import Languages
    from bot.questions import Questions
    from core.jobs.dispatcher import Dispatcher
    from core.jobs.models import Job, Person
    from core.jobs.store import Store


class Commands:
    """What the menu offers.

    Args:
        store: Conversations and jobs.
        dispatcher: Cancels jobs.
        questions: Say what is expected.
        languages: Who is spoken to how.
        admins: May cancel anybody's job.
    """

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        questions: Questions,
        languages: Languages,
        admins: frozenset[int],
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._questions = questions
        self._languages = languages
        self._admins = admins

    async def start(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/start: hello, and what is expected now."""
        await self._remind_after(update, lambda texts: texts.welcome())

    async def help(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/help: how it works. Answered without a look at anything that could be busy."""
        message, person = update.effective_message, person_of(update)
        if message is not None and person is not None:
            await say(message, self._languages.of(person.user_id).help())

    async def status(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/status: the person's jobs, and what is expected now."""
        person = person_of(update)
        message = update.effective_message
        if message is None or person is None:
            return
        jobs = await self._store.jobs_of(person, *ACTIVE)
        lines = "\n".join(self._line(job) for job in jobs)
        session = await self._store.session(person)
        await self._questions.remind(session, lines, reply_to=message.id)

    async def cancel(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/cancel: stops the newest job, or puts the photos away; asks which where both are there.

        As an answer to a painting, or to a picture that it is made of, it stops that one.
        """
        message, person = update.effective_message, person_of(update)
        if message is None or person is None or await self._cancel_answered(message, person):
            return
        texts = self._languages.of(person.user_id)
        jobs = await self._store.jobs_of(person, *ACTIVE)
        session = await self._store.session(person)
        if jobs and session.step is not Step.CONTENT:
            choice = keyboards.cancel_or_drop(texts, person.user_id, jobs[-1].id)
            await say(message, texts.what_to_cancel(), choice)
        elif jobs and await self._dispatcher.cancel(jobs[-1].id):
            await say(message, texts.cancelling())
        elif session.step is not Step.CONTENT:
            await self._store.end_session(person)
            await say(message, texts.dropped())
        else:
            await say(message, texts.nothing_to_cancel())

    async def _cancel_answered(self, message: Message, person: Person) -> bool:
        """Stop what a message answers; False where that is neither a painting nor somebody else's message."""
        answered = answered_by(message)
        if answered is None:
            return False
        texts, bot = self._languages.of(person.user_id), message.get_bot()
        job = await self._store.job_with(person.chat_id, answered.message_id)
        author = answered.from_user.id if answered.from_user else None
        if job is None and author in {person.user_id, bot.id}:
            return False
        if job and job.person != person and not await may_stop_others(bot, person, self._admins):
            await say(message, texts.not_yours_to_stop())
        elif job and await self._dispatcher.cancel(job.id):
            await say(message, texts.cancelling())
        else:
            await say(message, texts.over())
        return True

    async def unknown(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A command that does not exist."""
        await self._remind_after(update, lambda texts: texts.unknown_command())

    async def _remind_after(self, update: Update, words: Any) -> None:  # noqa: ANN401
        message, person = update.effective_message, person_of(update)
        if message is not None and person is not None:
            session = await self._store.session(person)
            lead = words(self._languages.of(person.user_id))
            await self._questions.remind(session, lead, reply_to=message.id)

    def _line(self, job: Job) -> str:
        texts = self._languages.of(job.person.user_id)
        if job.state is JobState.RUNNING:
            return texts.progress_line(job, job.progress)
        return texts.waiting_line(job, self._dispatcher.place(job.id))


def build_commands(commands: Commands) -> list[BaseHandler[Any, Any, Any]]:
    """The command handlers; the last one takes what no other knows, in private chats only."""
    new = filters.UpdateType.MESSAGE
    return [
        CommandHandler("start", commands.start, new),
        CommandHandler("help", commands.help, new),
        CommandHandler("status", commands.status, new),
        CommandHandler("cancel", commands.cancel, new),
        MessageHandler(new & filters.COMMAND & filters.ChatType.PRIVATE, commands.unknown),
    ]


async def say(message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Answer a command; in a group as a reply."""
    # An answer that stands there twice is better than none, so an unanswered one is repeated.
    bot = cast("ExtBot[Urgency]", message.get_bot())
    await bot.send_message(
        message.chat_id,
        text,
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard,
        reply_parameters=reply_in_group(message),
        rate_limit_args=Urgency.REPEATABLE,
    )


def reply_in_group(message: Message) -> ReplyParameters | None:
    """In a group an answer is a reply, so that everybody sees to whom; in a private chat that is plain."""
    if message.chat.type == ChatType.PRIVATE:
        return None
    return ReplyParameters(message.id, allow_sending_without_reply=True)
