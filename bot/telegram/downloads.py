"""Fetches what a person sent, photo or file, if it is not too much, and has it opened."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from telegram import Document
from telegram.error import BadRequest, TelegramError

from bot.conversation.committer import Upload
from bot.conversation.events import PictureTrouble
from bot.conversation.upload_limits import TooManyPicturesError
from bot.settings import CLOUD_MB, MEGABYTE
from bot.telegram.limiter import ClosedError
from bot.telegram.server_disk import ServerFileError
from core.pictures.notes import Note
from core.pictures.picture_errors import FileTooLargeError, PictureError, UnknownFormatError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation.upload_limits import Uploads
    from bot.telegram.picture_sources import PictureFile, PictureSource
    from bot.telegram.server_disk import ServerDisk
    from core.pictures.decoder import Decoder

log = logging.getLogger(__name__)

CLOUD_LIMIT: Final = CLOUD_MB * MEGABYTE
"""Bytes of the largest file that Telegram's own server gives a bot."""

FETCH_TIMEOUT: Final = 300.0
"""Seconds for getFile: a server with ``--local`` answers when it has fetched the whole file."""

NO_PICTURES: Final = ("video/", "audio/", "text/", "font/")
BYTES_AT_ONCE: Final = 5 * CLOUD_LIMIT
"""Bytes of all pictures together that are being downloaded, checked and stored: hundreds of photos, or 5 large files."""


class Downloads:
    """Where pictures come in.

    Args:
        decoder: Opens them.
        uploads: Counts them.
        disk: Where the server's files are, if it names paths.
        limit: Bytes of the largest file that is taken.
        bytes_at_once: How many bytes all pictures that are being handled may have together.
    """

    def __init__(
        self,
        decoder: Decoder,
        uploads: Uploads,
        disk: ServerDisk,
        limit: int = CLOUD_LIMIT,
        *,
        bytes_at_once: int = BYTES_AT_ONCE,
    ) -> None:
        self._decoder = decoder
        self._uploads = uploads
        self._disk = disk
        self._limit = limit
        self._room = ByteRoom(bytes_at_once)

    @asynccontextmanager
    async def fetched(
        self, source: PictureSource, user_id: int, *, message_id: int = 0, album: str | None = None
    ) -> AsyncIterator[Upload | PictureTrouble | None]:
        """Download a picture and check it, off the event loop; its bytes count until the caller is done with it.

        Args:
            source: The picture.
            user_id: Who wants it taken.
            message_id: The message in which they said so; 0 if it was none.
            album: Its media_group_id.

        Yields:
            The picture, or why there is none; None if the person was told already.
        """
        try:
            self._uploads.admit(user_id)
        except TooManyPicturesError as error:
            yield _too_many(error)
            return
        size = source.fitting(self._limit).file_size
        # What is too large is not downloaded, so it takes no room.
        taken = 0 if size is not None and size > self._limit else size or self._limit
        async with self._room.taken(taken):
            found = await self._fetch_or_say_why(source)
            if isinstance(found, Upload):
                found = replace(found, message_id=message_id, album=album)
            yield found

    async def _fetch_or_say_why(self, source: PictureSource) -> Upload | PictureTrouble:
        try:
            return await self._fetch(source)
        except PictureError as error:
            return PictureTrouble(reason=error.spoken)
        except ClosedError:
            raise  # The next start fetches it.
        except TelegramError as error:
            log.warning("A picture could not be fetched: %s", error)
            return PictureTrouble()
        except ServerFileError as error:
            log.error("A picture could not be fetched: %s", error)  # noqa: TRY400 - it says what to do
            return PictureTrouble()

    async def _fetch(self, source: PictureSource) -> Upload:
        file = source.fitting(self._limit)
        if isinstance(file, Document) and (file.mime_type or "").startswith(NO_PICTURES):
            raise UnknownFormatError
        if file.file_size is not None and file.file_size > self._limit:
            raise FileTooLargeError(size=file.file_size, limit=self._limit)
        data = await self._download(file)
        opened = await self._decoder.open(data)
        return Upload(
            data=opened.data,
            size=opened.size,
            message_id=0,
            moves=source.moves or Note.MOVES in opened.notes,
            notes=opened.notes,
        )

    async def _download(self, picture: PictureFile) -> bytes:
        bot = picture.get_bot()
        try:
            file = await (
                picture.get_file(read_timeout=FETCH_TIMEOUT)
                if self._disk.is_used
                else picture.get_file()
            )
        except BadRequest as error:
            if "too big" in error.message.lower():
                raise FileTooLargeError(size=picture.file_size or 0, limit=CLOUD_LIMIT) from error
            raise
        # PTB puts the address in front, unless the path happens to be a file here, which it would then read unasked.
        path = (file.file_path or "").removeprefix(f"{bot.base_file_url}/")
        if path.startswith("/"):
            return await asyncio.to_thread(self._disk.read, path, self._limit)
        return await bot.request.retrieve(f"{bot.base_file_url}/{quote(path)}")


class ByteRoom:
    """A limit to bytes that many share; whoever comes first gets room first, however much it is.

    Args:
        size: Bytes in all.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._line = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """So many bytes are taken inside, at most all; waits until there is room."""
        size = min(size, self._size)
        async with self._line:
            while self._free < size:
                self._freed.clear()
                await self._freed.wait()
            self._free -= size
        try:
            yield
        finally:
            self._free += size
            self._freed.set()


def _too_many(error: TooManyPicturesError) -> PictureTrouble | None:
    if error.told:
        return None
    log.info("Too much from one person: %s", error)
    return PictureTrouble(limit=error.limit, window=error.window, wait=error.seconds)
