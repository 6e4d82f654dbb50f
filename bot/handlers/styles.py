"""Styles by the press of a button: those that are offered with the question, and /styles, where one's own are kept."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from telegram import InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import CommandHandler, ContextTypes, filters

from bot.addressing import person_of
from bot.handlers.commands import reply_in_group, say
from bot.handlers.presses import Answer, Refusal
from bot.messages import keyboards
from bot.messages.keyboards import Verb
from core.jobs.job_errors import StoreError
from core.jobs.styles import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
    from telegram.ext import BaseHandler

    from bot.gallery import Gallery, Taken
    from bot.handlers.presses import Handler
    from bot.messages.keyboards import Press
    from bot.messages.languages import Languages
    from bot.questions import Questions
    from core.jobs.models import Person, Session, Style
    from core.jobs.store import Store

NAMING: Final = timedelta(hours=1)
"""How long words that reply to nothing are taken for the name that was asked for; a reply always is."""


class Styles:
    """What people do with the styles they used.

    Args:
        store: Has them.
        gallery: Shows them.
        questions: Goes on with the conversation.
        languages: Who is spoken to how.
        keep_hours: How long a style that is not kept stays after its last use.
    """

    def __init__(
        self,
        *,
        store: Store,
        gallery: Gallery,
        questions: Questions,
        languages: Languages,
        keep_hours: float,
    ) -> None:
        self._store = store
        self._gallery = gallery
        self._questions = questions
        self._languages = languages
        self._keep_hours = keep_hours

    @property
    def verbs(self) -> Mapping[Verb, Handler]:
        """Which button does what."""
        return {
            Verb.PICK: self._pick,
            Verb.MINE: self._mine,
            Verb.USE: self._use,
            Verb.NAME: self._name,
            Verb.KEEP: self._keep,
            Verb.LET_GO: self._let_go,
            Verb.REMOVE: self._remove,
        }

    async def show(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/styles: the person's styles in one picture, a button for each."""
        message, person = update.effective_message, person_of(update)
        if message is None or person is None:
            return
        texts = self._languages.of(person.user_id)
        sheet = await self._gallery.own(person)
        if sheet is None:
            await say(message, texts.no_styles())
            return
        await message.get_bot().send_photo(
            person.chat_id,
            sheet.picture,
            caption=texts.your_styles(self._keep_hours),
            parse_mode=ParseMode.HTML,
            reply_markup=keyboards.styles(sheet.labels, Verb.MINE, person.user_id),
            reply_parameters=reply_in_group(message),
        )

    async def named(self, person: Person, message: Message) -> bool:
        """Take a message for the name of a style where one was asked for; False where it is none.

        The question stays open until the answer is out, so that a process that dies between finds it again.
        """
        replied = message.reply_to_message
        asked = await self._store.style_to_name(
            person, reply_to=replied.message_id if replied else None, within=NAMING
        )
        if message.text is None or asked is None:
            return False
        texts = self._languages.of(person.user_id)
        name = " ".join(message.text.split())
        if len(name) > LONGEST_NAME:
            await say(message, texts.name_too_long(LONGEST_NAME))
            return True
        style_id, card_id = asked
        try:
            style = await self._store.name_style(person, style_id, name)
        except StoreError as error:
            await say(message, texts.error(error))
        else:
            with suppress(BadRequest):  # It may be gone, or say so already.
                await message.get_bot().edit_message_caption(
                    person.chat_id,
                    card_id,
                    caption=texts.card(style),
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboards.style(texts, style, person.user_id),
                )
            await say(message, texts.named(name))
        await self._store.prompt_for_name(style_id, None)
        return True

    async def _pick(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        """Also where the style was chosen already: a process may have died before that was to be seen."""
        session = await self._store.session(person)
        message_id = _message_id(query)
        if session.content is None or message_id is None or session.question_id != message_id:
            raise Refusal(self._languages.of(person.user_id).old_button())
        taken = await self._gallery.take(person, press.argument, message_id)
        chosen = replace(session, style=taken.picture)
        await self._store.save_session(chosen)
        return Answer(then=lambda: self._ask_preset(query, chosen, taken))

    async def _ask_preset(self, query: CallbackQuery, session: Session, taken: Taken) -> None:
        texts = self._languages.of(session.person.user_id)
        head = texts.took_mine() if taken.name is None else texts.took(taken.name)
        question = texts.joined(head, texts.expected(session))
        try:
            await _turn_into(query, taken.shown, *await self._questions.posed(session, question))
        except BadRequest:
            await self._questions.ask(session, question)

    async def _mine(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        if not press.argument:
            return Answer(then=lambda: self._show_all(query, person))
        style = await self._gallery.style(person, press.argument)
        await self._store.prompt_for_name(style.id, None)
        return Answer(then=lambda: self._show_card(query, person, style))

    async def _use(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        style = await self._gallery.style(person, press.argument)
        session = await self._store.session(person)
        using = replace(session, style=style.picture, question_id=None)
        await self._store.save_session(using)
        asking = replace(using, question_id=session.question_id)
        return Answer(then=lambda: self._questions.remind(asking, reply_to=_message_id(query)))

    async def _name(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        style = await self._gallery.style(person, press.argument)
        await self._store.prompt_for_name(style.id, _message_id(query))
        texts = self._languages.of(person.user_id)

        async def ask() -> None:
            with suppress(BadRequest):
                await query.edit_message_caption(
                    texts.ask_name(LONGEST_NAME),
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboards.back_to(texts, style, person.user_id),
                )

        return Answer(then=ask)

    async def _keep(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        return await self._change(query, person, press, keep=True)

    async def _let_go(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        return await self._change(query, person, press, keep=False)

    async def _change(
        self, query: CallbackQuery, person: Person, press: Press, *, keep: bool
    ) -> Answer:
        style = await self._gallery.style(person, press.argument)
        changed = await self._store.keep_style(person, style.id, keep=keep)
        return Answer(then=lambda: self._show_card(query, person, changed))

    async def _remove(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        style = await self._gallery.style(person, press.argument)
        await self._store.remove_style(person, style.id)
        texts = self._languages.of(person.user_id)
        return Answer(texts.removed(), lambda: self._show_all(query, person))

    async def _show_all(self, query: CallbackQuery, person: Person) -> None:
        texts = self._languages.of(person.user_id)
        sheet = await self._gallery.own(person)
        if sheet is not None:
            keyboard = keyboards.styles(sheet.labels, Verb.MINE, person.user_id)
            await _turn_into(query, sheet.picture, texts.your_styles(self._keep_hours), keyboard)
            return
        # A picture cannot become words alone, and this one shows what is not there any more.
        with suppress(BadRequest):
            await query.delete_message()
        await query.get_bot().send_message(person.chat_id, texts.no_styles())

    async def _show_card(self, query: CallbackQuery, person: Person, style: Style) -> None:
        texts = self._languages.of(person.user_id)
        keyboard = keyboards.style(texts, style, person.user_id)
        await _turn_into(query, await self._gallery.shown(style), texts.card(style), keyboard)


def build_styles(styles: Styles) -> list[BaseHandler[Any, Any, Any]]:
    """The command's handler."""
    return [CommandHandler("styles", styles.show, filters.UpdateType.MESSAGE)]


def _message_id(query: CallbackQuery) -> int | None:
    return query.message.message_id if query.message else None


async def _turn_into(
    query: CallbackQuery, picture: bytes, text: str, keyboard: InlineKeyboardMarkup | None
) -> None:
    """Have the message with the button show another picture, text and buttons."""
    media = InputMediaPhoto(picture, text, ParseMode.HTML, filename="style.jpg")
    try:
        await query.edit_message_media(media, reply_markup=keyboard)
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise
