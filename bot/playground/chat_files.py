"""The files of all messages, with the identifiers that Telegram gives them."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from bot.playground.photo_sizes import (
    UnreadablePhotoError,
    dimensions,
    encode_sizes,
    encode_thumbnail,
)
from bot.playground.telegram_objects import ApiDocument, ApiFile, ApiPhotoSize
from core.pictures.picture_errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.playground.chat_database import ChatDatabase
    from core.pictures.decoder import OpenedPicture

    PictureOpener = Callable[[bytes], Awaitable[OpenedPicture]]

UNUSED_KEPT: Final = 64
"""How many files stay after the last message that showed them is gone: a page may still be loading them."""
ANY_TYPE: Final = "application/octet-stream"
_JPEG: Final = "image/jpeg"


class FileKind(StrEnum):
    """What a file was sent as; the value is the folder in its ``file_path``."""

    PHOTO = "photos"
    DOCUMENT = "documents"
    ANIMATION = "animations"
    VIDEO = "videos"
    STICKER = "stickers"
    VOICE = "voice"
    THUMBNAIL = "thumbnails"


# Some systems' tables of MIME types lack these.
_MIME_TYPES: Final = {
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".webp": "image/webp",
}


def mime_type_of(name: str) -> str:
    """Returns the MIME type that belongs to the suffix of a file's name."""
    suffix = PurePosixPath(name.lower()).suffix
    return _MIME_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or ANY_TYPE


@dataclass(frozen=True)
class UploadedFile:
    """A file that the bot or a person uploads."""

    content: bytes
    name: str
    mime_type: str


class StoredFile(BaseModel, frozen=True):
    """The description of a stored file; ``path`` is the ``file_path`` that getFile returns, ``size`` counts bytes."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    size: int


class ChatFiles:
    """All files, by identifier.

    Args:
        database: Where the files are kept.
        open_picture: Opens what strangers send, as ``core.pictures.decoder.Decoder.open`` does in a process for each; None
            decodes it in this process.

    Attributes:
        total_bytes: The size of all files together.
    """

    def __init__(self, database: ChatDatabase, open_picture: PictureOpener | None = None) -> None:
        self._database = database
        self._open_picture = open_picture
        self._by_unique_id: dict[str, StoredFile] = {}
        self._by_file_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._uses: Counter[str] = Counter()
        # An ordered set: the file that the longest time no message shows comes first.
        self._unused: dict[str, None] = {}
        self.total_bytes = 0
        for unique_id, text in database.records("file"):
            self._register(StoredFile.model_validate_json(text))
            self._unused[unique_id] = None

    async def add_photo(self, upload: UploadedFile) -> list[ApiPhotoSize]:
        """Store a photo in Telegram's sizes, and return these, smallest first.

        Raises:
            UnreadablePhotoError: The bytes cannot be decoded.
        """
        variants = await asyncio.to_thread(encode_sizes, await self._opened(upload.content))
        sizes = [
            ApiPhotoSize(
                **_identifiers("AgACAgI").model_dump(exclude={"file_size"}),
                file_size=len(variant.content),
                width=variant.width,
                height=variant.height,
            )
            for variant in variants
        ]
        with self._database.transaction():
            for size, variant in zip(sizes, variants, strict=True):
                self._store(FileKind.PHOTO, size, "photo.jpg", _JPEG, variant.content)
        return sizes

    async def add_document(
        self, upload: UploadedFile, picture: UploadedFile | None = None
    ) -> ApiDocument:
        """Store a file unchanged; its thumbnail shows ``picture``, or the file itself if that is a picture."""
        thumbnail = await self.add_thumbnail((picture or upload).content)
        file = _identifiers("BQACAgI", len(upload.content))
        self._store(FileKind.DOCUMENT, file, upload.name, upload.mime_type, upload.content)
        return ApiDocument(
            **file.model_dump(),
            file_name=upload.name,
            mime_type=upload.mime_type,
            thumbnail=thumbnail,
        )

    async def add_thumbnail(self, content: bytes) -> ApiPhotoSize | None:
        """Store a small JPEG of a picture; returns None if ``content`` is no picture."""
        try:
            jpeg = await asyncio.to_thread(encode_thumbnail, await self._opened(content))
        except UnreadablePhotoError:
            return None
        file = _identifiers("AAMCAgA", len(jpeg.content))
        self._store(FileKind.THUMBNAIL, file, "thumbnail.jpg", _JPEG, jpeg.content)
        return ApiPhotoSize(**file.model_dump(), width=jpeg.width, height=jpeg.height)

    async def dimensions(self, content: bytes) -> tuple[int, int]:
        """Returns a picture's width and height in pixels.

        Raises:
            UnreadablePhotoError: The bytes are no picture.
        """
        return dimensions(await self._opened(content))

    async def _opened(self, content: bytes) -> bytes:
        """What this process may decode of a file."""
        if self._open_picture is None:
            return content
        try:
            return (await self._open_picture(content)).data
        except PictureError as error:
            raise UnreadablePhotoError(str(error)) from error

    def add_raw(self, kind: FileKind, upload: UploadedFile) -> ApiFile:
        """Store an animation, a sticker, a voice message or a video unchanged."""
        file = _identifiers("CgACAgI", len(upload.content))
        self._store(kind, file, upload.name, upload.mime_type, upload.content)
        return file

    def find(self, file_id: str) -> StoredFile | None:
        """Returns the file with a ``file_id``."""
        return self._by_file_id.get(file_id)

    def find_unique(self, unique_id: str) -> StoredFile | None:
        """Returns the file with a ``file_unique_id``."""
        return self._by_unique_id.get(unique_id)

    def find_path(self, path: str) -> StoredFile | None:
        """Returns the file with a ``file_path``."""
        return self._by_path.get(path)

    def read(self, file: StoredFile) -> bytes:
        """Returns the bytes of a stored file."""
        return self._database.get_bytes(file.unique_id)

    def retain(self, files: list[ApiFile]) -> None:
        """Count one more message that shows these files."""
        for file in files:
            self._uses[file.file_unique_id] += 1
            self._unused.pop(file.file_unique_id, None)

    def release(self, files: list[ApiFile]) -> None:
        """Count one message less that shows these files, and delete old files that no message shows."""
        for file in files:
            self._uses[file.file_unique_id] -= 1
            if self._uses[file.file_unique_id] <= 0:
                self._unused[file.file_unique_id] = None
        self.trim_unused()

    def trim_unused(self) -> None:
        """Delete the files that no message shows, except the ``UNUSED_KEPT`` newest."""
        while len(self._unused) > UNUSED_KEPT:
            self.delete_unused()

    def delete_unused(self) -> bool:
        """Delete the first of the files that no message shows; returns False if there is none."""
        if not self._unused:
            return False
        unique_id = next(iter(self._unused))
        del self._unused[unique_id]
        self._uses.pop(unique_id, None)
        file = self._by_unique_id.pop(unique_id)
        del self._by_file_id[file.file_id], self._by_path[file.path]
        self.total_bytes -= file.size
        with self._database.transaction():
            self._database.remove("file", unique_id)
            self._database.remove_bytes(unique_id)
        return True

    def _store(
        self,
        kind: FileKind,
        file: ApiFile,
        name: str,
        mime_type: str,
        content: bytes,
    ) -> None:
        stored = StoredFile(
            file_id=file.file_id,
            unique_id=file.file_unique_id,
            path=f"{kind}/{file.file_unique_id}{PurePosixPath(name).suffix}",
            name=name,
            mime_type=mime_type,
            size=len(content),
        )
        with self._database.transaction():
            self._database.put_bytes(stored.unique_id, content)
            self._database.put("file", stored.unique_id, stored.model_dump_json())
        self._register(stored)

    def _register(self, file: StoredFile) -> None:
        self._by_unique_id[file.unique_id] = file
        self._by_file_id[file.file_id] = file
        self._by_path[file.path] = file
        self.total_bytes += file.size


def _identifiers(prefix: str, size: int | None = None) -> ApiFile:
    unique = secrets.token_urlsafe(10)
    return ApiFile(
        file_id=f"{prefix}AAxkBAAI{secrets.token_urlsafe(24)}AAI{unique}",
        file_unique_id=f"AQAD{unique}",
        file_size=size,
    )
