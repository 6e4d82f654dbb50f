"""/admin: what the people in ADMINS see and decide. To everybody else it is a command that does not exist."""

from __future__ import annotations

import zlib
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import (
    Announce,
    BlockPerson,
    DraftAnnouncement,
    Edit,
    Send,
    SetPause,
    StopAnnouncement,
    UnblockPerson,
)
from bot.conversation.refusal import RefusalError
from bot.messages import admin_keyboards
from bot.messages.admin_keyboards import AdminAction
from bot.messages.desk import Desk, Pause

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed, CommandSent
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.keyboards import CallbackData

ADMIN: Final = "admin"
"""The command; a verb may follow: block, unblock or announce."""

_PAUSES: Final = {
    AdminAction.PAUSE: Pause.PAUSED,
    AdminAction.RESUME: Pause.NONE,
    AdminAction.DRAIN: Pause.DRAINING,
}


def command(draft: Draft, event: CommandSent, desk: Desk) -> None:
    """/admin, alone or with a verb. Whatever it shows goes to the admin's private chat."""
    verb, _, rest = event.words.partition(" ")
    # A text may begin on a line of its own.
    verb, _, more = verb.partition("\n")
    rest = "\n".join(one for one in (more, rest) if one).strip()
    match verb.casefold():
        case "block":
            _block(draft, event, desk, rest)
        case "unblock":
            _unblock(draft, event, desk, rest)
        case "announce" if rest:
            _draft_announcement(draft, desk, rest)
        case "":
            _tell(draft, *_overview(draft, desk))
        case _:
            _say(draft, draft.texts.admin_usage())


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """A button of /admin."""
    desk, name = draft.state.facts.desk, data.argument.partition("=")[0]
    if desk is None or name not in set(AdminAction):
        raise RefusalError(draft.texts.old_button(), dead=True)
    action = AdminAction(name)
    if action in _PAUSES:
        desk = _set_pause(draft, desk, _PAUSES[action])
    elif action is AdminAction.ERRORS:
        errors = draft.texts.admin_errors(desk.errors, draft.state.facts.now)
        _show(draft, event, errors, admin_keyboards.back(draft.texts, draft.owner))
        draft.answer(event.query_id)
        return
    elif action in {AdminAction.ANNOUNCE, AdminAction.DROP}:
        _settle_announcement(draft, event, desk, data, announce=action is AdminAction.ANNOUNCE)
        return
    elif action is AdminAction.STOP:
        draft.effects.append(StopAnnouncement())
        desk = replace(desk, unannounced=0)
    _show(draft, event, *_overview(draft, desk))
    draft.answer(event.query_id)


def _overview(draft: Draft, desk: Desk) -> tuple[str, Keyboard]:
    texts = draft.texts
    return texts.admin_overview(desk), admin_keyboards.overview(texts, draft.owner, desk)


def _set_pause(draft: Draft, desk: Desk, pause: Pause) -> Desk:
    draft.effects.append(SetPause(pause=pause))
    return replace(desk, pause=pause)


def _block(draft: Draft, event: CommandSent, desk: Desk, words: str) -> None:
    user_id = _whom(event, words)
    texts = draft.texts
    if user_id is None:
        _say(draft, texts.admin_whom())
    elif user_id in draft.state.facts.policy.admins:
        _say(draft, texts.admin_is_admin())
    else:
        if user_id not in desk.blocked:
            draft.effects.append(BlockPerson(user_id=user_id))
        _say(draft, texts.admin_blocked(user_id))


def _unblock(draft: Draft, event: CommandSent, desk: Desk, words: str) -> None:
    user_id = _whom(event, words)
    if user_id is None:
        _say(draft, draft.texts.admin_whom())
    elif user_id not in desk.blocked:
        _say(draft, draft.texts.admin_not_blocked(user_id))
    else:
        draft.effects.append(UnblockPerson(user_id=user_id))
        _say(draft, draft.texts.admin_unblocked(user_id))


def _whom(event: CommandSent, words: str) -> int | None:
    """Who is meant: by a number, or by the message that the command answers; None if nobody."""
    if words:
        return int(words) if words.isascii() and words.isdigit() and len(words) < 16 else None
    replied = event.heard.replied
    return None if replied is None or replied.from_bot else replied.author_id


def _draft_announcement(draft: Draft, desk: Desk, text: str) -> None:
    texts = draft.texts
    if desk.unannounced:
        _say(draft, texts.admin_still_announcing(desk.unannounced))
        return
    draft.effects.append(DraftAnnouncement(text=text))
    keyboard = admin_keyboards.announcement(texts, draft.owner, _digest(text), desk.audience)
    _tell(draft, texts.admin_ask_announcement(escape(text), desk.audience), keyboard)


def _settle_announcement(
    draft: Draft, event: ButtonPressed, desk: Desk, data: CallbackData, *, announce: bool
) -> None:
    """Announce the draft or drop it, if the button stands under the present one."""
    if not desk.draft or data.value != _digest(desk.draft):
        raise RefusalError(draft.texts.admin_outdated(), dead=True)
    draft.effects.append(DraftAnnouncement(text=""))
    if announce:
        draft.effects.append(Announce(text=escape(desk.draft)))
        _show(draft, event, draft.texts.admin_announcing(desk.audience))
    else:
        _show(draft, event, draft.texts.admin_dropped())
    draft.answer(event.query_id)


def _digest(text: str) -> str:
    return f"{zlib.crc32(text.encode()):x}"


def _say(draft: Draft, text: str) -> None:
    _tell(draft, text, ())


def _tell(draft: Draft, text: str, keyboard: Keyboard) -> None:
    """In private, whatever chat the command came from: others need not read it."""
    chat_id = None if draft.state.private else draft.owner
    draft.effects.append(Send(text=text, chat_id=chat_id, keyboard=keyboard))


def _show(draft: Draft, event: ButtonPressed, text: str, keyboard: Keyboard = ()) -> None:
    """Have the message with the button say something else."""
    if event.message_id is not None:
        edit = Edit(text=text, message_id=event.message_id, keyboard=keyboard)
        draft.effects.append(edit)
