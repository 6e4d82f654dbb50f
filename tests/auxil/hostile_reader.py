"""A server of readers that are in the hands of a hostile file: they try what must not work, and tell how it went."""

from __future__ import annotations

import errno
import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.pictures import child

if TYPE_CHECKING:
    from collections.abc import Callable


def main(arguments: list[str]) -> None:
    child.main(arguments, read=probe)


def probe(data: bytes) -> Image.Image:
    """What each attempt came to, as text in the pixels: a picture is all that leaves a reader."""
    asked: dict[str, Any] = json.loads(data)
    attempts: dict[str, Callable[[], object]] = {
        "environment": lambda: dict(os.environ),
        "descriptors": lambda: [one for one in range(256) if is_open(one)],
        "environment of the bot": lambda: Path(f"/proc/{asked['bot']}/environ").read_text(),
        "own maps": lambda: Path("/proc/self/maps").read_text()[:99],
        "root": lambda: [one.name for one in Path("/").iterdir()],
        "new file": lambda: Path(asked["new"]).write_text("x"),
        "tcp": lambda: socket.socket().connect(("127.0.0.1", asked["port"])),
        "signal": lambda: os.kill(asked["bot"], 0),
        "process": start_process,
        **{path: Path(path).read_text for path in asked["files"]},
    }
    text = json.dumps({name: outcome(attempt) for name, attempt in attempts.items()}).encode()
    text += b" " * (-len(text) % 3)
    return Image.frombytes("RGB", (len(text) // 3, 1), text)


def findings(picture: Image.Image) -> dict[str, Any]:
    """The inverse of ``probe``'s last step."""
    found: dict[str, Any] = json.loads(picture.tobytes())
    return found


def outcome(attempt: Callable[[], object]) -> object:
    try:
        found = attempt()
    except OSError:
        return None
    return found if isinstance(found, (dict, list, str)) else repr(found)


def is_open(descriptor: int) -> bool:
    try:
        os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True


def start_process() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return "started"
