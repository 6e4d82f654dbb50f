"""The chats that belong to ``version_3.db``, as far as the bot's own messages in them matter."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.playground.chat_files import UploadedFile
from bot.playground.telegram_objects import ApiButton, ApiContent, ApiKeyboard
from tests.auxil.pictures import jpeg_bytes

if TYPE_CHECKING:
    from bot.playground.world import World

VERSION_3: Final = Path(__file__).with_name("version_3.db")

ADA, MEI, BEN, GROUP = 11, 12, 13, -4001
LAST_UPDATE: Final = 100_000_047

LENGTHS: Final = {ADA: 19, MEI: 10, BEN: 15, GROUP: 4}
"""How many messages each chat has."""

BUTTONS: Final = {
    (ADA, 19): ("pick:waves:11", "pick:impasto:11"),
    (GROUP, 4): ("preset:quick:11", "preset:balanced:11", "swap::11"),
    (BEN, 8): ("cancel:8:13",),
    (BEN, 11): ("cancel:9:13",),
    (BEN, 14): ("preset:quick:13", "preset:balanced:13", "swap::13"),
    (MEI, 3): ("cancel:5:12",),
    (MEI, 6): ("cancel:6:12",),
    (MEI, 9): ("cancel:7:12",),
}
"""The messages with buttons, in the form of version 3: open questions and statuses."""

_TIMES: Final = {
    "sessions": ("updated",),
    "jobs": ("created", "ended"),
    "pictures": ("created",),
    "styles": ("used", "prompted"),
}


def copy_database(path: Path) -> None:
    """Put a copy of the database there, as if it had been left this minute: old things are deleted at the start."""
    path.write_bytes(VERSION_3.read_bytes())
    with closing(sqlite3.connect(path)) as database, database:
        ((newest,),) = database.execute("SELECT max(created) FROM pictures")
        passed = round(1000 * time.time()) - newest
        for table, columns in _TIMES.items():
            changes = ", ".join(f"{column} = {column} + {passed}" for column in columns)
            database.execute(f"UPDATE {table} SET {changes}")  # noqa: S608


async def settle(world: World) -> None:
    """Have the chats as long as they were, with the bot's messages that are known by their numbers."""
    world.update_queue._last_id = LAST_UPDATE
    picture = UploadedFile(jpeg_bytes(), "photo.jpg", "image/jpeg")
    for chat_id, length in LENGTHS.items():
        for number in range(1, length + 1):
            content = ApiContent(text=f"Message {number}")
            if (chat_id, number) == (ADA, 19):
                content = ApiContent(photo=await world.files.add_photo(picture), caption="Styles")
            data = BUTTONS.get((chat_id, number), ())
            rows = [[ApiButton(text=one, callback_data=one)] for one in data]
            keyboard = ApiKeyboard(inline_keyboard=rows) if rows else None
            world.post(chat_id, world.bot, content, keyboard=keyboard)
