"""A cable between two machines, to be cut."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator


class Relay:
    """Passes connections on to an address. Once cut, nothing comes through, and nobody is told.

    Args:
        host: Of whom it leads to.
        port: Likewise.
    """

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._whole = asyncio.Event()
        self._whole.set()
        self._passing: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    def cut(self) -> None:
        """From now on let nothing through."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._whole.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A new connection."""
        other_reader, other_writer = await asyncio.open_connection(*self._there)
        self._writers |= {writer, other_writer}
        for pair in ((reader, other_writer), (other_reader, writer)):
            task = asyncio.create_task(self._pass(*pair))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def close(self) -> None:
        """Tear all connections down."""
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            with suppress(OSError):
                await writer.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def relay_to(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
    """A relay on loopback to a port on loopback, which may speak TLS to those who come."""
    relay = Relay("127.0.0.1", port)
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0, ssl=tls)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.close()
