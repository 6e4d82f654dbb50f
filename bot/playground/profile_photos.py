"""The profile photos of people: two of them have one, the third shows what the bot says to those who have none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.playground.chat_files import UploadedFile

if TYPE_CHECKING:
    from bot.playground.chat_files import ChatFiles
    from bot.playground.telegram_objects import ApiPhotoSize

_SAMPLES: Final = Path(__file__).parent / "samples"
_FIRST: Final = {11: "chelsea.jpg", 12: "coffee.jpg"}
"""Ada's and Mei's."""


class ProfilePhotos:
    """One profile photo a person at most.

    Args:
        files: Where they are kept once the bot has asked for them.
    """

    def __init__(self, files: ChatFiles) -> None:
        self._files = files
        self._sizes: dict[int, list[ApiPhotoSize]] = {}
        self._pictures = {
            user_id: _SAMPLES / name
            for user_id, name in _FIRST.items()
            if (_SAMPLES / name).is_file()
        }

    async def of(self, user_id: int) -> list[ApiPhotoSize]:
        """Returns a person's photo in Telegram's sizes, smallest first; an empty list if there is none."""
        if user_id in self._pictures and user_id not in self._sizes:
            content = self._pictures[user_id].read_bytes()
            sizes = await self._files.add_photo(UploadedFile(content, "photo.jpg", "image/jpeg"))
            self._files.retain(list(sizes))
            self._sizes[user_id] = sizes
        return self._sizes.get(user_id, [])

    def remove(self, user_id: int) -> None:
        """Remove a person's photo, or hide it from the bot."""
        self._pictures.pop(user_id, None)
        self._sizes.pop(user_id, None)
