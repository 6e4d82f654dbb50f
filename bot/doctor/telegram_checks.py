"""Checks of what lies between the bot and Telegram. None of them confirms an update, so no bot misses one."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from bot.doctor.findings import Check, MendError
from bot.settings import Settings, SettingsError
from bot.telegram.proxy import choose_proxy
from core.jobs.data_folder import bot_runs_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.telegram.proxy import ApiProxy

SECONDS: Final = 10.0
CLOCK_SECONDS: Final = 30.0
LISTENING: Final = 6
"""Seconds for which another poller may show itself: it asks again at once when its poll is ended."""

_NOBODY: Final = "0:nobody"
"""Stands for a token where there is none: whoever answers that nobody has it is reached."""
_UNKNOWN: Final = "This is not known while the server does not answer."
_UNNAMED: Final = "This is not known without a token that works."
_CONFLICT: Final = 409


def telegram_checks(settings: Settings) -> Sequence[Check]:
    """Checks of the server and the way to it, of the token, of other programs that use it, and of the clock."""
    calls = _Calls(settings)
    return (
        Check("proxy", calls.proxy),
        Check("api", calls.api),
        Check("token", calls.token),
        Check("webhook", calls.webhook),
        Check("poller", calls.poller),
        Check("clock", calls.clock),
    )


class _Answer(NamedTuple):
    """What came of the one ``getMe``, which several checks look at."""

    response: httpx.Response | None
    error: httpx.HTTPError | None


def _result(response: httpx.Response) -> Any:  # noqa: ANN401 - each method has its own
    """What the Bot API server answered."""
    if response.status_code in {401, 404}:
        raise MendError("The server does not know this BOT_TOKEN. Copy it again from @BotFather.")
    try:
        answer = response.json()
        if answer["ok"]:
            return answer["result"]
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

    async def proxy(self) -> str:
        proxy = self._proxy()
        if proxy is None:
            return "none"
        answer = await self._me
        if answer.error is not None and (fault := proxy.fault(answer.error)):
            raise MendError(f"The proxy {proxy} {fault}")
        return f"{proxy}{'' if answer.response is None else ' passes calls on'}"

    async def api(self) -> str:
        proxy, answer = self._proxy(), await self._me
        server = httpx.URL(self._settings.telegram_api_url).host
        if answer.response is None:
            raise MendError(
                f"{server} cannot be reached{f' through {proxy}' if proxy else ''} "
                f"({type(answer.error).__name__}). Check the network, TELEGRAM_API_URL and PROXY_URL."
            )
        if answer.response.status_code not in {401, 404}:
            _result(answer.response)
        return f"{server} answers within {1000 * answer.response.elapsed.total_seconds():.0f} ms"

    async def token(self) -> str:
        try:
            _ = self._settings.token
        except SettingsError as error:
            raise MendError(str(error)) from None
        return f"this is @{_result(await self._answered()).get('username')}"

    async def webhook(self) -> str:
        await self._need_token()
        info = _result(await self._ask("getWebhookInfo"))
        if info.get("url") and self._settings.webhook_url is None:
            raise MendError(
                f"Another program left a webhook at {httpx.URL(info['url']).host}. Stop that program; "
                "the bot removes the webhook when it starts."
            )
        return f"{info.get('pending_update_count', 0)} updates wait"

    async def poller(self) -> str:
        """Whether another program polls, and ends the doctor's own poll by that."""
        if self._settings.webhook_url is not None:
            return "a webhook is set instead"
        await self._need_token()
        if await asyncio.to_thread(bot_runs_in, self._settings.data_dir):
            return "the bot that runs here"
        deadline = time.monotonic() + LISTENING
        while (left := round(deadline - time.monotonic())) > 0:
            # Without an offset, so that nothing is confirmed.
            response = await self._ask("getUpdates", timeout=left, limit=1)
            if response.status_code == _CONFLICT:
                if "webhook" in response.text.lower():
                    return "none, while a webhook is set"
                raise MendError(
                    "Another program fetches this bot's messages with the same BOT_TOKEN. Stop it, or get a token of "
                    "its own for it from @BotFather."
                )
            if _result(response):
                await asyncio.sleep(1.0)  # What waits comes at once, and would come again.
        return "nobody else was seen"

    async def clock(self) -> str:
        header = (await self._answered()).headers.get("Date")
        if header is None:
            return "the server tells no time"
        off = (datetime.now(UTC) - parsedate_to_datetime(header)).total_seconds()
        if abs(off) > CLOCK_SECONDS:
            raise MendError(
                f"This machine's clock is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}. "
                "Turn on time synchronisation (NTP)."
            )
        return f"within {CLOCK_SECONDS:g} s of the server's"

    @cached_property
    def _me(self) -> asyncio.Task[_Answer]:
        """The answer to ``getMe``, which is asked once."""
        return asyncio.create_task(self._ask_me())

    async def _ask_me(self) -> _Answer:
        try:
            return _Answer(await self._call("getMe"), None)
        except httpx.HTTPError as error:
            return _Answer(None, error)

    async def _need_token(self) -> None:
        await self._answered()
        try:
            await self.token()
        except MendError:
            raise MendError(_UNNAMED) from None

    async def _answered(self) -> httpx.Response:
        response = (await self._me).response
        if response is None:
            raise MendError(_UNKNOWN)
        return response

    def _proxy(self) -> ApiProxy | None:
        try:
            return choose_proxy(self._settings.telegram_api_url, self._settings.proxy_url)
        except SettingsError as error:
            raise MendError(str(error)) from None

    async def _ask(self, method: str, **parameters: int) -> httpx.Response:
        try:
            return await self._call(method, **parameters)
        except httpx.HTTPError:
            raise MendError(_UNKNOWN) from None

    async def _call(self, method: str, **parameters: int) -> httpx.Response:
        proxy = self._proxy()
        try:
            token = self._settings.token
        except SettingsError:
            token = _NOBODY
        tls = await asyncio.to_thread(ssl.create_default_context)
        through = proxy.for_httpx(tls) if proxy else None
        async with httpx.AsyncClient(
            proxy=through, trust_env=False, verify=tls, timeout=SECONDS
        ) as client:
            address = f"{self._settings.telegram_api_url}/bot{token}/{method}"
            return await client.post(address, data=parameters)
