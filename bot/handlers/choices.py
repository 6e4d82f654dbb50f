"""/settings: one message that shows what is chosen, and changes in place."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram.error import TelegramError
from telegram.ext import CommandHandler, ContextTypes, filters

from bot.addressing import person_of
from bot.choices import Aspect, choose
from bot.handlers.commands import say
from bot.handlers.presses import Answer, Refusal, edit
from bot.messages import keyboards
from bot.messages.keyboards import DONE, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telegram import CallbackQuery, Update
    from telegram.ext import BaseHandler

    from bot.handlers.presses import Handler
    from bot.messages.keyboards import Press
    from bot.messages.languages import Languages
    from bot.questions import Questions
    from core.jobs.models import Person
    from core.jobs.preferences import Preferences
    from core.jobs.store import Store

log = logging.getLogger(__name__)


class Choices:
    """What people choose once for all of their new paintings.

    Args:
        store: Keeps it.
        languages: Who is spoken to how; a chosen language holds at once.
        questions: A question that is out shows what holds now.
    """

    def __init__(self, *, store: Store, languages: Languages, questions: Questions) -> None:
        self._store = store
        self._languages = languages
        self._questions = questions

    @property
    def verbs(self) -> Mapping[Verb, Handler]:
        """Which button does what."""
        return {Verb.SETTINGS: self._pressed}

    async def restore(self) -> None:
        """Speak to people as they chose before the bot was restarted."""
        for user_id, code in (await self._store.languages()).items():
            self._languages.choose(user_id, code)

    async def open(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/settings."""
        message, person = update.effective_message, person_of(update)
        if message is not None and person is not None:
            texts = self._languages.of(person.user_id)
            preferences = await self._store.preferences(person.user_id)
            keyboard = keyboards.settings(
                texts, person.user_id, preferences, self._language(preferences)
            )
            await say(message, texts.settings(), keyboard)

    async def _pressed(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        """All buttons of the menu: "" is the list, "strength" its choices, "strength=0.7" one of them."""
        name, _, value = press.argument.partition("=")
        if name in {"", DONE}:
            await self._show_all(query, person, closed=name == DONE)
            return Answer()
        try:
            aspect = Aspect(name)
            changed = await self._change(person, aspect, value) if value else None
        except ValueError:
            raise Refusal(self._languages.of(person.user_id).old_button()) from None
        if changed is None:
            await self._show_choices(query, person, aspect)
            return Answer()
        await self._show_all(query, person)
        notice = self._languages.of(person.user_id).noted()
        return Answer(notice, lambda: self._refresh(person))

    async def _change(self, person: Person, aspect: Aspect, value: str) -> Preferences:
        changed = await self._store.change_preferences(
            person.user_id, lambda before: choose(before, aspect, value)
        )
        self._languages.choose(person.user_id, changed.language)
        return changed

    async def _show_all(
        self, query: CallbackQuery, person: Person, *, closed: bool = False
    ) -> None:
        texts = self._languages.of(person.user_id)
        preferences = await self._store.preferences(person.user_id)
        language = self._language(preferences)
        if closed:
            await edit(query, texts.settings_done(preferences, language))
        else:
            keyboard = keyboards.settings(texts, person.user_id, preferences, language)
            await edit(query, texts.settings(), keyboard)

    async def _show_choices(self, query: CallbackQuery, person: Person, aspect: Aspect) -> None:
        texts = self._languages.of(person.user_id)
        preferences = await self._store.preferences(person.user_id)
        keyboard = keyboards.choices(
            texts, person.user_id, preferences, aspect, self._languages.available
        )
        await edit(query, texts.question(aspect), keyboard)

    async def _refresh(self, person: Person) -> None:
        try:
            await self._questions.refresh(person.user_id)
        except TelegramError as error:
            log.info("A question that is out still shows the earlier choices: %s", error)

    def _language(self, preferences: Preferences) -> str | None:
        return self._languages.available.get(preferences.language or "")


def build_choices(choices: Choices) -> list[BaseHandler[Any, Any, Any]]:
    """The command handler."""
    return [CommandHandler("settings", choices.open, filters.UpdateType.MESSAGE)]
