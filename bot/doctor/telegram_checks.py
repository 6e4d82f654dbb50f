"""Checks of what lies between the bot and Telegram; none of them fetches updates, so a running bot misses nothing."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from bot.doctor.findings import Check, MendError
from bot.settings import Settings, SettingsError
from bot.telegram.proxy import choose_proxy

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS: Final = 10.0
CLOCK_SECONDS: Final = 30.0


def telegram_checks(settings: Settings) -> Sequence[Check]:
    """Checks of the token, of the webhook and of the clock."""
    calls = _Calls(settings)
    return (
        Check("token", calls.token),
        Check("webhook", calls.webhook),
        Check("clock", calls.clock),
    )


def _result(response: httpx.Response) -> dict[str, Any]:
    """What the Bot API server answered."""
    if response.status_code in {401, 404}:
        raise MendError("The server does not know this BOT_TOKEN. Copy it again from @BotFather.")
    try:
        answer = response.json()
        if answer["ok"]:
            return dict(answer["result"])
    except (ValueError, KeyError, TypeError):
        raise MendError(
            "What answers is no Bot API server. Check TELEGRAM_API_URL and PROXY_URL."
        ) from None
    raise MendError(
        f"The server answered with error {response.status_code}. Try again in a few minutes."
    )


class _Calls:
    """Calls of the Bot API through the proxy that the bot uses, too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def token(self) -> str:
        bot = _result(await self._call("getMe"))
        return f"this is @{bot.get('username')}"

    async def webhook(self) -> str:
        info = _result(await self._call("getWebhookInfo"))
        if info.get("url") and self._settings.webhook_url is None:
            raise MendError(
                f"Another program left a webhook at {httpx.URL(info['url']).host}. Stop that program; "
                "the bot removes the webhook when it starts."
            )
        return f"{info.get('pending_update_count', 0)} updates wait"

    async def clock(self) -> str:
        header = (await self._call("getMe")).headers.get("Date")
        if header is None:
            return "the server tells no time"
        off = (datetime.now(UTC) - parsedate_to_datetime(header)).total_seconds()
        if abs(off) > CLOCK_SECONDS:
            raise MendError(
                f"This machine's clock is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}. "
                "Turn on time synchronisation (NTP)."
            )
        return f"within {CLOCK_SECONDS:g} s of the server's"

    async def _call(self, method: str) -> httpx.Response:
        try:
            token = self._settings.token
            proxy = choose_proxy(self._settings.telegram_api_url, self._settings.proxy_url)
        except SettingsError as error:
            raise MendError(str(error)) from None
        tls = await asyncio.to_thread(ssl.create_default_context)
        through = proxy.for_httpx(tls) if proxy else None
        try:
            async with httpx.AsyncClient(
                proxy=through, trust_env=False, verify=tls, timeout=SECONDS
            ) as client:
                return await client.post(f"{self._settings.telegram_api_url}/bot{token}/{method}")
        except httpx.HTTPError as error:
            if proxy and (fault := proxy.fault(error)):
                raise MendError(f"The proxy {proxy} {fault}") from None
            raise MendError(
                f"{httpx.URL(self._settings.telegram_api_url).host} cannot be reached"
                f"{f' through {proxy}' if proxy else ''} ({type(error).__name__}). "
                "Check the network, TELEGRAM_API_URL and PROXY_URL."
            ) from None
