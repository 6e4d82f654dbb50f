"""Pictures and files that the bot uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.errors import bad_request
from bot.playground.files import FileKind
from bot.playground.photos import (
    MAX_PHOTO_BYTES,
    MAX_PHOTO_RATIO,
    MAX_PHOTO_SIDES,
    NotAPictureError,
    dimensions,
    is_animated,
)
from bot.playground.schema import Content, Document, Moving

if TYPE_CHECKING:
    from bot.playground.files import FileStore, Upload
    from bot.playground.methods.call import Call

_ATTACH = "attach://"


def attached(call: Call, field: str, source: str | None) -> Upload:
    """The uploaded file that a parameter means.

    Raises:
        ApiError: 400 where there is none, or an empty one.
    """
    if source is not None and not source.startswith(_ATTACH):
        raise bad_request("wrong file identifier/HTTP URL specified")
    upload = call.upload(source.removeprefix(_ATTACH) if source else field)
    if upload is None:
        raise bad_request(f"there is no {field} in the request")
    if not upload.content:
        raise bad_request("file must be non-empty")
    return upload


async def photo_content(files: FileStore, upload: Upload) -> Content:
    """A photo in all its sizes.

    Raises:
        ApiError: 400 for what Telegram takes for no photo.
    """
    _check_photo(upload)
    try:
        return Content(photo=await files.add_photo(upload))
    except NotAPictureError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


async def document_content(
    files: FileStore, upload: Upload, *, thumbnail: Upload | None = None, as_is: bool = False
) -> Content:
    """A file; a moving GIF becomes an animation unless it is to stay as it is."""
    if not as_is and upload.mime_type == "image/gif" and is_animated(upload.content):
        return await animation_content(files, upload)
    return Content(document=await files.add_document(upload, thumbnail))


async def animation_content(files: FileStore, upload: Upload) -> Content:
    """A moving picture."""
    moving = await add_moving(files, upload, FileKind.ANIMATION)
    # Telegram repeats an animation as a document, for clients of old.
    document = Document(**moving.model_dump(include=set(Document.model_fields)))
    return Content(animation=moving, document=document)


async def add_moving(files: FileStore, upload: Upload, kind: FileKind) -> Moving:
    """Keep an animation or a video; what cannot be measured counts as a second of 320 × 240 pixels."""
    try:
        width, height = dimensions(upload.content)
    except NotAPictureError:
        width, height = 320, 240
    thumbnail = await files.add_thumbnail(upload.content)
    file = files.add_raw(kind, upload)
    return Moving(
        **file.model_dump(),
        file_name=upload.name,
        mime_type=upload.mime_type,
        thumbnail=thumbnail,
        width=width,
        height=height,
        duration=1,
    )


def thumbnail_of(call: Call, source: str | None) -> Upload | None:
    """The uploaded thumbnail, if there is one."""
    if source is None and call.upload("thumbnail") is None:
        return None
    return attached(call, "thumbnail", source)


def _check_photo(upload: Upload) -> None:
    size = len(upload.content)
    if size > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    try:
        width, height = dimensions(upload.content)
    except NotAPictureError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    ratio = max(width, height) / min(width, height)
    if width + height > MAX_PHOTO_SIDES or ratio > MAX_PHOTO_RATIO:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
