"""An outage for one chat: its calls go wrong, and all others get through."""

from __future__ import annotations

import asyncio
import json
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    from telegram.request import RequestData

Trouble: TypeAlias = Literal["error", "flood", "silence"]

_ANSWERS: dict[Trouble, tuple[int, dict[str, Any]]] = {
    "error": (502, {"description": "Bad Gateway"}),
    "flood": (
        429,
        {"description": "Too Many Requests: retry after 60", "parameters": {"retry_after": 60}},
    ),
}


class ChatOutage(HTTPXRequest):
    """PTB's way to the playground.

    Attributes:
        struck: How many calls have gone wrong.
    """

    def __init__(self) -> None:
        super().__init__(connection_pool_size=64, read_timeout=30)
        self.struck = 0
        self._chat_id: int | None = None
        self._method = ""
        self._trouble: Trouble = "error"
        self._over = asyncio.Event()

    def begin(self, chat_id: int, method: str, trouble: Trouble) -> None:
        """From now on calls of these methods (a pattern) go wrong in a chat; "silence" answers them when it is over."""
        self._chat_id, self._method, self._trouble = chat_id, method, trouble
        self._over.clear()

    def end(self) -> None:
        """Let everything through again."""
        self._chat_id = None
        self._over.set()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *timeouts: Any,
        **more: Any,
    ) -> tuple[int, bytes]:
        if self._meets(url, request_data):
            self.struck += 1
            if self._trouble != "silence":
                code, answer = _ANSWERS[self._trouble]
                return code, json.dumps({"ok": False, "error_code": code, **answer}).encode()
            await self._over.wait()
        return await super().do_request(url, method, request_data, *timeouts, **more)

    def _meets(self, url: str, request_data: RequestData | None) -> bool:
        chat_id = request_data.json_parameters.get("chat_id") if request_data else None
        return chat_id == str(self._chat_id) and fnmatch(url.rpartition("/")[2], self._method)
