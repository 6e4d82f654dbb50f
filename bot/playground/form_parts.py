"""Reads forms with files, and bounds them as they arrive: what is too large is never held as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import BodyPartReader

from bot.playground.api_errors import ApiError
from bot.playground.chat_files import ANY_TYPE, UploadedFile, mime_type_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

MAX_UPLOAD: Final = 50 << 20
"""Bytes of one file, at most."""
MAX_FORM: Final = 2 * MAX_UPLOAD
"""Bytes of all parts of a form, at most."""
MAX_FIELD: Final = 1 << 20
"""Bytes of a part that is no file, at most."""
MAX_PARTS: Final = 64
_CHUNK: Final = 1 << 16


async def form_parts(request: web.Request) -> AsyncIterator[tuple[str, str | UploadedFile]]:
    """The fields and the files of a form with their names, in order.

    Raises:
        ApiError: 413 if a file, a field, their number or all together are too large.
    """
    left, parts = MAX_FORM, 0
    async for part in await request.multipart():
        parts += 1
        if parts > MAX_PARTS:
            raise _too_large()
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = await _read(part, min(left, MAX_FIELD if part.filename is None else MAX_UPLOAD))
        left -= len(content)
        if part.filename is None:
            yield part.name, content.decode("utf-8", "replace")
        else:
            yield part.name, _upload(part, part.filename, content)


async def _read(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > limit:
            raise _too_large()
    return bytes(content)


def _upload(part: BodyPartReader, name: str, content: bytes) -> UploadedFile:
    declared = part.headers.get("Content-Type", ANY_TYPE)
    kind = mime_type_of(name) if declared == ANY_TYPE else declared
    return UploadedFile(content, name or "file", kind)


def _too_large() -> ApiError:
    return ApiError(413, "Request Entity Too Large")
