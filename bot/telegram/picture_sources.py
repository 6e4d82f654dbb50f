"""Which file of a message is its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Animation, Document, ExternalReplyInfo, Message, PhotoSize, Sticker

    PictureFile: TypeAlias = PhotoSize | Document | Sticker | Animation


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """The picture of a message.

    Attributes:
        file: The file to fetch.
        moves: Whether the message moves and the file shows its first picture only.
        casual: Whether such messages are mostly sent as a comment: stickers and animations.
        instead: A smaller file that has to do if that one is too large.
    """

    file: PictureFile
    moves: bool = False
    casual: bool = False
    instead: PictureFile | None = None

    def fitting(self, limit: int) -> PictureFile:
        """The file to fetch if none may have more than so many bytes."""
        too_large = (self.file.file_size or 0) > limit
        return self.instead if self.instead is not None and too_large else self.file


def picture_of(message: Message | ExternalReplyInfo) -> PictureSource | None:
    """The photo, still, sticker or file of a message, or of one in another chat; None if there is nothing to be painted.

    A document counts whatever it is: whether it is a picture shows when it is opened.
    """
    live = message.live_photo
    # Telegram repeats an animation as a document and a live photo as a photo.
    if message.animation is not None:
        return _first_picture(message.animation)
    if photo := message.photo or (live.photo if live is not None else None):
        return PictureSource(file=largest(photo))
    if message.sticker is not None:
        moving = message.sticker.is_animated or message.sticker.is_video
        return None if moving else PictureSource(file=message.sticker, casual=True)
    return None if message.document is None else PictureSource(file=message.document)


def largest(photo: Sequence[PhotoSize]) -> PhotoSize:
    """Of a photo's sizes the largest."""
    return max(photo, key=lambda size: size.width * size.height)


def _first_picture(animation: Animation) -> PictureSource | None:
    """The animation itself if it is a GIF, in its full size; a film cannot be opened here, so its thumbnail has to do."""
    thumbnail = animation.thumbnail
    if animation.mime_type == "image/gif":
        return PictureSource(file=animation, moves=True, casual=True, instead=thumbnail)
    return None if thumbnail is None else PictureSource(file=thumbnail, moves=True, casual=True)
