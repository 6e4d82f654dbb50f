"""Opens strangers' files in processes that may do nothing but that.

Decoders are written in C, and a hostile file may exploit them. So a reader process opens the file, with limits on memory
and time and without access to anything (``core.pictures.child``). A file that crashes, fills or occupies it harms nothing
else. What comes back is pixels that a trusted process has encoded; they alone are stored and decoded again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import core
from core.pictures import picture_errors as errors
from core.pictures.child import LENGTH, MALFORMED
from core.pictures.codec import STORED_SIDE
from core.pictures.picture_errors import (
    FileTooLargeError,
    NotOpenedError,
    PictureError,
    TooCostlyError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger(__name__)

MEMORY: Final = 1200
"""Address space of a reader in MB. A picture of 63 megapixels with transparency needs 1000, and its file up to 100
(``core.pictures.codec.MAX_BYTES``)."""

SECONDS: Final = 15
"""Processor time for one picture in seconds. The largest pictures need two or three."""

TIMEOUT: Final = 60.0
"""Wall-clock seconds for one picture. They are many, since a transfer may occupy the processor."""

_GRACE: Final = 5.0
"""Seconds that the server has to say that a reader took too long."""

_PIECE: Final = 1 << 18

_STORED: Final = 6 * STORED_SIDE**2
"""Bytes of a stored picture, at most."""

_ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
_LOADER: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that is passed on of this process's environment: without them, some systems do not start Python."""

_SERVER: Final = "core.pictures.child"
_START: Final = "import sys; sys.path[:] = {path!r}; from {server} import main; main(sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A stranger's picture, opened.

    Attributes:
        data: Its pixels as ``core.pictures.codec.to_pixels`` encodes them: upright, sRGB, RGB or RGBA, no side longer
            than ``STORED_SIDE``.
        size: (width, height) of these pixels.
        notes: Names of what the person should know about how it was opened.
    """

    data: bytes
    size: tuple[int, int]
    notes: tuple[str, ...] = ()


class Decoder:
    """Opens strangers' pictures, a few at a time.

    The first request starts a server of readers, and one server stays for later requests. ``async with`` ends it.

    Args:
        max_bytes: Size of the largest file that strangers may send.
        at_once: How many pictures may be open at the same time.
        megabytes: Address space of each reader in MB.
        seconds: Processor time for one picture.
        timeout: Wall-clock seconds for one picture.
    """

    def __init__(
        self,
        *,
        max_bytes: int = 20_000_000,
        at_once: int = 2,
        megabytes: int = MEMORY,
        seconds: int = SECONDS,
        timeout: float = TIMEOUT,
    ) -> None:
        self._max_bytes = max_bytes
        self._limits = (str(megabytes), str(seconds), str(timeout))
        self._timeout = timeout + _GRACE
        self._slots = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._spares: list[_Server] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def open(self, data: bytes) -> OpenedPicture:
        """Open a file as ``core.pictures.codec.read_picture`` does, and reduce it to what is stored.

        Raises:
            core.pictures.picture_errors.PictureError: As for ``read_picture``.
            TooCostlyError: The file takes too much time or memory, or crashes the decoder.
            NotOpenedError: No process can be started for it.
        """
        if len(data) > self._max_bytes:
            raise FileTooLargeError(size=len(data), limit=self._max_bytes)
        if not data:
            raise errors.UnknownFormatError
        self._waiting += 1
        try:
            async with self._slots:
                return await self._open(data)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the idle servers. Busy ones end with their requests."""
        while self._spares:
            await self._spares.pop().end()

    async def _open(self, data: bytes) -> OpenedPicture:
        try:
            try:
                return await self._open_once(data)
            except _EndedError:
                # Perhaps not because of this file: when memory runs short, these processes go first.
                log.warning("The process that opens pictures ended; another one tries again.")
                return await self._open_once(data)
        except _StartError as error:
            log.exception("No process that opens pictures can be started.")
            raise NotOpenedError from error
        except (_BrokenError, TimeoutError) as error:
            log.exception("The process that opens pictures broke.")
            raise TooCostlyError from error

    async def _open_once(self, data: bytes) -> OpenedPicture:
        async with self._server() as server:
            try:
                return await server.open(data)
            except TooCostlyError:
                log.warning("A picture of %d bytes was too much for its reader.", len(data))
                raise

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[_Server]:
        """A server for one picture; it ends if it is not ready for another one afterwards."""
        server: _Server | None = None
        try:
            async with asyncio.timeout(self._timeout):
                server = await self._take_server()
                yield server
        except PictureError:
            await self._put_back(server)
            raise
        except BaseException:
            await _end(server)
            raise
        await self._put_back(server)

    async def _take_server(self) -> _Server:
        while self._spares:
            server = self._spares.pop()
            if server.alive:
                return server
            await server.end()
        return await _Server.start(*self._limits)

    async def _put_back(self, server: _Server | None) -> None:
        # Those that wait beyond the one that is being answered will need the others as well.
        if server is not None and len(self._spares) < max(1, self._waiting - 1):
            self._spares.append(server)
        else:
            await _end(server)


class _BrokenError(Exception):
    """The server ended, or its answer is malformed."""


class _EndedError(_BrokenError):
    """The server ended before it answered."""


class _StartError(Exception):
    """No server comes up."""


class _Server:
    """One process of ``core.pictures.child``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *limits: str) -> Self:
        """Start a process with an empty environment and no descriptors of this one.

        Raises:
            _StartError: It does not come up.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-IS",
                "-c",
                _START.format(path=_import_path(), server=_SERVER),
                *limits,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 20,
                cwd="/",
                env={
                    **{name: os.environ[name] for name in _LOADER if name in os.environ},
                    **_ENVIRONMENT,
                },
                # A session of its own, so that Ctrl-C reaches this process only, and ``end`` reaches the readers.
                start_new_session=True,
            )
        except OSError as error:
            raise _StartError from error
        server = cls(process)
        try:
            confinement = ", ".join((await server._header())["confinement"])
        except MALFORMED as error:
            await server.end()
            raise _StartError from error
        except BaseException:
            await server.end()
            raise
        if confinement:
            log.info("Pictures are opened behind %s.", confinement)
        else:
            log.warning(
                "Pictures are opened behind limits on memory and time only: see the README."
            )
        return server

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def open(self, data: bytes) -> OpenedPicture:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None  # noqa: S101 - a pipe, as requested above
        assert answers is not None  # noqa: S101
        try:
            requests.write(LENGTH.pack(len(data)))
            # In pieces, since asyncio copies what the pipe does not take at once.
            for start in range(0, len(data), _PIECE):
                requests.write(data[start : start + _PIECE])
                await requests.drain()
            header = await self._header()
            if "error" in header:
                raise _error(header["error"], header["facts"])
            length, (width, height) = header["length"], map(int, header["size"])
            if not 0 < length <= _STORED:
                raise _BrokenError(length)
            body = await answers.readexactly(length)
            return OpenedPicture(body, (width, height), tuple(map(str, header["notes"])))
        except (EOFError, ConnectionError) as error:
            raise _EndedError from error
        except MALFORMED as error:
            raise _BrokenError(type(error).__name__) from error

    async def _header(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - a pipe, as requested above
        line = await self._process.stdout.readline()
        if not line:
            raise EOFError
        header = json.loads(line)
        if not isinstance(header, dict):
            raise TypeError(type(header).__name__)
        return header

    async def end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


async def _end(server: _Server | None) -> None:
    if server is not None:
        await server.end()


def _import_path() -> list[str]:
    """Where this process finds modules, for one that starts in another directory."""
    root = Path(core.__file__).parents[1]
    return [str(root), *(str(Path(entry).absolute()) for entry in sys.path)]


def _error(name: str, facts: dict[str, Any]) -> PictureError:
    kind: type[Any] = getattr(errors, name)
    if not issubclass(kind, PictureError):
        raise TypeError(name)
    return kind(
        **{key: value + 0 for key, value in facts.items()}
    )  # Adding 0 fails for anything but numbers.
