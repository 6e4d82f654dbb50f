"""Which place a picture takes in a session: the photo, the style, or one of several styles."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from core.jobs.models import MAX_BLEND, Session, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.models import SentPicture


class Remark(Enum):
    """What the person should know about the place that a picture took."""

    NONE = auto()
    REPLACED_STYLE = auto()
    REPLACED_ALL = auto()


def take(session: Session, picture: SentPicture) -> tuple[Session, Remark]:
    """Put a picture into a session.

    The first is the content, the second the style, a further one replaces the style. Of an album, in the order of its
    messages, whichever arrives first, the first is the content, and up to four others are styles, instead of whatever came
    before it.
    """
    if session.blend_of is not None:
        return session.with_style(picture), Remark.NONE
    album = [one for one in session.pictures if one.album == picture.album]
    if picture.album is not None and (album or picture.album == session.wishes.lost_of):
        replaced = any(one not in album for one in session.pictures)
        remark = Remark.REPLACED_ALL if replaced else Remark.NONE
        return placed(session, [*album, picture]), remark
    if session.step is Step.CONTENT:
        return replace(session, content=picture), Remark.NONE
    remark = Remark.NONE if session.step is Step.STYLE else Remark.REPLACED_STYLE
    return session.with_style(picture), remark


def placed(session: Session, album: Sequence[SentPicture]) -> Session:
    """A session with an album in the order of its messages. If some are lost, the places that they would have stay empty."""
    by_message = {one.message_id: one for one in album}
    wishes, messages = session.wishes, sorted({*by_message, *session.wishes.lost})
    photo = wishes.photo_among(messages) if wishes.lost else 0
    content = by_message.get(messages[photo]) if photo < len(messages) else None
    styles = [
        by_message[one]
        for place, one in enumerate(messages)
        if place != photo and one in by_message
    ]
    first = styles[0] if styles else None
    return replace(session, content=content, style=first, further=tuple(styles[1:MAX_BLEND]))


def swap(session: Session) -> Session:
    """Exchange content and style."""
    return replace(session, content=session.style, style=session.content)
