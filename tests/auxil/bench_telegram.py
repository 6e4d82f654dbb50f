"""Telegram on the bench: the playground's world and methods, called without HTTP, for any number of people."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from telegram.request import BaseRequest

from bot.playground.api_errors import ApiError
from bot.playground.bot_api import refusal, wire
from bot.playground.chat_database import ChatDatabase
from bot.playground.chat_files import UploadedFile
from bot.playground.chat_rooms import ChatRoom
from bot.playground.event_log import EventLog, MessageEdited, MessagePosted, QueryAnswered
from bot.playground.flood_control import FloodGate, FloodLimits
from bot.playground.methods import METHODS, call_method
from bot.playground.methods.method_call import ChatCall
from bot.playground.methods.method_context import MethodContext
from bot.playground.telegram_objects import ApiChat, ApiUser, ChatType
from bot.playground.update_delivery import UpdateDelivery
from bot.playground.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram.request import RequestData

    from bot.playground.event_log import ChatEvent

BOT_ID = 8_100_000_001
TOKEN = f"{BOT_ID}:{'x' * 35}"
EPOCH = 1_800_000_000
"""What time it is for Telegram when the loop's clock is at 0."""


class BenchTelegram(BaseRequest):
    """PTB's way to a Telegram in this process, with its flood control, in the loop's time.

    Args:
        latency: Seconds that the next call takes.

    Attributes:
        calls: When each call was made that Telegram counts, and which: those that write into a chat.
        flooded: How many calls met flood control.
    """

    def __init__(self, latency: Callable[[], float]) -> None:
        clock = asyncio.get_running_loop().time
        self.world = World(ChatDatabase(), bot_id=BOT_ID, clock=lambda: EPOCH + clock())
        self.world.event_log = self._chats = _Chats()
        flood = FloodGate(FloodLimits(), clock)
        self._api = MethodContext(self.world, UpdateDelivery(self.world.update_queue), flood)
        self._latency = latency
        self._clock = clock
        self.calls: list[tuple[float, str]] = []
        self.flooded = 0

    def join(self, user_id: int) -> asyncio.Queue[ChatEvent]:
        """Somebody opens a chat with the bot; returns what will happen in it."""
        user = ApiUser(id=user_id, first_name=f"Person {user_id}", language_code="en")
        self.world.users[user_id] = user
        chat = ApiChat(id=user_id, type=ChatType.PRIVATE, first_name=user.first_name)
        self.world.rooms[user_id] = ChatRoom(chat, (user_id,))
        return self._chats.events.setdefault(user_id, asyncio.Queue())

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """Nothing to connect."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_timeouts: Any,
        **_more: Any,
    ) -> tuple[int, bytes]:
        _, _, path = unquote(url).partition(TOKEN + "/")
        await asyncio.sleep(self._latency())
        if method == "GET":
            stored = self.world.files.find_path(path)
            assert stored is not None, path
            return 200, self.world.files.read(stored)
        if issubclass(METHODS[path.lower()].model, ChatCall):
            self.calls.append((self._clock(), path))
        return await self._answer(path, request_data)

    async def _answer(self, name: str, data: RequestData | None) -> tuple[int, bytes]:
        parameters = data.json_parameters if data else {}
        files = data.multipart_data if data else {}
        uploads = {
            part: UploadedFile(bytes(content), name, mime)  # type: ignore[arg-type]
            for part, (name, content, mime) in files.items()
        }
        try:
            result = await call_method(self._api, name, parameters, uploads)
        except ApiError as error:
            self.flooded += error.code == 429
            return error.code, json.dumps(refusal(error)).encode()
        return 200, json.dumps({"ok": True, "result": wire(result)}).encode()


class _Chats(EventLog):
    """Brings what happens in a chat to whoever sits in it."""

    def __init__(self) -> None:
        super().__init__()
        self.events: dict[int, asyncio.Queue[ChatEvent]] = {}

    def add(self, event: ChatEvent) -> None:
        chat_id = (
            event.message.chat.id
            if isinstance(event, MessagePosted | MessageEdited)
            else event.chat_id
            if isinstance(event, QueryAnswered)
            else None
        )
        if chat_id in self.events:
            self.events[chat_id].put_nowait(event)
