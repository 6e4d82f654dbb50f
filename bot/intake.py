"""What a person sends, photo or file, becomes checked bytes, if it is not too much."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from telegram.constants import FileSizeLimit
from telegram.error import BadRequest, NetworkError

from core.pictures.picture_errors import FileTooLargeError, UnknownFormatError

if TYPE_CHECKING:
    from telegram import Document, Message, PhotoSize

    from bot.conversation.upload_limits import Uploads
    from core.pictures.decoder import Decoder

log = logging.getLogger(__name__)

DOWNLOAD_LIMIT: Final = int(FileSizeLimit.FILESIZE_DOWNLOAD)
NO_PICTURES: Final = ("video/", "audio/", "text/", "font/")


class DownloadError(Exception):
    """Telegram did not hand out the file."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A picture's file that was found usable, and its size in pixels."""

    data: bytes
    width: int
    height: int


class Intake:
    """Where pictures come in.

    Args:
        decoder: Opens them.
        uploads: Counts them.
    """

    def __init__(self, decoder: Decoder, uploads: Uploads) -> None:
        self._decoder = decoder
        self._uploads = uploads

    async def fetch(self, message: Message, user_id: int) -> Checked:
        """Download the picture of a message and check it, off the event loop.

        Raises:
            core.pictures.picture_errors.PictureError: It cannot be used; the sentence says why.
            DownloadError: Telegram did not hand it out.
            bot.conversation.upload_limits.TooManyPicturesError: This person has sent too many.
        """
        self._uploads.admit(user_id)
        source = _source(message)
        if source.file_size is not None and source.file_size > DOWNLOAD_LIMIT:
            raise FileTooLargeError(size=source.file_size, limit=DOWNLOAD_LIMIT)
        data = await _download(source)
        return Checked(data, *await self._decoder.check(data))


async def _download(source: PhotoSize | Document) -> bytes:
    try:
        file = await source.get_file()
        return bytes(await file.download_as_bytearray())
    except BadRequest as error:
        if "too big" in error.message.lower():
            raise FileTooLargeError(size=source.file_size or 0, limit=DOWNLOAD_LIMIT) from error
        raise DownloadError(error.message) from error
    except NetworkError as error:
        raise DownloadError(error.message) from error


def _source(message: Message) -> PhotoSize | Document:
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height)
    if message.document is None or (message.document.mime_type or "").startswith(NO_PICTURES):
        raise UnknownFormatError
    return message.document
