"""Files that people and the bot have sent, and the identifiers that Telegram gives them."""

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

from bot.playground.photo_sizes import encode_sizes, encode_thumbnail
from bot.playground.telegram_objects import ApiDocument, ApiFile, ApiPhotoSize

if TYPE_CHECKING:
    from bot.playground.chat_database import ChatDatabase

UNUSED_KEPT: Final = 64
"""How many files stay that no message shows any longer: somebody may still be loading them."""
ANY_TYPE: Final = "application/octet-stream"
_JPEG: Final = "image/jpeg"


class FileKind(StrEnum):
    """What a file was sent as; Telegram does not let one pass for another."""

    PHOTO = "Photo"
    DOCUMENT = "Document"
    ANIMATION = "Animation"
    VIDEO = "Video"
    STICKER = "Sticker"
    VOICE = "VoiceNote"
    THUMBNAIL = "Thumbnail"


_FOLDERS: Final = {
    FileKind.PHOTO: "photos",
    FileKind.DOCUMENT: "documents",
    FileKind.ANIMATION: "animations",
    FileKind.VIDEO: "videos",
    FileKind.STICKER: "stickers",
    FileKind.VOICE: "voice",
    FileKind.THUMBNAIL: "thumbnails",
}


# What some systems' tables lack.
_MIME_TYPES: Final = {
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".webp": "image/webp",
}


def mime_type_of(name: str) -> str:
    """The type that a file's name promises."""
    suffix = PurePosixPath(name.lower()).suffix
    return _MIME_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or ANY_TYPE


@dataclass(frozen=True)
class UploadedFile:
    """A file as it arrives, from the bot or from a person."""

    content: bytes
    name: str
    mime_type: str


class StoredFile(BaseModel, frozen=True):
    """A kept file without its bytes; ``path`` is where getFile says it lies."""

    file_id: str
    unique_id: str
    kind: FileKind
    path: str
    name: str
    mime_type: str
    size: int


class ChatFiles:
    """All files of a world, by identifier."""

    def __init__(self, database: ChatDatabase) -> None:
        self._database = database
        self._by_unique_id: dict[str, StoredFile] = {}
        self._by_file_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._uses: Counter[str] = Counter()
        # In the order in which they came out of use; a dictionary without values.
        self._unused: dict[str, None] = {}
        self.total_bytes = 0
        for unique_id, text in database.records("file"):
            self._register(StoredFile.model_validate_json(text))
            self._unused[unique_id] = None

    async def add_photo(self, upload: UploadedFile) -> list[ApiPhotoSize]:
        """Keep a photo in Telegram's sizes, smallest first.

        Raises:
            NotAPictureError: The bytes cannot be decoded.
        """
        variants = await asyncio.to_thread(encode_sizes, upload.content)
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
                self._keep(FileKind.PHOTO, size, "photo.jpg", _JPEG, variant.content)
        return sizes

    async def add_document(
        self, upload: UploadedFile, picture: UploadedFile | None = None
    ) -> ApiDocument:
        """Keep a file as it is; a picture gets a thumbnail, others one of ``picture``."""
        thumbnail = await self.add_thumbnail((picture or upload).content)
        file = _identifiers("BQACAgI", len(upload.content))
        self._keep(FileKind.DOCUMENT, file, upload.name, upload.mime_type, upload.content)
        return ApiDocument(
            **file.model_dump(),
            file_name=upload.name,
            mime_type=upload.mime_type,
            thumbnail=thumbnail,
        )

    async def add_thumbnail(self, content: bytes) -> ApiPhotoSize | None:
        """Keep a small JPEG of a picture; None for what is no picture."""
        jpeg = await asyncio.to_thread(encode_thumbnail, content)
        if jpeg is None:
            return None
        file = _identifiers("AAMCAgA", len(jpeg.content))
        self._keep(FileKind.THUMBNAIL, file, "thumbnail.jpg", _JPEG, jpeg.content)
        return ApiPhotoSize(**file.model_dump(), width=jpeg.width, height=jpeg.height)

    def add_raw(self, kind: FileKind, upload: UploadedFile) -> ApiFile:
        """Keep an animation, a sticker, a voice message or a video as it is."""
        file = _identifiers("CgACAgI", len(upload.content))
        self._keep(kind, file, upload.name, upload.mime_type, upload.content)
        return file

    def find(self, file_id: str) -> StoredFile | None:
        """The file of a ``file_id``."""
        return self._by_file_id.get(file_id)

    def find_unique(self, unique_id: str) -> StoredFile | None:
        """The file of a ``file_unique_id``."""
        return self._by_unique_id.get(unique_id)

    def find_path(self, path: str) -> StoredFile | None:
        """The file of a ``file_path``."""
        return self._by_path.get(path)

    def read(self, file: StoredFile) -> bytes:
        """The bytes of a kept file."""
        return self._database.get_bytes(file.unique_id)

    def retain(self, files: list[ApiFile]) -> None:
        """Count that a message shows these files."""
        for file in files:
            self._uses[file.file_unique_id] += 1
            self._unused.pop(file.file_unique_id, None)

    def release(self, files: list[ApiFile]) -> None:
        """Count that a message shows these files no more; of those that none shows, only the newest stay."""
        for file in files:
            self._uses[file.file_unique_id] -= 1
            if self._uses[file.file_unique_id] <= 0:
                self._unused[file.file_unique_id] = None
        self.trim_unused()

    def trim_unused(self) -> None:
        """Delete the files that no message shows, except the newest."""
        while len(self._unused) > UNUSED_KEPT:
            self.delete_unused()

    def delete_unused(self) -> bool:
        """Delete the file that went out of use first; False if all files are in use."""
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

    def _keep(
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
            kind=kind,
            path=f"{_FOLDERS[kind]}/{file.file_unique_id}{PurePosixPath(name).suffix}",
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
