"""Connects the parts of the playground and serves them on one port."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from bot.playground.bot_api import BotApi
from bot.playground.chat_database import ChatDatabase
from bot.playground.event_stream import EventStream
from bot.playground.faults import Faults
from bot.playground.flood_control import FloodGate, FloodLimits
from bot.playground.form_parts import MAX_UPLOAD
from bot.playground.methods.method_context import LocalMode, MethodContext
from bot.playground.origin_check import OriginCheck, add_headers
from bot.playground.page_api import PageApi
from bot.playground.pass_phrase import PassPhrase
from bot.playground.update_delivery import UpdateDelivery
from bot.playground.world import World

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from types import TracebackType

    from aiohttp.typedefs import Middleware

    from bot.playground.chat_files import PictureOpener

BOT_ID: Final = 8_100_000_001
_SHUTDOWN_SECONDS: Final = 1.0
_FORM_OVERHEAD: Final = 1 << 20


class Playground:
    """A chat in the browser and the Bot API behind it, on one port.

    Args:
        host: Address to listen on; loopback unless told otherwise.
        port: Port to listen on, 0 for any free one.
        token: The bot's token; by default a random one, the same at each start on one folder.
        flood_control: True for Telegram's sending limits, False for none, or limits or a gate of one's own.
        folder: The folder in which the chats are kept for the next start; None keeps them in memory.
        numbers_from: The numbers of new messages, updates and events are larger than this. Pass the time in milliseconds
            if the bot has a database of its own: then new numbers differ from all that it remembers, even if somebody
            deleted the folder meanwhile.
        group_privacy: Whether the bot is in privacy mode, in which it reads few messages of a group.
        query_lifetime: Seconds in which the bot may answer a callback query.
        local_mode: Where files go instead of being served, as with a server's option ``--local``.
        allowed_hosts: Names of this server, besides its addresses and ``localhost``.
        pass_phrase: What whoever comes has to say; None asks nobody, which is for loopback only.
        open_picture: Opens what strangers send; None decodes it in this process, which is for loopback only.

    Raises:
        OSError: The folder cannot be used; a ChatFileError if its file is the reason.
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
        local_mode: LocalMode | None = None,
        allowed_hosts: Collection[str] = (),
        pass_phrase: str | None = None,
        open_picture: PictureOpener | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._database = ChatDatabase(folder)
        self.token = token or _stored_token(self._database)
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
            open_picture=open_picture,
        )
        self._delivery = UpdateDelivery(self.world.update_queue)
        self._local_mode = local_mode
        checks = [OriginCheck(allowed_hosts).middleware()]
        if pass_phrase is not None:
            checks.append(PassPhrase(pass_phrase).middleware())
        self._runner = web.AppRunner(
            self._application(checks),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )

    @property
    def url(self) -> str:
        """The address of the page."""
        return self._address(self.host)

    @property
    def api_url(self) -> str:
        """The value for TELEGRAM_API_URL: PTB's base_url is this plus ``/bot``, its base_file_url this plus ``/file/bot``."""
        # Whatever listens everywhere listens on loopback, too, where no proxy comes between.
        here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
        return self._address(here.get(self.host, self.host))

    def _address(self, host: str) -> str:
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: The port is taken.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        # The system picks the port if none was given.
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening, and close the database."""
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

    def _application(self, checks: list[Middleware]) -> web.Application:
        application = web.Application(
            middlewares=checks, client_max_size=MAX_UPLOAD + _FORM_OVERHEAD
        )
        stream = EventStream(self.world)
        context = MethodContext(self.world, self._delivery, self.flood, self._local_mode)
        bot_api = BotApi(context, self.token, self.faults)
        application.add_routes(bot_api.routes())
        application.add_routes(stream.routes())
        application.add_routes(PageApi(self.world, self.faults, bot_api).routes())
        application.on_response_prepare.append(add_headers)
        application.on_shutdown.append(stream.close)
        return application


def _stored_token(database: ChatDatabase) -> str:
    """Returns the token of earlier starts, or a random one at the first start."""
    token = database.get("meta", "token") or f"{BOT_ID}:{secrets.token_urlsafe(26)}"
    database.put("meta", "token", token)
    return token
