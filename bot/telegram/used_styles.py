"""Looks at the style picture of a job, so that its owner finds it among their styles."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.telegram.attachments import builtin_thumbnail
from core.jobs.job_errors import StoreError
from core.jobs.models import UsedStyle
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.pictures.picture_errors import PictureError
from core.pictures.thumbnails import alike, thumbnail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.jobs.models import Job, SentPicture
    from core.jobs.store import Store

log = logging.getLogger(__name__)


async def used_style(store: Store, job: Job, picture: SentPicture) -> UsedStyle | None:
    """What is to be remembered of a style of a job; None if it is built in, or cannot be seen any more."""
    try:
        data = await store.pictures.data(picture.id)
        small = await asyncio.to_thread(thumbnail, data)
        if await asyncio.to_thread(_is_builtin, small):
            return None
        known = {
            style.id: await store.styles.thumbnail(style.id)
            for style in await store.styles.of(job.person)
        }
        same = await asyncio.to_thread(_same_as, small, known)
    except (StoreError, PictureError) as error:
        log.warning("A style cannot be remembered: %s", error)
        return None
    return UsedStyle(picture=picture, thumbnail=small, same_as=same)


def _is_builtin(small: bytes) -> bool:
    return any(alike(small, builtin_thumbnail(name)) for name in BUILTIN_STYLES)


def _same_as(small: bytes, known: Mapping[int, bytes]) -> int | None:
    return next((style_id for style_id, other in known.items() if alike(small, other)), None)
