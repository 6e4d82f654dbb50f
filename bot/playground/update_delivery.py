"""Brings updates from the queue to the bot, by long polling or by a webhook."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.playground.api_errors import OTHER_POLLER, POLL_ENDED_BY_WEBHOOK, ApiError
from bot.playground.change_signal import first_of

if TYPE_CHECKING:
    from bot.playground.update_queue import UpdateQueue

# Seconds; the pause doubles after each failure.
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class WebhookTarget:
    """The URL that updates are posted to; a header of each request carries the secret."""

    url: str
    secret_token: str | None


@dataclass
class _WaitingPoll:
    """A getUpdates call that waits; ``conflict`` is the reason if it must end early."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    conflict: str | None = None


class UpdateDelivery:
    """Delivers updates to one poll or one webhook at a time.

    Args:
        update_queue: Where the updates come from.

    Attributes:
        webhook: Where updates are posted to; None while the bot polls.
    """

    def __init__(self, update_queue: UpdateQueue) -> None:
        self._update_queue = update_queue
        self._poll: _WaitingPoll | None = None
        self._task: asyncio.Task[None] | None = None
        self._last_error: tuple[int, str] | None = None
        self.webhook: WebhookTarget | None = None

    async def stop(self) -> None:
        """Stop posting, and answer the waiting poll with no updates."""
        self._end_poll(None)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def poll(self, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:  # noqa: ASYNC109
        """Return updates, after waiting up to ``timeout`` seconds for the first one.

        Raises:
            ApiError: 409 if another poll begins meanwhile.
        """
        self._end_poll(OTHER_POLLER)
        poll = self._poll = _WaitingPoll()
        now = asyncio.get_running_loop().time
        deadline = now() + timeout
        while True:
            changed = self._update_queue.changed.next
            updates = self._update_queue.take(offset, limit)
            left = deadline - now()
            if updates or left <= 0 or poll.ended.is_set():
                break
            await first_of(changed, poll.ended, within=left)
            if poll.conflict is not None:
                raise ApiError(409, poll.conflict)
        if self._poll is poll:
            self._poll = None
        return updates

    def _end_poll(self, conflict: str | None) -> None:
        if self._poll is not None:
            self._poll.conflict = conflict
            self._poll.ended.set()
            self._poll = None

    async def push_to(self, webhook: WebhookTarget | None) -> None:
        """Post updates to another URL from now on, or to none."""
        if webhook is not None:
            self._end_poll(POLL_ENDED_BY_WEBHOOK)
        await self.stop()
        self.webhook = webhook
        self._last_error = None
        if webhook is not None:
            self._task = asyncio.create_task(self._push(webhook))

    def info(self) -> dict[str, Any]:
        """Returns the result of getWebhookInfo."""
        info: dict[str, Any] = {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._update_queue),
        }
        if self._update_queue.allowed:
            info["allowed_updates"] = self._update_queue.allowed
        if self._last_error is not None:
            info["last_error_date"], info["last_error_message"] = self._last_error
        return info

    async def _push(self, webhook: WebhookTarget) -> None:
        """Post one update after the other, and repeat an update until the webhook takes it."""
        pause = _FIRST_PAUSE
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while True:
                changed = self._update_queue.changed.next
                pending = self._update_queue.take(0, 1)
                if not pending:
                    await changed.wait()
                    continue
                error = await _post(session, webhook, pending[0])
                if error is None:
                    self._update_queue.confirm(before=pending[0]["update_id"] + 1)
                    pause = _FIRST_PAUSE
                else:
                    self._last_error = (int(time.time()), error)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)


async def _post(
    session: aiohttp.ClientSession, webhook: WebhookTarget, update: dict[str, Any]
) -> str | None:
    headers = {}
    if webhook.secret_token is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
    try:
        async with session.post(webhook.url, json=update, headers=headers) as response:
            if response.ok:
                return None
            return f"Wrong response from the webhook: {response.status} {response.reason}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"Connection failed: {type(error).__name__}"
