"""A turn: what a conversation does with an event.

``turn(state, event)`` knows no network, no clock and no database. Given the same state and event it decides the same:
a new state, and effects as data. ``bot.conversation.committer`` commits both together with the event's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.conversation import buttons, commands, job_events, notices, photos, settings_menu
from bot.conversation.draft import Draft
from bot.conversation.events import (
    ButtonPressed,
    CommandSent,
    HandlingFailed,
    JobEnded,
    Notice,
    PictureSent,
    QuestionDue,
    SendFailed,
    SettingsChanged,
    StatusLost,
    TurnedAway,
    WordsSent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.conversation.effects import Effect
    from bot.conversation.events import Event
    from bot.conversation.state import State

_FLOWS: Final[Mapping[type, Callable[[Draft, Any], None]]] = {
    CommandSent: commands.command_sent,
    PictureSent: photos.picture_sent,
    WordsSent: commands.words_sent,
    ButtonPressed: buttons.button_pressed,
    TurnedAway: notices.turned_away,
    HandlingFailed: notices.handling_failed,
    JobEnded: job_events.job_ended,
    SendFailed: job_events.send_failed,
    StatusLost: job_events.status_lost,
    QuestionDue: notices.question_due,
    SettingsChanged: settings_menu.settings_changed,
    Notice: notices.notice,
}


def turn(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """What a conversation does with an event.

    Args:
        state: Where the conversation stands.
        event: What happened.

    Returns:
        Where it stands then, and the effects in order.
    """
    draft = Draft(state)
    _FLOWS[type(event)](draft, event)
    return draft.state, tuple(draft.effects)
