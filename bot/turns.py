"""Which place in a conversation a picture takes. Pure: no Telegram, no store."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from core.jobs.models import Step

if TYPE_CHECKING:
    from core.jobs.models import SentPicture, Session


class Remark(Enum):
    """What the person should know about where the picture went."""

    TAKEN = auto()
    REPLACED_STYLE = auto()
    ONLY_TWO = auto()


def take(session: Session, picture: SentPicture) -> tuple[Session, Remark]:
    """Put a picture into a conversation.

    The first is the content, the second the style, a further one replaces the style. Two pictures of one album are
    a pair in the order of their messages, whichever arrives first; of a larger album the first two count.

    Returns:
        The conversation with it, its old question no longer valid, and what to say.
    """
    asked_anew = replace(session, question_id=None)
    pictures = [one for one in (session.content, session.style) if one is not None]
    album = [one for one in pictures if _same_album(one, picture)]
    if album:
        content, style = sorted([*album, picture], key=lambda one: one.message_id)[:2]
        remark = Remark.ONLY_TWO if len(album) == 2 else Remark.TAKEN
        return replace(asked_anew, content=content, style=style), remark
    if session.step is Step.CONTENT:
        return replace(asked_anew, content=picture), Remark.TAKEN
    remark = Remark.TAKEN if session.step is Step.STYLE else Remark.REPLACED_STYLE
    return replace(asked_anew, style=picture), remark


def swap(session: Session) -> Session:
    """Exchange content and style."""
    return replace(session, content=session.style, style=session.content)


def _same_album(one: SentPicture, other: SentPicture) -> bool:
    return one.album is not None and one.album == other.album
