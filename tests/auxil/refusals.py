"""Calls that Telegram answers with 400: none of them should be a matter of course."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.auxil.chat import ChatClient


async def assert_nothing_refused(chat: ChatClient) -> None:
    """Fail if the playground refused a call for good; flood control and outages are other tests' concern."""
    refused = (await chat.counters())["refused"]
    assert {call: times for call, times in refused.items() if call.endswith(" 400")} == {}
