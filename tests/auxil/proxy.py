"""A real proxy on loopback: HTTP (absolute addresses and CONNECT) and SOCKS5 on one port."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOCKS = b"\x05"


class ProxyServer:
    """Leads whatever host it is asked for to one port here.

    Args:
        port: Where all connections lead.
        credentials: ``user:password`` that it wants to see; empty for none.

    Attributes:
        asked: What clients wanted: a method and an address.
    """

    def __init__(self, port: int, credentials: str = "") -> None:
        self._there = port
        self._credentials = credentials
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.asked: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return f"http://127.0.0.1:{self.port}"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A new connection."""
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._track(task)
        # Closing cancels it, and the server that runs it would call that an error.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            first = await reader.readexactly(1)
            if first == SOCKS:
                await self._socks(reader, writer)
            else:
                await self._http(first, reader, writer)
        writer.close()

    async def close(self) -> None:
        """Tear all connections down."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Requests one after the other, until one wants a tunnel; ``first`` is what was read of the first one."""
        there = None
        while True:
            head, first = first + await reader.readuntil(b"\r\n\r\n"), b""
            line, *headers = head.decode().splitlines()[:-1]
            method, target, version = line.split()
            fields = {name.lower(): value.strip() for name, _, value in map(_parts, headers)}
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            wanted = f"Basic {b64encode(self._credentials.encode()).decode()}"
            if self._credentials and fields.get("proxy-authorization") != wanted:
                writer.write(b"HTTP/1.1 407 Who are you?\r\nContent-Length: 0\r\n\r\n")
                continue
            self.asked.append(f"{method} {target}")
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
                await self._join(reader, writer)
                return
            if there is None:
                answers, there = await self._open()
                self._pass(answers, writer)
            path = urlsplit(target).path
            there.write(
                "\r\n".join((f"{method} {path} {version}", *headers, "", "")).encode() + body
            )

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """RFC 1928 and, for the credentials, RFC 1929."""
        method = 2 if self._credentials else 0
        if method not in await _counted(reader):
            writer.write(SOCKS + b"\xff")
            return
        writer.write(SOCKS + bytes([method]))
        if self._credentials:
            await reader.readexactly(1)
            given = b":".join([await _counted(reader), await _counted(reader)])
            right = given == self._credentials.encode()
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        assert await reader.readexactly(4) == SOCKS + b"\x01\x00\x03", "not CONNECT to a name"
        host, port = await _counted(reader), int.from_bytes(await reader.readexactly(2))
        self.asked.append(f"SOCKS {host.decode()}:{port}")
        writer.write(SOCKS + b"\x00\x00\x01" + bytes(6))
        await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, there = await self._open()
        self._pass(answers, writer)
        await _copy(reader, there)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._there)
        self._writers.add(writer)
        return reader, writer

    def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._track(asyncio.create_task(_copy(reader, writer)))

    def _track(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _counted(reader: asyncio.StreamReader) -> bytes:
    (count,) = await reader.readexactly(1)
    return await reader.readexactly(count)


def _parts(header: str) -> tuple[str, str, str]:
    return header.partition(":")


@asynccontextmanager
async def proxy_to(port: int, credentials: str = "") -> AsyncIterator[ProxyServer]:
    """A proxy on loopback that leads to a port on loopback."""
    proxy = ProxyServer(port, credentials)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
