"""Checks strangers' files in child processes.

Decoders are written in C, and a hostile file may exploit them. So a child process opens the file, with limits on memory
and time and without access to files. A file that crashes, fills or occupies the child harms nothing else. The child's
answer is parsed as plain data, since the file may control the child.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from contextlib import suppress
from typing import Any, Final, Self

from core.pictures import picture_errors as errors
from core.pictures.child import LENGTH
from core.pictures.picture_errors import FileTooLargeError, PictureError, TooCostlyError

log = logging.getLogger(__name__)

MEMORY: Final = 1200
"""Address space in MB. A picture of 50 megapixels that is rotated and has a colour profile needs 1000, and its file up to
100 (``core.pictures.codec.MAX_BYTES``)."""

SECONDS: Final = 15
"""Processor time for one picture in seconds. The largest pictures need two or three."""

TIMEOUT: Final = 60.0
"""Wall-clock seconds for one picture. They are many, since a transfer may occupy the processor."""

PASSED_ON: Final = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")
ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # glibc: one heap, and pixels outside of it, so that they are given back.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "1000000",
}


class Decoder:
    """Checks strangers' pictures in child processes, a few at a time.

    The first request starts a child, and one child stays for later requests. ``async with`` ends it.

    Args:
        max_bytes: Size of the largest file that strangers may send.
        at_once: How many pictures may be open at the same time.
        megabytes: Address space of each child in MB.
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
        self._limits = (str(megabytes), str(seconds))
        self._timeout = timeout
        self._slots = asyncio.Semaphore(at_once)
        self._spare: _Child | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def check(self, data: bytes) -> tuple[int, int]:
        """Open a file as ``core.pictures.codec.read_picture`` does and return the picture's size.

        Returns:
            (width, height) in pixels, upright.

        Raises:
            core.pictures.picture_errors.PictureError: As for ``read_picture``.
            TooCostlyError: The file takes too much time or memory, or crashes the decoder.
        """
        if len(data) > self._max_bytes:
            raise FileTooLargeError(size=len(data), limit=self._max_bytes)
        if not data:
            raise errors.UnknownFormatError
        async with self._slots:
            child = await self._take_child()
            try:
                async with asyncio.timeout(self._timeout):
                    size = await child.ask(data)
            except PictureError:
                await self._put_back(child)
                raise
            except (_BrokenError, TimeoutError) as error:
                await child.end()
                log.warning(
                    "A picture of %d bytes was too much for the decoder: %s", len(data), error
                )
                raise TooCostlyError from error
            except BaseException:
                await child.end()
                raise
            await self._put_back(child)
            return size

    async def close(self) -> None:
        """End the idle child. Busy children end with their requests."""
        child, self._spare = self._spare, None
        if child is not None:
            await child.end()

    async def _take_child(self) -> _Child:
        child, self._spare = self._spare, None
        if child is not None and child.alive:
            return child
        if child is not None:
            await child.end()
        return await _Child.start(*self._limits)

    async def _put_back(self, child: _Child) -> None:
        if self._spare is None:
            self._spare = child
        else:
            await child.end()


class _BrokenError(Exception):
    """The child ended, or its answer is malformed."""


class _Child:
    """One child process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *limits: str) -> Self:
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "core.pictures.child",
            *limits,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Without the bot's token; and in a session of its own, so that Ctrl-C reaches the parent only.
            env={**passed_on, **ENVIRONMENT},
            start_new_session=True,
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, data: bytes) -> tuple[int, int]:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None  # noqa: S101 - a pipe, as requested above
        assert answers is not None  # noqa: S101
        try:
            requests.writelines((LENGTH.pack(len(data)), data))
            await requests.drain()
            return _size(json.loads(await answers.readline()))
        except (
            OSError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            RecursionError,
        ) as error:
            raise _BrokenError(type(error).__name__) from error

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


def _size(answer: dict[str, Any]) -> tuple[int, int]:
    if "error" in answer:
        raise _error(answer["error"], answer["facts"])
    width, height = answer["size"]
    return int(width), int(height)


def _error(name: str, facts: dict[str, Any]) -> PictureError:
    kind: type[Any] = getattr(errors, name)
    if not issubclass(kind, PictureError):
        raise TypeError(name)
    return kind(
        **{key: value + 0 for key, value in facts.items()}
    )  # Adding 0 fails for anything but numbers.
