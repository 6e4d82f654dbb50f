"""The processes that open strangers' pictures. ``core.pictures.decoder`` starts this one, the server of them.

The server imports the decoders once, and neither opens a file nor keeps one. For each file it forks an encoder, and the
encoder a reader, which gives up all rights (``core.pictures.sandbox``) and opens the file; both end with it. So a file that
takes its reader over finds nobody else's picture in memory, and one that kills it costs a process of a few milliseconds.

A reader answers with raw pixels, which cannot be malformed but in their number. The encoder makes them what is stored. So
whatever decodes that later reads what a trusted process wrote.

Requests come on standard input: the length of a file in eight bytes, then the file. Each answer is one line of JSON, then
as many bytes as its ``length`` says. The first line tells which mechanisms confine the readers.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import struct
import sys
import time
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

# What decoders import on first use has to be there before files are out of reach.
import numpy as np  # noqa: F401
import pillow_heif
from PIL import AvifImagePlugin, Image
from PIL import TiffImagePlugin as _Exif  # noqa: F401 - EXIF is a TIFF

from core.pictures import sandbox
from core.pictures.codec import STORED_SIDE, read_picture, to_pixels
from core.pictures.picture_errors import PictureError
from core.pictures.tiff_pages import load_codecs

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH: Final = struct.Struct(">Q")

MALFORMED: Final = (
    EOFError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)
"""What reading an answer raises that a hostile file may have written, or that breaks off."""

_HEADER: Final = 4096
"""Bytes of an answer's first line, at most."""

_PIPE: Final = 1 << 20
_SET_PIPE_SIZE: Final = 1031  # F_SETPIPE_SZ, which Python knows on Linux only
_STRIP: Final = 1 << 18
_OWN: Final = 3
"""The one descriptor that a reader has beside the three standard ones."""


def main(arguments: list[str], *, read: Callable[[bytes], Image.Image] | None = None) -> None:
    """Answer requests until the input ends.

    Args:
        arguments: Of each reader: address space in MB, seconds of processor time, seconds by the clock.
        read: What a reader does with a file; tests have a hostile one.
    """
    limits = _Limits(int(arguments[0]), int(arguments[1]), float(arguments[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    _silence()
    _prepare_decoders()
    confinement = sandbox.mechanisms()
    if sandbox.isolate():
        confinement = ("namespaces", *confinement)
    _send(answers, {"confinement": confinement})
    while (data := _next_request()) is not None:
        # Not in the heap, where the next reader would find it.
        with data:
            pid = os.fork()
            if pid == 0:
                _encode(answers, data, read or _read, limits)
        _, status = os.waitpid(pid, 0)
        if status:
            break  # Half of an answer may be on its way.


class _Limits(NamedTuple):
    megabytes: int
    seconds: int
    timeout: float


def _encode(
    answers: int, data: mmap, read: Callable[[bytes], Image.Image], limits: _Limits
) -> NoReturn:
    """As the encoder: have one file read, encode its pixels and answer."""
    try:
        ours, readers = os.pipe()
        with suppress(OSError):  # Not every system lets a pipe hold more.
            fcntl.fcntl(ours, _SET_PIPE_SIZE, _PIPE)
        pid = os.fork()
        if pid == 0:
            _be_reader(data, readers, read, limits)
        os.close(readers)
        try:
            header, body = _receive(_Pipe(ours, time.monotonic() + limits.timeout))
        except MALFORMED:
            header, body = {"error": "TooCostlyError", "facts": {}}, b""
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)  # Otherwise it is left to process 1, which may be a bot in a container.
        _send(answers, {**header, "length": len(body)}, body)
        os._exit(0)
    finally:
        os._exit(1)


def _be_reader(
    data: mmap, answers: int, read: Callable[[bytes], Image.Image], limits: _Limits
) -> NoReturn:
    """As a reader: open one file in a process that has nothing but this file."""
    try:
        os.dup2(1, 0)  # nowhere, as standard output is
        os.dup2(answers, _OWN)
        os.closerange(_OWN + 1, 256)
        sandbox.confine(megabytes=limits.megabytes, seconds=limits.seconds)
        _answer(_OWN, read, data[:])
    finally:
        os._exit(0)


def _read(data: bytes) -> Image.Image:
    return read_picture(data, max_side=STORED_SIDE)


def _answer(pipe: int, read: Callable[[bytes], Image.Image], data: bytes) -> None:
    try:
        image = read(data)
    except PictureError as error:
        facts = {name: value for name, value in vars(error).items() if name != "spoken"}
        _send(pipe, {"error": type(error).__name__, "facts": facts})
        return
    notes = image.info.get("notes", [])
    _send(pipe, {"mode": image.mode, "size": image.size, "notes": notes})
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        _write(pipe, image.crop((0, top, image.width, bottom)).tobytes())


def _receive(pipe: _Pipe) -> tuple[dict[str, Any], bytes]:
    """What a reader says, which a hostile file may say through it, as an answer for the parent.

    Raises:
        OSError, EOFError and others: It is malformed, late or incomplete (``MALFORMED``).
    """
    header = json.loads(pipe.line())
    if "error" in header:
        return {"error": str(header["error"]), "facts": dict(header["facts"])}, b""
    mode, (width, height) = header["mode"], map(int, header["size"])
    if not 0 < min(width, height) <= max(width, height) <= STORED_SIDE:
        raise ValueError((width, height))
    pixels = pipe.exactly({"RGB": 3, "RGBA": 4}[mode] * width * height)
    notes = [str(note)[:40] for note in header["notes"][:8]]
    image = Image.frombytes(mode, (width, height), pixels)
    return {"size": (width, height), "notes": notes}, to_pixels(image)


class _Pipe:
    """What a reader writes, until it ends or takes too long."""

    def __init__(self, descriptor: int, deadline: float) -> None:
        self._descriptor = descriptor
        self._deadline = deadline
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def line(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            line += self.exactly(1)
            if len(line) > _HEADER:
                raise ValueError(len(line))
        return bytes(line)

    def exactly(self, size: int) -> bytearray:
        """So many bytes, without a copy: fresh memory takes as long as the decoding of a photo."""
        received = bytearray(size)
        left = memoryview(received)
        while left:
            if not self._poll.poll(max(0.0, self._deadline - time.monotonic()) * 1000):
                raise TimeoutError
            if not (count := os.readv(self._descriptor, [left])):
                raise EOFError
            left = left[count:]
        return received


def _write(pipe: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(pipe, left) :]


def _send(pipe: int, header: dict[str, Any], body: bytes = b"") -> None:
    _write(pipe, json.dumps(header).encode() + b"\n")
    _write(pipe, body)


def _next_request() -> mmap | None:
    """The next file, in memory that can be given back entirely; None at the end of the input."""
    header = os.read(0, LENGTH.size)
    if len(header) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(header)
    data = mmap(-1, size)
    left = memoryview(data)
    while left:
        if not (count := os.readv(0, [left])):
            return None
        left = left[count:]
    left.release()
    return data


def _silence() -> None:
    """Redirect standard output and error to nowhere, since decoders in C print warnings there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    # When memory runs short, this process and its readers go first.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _prepare_decoders() -> None:
    # Each thread takes address space, which is limited in a reader.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pillow_heif.options.DECODE_THREADS = 1
    load_codecs()
    # Pillow imports the rest of itself when it encodes for the first time.
    to_pixels(Image.new("RGB", (1, 1)))


if __name__ == "__main__":
    main(sys.argv[1:])
