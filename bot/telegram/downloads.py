"""Fetches what a person sent, photo or file, if it is not too much, and has it checked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from telegram.constants import FileSizeLimit
from telegram.error import BadRequest, NetworkError

from bot.conversation.committer import Upload
from bot.conversation.events import PictureTrouble
from bot.conversation.upload_limits import TooManyPicturesError
from core.pictures.picture_errors import FileTooLargeError, PictureError, UnknownFormatError

if TYPE_CHECKING:
    from telegram import Document, Message, PhotoSize

    from bot.conversation.upload_limits import Uploads
    from core.pictures.decoder import Decoder

log = logging.getLogger(__name__)

DOWNLOAD_LIMIT: Final = int(FileSizeLimit.FILESIZE_DOWNLOAD)
NO_PICTURES: Final = ("video/", "audio/", "text/", "font/")


class Downloads:
    """Where pictures come in.

    Args:
        decoder: Opens them.
        uploads: Counts them.
    """

    def __init__(self, decoder: Decoder, uploads: Uploads) -> None:
        self._decoder = decoder
        self._uploads = uploads

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

    async def _fetch(self, source: Message, message: Message) -> Upload:
        picture = _picture_of(source)
        if picture.file_size is not None and picture.file_size > DOWNLOAD_LIMIT:
            raise FileTooLargeError(size=picture.file_size, limit=DOWNLOAD_LIMIT)
        data = await _download(picture)
        return Upload(
            data=data,
            size=await self._decoder.check(data),
            message_id=message.message_id,
            album=message.media_group_id,
        )


async def _download(picture: PhotoSize | Document) -> bytes:
    try:
        file = await picture.get_file()
        return bytes(await file.download_as_bytearray())
    except BadRequest as error:
        if "too big" in error.message.lower():
            raise FileTooLargeError(size=picture.file_size or 0, limit=DOWNLOAD_LIMIT) from error
        raise


def _picture_of(message: Message) -> PhotoSize | Document:
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height)
    if message.document is None or (message.document.mime_type or "").startswith(NO_PICTURES):
        raise UnknownFormatError
    return message.document
