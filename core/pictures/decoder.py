"""Whether a stranger's file is a picture that can be used, found out where it can do no harm.

Decoders are written in C, and files are written by whoever likes to. So a file is opened in a child process with little
memory, little time and nothing to write to; one that breaks it, fills it or keeps it busy costs that child and nothing
else. What a child says is parsed as plain data, since the file may have made it say so.
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
from core.pictures.codec import MAX_BYTES
from core.pictures.picture_errors import FileTooLargeError, PictureError, TooCostlyError

log = logging.getLogger(__name__)

MEMORY: Final = 1200
"""MB of address space; a picture of 50 megapixels, rotated and with a colour profile, needs 1000 of them."""

SECONDS: Final = 15
"""Of the processor, for one picture; the largest that are taken need two or three."""

TIMEOUT: Final = 60.0
"""Seconds by the clock for one picture: on a machine that is busy painting they are fewer than they seem."""

PASSED_ON: Final = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")
ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # glibc: one heap, and pixels outside of it, so that they are given back.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "1000000",
}


class Decoder:
    """Opens strangers' pictures in processes of their own, a few at a time.

    The first request starts a process, and one stays for the next. ``async with`` ends them.

    Args:
        at_once: How many pictures are opened side by side.
        megabytes: Address space of each process.
        seconds: Of the processor, for one picture.
        timeout: Seconds by the clock, for one picture.
    """

    def __init__(
        self,
        *,
        at_once: int = 2,
        megabytes: int = MEMORY,
        seconds: int = SECONDS,
        timeout: float = TIMEOUT,
    ) -> None:
        self._limits = (str(megabytes), str(seconds))
        self._timeout = timeout
        self._slots = asyncio.Semaphore(at_once)
        self._spare: _Child | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def check(self, data: bytes) -> tuple[int, int]:
        """Open a file as thoroughly as ``core.pictures.codec.read_picture`` and tell its size.

        Returns:
            (width, height) in pixels, upright.

        Raises:
            core.pictures.picture_errors.PictureError: As ``read_picture`` does.
            TooCostlyError: It takes too much time or memory, or breaks the decoder.
        """
        if len(data) > MAX_BYTES:
            raise FileTooLargeError(size=len(data), limit=MAX_BYTES)
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
        """End the process that is kept; those at work end with their requests."""
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
    """The child ended, or says what it cannot mean."""


class _Child:
    """One process."""

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
            # The token is none of its business, and Ctrl-C is for the one who started it.
            env={**passed_on, **ENVIRONMENT},
            start_new_session=True,
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, data: bytes) -> tuple[int, int]:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None  # noqa: S101 - pipes, as asked for
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
    return kind(**{key: value + 0 for key, value in facts.items()})  # Numbers, and nothing else.
