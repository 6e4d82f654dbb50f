"""A turn: what a conversation does with an event.

``turn(state, event)`` knows no network, no clock and no database. Given the same state and event it decides the same:
a new state, and effects as data. ``bot.conversation.committer`` commits both together with the event's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.conversation import (
    buttons,
    commands,
    job_events,
    notices,
    photos,
    places,
    settings_menu,
    sharing,
    style_cards,
)
from bot.conversation.draft import Draft
from bot.conversation.events import (
    Added,
    AlbumDue,
    ButtonPressed,
    CommandSent,
    HandlingFailed,
    JobEnded,
    LetIn,
    LinkFollowed,
    Notice,
    PictureSent,
    QuestionDue,
    ResultLoved,
    SendFailed,
    SettingsChanged,
    ShutOut,
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
    LinkFollowed: sharing.link_followed,
    WordsSent: commands.words_sent,
    ButtonPressed: buttons.button_pressed,
    ResultLoved: style_cards.result_loved,
    TurnedAway: notices.turned_away,
    HandlingFailed: notices.handling_failed,
    JobEnded: job_events.job_ended,
    SendFailed: places.send_failed,
    StatusLost: job_events.status_lost,
    Added: places.added,
    ShutOut: places.shut_out,
    LetIn: places.let_in,
    QuestionDue: notices.question_due,
    AlbumDue: photos.album_due,
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
    draft = Draft(state, _topic_of(state, event))
    _FLOWS[type(event)](draft, event)
    return draft.state, tuple(draft.effects)


def _topic_of(state: State, event: Event) -> int | None:
    """The topic in which an event happened, or in which the conversation is."""
    topic = state.session.topic
    match event:
        case CommandSent() | PictureSent() | LinkFollowed() | WordsSent():
            topic = event.heard.topic
        case TurnedAway() | HandlingFailed() if event.heard is not None:
            topic = event.heard.topic
        case ButtonPressed() if not event.hidden:
            topic = event.topic
        case ButtonPressed() if state.facts.subject is not None:
            topic = state.facts.subject.job.topic
        case JobEnded() | StatusLost():
            topic = event.job.topic
        case SendFailed():
            topic = event.effect.topic
    return topic
