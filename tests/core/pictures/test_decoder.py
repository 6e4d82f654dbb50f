"""Strangers' pictures in a real process: what they cost it, and that they cost nobody else anything."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from PIL import Image

from core.pictures import sandbox
from core.pictures.child import LENGTH
from core.pictures.codec import read_picture, reread_picture
from core.pictures.decoder import MEMORY, Decoder, OpenedPicture
from core.pictures.picture_errors import (
    AnimatedPictureError,
    NotOpenedError,
    PictureError,
    TooCostlyError,
    TooManyPixelsError,
    TooNarrowError,
    TruncatedPictureError,
    UnknownFormatError,
)
from tests.auxil.hostile_reader import findings
from tests.auxil.pictures import (
    encode,
    exif_bytes,
    heic_bytes,
    heic_sequence_bytes,
    jpeg_bytes,
    mean_difference,
    photo,
    png_bytes,
    png_header_bytes,
    quadrants,
    slow_jpeg_bytes,
    swapped_profile,
)
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

GOOD = png_bytes(photo(96, 72))


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder() as decoder:
        yield decoder


def children() -> list[psutil.Process]:
    """The servers of readers."""
    return [one for one in psutil.Process().children() if is_server(one)]


def is_server(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return any("core.pictures.child" in word for word in process.cmdline())
    return False


def readers() -> list[psutil.Process]:
    """The processes that have a stranger's file open."""
    for server in children():
        with suppress(psutil.NoSuchProcess):
            return [one for encoder in server.children() for one in encoder.children()]
    return []


async def suspend(
    processes: Callable[[], list[psutil.Process]], opening: asyncio.Task[OpenedPicture]
) -> None:
    """Have the first one stand still, unless its time is over before it is seen."""
    await until(lambda: opening.done() or bool(processes()))
    with suppress(psutil.NoSuchProcess):
        for process in processes()[:1]:
            process.suspend()


async def test_sizes_and_errors_come_back_as_they_are(decoder: Decoder) -> None:
    sideways = jpeg_bytes(quadrants(96, 72).rotate(90, expand=True), exif=exif_bytes(orientation=6))
    for data in (GOOD, sideways, heic_bytes(quadrants(96, 72))):
        opened = await decoder.open(data)
        assert opened.size == reread_picture(opened.data).size == (96, 72)
    for kind, data in (
        (UnknownFormatError, b""),
        (UnknownFormatError, b"not a picture"),
        (TruncatedPictureError, GOOD[: len(GOOD) // 2]),
        (AnimatedPictureError, heic_sequence_bytes()),
    ):
        with pytest.raises(kind):
            await decoder.open(data)
    with pytest.raises(TooManyPixelsError, match="10000 × 6301 pixels") as told:
        await decoder.open(png_header_bytes(10_000, 6_301))
    assert (told.value.width, told.value.height) == (10_000, 6_301)
    with pytest.raises(TooNarrowError, match="more than 20 times"):
        await decoder.open(png_bytes(photo(1410, 70)))
    assert len(children()) == 1


async def test_a_picture_that_takes_too_long_ends_its_reader_and_the_next_is_opened() -> None:
    async with Decoder(seconds=1) as decoder:
        with pytest.raises(TooCostlyError, match="ordinary JPEG or PNG"):
            await decoder.open(slow_jpeg_bytes(8000, 6250))
        assert readers() == []
        (server,) = children()
        assert (await decoder.open(GOOD)).size == (96, 72)
        assert children() == [server], "it cost nobody else a new server"


async def test_a_reader_that_makes_no_headway_is_not_waited_for() -> None:
    async with Decoder(timeout=0.5) as decoder:
        slow = asyncio.create_task(decoder.open(slow_jpeg_bytes()))
        await suspend(readers, slow)
        with pytest.raises(TooCostlyError):
            await slow
        assert readers() == []


async def test_a_server_that_makes_no_headway_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.pictures.decoder._GRACE", 0.0)
    async with Decoder(timeout=0.5) as decoder:
        slow = asyncio.create_task(decoder.open(slow_jpeg_bytes()))
        await suspend(children, slow)
        with pytest.raises(TooCostlyError):
            await slow
        assert children() == []


async def test_a_picture_that_takes_too_much_memory_is_told_so() -> None:
    large = png_bytes(Image.new("RGB", (5000, 4000)))
    async with Decoder(megabytes=180) as decoder:
        with pytest.raises(TooCostlyError):
            await decoder.open(large)
        assert (await decoder.open(GOOD)).size == (96, 72)


@pytest.mark.parametrize("mode", ["RGBA", "P"])
async def test_the_largest_picture_that_is_taken_fits_in(decoder: Decoder, mode: str) -> None:
    """Upright only after rotation, with a profile and transparency: each of them may make a copy."""
    largest = Image.new(mode, (9000, 7000))
    if mode == "RGBA":
        largest.paste("white", (0, 0, 4500, 7000))
    data = png_bytes(
        largest, exif=exif_bytes(orientation=6), icc_profile=_profile(), compress_level=1
    )
    assert (await decoder.open(data)).size == (1593, 2048)


async def test_a_crash_costs_one_picture_and_those_beside_it_nothing(decoder: Decoder) -> None:
    assert (await decoder.open(GOOD)).size == (96, 72)
    doomed = asyncio.create_task(decoder.open(slow_jpeg_bytes()))
    await until(lambda: len(readers()) == 1)
    (hit,) = readers()
    beside = asyncio.create_task(decoder.open(GOOD))
    hit.send_signal(11)  # SIGSEGV
    with pytest.raises(TooCostlyError):
        await doomed
    assert (await beside).size == (96, 72)
    assert (await decoder.open(GOOD)).size == (96, 72)
    assert len(children()) == 1


def _is_dead(process: psutil.Process) -> bool:
    """Whether nobody has reaped it."""
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return False


def _has_ended(process: psutil.Process) -> bool:
    """Also if it is reaped between two questions about it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_process_that_was_ended_while_idle_is_replaced(decoder: Decoder) -> None:
    assert (await decoder.open(GOOD)).size == (96, 72)
    (first,) = children()
    first.kill()
    await until(lambda: _has_ended(first))
    await until(lambda: not decoder._spares[0].alive)
    assert (await decoder.open(GOOD)).size == (96, 72)


async def test_a_process_that_is_ended_when_it_is_asked_is_not_the_pictures_fault(
    decoder: Decoder,
) -> None:
    assert (await decoder.open(GOOD)).size == (96, 72)
    (first,) = children()
    first.kill()
    assert (await decoder.open(GOOD)).size == (96, 72)


async def test_where_no_process_can_be_started_the_picture_is_not_blamed(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: str, **_how: object) -> asyncio.subprocess.Process:
        raise BlockingIOError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    with pytest.raises(NotOpenedError, match="send it again in a moment"):
        await decoder.open(GOOD)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process can adopt others")
async def test_no_reader_is_left_to_the_first_process(decoder: Decoder) -> None:
    adopt = partial(
        ctypes.CDLL(None).prctl, 36
    )  # PR_SET_CHILD_SUBREAPER, as a container's first process is one
    adopt(1, 0, 0, 0)
    try:
        before = psutil.Process().children()
        for _ in range(3):
            await decoder.open(GOOD)
        (server,) = children()
        await until(lambda: not server.children())
        others = set(psutil.Process().children()) - {server, *before}
        dead = [one.pid for one in others if _is_dead(one)]
    finally:
        adopt(0, 0, 0, 0)
    assert dead == []


async def test_whoever_stops_waiting_leaves_no_process_at_work(decoder: Decoder) -> None:
    asking = asyncio.create_task(decoder.open(slow_jpeg_bytes()))
    await until(lambda: bool(children()))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert children() == []


async def test_no_more_processes_than_allowed_and_one_that_stays(decoder: Decoder) -> None:
    most = 0

    async def check() -> None:
        nonlocal most
        assert (await decoder.open(GOOD)).size == (96, 72)
        most = max(most, len(children()))

    await asyncio.gather(*(check() for _ in range(8)))
    assert most <= 2
    assert len(children()) == 1


async def test_a_reader_is_limited_and_goes_first(decoder: Decoder) -> None:
    assert (await decoder.open(GOOD)).size == (96, 72)
    opening = asyncio.create_task(decoder.open(slow_jpeg_bytes()))
    await until(lambda: any(_limits(one) == (MEMORY << 20, 0, 0) for one in readers()))
    (reader,) = readers()
    with open(f"/proc/{reader.pid}/oom_score_adj") as score:  # noqa: ASYNC230, PTH123
        assert score.read() == "1000\n"
    modules = {mapped.path for mapped in children()[0].memory_maps()}
    assert not any("torch" in path for path in modules)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening


def may_have_namespaces() -> bool:
    """Whether a process may move into namespaces of its own here."""
    pid = os.fork()
    if pid == 0:
        os._exit(not sandbox.isolate())
    return os.waitpid(pid, 0)[1] == 0


MECHANISMS: dict[str, Callable[[], object]] = {
    "namespaces": may_have_namespaces,
    "landlock": sandbox.landlock_version,
    "seccomp": sandbox.seccomp_supported,
}
# The others are switched off, so that each is seen to hold by itself.
WITHOUT = {
    "namespaces": "sandbox.isolate = lambda: False",
    "landlock": "sandbox.landlock_version = lambda: 0",
    "seccomp": "sandbox.seccomp_supported = lambda: False",
}


@pytest.mark.parametrize("mechanism", ["all", *MECHANISMS])
async def test_whoever_takes_a_reader_over_gets_nothing_from_it(
    mechanism: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mechanism != "all" and not MECHANISMS[mechanism]():
        pytest.skip(f"This kernel has no {mechanism} for this user.")
    if mechanism == "all" and not any(there() for there in MECHANISMS.values()):
        pytest.skip("This system has nothing to confine a process with.")
    off = [code for name, code in WITHOUT.items() if mechanism not in {"all", name}]
    monkeypatch.setattr(
        "core.pictures.decoder._START",
        "import sys; sys.path[:] = {path!r}; from core.pictures import sandbox; "
        + "; ".join([*off, "from {server} import main; main(sys.argv[1:])"]),
    )
    monkeypatch.setattr("core.pictures.decoder._SERVER", "tests.auxil.hostile_reader")
    monkeypatch.setenv("BOT_TOKEN", "secret")
    secrets = [tmp_path / ".env", tmp_path / "data" / "atelier.db", Path(__file__)]
    secrets[1].parent.mkdir()
    for secret in secrets[:2]:
        secret.write_text("secret")
    listener = socket.create_server(("127.0.0.1", 0))
    asked = {
        "bot": os.getpid(),
        "port": listener.getsockname()[1],
        "files": list(map(str, secrets)),
        "new": str(tmp_path / "new"),
    }

    with listener:
        async with Decoder() as decoder:
            opened = await decoder.open(json.dumps(asked).encode())

    found = findings(reread_picture(opened.data))
    assert not {"BOT_TOKEN", "PATH", "HOME"} & set(found.pop("environment"))
    assert found.pop("descriptors") == [0, 1, 2, 3]
    assert found.pop("root") in (None, [])
    if mechanism not in {"all", "seccomp"}:
        for name in ("signal", "process"):
            del found[name]
    assert set(found.values()) == {None}, found
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "data",
    [
        *(encode(image_format=name) for name in ("JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")),
        encode(image_format="TIFF", compression="tiff_lzw"),
        encode(Image.new("CMYK", (96, 72), "red"), "TIFF", compression="jpeg"),
        encode(Image.fromarray(np.full((72, 96), 0.5, np.float32)), "TIFF"),
        png_bytes(photo(), icc_profile=swapped_profile(), exif=exif_bytes(gps=True)),
        jpeg_bytes(progressive=True),
        heic_bytes(),
    ],
    ids=[
        "jpeg",
        "webp",
        "bmp",
        "tiff",
        "gif",
        "avif",
        "lzw",
        "cmyk",
        "float",
        "icc",
        "prog",
        "heic",
    ],
)
async def test_every_format_is_opened_without_access_to_files(
    decoder: Decoder, data: bytes
) -> None:
    opened = reread_picture((await decoder.open(data)).data)
    assert mean_difference(opened, read_picture(data)) == 0


async def test_nobodys_picture_stays_in_the_memory_that_readers_begin_with(
    decoder: Decoder,
) -> None:
    image = photo(96, 72, seed=9)
    await decoder.open(png_bytes(image, compress_level=0))
    (server,) = children()
    try:
        memory = _memory(server.pid)
    except OSError:
        pytest.skip("This system lets nobody read another process's memory.")
    assert b"core.pictures.child" in memory
    assert image.tobytes()[600:640] not in memory


@pytest.mark.parametrize(
    "answer",
    [
        b"no json\n",
        b'{"size": "ab"}\n',
        b'{"size": [96, 72], "notes": [], "length": 99}\nshort',
        b'{"size": [96, 72], "notes": [], "length": 999999999999}\n',
        b'{"error": "SpokenError", "facts": {}}\n',
        b'{"error": "json", "facts": {}}\n',
        b'{"error": "FileTooLargeError", "facts": {"size": 1' + b"0" * 400 + b', "limit": 1}}\n',
        b'{"error": "TooNarrowError", "facts": {"width": "<b>", "height": 1, "limit": 1}}\n',
        b"[" * 60_000 + b"\n",
        b"x" * 100_000,
        b"",
    ],
)
async def test_what_a_process_says_is_not_trusted(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """A picture that took the process over makes it say what it likes."""
    ready = b'{"confinement": []}\n'
    script = (
        f"import sys; sys.stdout.buffer.write({ready!r}); sys.stdout.flush();"
        f" sys.stdin.buffer.read({LENGTH.size}); sys.stdout.buffer.write({answer!r})"
    )
    start = asyncio.create_subprocess_exec

    async def taken_over(program: str, *_: str, **how: object) -> asyncio.subprocess.Process:
        return await start(program, "-c", script, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", taken_over)
    with pytest.raises(PictureError) as told:
        await decoder.open(GOOD)
    assert type(told.value) is TooCostlyError


def _limits(reader: psutil.Process) -> tuple[int, ...]:
    with suppress(psutil.NoSuchProcess):
        kinds = (psutil.RLIMIT_AS, psutil.RLIMIT_FSIZE, psutil.RLIMIT_CORE)
        return tuple(reader.rlimit(kind)[0] for kind in kinds)
    return ()


def _memory(pid: int) -> bytes:
    """All that a process can write to."""
    found = bytearray()
    maps = Path(f"/proc/{pid}/maps").read_text()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps.splitlines():
            area, rights, *_ = line.split()
            start, end = (int(address, 16) for address in area.split("-"))
            if "w" in rights:
                memory.seek(start)
                found += memory.read(end - start)
    return bytes(found)


def _profile() -> bytes:
    from PIL import ImageCms  # noqa: PLC0415

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
