"""/settings: one message that shows what is chosen, and changes in place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.conversation.effects import Edit, RefreshQuestions
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards
from bot.messages.keyboards import DONE
from core.jobs.models import Step
from core.jobs.preference_choices import Aspect, choose, offered

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed, CommandSent, SettingsChanged
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.keyboards import CallbackData


def open_menu(draft: Draft, event: CommandSent) -> None:
    """/settings."""
    draft.say(draft.texts.settings(), event.heard, _menu(draft))


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """A button of the menu: "" is the list, "strength" its choices, "strength=0.7" one of them."""
    name, _, value = data.argument.partition("=")
    if name in {"", DONE}:
        _show_all(draft, event, closed=name == DONE)
        draft.answer(event.query_id)
    elif name not in set(Aspect):
        raise RefusalError(draft.texts.changed_setting())
    elif value:
        _choose(draft, event, Aspect(name), value)
    else:
        _show_choices(draft, event, Aspect(name))


def settings_changed(draft: Draft, _event: SettingsChanged) -> None:
    """An open question for a preset shows what the settings say now."""
    session = draft.state.session
    if session.step is Step.PRESET and session.question is not None:
        words = draft.texts.expected(session)
        text, keyboard = draft.preset_question(words, session.question)
        draft.effects.append(Edit(text=text, message=session.question, keyboard=keyboard))


def _show_all(draft: Draft, event: ButtonPressed, *, closed: bool = False) -> None:
    if closed:
        text = draft.texts.settings_done(draft.state.preferences, _language(draft))
        _edit(draft, event, text, ())
    else:
        _edit(draft, event, draft.texts.settings(), _menu(draft))


def _show_choices(draft: Draft, event: ButtonPressed, aspect: Aspect) -> None:
    preferences, names = draft.state.preferences, draft.state.languages.names
    keyboard = keyboards.choices(draft.texts, draft.owner, preferences, aspect, names)
    _edit(draft, event, draft.texts.question(aspect), keyboard)
    draft.answer(event.query_id)


def _choose(draft: Draft, event: ButtonPressed, aspect: Aspect, value: str) -> None:
    if value not in offered(aspect, draft.state.languages.names):
        raise RefusalError(draft.texts.changed_setting())
    changed = choose(draft.state.preferences, aspect, value)
    draft.state = replace(draft.state, preferences=changed)
    draft.effects.append(RefreshQuestions())
    _show_all(draft, event)
    draft.answer(event.query_id, draft.texts.noted())


def _menu(draft: Draft) -> Keyboard:
    return keyboards.settings(draft.texts, draft.owner, draft.state.preferences, _language(draft))


def _language(draft: Draft) -> str | None:
    return draft.state.languages.names.get(draft.state.preferences.language or "")


def _edit(draft: Draft, event: ButtonPressed, text: str, keyboard: Keyboard) -> None:
    if event.message_id is not None:
        draft.effects.append(Edit(text=text, message_id=event.message_id, keyboard=keyboard))
