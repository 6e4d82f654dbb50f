"""/privacy and /forget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.conversation.effects import Delete, Edit, ForgetPerson
from bot.messages import keyboards, share_keyboards
from bot.messages.keyboards import YES
from core.jobs.models import EMPTY_SESSION
from core.jobs.preferences import DEFAULT_PREFERENCES

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed, CommandSent
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.keyboards import CallbackData


def tell(draft: Draft, event: CommandSent) -> None:
    """/privacy: what is stored, and for how long."""
    policy = draft.state.facts.policy
    shared = draft.state.facts.shared_styles
    keyboard: Keyboard = ()
    if shared:
        label = draft.texts.stop_all_button(shared)
        keyboard = share_keyboards.stop_sharing(label, draft.owner)
    text = draft.texts.privacy(policy.keep_hours, policy.bytes_per_person / 1e6)
    draft.say(text, event.heard, keyboard)


def ask(draft: Draft, event: CommandSent) -> None:
    """/forget: asks first, since it cannot be undone."""
    draft.say(draft.texts.ask_forget(), event.heard, keyboards.forget(draft.texts, draft.owner))


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """The person decided whether to be forgotten."""
    texts = draft.texts
    if data.argument == YES:
        _forget(draft)
    if event.message_id is not None:
        text = texts.forgotten() if data.argument == YES else texts.kept()
        draft.effects.append(Edit(text=text, message_id=event.message_id))
    draft.answer(event.query_id)


def _forget(draft: Draft) -> None:
    """Delete everything of the user, in every chat; questions and statuses that lead nowhere go, too."""
    state = draft.state
    draft.effects.append(ForgetPerson())
    draft.state = replace(
        state,
        session=EMPTY_SESSION,
        preferences=DEFAULT_PREFERENCES,
        client_language=None,
        styles=(),
        jobs=(),
    )
    for chat_id, message_id, captioned in state.facts.unsettled:
        draft.effects.append(
            Delete(
                message_id=message_id,
                captioned=captioned,
                chat_id=chat_id,
                instead=draft.texts.outdated(),
            )
        )
