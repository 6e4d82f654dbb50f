"""Makes the pictures and films that effects name, off the event loop."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import Film, LossCurve, ResultImage, StyleImage, StyleSheet
from core.jobs.job_errors import JobGoneError, StyleGoneError
from core.pictures.builtin_styles import builtin_style
from core.pictures.codec import reread_picture, to_jpeg
from core.pictures.thumbnails import thumbnail
from core.render.curve_labels import CurveLabels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation.effects import Attachment, SheetTile
    from core.jobs.store import Store

STYLE_SIDE: Final = 1000
"""Long side in pixels of a style that is shown alone."""

PHOTO_SIDE: Final = 2560
"""Long side in pixels of a result's photo; Telegram shows 1280, the file beside it has everything."""

THUMBNAIL_SIDE: Final = 320
"""Long side in pixels of the thumbnail beside a file's name; Telegram's limit."""


class Attachments:
    """Reads the store and renders.

    Args:
        store: Has the pictures.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def render(self, attachment: Attachment) -> bytes:
        """The file of an attachment: JPEG for a photo, PNG for a result's file and the loss curve, MP4 for a film.

        Raises:
            core.jobs.job_errors.StoreError: What it is made of is not kept any more.
        """
        match attachment:
            case StyleSheet(tiles):
                return await self._sheet(tiles)
            case StyleImage(picture_id, builtin):
                return await self._style(picture_id, builtin)
            case ResultImage(job_id, as_file, tiles):
                picture = (await self._store.jobs.result(job_id)).picture
                if tiles:
                    picture = await asyncio.to_thread(_numbered, picture, tiles)
                if as_file:
                    return picture
                return await asyncio.to_thread(smaller_jpeg, picture, PHOTO_SIDE)
            case LossCurve(job_id, labels):
                return await self._curve(job_id, labels)
            case Film(job_id, compare):
                return await self._film(job_id, compare=compare)

    async def _sheet(self, tiles: tuple[SheetTile, ...]) -> bytes:
        if all(tile.builtin for tile in tiles):
            return await asyncio.to_thread(_builtin_sheet, tiles)
        thumbnails, titles = [], []
        for tile in tiles:
            try:
                thumbnails.append(await self._thumbnail(tile))
            except StyleGoneError:
                continue  # It was removed after the sheet was decided on.
            titles.append(tile.title)
        if not thumbnails:
            raise StyleGoneError
        return await asyncio.to_thread(_composed, thumbnails, titles)

    async def _thumbnail(self, tile: SheetTile) -> bytes:
        if tile.builtin is not None:
            return await asyncio.to_thread(builtin_thumbnail, tile.builtin)
        return await self._store.styles.thumbnail(tile.style_id or 0)

    async def _style(self, picture_id: int | None, builtin: str | None) -> bytes:
        if builtin is not None:
            return await asyncio.to_thread(builtin_style, builtin)
        data = await self._store.pictures.data(picture_id or 0)
        return await asyncio.to_thread(_reduced, data)

    async def _curve(self, job_id: int, labels: tuple[str, ...]) -> bytes:
        from core.render.loss_curve import loss_curve  # noqa: PLC0415 - slow to import, and rarely wanted

        result = await self._store.jobs.result(job_id)
        return await asyncio.to_thread(loss_curve, result.trace, labels=CurveLabels(*labels))

    async def _film(self, job_id: int, *, compare: bool) -> bytes:
        from core.render.film import before_and_after, time_lapse  # noqa: PLC0415

        job = await self._store.jobs.get(job_id)
        if job is None:
            raise JobGoneError(job_id)
        result = await self._store.jobs.result(job_id)
        content = await self._store.pictures.data(job.content.id)
        if compare:
            return await asyncio.to_thread(before_and_after, content, result.picture)
        return await asyncio.to_thread(time_lapse, result.frames, content, result.picture)


def smaller_jpeg(png: bytes, max_side: int) -> bytes:
    """A JPEG of a result, its long side reduced to so many pixels if it is larger."""
    return to_jpeg(reread_picture(png), quality=92, max_side=max_side)


@cache
def builtin_thumbnail(name: str) -> bytes:
    """A small JPEG of a built-in style."""
    return thumbnail(builtin_style(name))


# What newcomers see is the same for all who speak their language. Nobody's own pictures are cached.
@cache
def _builtin_sheet(tiles: tuple[SheetTile, ...]) -> bytes:
    return _composed(
        [builtin_thumbnail(tile.builtin or "") for tile in tiles], [tile.title for tile in tiles]
    )


def _composed(thumbnails: Sequence[bytes], titles: Sequence[str]) -> bytes:
    from core.render.contact_sheet import SheetEntry, contact_sheet  # noqa: PLC0415 - its fonts are slow to import

    return contact_sheet(list(map(SheetEntry, thumbnails, titles)))


def _numbered(picture: bytes, tiles: int) -> bytes:
    from core.render.contact_sheet import number_tiles  # noqa: PLC0415 - its fonts are slow to import

    return number_tiles(picture, tiles)


def _reduced(data: bytes) -> bytes:
    return to_jpeg(reread_picture(data), quality=88, max_side=STYLE_SIDE)
