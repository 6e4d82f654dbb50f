"""Turns uploaded pictures and files into the content of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.api_errors import bad_request
from bot.playground.chat_files import FileKind
from bot.playground.photo_sizes import (
    MAX_PHOTO_BYTES,
    MAX_PHOTO_RATIO,
    MAX_PHOTO_SIDES,
    UnreadablePhotoError,
    dimensions,
)
from bot.playground.telegram_objects import ApiContent, ApiDocument, ApiMovingPicture
from core.pictures.formats import is_animated

if TYPE_CHECKING:
    from bot.playground.chat_files import ChatFiles, UploadedFile
    from bot.playground.methods.method_call import MethodCall

_ATTACH = "attach://"


def attached(call: MethodCall, field: str, source: str | None) -> UploadedFile:
    """Returns the uploaded file that a parameter names.

    Raises:
        ApiError: 400 if there is no such file, or if it is empty.
    """
    if source is not None and not source.startswith(_ATTACH):
        raise bad_request("wrong file identifier/HTTP URL specified")
    upload = call.upload(source.removeprefix(_ATTACH) if source else field)
    if upload is None:
        raise bad_request(f"there is no {field} in the request")
    if not upload.content:
        raise bad_request("file must be non-empty")
    return upload


async def photo_content(files: ChatFiles, upload: UploadedFile) -> ApiContent:
    """Returns a photo in all its sizes.

    Raises:
        ApiError: 400 if Telegram would not accept the file as a photo.
    """
    _check_photo(upload)
    try:
        return ApiContent(photo=await files.add_photo(upload))
    except UnreadablePhotoError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


async def document_content(
    files: ChatFiles,
    upload: UploadedFile,
    *,
    thumbnail: UploadedFile | None = None,
    as_is: bool = False,
) -> ApiContent:
    """Returns a document, or an animation if the file is an animated GIF and ``as_is`` is False."""
    if not as_is and upload.mime_type == "image/gif" and is_animated(upload.content):
        return await animation_content(files, upload)
    return ApiContent(document=await files.add_document(upload, thumbnail))


async def animation_content(
    files: ChatFiles, upload: UploadedFile, still: UploadedFile | None = None
) -> ApiContent:
    """Returns an animation; its thumbnail shows ``still``, or its first picture."""
    moving = await add_moving(files, upload, FileKind.ANIMATION, still)
    # Telegram repeats an animation as a document, for old clients.
    document = ApiDocument(**moving.model_dump(include=set(ApiDocument.model_fields)))
    return ApiContent(animation=moving, document=document)


async def add_moving(
    files: ChatFiles, upload: UploadedFile, kind: FileKind, still: UploadedFile | None = None
) -> ApiMovingPicture:
    """Store an animation or a video, of the size of its ``still`` or first picture; else it counts as 320 × 240 pixels."""
    picture = (still or upload).content
    try:
        width, height = await files.dimensions(picture)
    except UnreadablePhotoError:
        width, height = 320, 240
    thumbnail = await files.add_thumbnail(picture)
    file = files.add_raw(kind, upload)
    return ApiMovingPicture(
        **file.model_dump(),
        file_name=upload.name,
        mime_type=upload.mime_type,
        thumbnail=thumbnail,
        width=width,
        height=height,
        duration=1,
    )


def thumbnail_of(call: MethodCall, source: str | None) -> UploadedFile | None:
    """Returns the uploaded thumbnail, or None if there is none."""
    if source is None and call.upload("thumbnail") is None:
        return None
    return attached(call, "thumbnail", source)


def _check_photo(upload: UploadedFile) -> None:
    size = len(upload.content)
    if size > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    try:
        width, height = dimensions(upload.content)
    except UnreadablePhotoError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    ratio = max(width, height) / min(width, height)
    if width + height > MAX_PHOTO_SIDES or ratio > MAX_PHOTO_RATIO:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
