"""What a person sends besides texts, photos and files: stickers, animations, live photos, voice messages, places ..."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Final, Literal

from PIL import Image

from bot.playground.chat_files import FileKind, UploadedFile
from bot.playground.methods.upload_content import add_moving, animation_content
from bot.playground.photo_sizes import UnreadablePhotoError
from bot.playground.telegram_objects import (
    ApiContact,
    ApiContent,
    ApiLivePhoto,
    ApiLocation,
    ApiSticker,
    ApiVoice,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.playground.chat_files import ChatFiles

SpecialKind = Literal[
    "sticker",
    "animated_sticker",
    "video_sticker",
    "live_photo",
    "voice",
    "video",
    "location",
    "animation",
    "contact",
]
_MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(256)
_WEBM: Final = b"\x1aE\xdf\xa3" + bytes(256)
_OGG: Final = b"OggS" + bytes(256)
_LOTTIE: Final = gzip.compress(b'{"tgs":1,"layers":[]}')
_STICKER_SIDE: Final = 512


async def special_content(
    files: ChatFiles, kind: SpecialKind, uploads: Sequence[UploadedFile]
) -> ApiContent:
    """Returns a message of such a kind; without an upload it shows a sample file.

    A second upload is the still of what moves: an animation's or a video's thumbnail, a live photo's photo.

    Raises:
        UnreadablePhotoError: The still of a live photo is no picture.
    """
    upload, *others = uploads or _sample_files(kind)
    still = others[0] if others else None
    content = ApiContent()
    match kind:
        case "animation":
            content = await animation_content(files, upload, still)
        case "video":
            content.video = await add_moving(files, upload, FileKind.VIDEO, still)
        case "live_photo":
            content = await _live_photo(files, upload, still or upload)
        case "sticker" | "animated_sticker" | "video_sticker":
            content.sticker = await _sticker(files, kind, upload)
        case "voice":
            file = files.add_raw(FileKind.VOICE, upload)
            content.voice = ApiVoice(**file.model_dump(), duration=1, mime_type="audio/ogg")
        case "location":
            content.location = ApiLocation(latitude=48.8606, longitude=2.3376)
        case "contact":
            content.contact = ApiContact(phone_number="+10005550100", first_name="Theo")
    return content


async def _live_photo(files: ChatFiles, video: UploadedFile, still: UploadedFile) -> ApiContent:
    moving = await add_moving(files, video, FileKind.VIDEO, still)
    photo = await files.add_photo(still)
    shared = moving.model_dump(include=set(ApiLivePhoto.model_fields))
    # Telegram repeats the still as a photo, for bots that know no live photos.
    return ApiContent(live_photo=ApiLivePhoto(**shared, photo=photo), photo=photo)


async def _sticker(files: ChatFiles, kind: SpecialKind, upload: UploadedFile) -> ApiSticker:
    try:
        width, height = await files.dimensions(upload.content)
    except UnreadablePhotoError:
        width = height = _STICKER_SIDE
    return ApiSticker(
        **files.add_raw(FileKind.STICKER, upload).model_dump(),
        width=width,
        height=height,
        emoji="🎨",
        is_animated=kind == "animated_sticker",
        is_video=kind == "video_sticker",
    )


def _sample_files(kind: SpecialKind) -> list[UploadedFile]:
    still = UploadedFile(_picture("JPEG", 1), "still.jpg", "image/jpeg")
    samples = {
        "animation": UploadedFile(_picture("GIF", 2), "waves.gif", "image/gif"),
        "sticker": UploadedFile(_picture("WEBP", 1), "sticker.webp", "image/webp"),
        "animated_sticker": UploadedFile(_LOTTIE, "sticker.tgs", "application/x-tgsticker"),
        "video_sticker": UploadedFile(_WEBM, "sticker.webm", "video/webm"),
        "live_photo": UploadedFile(_MP4, "live.mp4", "video/mp4"),
        "video": UploadedFile(_MP4, "clip.mp4", "video/mp4"),
    }
    sample = samples.get(kind, UploadedFile(_OGG, "voice.ogg", "audio/ogg"))
    return [sample, still] if kind == "live_photo" else [sample]


def _picture(image_format: str, frames: int) -> bytes:
    colours = ["#2f6f8f", "#d98032"]
    size = (_STICKER_SIDE, _STICKER_SIDE)
    pictures = [Image.new("RGB", size, colour) for colour in colours[:frames]]
    buffer = io.BytesIO()
    pictures[0].save(buffer, image_format, save_all=frames > 1, append_images=pictures[1:])
    return buffer.getvalue()
