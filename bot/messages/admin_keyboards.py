"""The buttons of /admin."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.messages.desk import Pause
from bot.messages.inline_keyboard import Button, Emphasis
from bot.messages.keyboards import CallbackData, Verb

if TYPE_CHECKING:
    from bot.messages.desk import Desk
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.texts import Texts


class AdminAction(StrEnum):
    """What a button of /admin does."""

    REFRESH = "refresh"
    PAUSE = "pause"
    RESUME = "resume"
    DRAIN = "drain"
    ERRORS = "errors"
    ANNOUNCE = "announce"
    DROP = "drop"
    STOP = "stop"


def overview(texts: Texts, owner: int, desk: Desk) -> Keyboard:
    """Pause or go on, look again, errors; and stop an announcement that is under way."""
    pause: tuple[Button, ...]
    if desk.pause is Pause.NONE:
        pause = (
            _button(texts.admin_pause_button(), AdminAction.PAUSE, owner),
            _button(texts.admin_drain_button(), AdminAction.DRAIN, owner),
        )
    else:
        pause = (_button(texts.admin_resume_button(), AdminAction.RESUME, owner),)
    look = (
        _button(texts.admin_refresh_button(), AdminAction.REFRESH, owner),
        _button(texts.admin_errors_button(), AdminAction.ERRORS, owner),
    )
    stop = _button(texts.admin_stop_button(), AdminAction.STOP, owner, emphasis=Emphasis.DANGER)
    return (pause, look, (stop,)) if desk.unannounced else (pause, look)


def back(texts: Texts, owner: int) -> Keyboard:
    """To the overview."""
    return ((_button(texts.admin_back_button(), AdminAction.REFRESH, owner),),)


def announcement(texts: Texts, owner: int, digest: str, audience: int) -> Keyboard:
    """Announce a text or drop it; ``digest`` tells which."""
    announce = texts.admin_announce_button(audience)
    return (
        (_button(announce, AdminAction.ANNOUNCE, owner, value=digest, emphasis=Emphasis.DANGER),),
        (_button(texts.admin_drop_button(), AdminAction.DROP, owner, value=digest),),
    )


def _button(
    label: str,
    action: AdminAction,
    owner: int,
    *,
    value: str = "",
    emphasis: Emphasis | None = None,
) -> Button:
    argument = f"{action}={value}" if value else str(action)
    return Button(label, str(CallbackData(Verb.ADMIN, argument, owner)), emphasis)
