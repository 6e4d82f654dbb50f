"""The child process that opens pictures: ``python -m core.pictures.child MEGABYTES SECONDS``.

``core.pictures.decoder`` starts it and writes requests to its standard input: the length of a file in eight bytes, then
the file. The child answers each request with one line of JSON: the picture's size, or the error. It ends with its input.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import AvifImagePlugin

from core.pictures.codec import read_picture
from core.pictures.picture_errors import PictureError

if TYPE_CHECKING:
    from typing import BinaryIO

LENGTH: Final = struct.Struct(">Q")


def main(arguments: list[str]) -> None:
    """Answer requests until the input ends."""
    megabytes, seconds = map(int, arguments)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    _silence()
    _limit_resources(megabytes << 20)
    # Each thread of a decoder takes address space, which is limited here.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    while data := _next_request(requests):
        _extend_time(seconds)
        answers.write(json.dumps(_answer(data)).encode() + b"\n")


def _answer(data: bytes) -> dict[str, object]:
    """Open the file completely, including its colour profile: whatever can break a decoder breaks it in here."""
    try:
        return {"size": read_picture(data).size}
    except PictureError as error:
        facts = {name: value for name, value in vars(error).items() if name != "spoken"}
        return {"error": type(error).__name__, "facts": facts}


def _next_request(requests: BinaryIO) -> bytes:
    header = requests.read(LENGTH.size)
    return requests.read(*LENGTH.unpack(header)) if len(header) == LENGTH.size else b""


def _silence() -> None:
    """Redirect standard output and error to nowhere, since decoders in C print warnings there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def _limit_resources(memory: int) -> None:
    """Limit memory, forbid files and core dumps, and be the first process to be killed when memory runs short."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Not every system has every limit. The parent process limits the time as well.
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _extend_time(seconds: int) -> None:
    """Allow so many more seconds of processor time; after that the system kills this process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(spent.ru_utime + spent.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(sys.argv[1:])
