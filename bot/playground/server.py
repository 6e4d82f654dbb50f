"""The playground put together: a world, the bot's side, the page's side, one port."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from bot.playground.bot_api import MAX_UPLOAD, BotApi
from bot.playground.chat_database import ChatDatabase
from bot.playground.event_stream import EventStream
from bot.playground.faults import Faults
from bot.playground.flood_control import FloodGate, FloodLimits
from bot.playground.methods.method_context import MethodContext
from bot.playground.origin_check import OriginCheck, add_headers
from bot.playground.page_api import PageApi
from bot.playground.update_delivery import UpdateDelivery
from bot.playground.world import World

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from types import TracebackType

BOT_ID: Final = 8_100_000_001
_SHUTDOWN_SECONDS: Final = 1.0
_FORM_OVERHEAD: Final = 1 << 20


class Playground:
    """A chat in the browser and the Bot API behind it, on one port.

    Args:
        host: Address to listen on; loopback unless told otherwise.
        port: Port to listen on, 0 for any free one.
        token: The bot's token; by default a random one, the same at each start on one folder.
        flood_control: Whether Telegram's sending limits hold, or which ones, or who sees to them.
        folder: Where the chats are kept for the next start; in memory if None.
        numbers_from: The numbers of new messages, updates and events are larger than this. With the time as the number,
            what a bot remembers of an earlier start never points at something new, whatever became of the folder.
        group_privacy: Whether the bot sees only what is meant for it in groups.
        query_lifetime: Seconds in which a pressed button may be answered.
        allowed_hosts: Host names that mean this server, besides addresses and ``localhost``.

    Raises:
        OSError: The folder cannot be used; a ChatFileError says why its file cannot.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        flood_control: bool | FloodLimits | FloodGate = False,
        folder: Path | None = None,
        numbers_from: int = 0,
        group_privacy: bool = True,
        query_lifetime: float = 60.0,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        self.host = host
        self.port = port
        self._database = ChatDatabase(folder)
        self.token = token or _kept_token(self._database)
        self.faults = Faults()
        self.flood = (
            flood_control
            if isinstance(flood_control, FloodGate)
            else FloodGate(FloodLimits() if flood_control is True else flood_control or None)
        )
        self.world = World(
            self._database,
            bot_id=int(self.token.partition(":")[0]),
            group_privacy=group_privacy,
            query_lifetime=query_lifetime,
            numbers_from=numbers_from,
        )
        self._delivery = UpdateDelivery(self.world.update_queue)
        self._runner = web.AppRunner(
            self._application(OriginCheck(allowed_hosts)),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )

    @property
    def url(self) -> str:
        """Where the page is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def api_url(self) -> str:
        """What TELEGRAM_API_URL is set to: PTB's base_url is this with ``/bot``, base_file_url with ``/file/bot``."""
        return self.url

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is taken.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        # The port that was picked, where any would do.
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more; what was to be kept is on disk already."""
        await self._delivery.stop()
        await self._runner.cleanup()
        self._database.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except OSError:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def _application(self, guard: OriginCheck) -> web.Application:
        application = web.Application(
            middlewares=[guard.middleware()], client_max_size=MAX_UPLOAD + _FORM_OVERHEAD
        )
        stream = EventStream(self.world)
        api = MethodContext(self.world, self._delivery, self.flood)
        bot_api = BotApi(api, self.token, self.faults)
        application.add_routes(bot_api.routes())
        application.add_routes(stream.routes())
        application.add_routes(PageApi(self.world, self.faults, bot_api).routes())
        application.on_response_prepare.append(add_headers)
        application.on_shutdown.append(stream.close)
        return application


def _kept_token(database: ChatDatabase) -> str:
    """The token of earlier starts, which the bot's own database may go with."""
    token = database.get("meta", "token") or f"{BOT_ID}:{secrets.token_urlsafe(26)}"
    database.put("meta", "token", token)
    return token
