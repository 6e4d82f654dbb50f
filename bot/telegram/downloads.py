"""Fetches what a person sent, photo or file, if it is not too much, and has it checked."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from telegram.error import BadRequest, NetworkError

from bot.conversation.committer import Upload
from bot.conversation.events import PictureTrouble
from bot.conversation.upload_limits import TooManyPicturesError
from bot.settings import CLOUD_MB
from bot.telegram.server_disk import ServerFileError
from core.pictures.picture_errors import FileTooLargeError, PictureError, UnknownFormatError

if TYPE_CHECKING:
    from telegram import Document, Message, PhotoSize

    from bot.conversation.upload_limits import Uploads
    from bot.telegram.server_disk import ServerDisk
    from core.pictures.decoder import Decoder

log = logging.getLogger(__name__)

CLOUD_LIMIT: Final = CLOUD_MB * 1_000_000
"""Bytes of the largest file that Telegram's own server gives a bot."""

FETCH_TIMEOUT: Final = 300.0
"""Seconds for getFile: a server with ``--local`` answers when it has fetched the whole file."""

NO_PICTURES: Final = ("video/", "audio/", "text/", "font/")


class Downloads:
    """Where pictures come in.

    Args:
        decoder: Opens them.
        uploads: Counts them.
        disk: Where the server's files are, if it names paths.
        limit: Bytes of the largest file that is taken.
    """

    def __init__(
        self, decoder: Decoder, uploads: Uploads, disk: ServerDisk, limit: int = CLOUD_LIMIT
    ) -> None:
        self._decoder = decoder
        self._uploads = uploads
        self._disk = disk
        self._limit = limit

    async def fetch(
        self, source: Message, *, user_id: int, message: Message
    ) -> Upload | PictureTrouble | None:
        """Download the picture of a message and check it, off the event loop.

        Args:
            source: The message with the picture.
            user_id: Who wants it taken.
            message: The message in which they said so.

        Returns:
            The picture, or why there is none; None if the person was told already.
        """
        try:
            self._uploads.admit(user_id)
            return await self._fetch(source, message)
        except TooManyPicturesError as error:
            if error.told:
                return None
            log.info("Too much from one person: %s", error)
            return PictureTrouble(limit=error.limit, window=error.window, wait=error.seconds)
        except PictureError as error:
            return PictureTrouble(reason=error.spoken)
        except NetworkError as error:
            log.warning("A picture could not be fetched: %s", error)
            return PictureTrouble()
        except ServerFileError as error:
            log.error("A picture could not be fetched: %s", error)  # noqa: TRY400 - it says what to do
            return PictureTrouble()

    async def _fetch(self, source: Message, message: Message) -> Upload:
        picture = _picture_of(source)
        if picture.file_size is not None and picture.file_size > self._limit:
            raise FileTooLargeError(size=picture.file_size, limit=self._limit)
        data = await self._download(picture)
        return Upload(
            data=data,
            size=await self._decoder.check(data),
            message_id=message.message_id,
            album=message.media_group_id,
        )

    async def _download(self, picture: PhotoSize | Document) -> bytes:
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


def _picture_of(message: Message) -> PhotoSize | Document:
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height)
    if message.document is None or (message.document.mime_type or "").startswith(NO_PICTURES):
        raise UnknownFormatError
    return message.document
