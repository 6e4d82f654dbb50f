"""Somebody who comes to a bot on the bench with two pictures, and goes home with one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.playground import person_actions
from bot.playground.chat_files import UploadedFile
from bot.playground.event_log import MessageEdited, MessagePosted, QueryAnswered
from bot.playground.person_actions import ButtonPress, MessageDraft
from tests.auxil.pictures import jpeg_bytes, painting, photo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.playground.telegram_objects import ApiMessage
    from tests.auxil.bench_telegram import BenchTelegram

_FIRST_ID = 1000
_CONTENT = jpeg_bytes(photo(72, 64))
_STYLE = jpeg_bytes(painting(64, 64))
_QUICK, _CANCEL, _MORE = "preset:quick.", "cancel:", "more:"
_MARK = b"\nbelongs to "
"""Behind a picture's file, where readers of pictures do not look."""


def owner_of(picture: bytes) -> int:
    """Whose picture it is, by number."""
    return int(picture.rpartition(_MARK)[2])


@dataclass(slots=True)
class Visit:
    """What became of somebody; times in seconds, None where it did not come to that.

    Attributes:
        replied: How long the bot took to answer the first picture.
        asked: When the painting was asked for, by the second picture or by a button.
        refused: The bot was too busy to take the job.
        begun: When the painting began.
        ended: When it was done.
        delivered: When the result was there.
    """

    replied: float | None = None
    asked: float | None = None
    refused: bool = False
    begun: float | None = None
    ended: float | None = None
    delivered: float | None = None

    def until(self, then: float | None) -> float | None:
        """Seconds from ``asked`` until then."""
        return None if then is None or self.asked is None else then - self.asked


class Visitor:
    """One person.

    Args:
        telegram: Where the bot is met.
        number: Tells people apart.
        thought: Seconds before the next step.
    """

    def __init__(self, telegram: BenchTelegram, number: int, thought: Callable[[], float]) -> None:
        self.number = number
        self.visit = Visit()
        self._telegram = telegram
        self._thought = thought
        self._user_id = _FIRST_ID + number
        self._events = telegram.join(self._user_id)
        self._clock = asyncio.get_running_loop().time

    async def come(self) -> None:
        """Talk to the bot until the result is there, or nothing will come."""
        began = self._clock()
        await self._send(_CONTENT)
        await self._said()
        self.visit.replied = self._clock() - began
        await self._think()
        sent = self._clock()
        await self._send(_STYLE)
        message = await self._question_or_status()
        quick = next((data for data in _buttons(message) if data.startswith(_QUICK)), None)
        if quick is None:
            self.visit.asked = sent
        else:
            await self._think()
            self.visit.asked = self._clock()
            person_actions.press(
                self._telegram.world,
                ButtonPress(
                    chat_id=self._user_id,
                    user_id=self._user_id,
                    message_id=message.message_id,
                    data=quick,
                ),
            )
        await self._result()

    async def _send(self, picture: bytes) -> None:
        """As a file, whose bytes Telegram keeps."""
        content = picture + _MARK + str(self.number).encode()
        draft = MessageDraft.model_validate(
            {"chat_id": self._user_id, "user_id": self._user_id, "as": "document"}
        )
        await person_actions.send(
            self._telegram.world, draft, [UploadedFile(content, "picture.jpg", "image/jpeg")]
        )

    async def _think(self) -> None:
        await asyncio.sleep(self._thought())

    async def _said(self) -> ApiMessage:
        """The bot's next message."""
        while True:
            event = await self._events.get()
            if isinstance(event, MessagePosted) and event.message.sender.is_bot:
                return event.message

    async def _question_or_status(self) -> ApiMessage:
        """The message with the presets' buttons, or that of the painting, if it begins without being asked about."""
        while True:
            message = await self._said()
            if any(data.startswith((_QUICK, _CANCEL)) for data in _buttons(message)):
                return message

    async def _result(self) -> None:
        while True:
            event = await self._events.get()
            if isinstance(event, QueryAnswered) and event.show_alert:
                self.visit.refused = True
                return
            shown = event.message if isinstance(event, MessagePosted | MessageEdited) else None
            if shown is not None and any(data.startswith(_MORE) for data in _buttons(shown)):
                self.visit.delivered = self._clock()
                return


def _buttons(message: ApiMessage) -> Iterable[str]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    return (button.callback_data or "" for row in rows for button in row)
