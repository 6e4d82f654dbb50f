"""What stands in the playground's chats, and trouble on the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.faults import Fault, FaultKind

if TYPE_CHECKING:
    from bot.playground.server import Playground
    from bot.playground.telegram_objects import ApiMessage

ADA_ID = 11


def messages(playground: Playground, chat_id: int = ADA_ID) -> list[ApiMessage]:
    """A chat as it stands now."""
    return playground.world.messages(chat_id)


def texts(playground: Playground, chat_id: int = ADA_ID) -> list[str]:
    """The texts and captions of a chat."""
    return [one.text or one.caption or "" for one in messages(playground, chat_id)]


def kinds(playground: Playground, chat_id: int = ADA_ID) -> list[str]:
    """Of each message of a chat, whether it is a photo, a document, an animation or text."""
    return [
        next((kind for kind in ("photo", "document", "animation") if getattr(one, kind)), "text")
        for one in messages(playground, chat_id)
    ]


def labels(message: ApiMessage) -> list[str]:
    """The labels of a message's buttons."""
    keyboard = message.reply_markup
    return [button.text for row in keyboard.inline_keyboard for button in row] if keyboard else []


def content_of(playground: Playground, file_id: str) -> bytes:
    """The bytes of a file in a chat."""
    stored = playground.world.files.find(file_id)
    assert stored is not None
    return playground.world.files.read(stored)


def trouble(playground: Playground, kind: FaultKind, method: str = "*", **how: float | str) -> None:
    """Have the next calls of a method go wrong: ``count``, ``seconds``, ``status`` and ``words`` say how."""
    playground.faults.add(Fault.model_validate({"kind": kind, "method": method, **how}))


def struck(playground: Playground) -> int:
    """How many calls have gone wrong so far."""
    return len(playground.faults.struck)
