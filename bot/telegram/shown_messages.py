"""Remembers what messages show, since Telegram refuses an edit that changes nothing.

Presses come twice, places in the queue stay as they are, and percentages move more slowly than progress comes. What a
message with a row of its own shows stands in that row, so that a restart does not repeat it; the others are remembered
as long as the process lives. All that is kept are digests.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Self

from pydantic import TypeAdapter

from bot.conversation.effects import Attachment, Edit, Send, SetButtons

if TYPE_CHECKING:
    from bot.messages.inline_keyboard import Keyboard
    from core.jobs.outbox_repository import OutboxRepository

REMEMBERED: Final = 10_000
"""Messages, in memory."""

_attachments: Final[TypeAdapter[Attachment]] = TypeAdapter(Attachment)
_UNKNOWN: Final = "-"


@dataclass(frozen=True, slots=True)
class ShownContent:
    """What a message shows, or what an edit would have it show, as digests; a part is empty if nothing is known of it."""

    text: str = ""
    buttons: str = ""
    picture: str = ""

    @classmethod
    def of(cls, text: str, keyboard: Keyboard, picture: bytes | None = None) -> Self:
        """Of an edit that leaves the picture alone, or brings another one."""
        image = "" if picture is None else _digest(picture)
        return cls(_digest(text.encode()), _digest(repr(keyboard).encode()), image)

    @classmethod
    def of_effect(cls, effect: Send | Edit | SetButtons) -> Self:
        """Of what an effect shows."""
        buttons = repr(effect.keyboard).encode()
        if isinstance(effect, SetButtons):
            return cls(buttons=_digest(buttons))
        picture = None
        if effect.attachment is not None:
            picture = _attachments.dump_json(effect.attachment)
        return cls.of(effect.text, effect.keyboard, picture)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of ``str``."""
        return cls(*(part.replace(_UNKNOWN, "") for part in text.split()))

    def __str__(self) -> str:
        return " ".join(getattr(self, part.name) or _UNKNOWN for part in fields(self))

    def covers(self, change: ShownContent) -> bool:
        """Whether a change would change nothing."""
        parts = ((getattr(self, one.name), getattr(change, one.name)) for one in fields(self))
        return all(new in {"", old} for old, new in parts)

    def after(self, change: ShownContent) -> ShownContent:
        """What a message shows that showed this before a change."""
        parts = ((getattr(self, one.name), getattr(change, one.name)) for one in fields(self))
        return ShownContent(*(new or old for old, new in parts))


class ShownMessages:
    """What the bot's messages show, as far as it is known.

    Args:
        outbox: Has the rows of messages.
    """

    def __init__(self, outbox: OutboxRepository) -> None:
        self._outbox = outbox
        self._known: OrderedDict[tuple[int, int], ShownContent] = OrderedDict()

    async def says(self, chat_id: int, message_id: int, change: ShownContent) -> bool:
        """Whether a message shows already what a change would have it show."""
        return (await self._of(chat_id, message_id)).covers(change)

    async def note(self, chat_id: int, message_id: int, change: ShownContent) -> None:
        """A message was sent or changed."""
        shown = (await self._of(chat_id, message_id)).after(change)
        self._known[chat_id, message_id] = shown
        self._known.move_to_end((chat_id, message_id))
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        await self._outbox.set_shown(chat_id, message_id, str(shown))

    async def doubt(self, chat_id: int, message_id: int) -> None:
        """A call got no answer: nobody knows what a message shows now."""
        self._known.pop((chat_id, message_id), None)
        await self._outbox.set_shown(chat_id, message_id, None)

    async def _of(self, chat_id: int, message_id: int) -> ShownContent:
        known = self._known.get((chat_id, message_id))
        if known is None:
            stored = await self._outbox.shown(chat_id, message_id)
            known = ShownContent() if stored is None else ShownContent.parse(stored)
        return known


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=8).hexdigest()
