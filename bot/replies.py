"""Which message an answer hangs under."""

from __future__ import annotations

from telegram import ReplyParameters


def under(message_id: int | None) -> ReplyParameters | None:
    """Hang an answer under a message, or let it stand alone where that one is gone or was left in another chat."""
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None
