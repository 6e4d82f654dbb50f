"""Pictures and files that the bot sends: uploaded, or named by the id of one sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.errors import bad_request
from bot.playground.files import FileKind, StoredFile, Upload
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
    from bot.playground.files import FileStore
    from bot.playground.methods.call import Call, InputMedia

_ATTACH = "attach://"


def attached(call: Call, field: str, source: str | None) -> Upload | str:
    """The upload that a parameter means, or the file id that it gives.

    Raises:
        ApiError: 400 where there is neither, or an empty file.
    """
    name = source.removeprefix(_ATTACH) if source and source.startswith(_ATTACH) else field
    upload = call.upload(name) if source is None or source.startswith(_ATTACH) else None
    if upload is not None:
        if not upload.content:
            raise bad_request("file must be non-empty")
        return upload
    if not source or source.startswith(_ATTACH):
        raise bad_request(f"there is no {field} in the request")
    if source.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    return source


async def photo_content(files: FileStore, source: Upload | str) -> Content:
    """A photo in all its sizes.

    Raises:
        ApiError: 400 for what Telegram takes for no photo.
    """
    if isinstance(source, str):
        return Content(photo=list(_known(files, source, FileKind.PHOTO).siblings))
    _check_photo(source)
    try:
        return Content(photo=await files.add_photo(source))
    except NotAPictureError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


async def document_content(
    files: FileStore, source: Upload | str, *, thumbnail: Upload | None = None, as_is: bool = False
) -> Content:
    """A file; a moving GIF becomes an animation unless it is to stay as it is."""
    if isinstance(source, str):
        stored = _known(files, source, FileKind.DOCUMENT)
        return Content(document=_document(stored))
    if not as_is and source.mime_type == "image/gif" and is_animated(source.content):
        return await animation_content(files, source)
    return Content(document=await files.add_document(source, thumbnail))


async def animation_content(
    files: FileStore, source: Upload | str, shape: tuple[int, int, int] = (0, 0, 0)
) -> Content:
    """A moving picture; ``shape`` is width, height and seconds as the bot gives them."""
    if isinstance(source, str):
        stored = _known(files, source, FileKind.ANIMATION)
        moving = Moving(
            **_document(stored).model_dump(),
            width=stored.width,
            height=stored.height,
            duration=shape[2],
        )
    else:
        moving = await add_moving(files, source, FileKind.ANIMATION, shape)
    # Telegram repeats an animation as a document, for clients of old.
    document = Document(**moving.model_dump(include=set(Document.model_fields)))
    return Content(animation=moving, document=document)


async def add_moving(
    files: FileStore, upload: Upload, kind: FileKind, shape: tuple[int, int, int] = (0, 0, 0)
) -> Moving:
    """Keep an animation or a video."""
    width, height, seconds = shape
    try:
        width, height = dimensions(upload.content)
    except NotAPictureError:
        width, height = width or 320, height or 240
    thumbnail = await files.add_thumbnail(upload.content)
    file = files.add_raw(kind, upload, thumbnail=thumbnail, width=width, height=height)
    return Moving(
        **file.model_dump(),
        file_name=upload.name,
        mime_type=upload.mime_type,
        thumbnail=thumbnail,
        width=width,
        height=height,
        duration=seconds,
    )


async def input_media_content(files: FileStore, call: Call, media: InputMedia) -> Content:
    """The picture or file of an album's item or of an edit, without its caption."""
    source = attached(call, "media", media.source)
    if media.kind == "photo":
        content = await photo_content(files, source)
    elif media.kind == "document":
        thumbnail = thumbnail_of(call, media.thumbnail)
        as_is = media.disable_content_type_detection
        content = await document_content(files, source, thumbnail=thumbnail, as_is=as_is)
    elif media.kind == "animation":
        shape = (media.width or 0, media.height or 0, media.duration or 0)
        content = await animation_content(files, source, shape)
    else:
        raise bad_request("the playground sends no videos")
    return content.model_copy(update={"has_media_spoiler": media.has_spoiler or None})


def thumbnail_of(call: Call, source: str | None) -> Upload | None:
    """The uploaded thumbnail, if there is one."""
    if source is None and call.upload("thumbnail") is None:
        return None
    upload = attached(call, "thumbnail", source)
    return upload if isinstance(upload, Upload) else None


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


def _known(files: FileStore, file_id: str, kind: FileKind) -> StoredFile:
    stored = files.find(file_id)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind is not kind:
        raise bad_request(f"can't use file of type {stored.kind} as {kind}")
    return stored


def _document(stored: StoredFile) -> Document:
    return Document(
        file_id=stored.file_id,
        file_unique_id=stored.unique_id,
        file_size=stored.size,
        file_name=stored.name,
        mime_type=stored.mime_type,
        thumbnail=stored.thumbnail,
    )
