"""Looks up the styles behind links."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation.committer import Upload
from bot.conversation.events import PictureTrouble
from bot.conversation.upload_limits import TooManyPicturesError, UploadLimits, Uploads
from bot.messages.texts.share_texts import TOO_MANY_LINKS
from core.jobs.job_errors import PictureGoneError
from core.pictures.builtin_styles import BUILTIN_STYLES, builtin_style
from core.pictures.codec import reread_picture
from core.pictures.picture_errors import PictureError

if TYPE_CHECKING:
    from bot.conversation.events import LinkFollowed
    from core.jobs.store import Store

log = logging.getLogger(__name__)

PER_MINUTE: Final = 10
PER_HOUR: Final = 60
"""How many links one person may follow; a code of 128 bits is not guessed within these limits, or within any."""


class SharedStyles:
    """Works before the turn, since it reads pictures.

    Args:
        store: Has the pictures.
        on: Whether styles may be shared here.
        exempt: Users to whom no limit applies.
    """

    def __init__(self, store: Store, *, on: bool, exempt: frozenset[int] = frozenset()) -> None:
        self._store = store
        self._on = on
        limits = UploadLimits(per_minute=PER_MINUTE, per_hour=PER_HOUR, exempt=exempt)
        self._followed = Uploads(limits)

    async def follow(self, user_id: int, event: LinkFollowed) -> tuple[LinkFollowed, Upload | None]:
        """What a link leads to: the event with what is known of it, and the picture that is to be stored."""
        if not self._on:
            return event, None
        try:
            self._followed.admit(user_id)
        except TooManyPicturesError:
            return replace(event, trouble=PictureTrouble(reason=TOO_MANY_LINKS)), None
        message_id = event.heard.message_id
        if event.code in BUILTIN_STYLES:
            return event, await builtin_upload(event.code, message_id)
        shared = await self._store.shares.open(event.code)
        if shared is None:
            return event, None
        picture_id, size = shared
        try:
            data = await self._store.pictures.data(picture_id)
        except (PictureGoneError, PictureError) as error:
            log.warning("A shared style cannot be read: %s", error)
            return event, None
        return event, Upload(data=data, size=size, message_id=message_id)


async def builtin_upload(name: str, message_id: int) -> Upload:
    """A built-in style as a picture that a person brings."""
    drawn = await asyncio.to_thread(builtin_style, name)
    size = await asyncio.to_thread(lambda: reread_picture(drawn).size)
    return Upload(data=drawn, size=size, message_id=message_id, builtin=name)
