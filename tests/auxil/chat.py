"""Talk to the bot as a person does, over the playground's HTTP.

    async with ChatClient(playground.url) as client:
        ada = client.person("Ada")
        await ada.send_text("/start")
        hello = await ada.expect_text("photo")
        await ada.press(hello, "Quick")

The server may run in this process or in another one. What the bot says is heard in the order in which it happens: each
``expect`` goes on where the last one of the same person found what it looked for.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from bot.playground.change_signal import ChangeSignal
from tests.auxil.person import Person
from tests.auxil.transcript import Entry
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from types import TracebackType

_RECONNECT_SECONDS = 0.1


class RefusedError(Exception):
    """The playground took no such message from a person."""


@dataclass(frozen=True)
class Happening:
    """An event of a chat, as the page gets it, with its number; ``entry`` where it shows a message."""

    raw: dict[str, Any]
    number: int

    @property
    def type(self) -> str:
        """``message``, ``edit``, ``delete``, ``reaction``, ``answer``, ``bot`` or ``reset``."""
        return str(self.raw["type"])

    @property
    def chat_id(self) -> int | None:
        """Where it happened."""
        return self.raw.get("chat_id")

    @property
    def entry(self) -> Entry | None:
        """The new or edited message."""
        return Entry(self.raw["entry"]) if "entry" in self.raw else None


class ChatClient:
    """Watches all chats of a playground and speaks for its people.

    Args:
        url: Where the playground's page is.
        timeout: Seconds that ``expect`` waits unless told otherwise.
    """

    def __init__(self, url: str, *, timeout: float = PATIENCE) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.happened: list[Happening] = []
        self.changed = ChangeSignal()
        self.bot: dict[str, Any] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.chats: dict[str, dict[str, Any]] = {}
        self._entries: dict[int, dict[int, Entry]] = {}
        self._cursor = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(sock_connect=PATIENCE))
        try:
            await self.reload()
        except BaseException:
            await self._session.close()
            raise
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._session.close()

    def person(self, name: str) -> Person:
        """Somebody in the private chat with the bot; ``in_group`` takes the person elsewhere."""
        return Person(self, self.users[name], chat_id=self.users[name]["id"])

    def entries(self, chat_id: int) -> list[Entry]:
        """A chat as it stands now."""
        return list(self._entries[chat_id].values())

    async def reload(self) -> None:
        """Read everything anew, as the page does when it is opened."""
        state = await self.get("/client/state")
        self.bot = state["bot"]
        self.users = {user["first_name"]: user for user in state["users"]}
        self.chats = {chat["title"]: chat for chat in state["chats"]}
        self._entries = {
            int(chat_id): {entry.message_id: entry for entry in map(Entry, entries)}
            for chat_id, entries in state["messages"].items()
        }
        self._cursor = state["cursor"]

    async def get(self, path: str) -> Any:
        """JSON from the playground."""
        async with self._session.get(self.url + path) as response:
            response.raise_for_status()
            return await response.json()

    async def post(self, path: str, body: aiohttp.FormData | dict[str, object]) -> Any:
        """Send a form or JSON; the answer's JSON.

        Raises:
            RefusedError: With the playground's reason.
        """
        form, document = (body, None) if isinstance(body, aiohttp.FormData) else (None, body)
        async with self._session.post(self.url + path, data=form, json=document) as response:
            answer = await response.json()
        if not response.ok:
            raise RefusedError(answer["error"])
        return answer

    async def download(self, path: str) -> bytes:
        """A file of a message."""
        async with self._session.get(self.url + path) as response:
            response.raise_for_status()
            return await response.read()

    async def switch_fault(self, method: str, kind: str, **how: float | str) -> None:
        """Have calls of a method go wrong: ``count``, ``seconds``, ``status`` and ``words`` say how."""
        await self.post("/client/faults", {"method": method, "kind": kind, **how})

    async def counters(self) -> dict[str, dict[str, int]]:
        """The bot's ``calls`` by method, and those ``refused`` by "method code"."""
        counters: dict[str, dict[str, int]] = await self.get("/client/counters")
        return counters

    async def clear_faults(self) -> None:
        """Let everything work again."""
        async with self._session.delete(self.url + "/client/faults") as response:
            response.raise_for_status()

    async def _listen(self) -> None:
        """Follow the events; a server that restarts is found again."""
        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                await self._follow()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _follow(self) -> None:
        address = f"{self.url}/client/events?cursor={self._cursor}"
        async with self._session.get(address, timeout=aiohttp.ClientTimeout(total=None)) as events:
            buffered = b""
            async for chunk in events.content.iter_any():
                *whole, buffered = (buffered + chunk).split(b"\n\n")
                for block in whole:
                    await self._take(block.decode())

    async def _take(self, block: str) -> None:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" not in fields:
            return
        self._cursor = int(fields["id"])
        happening = Happening(json.loads(fields["data"]), self._cursor)
        if happening.type == "reset":
            await self.reload()
        self._mirror(happening)
        self.happened.append(happening)
        self.changed.fire()

    def _mirror(self, happening: Happening) -> None:
        entry = happening.entry
        if entry is not None:
            self._entries.setdefault(entry.chat_id, {})[entry.message_id] = entry
        elif happening.type == "reaction":
            entries = self._entries[happening.raw["chat_id"]]
            old = entries[happening.raw["message_id"]]
            changed = {**old.raw, "reactions": happening.raw["reactions"]}
            entries[happening.raw["message_id"]] = Entry(changed)
        elif happening.type == "delete":
            self._entries[happening.raw["chat_id"]].pop(happening.raw["message_id"], None)
        elif happening.type == "bot":
            self.bot = happening.raw["bot"]
