"""Strangers' pictures in a real process: what they cost it, and that they cost nobody else anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image

from core.pictures.child import LENGTH
from core.pictures.codec import MAX_BYTES
from core.pictures.decoder import MEMORY, Decoder
from core.pictures.picture_errors import (
    AnimatedPictureError,
    PictureError,
    TooCostlyError,
    TooManyPixelsError,
    TooNarrowError,
    TruncatedPictureError,
    UnknownFormatError,
)
from tests.auxil.pictures import (
    exif_bytes,
    heic_bytes,
    jpeg_bytes,
    photo,
    png_bytes,
    png_header_bytes,
    quadrants,
    slow_jpeg_bytes,
)
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD = png_bytes(photo(96, 72))


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder() as decoder:
        yield decoder


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "core.pictures.child" in one.cmdline()]


async def test_sizes_and_errors_come_back_as_they_are(decoder: Decoder) -> None:
    sideways = jpeg_bytes(quadrants(96, 72).rotate(90, expand=True), exif=exif_bytes(orientation=6))
    for data in (GOOD, sideways, heic_bytes(quadrants(96, 72))):
        assert await decoder.check(data) == (96, 72)
    for kind, data in (
        (UnknownFormatError, b""),
        (UnknownFormatError, b"not a picture"),
        (TruncatedPictureError, GOOD[:-99]),
        (AnimatedPictureError, heic_bytes().replace(b"ftypheic", b"ftyphevc", 1)),
    ):
        with pytest.raises(kind):
            await decoder.check(data)
    with pytest.raises(TooManyPixelsError, match="10000 × 5001 pixels") as told:
        await decoder.check(png_header_bytes(10_000, 5_001))
    assert (told.value.width, told.value.height) == (10_000, 5_001)
    with pytest.raises(TooNarrowError, match="more than 10 times"):
        await decoder.check(png_bytes(photo(710, 70)))
    assert len(children()) == 1


async def test_a_picture_that_takes_too_long_ends_its_process_and_the_next_is_opened() -> None:
    async with Decoder(seconds=1) as decoder:
        with pytest.raises(TooCostlyError, match="ordinary JPEG or PNG"):
            await decoder.check(slow_jpeg_bytes(8000, 6250))
        assert children() == []
        assert await decoder.check(GOOD) == (96, 72)


async def test_a_process_that_makes_no_headway_is_not_waited_for() -> None:
    async with Decoder(timeout=0.5) as decoder:
        slow = asyncio.create_task(decoder.check(slow_jpeg_bytes()))
        await until(lambda: bool(children()))
        children()[0].suspend()
        with pytest.raises(TooCostlyError):
            await slow
        assert children() == []


async def test_a_picture_that_takes_too_much_memory_is_told_so() -> None:
    large = png_bytes(Image.new("RGB", (5000, 4000)))
    async with Decoder(megabytes=120) as decoder:
        with pytest.raises(TooCostlyError):
            await decoder.check(large)
        assert await decoder.check(GOOD) == (96, 72)


async def test_the_largest_picture_that_is_taken_fits_in() -> None:
    """Upright only after rotation, with a profile and transparency: every step makes a copy."""
    largest = Image.new("RGBA", (8000, 6250))
    data = png_bytes(largest, exif=exif_bytes(orientation=6), icc_profile=_profile())
    padding = bytes(MAX_BYTES - len(data))
    async with Decoder(max_bytes=MAX_BYTES) as decoder:
        assert await decoder.check(data + padding) == (6250, 8000)
        assert children()[0].memory_info().rss < MEMORY << 18, "its memory is given back"


async def test_a_crash_costs_one_picture_and_those_beside_it_nothing(decoder: Decoder) -> None:
    doomed = asyncio.create_task(decoder.check(slow_jpeg_bytes()))
    await until(lambda: len(children()) == 1)
    (hit,) = children()
    assert await decoder.check(GOOD) == (96, 72)
    hit.send_signal(11)  # SIGSEGV
    with pytest.raises(TooCostlyError):
        await doomed
    assert await decoder.check(GOOD) == (96, 72)


async def test_a_process_that_was_ended_while_idle_is_replaced(decoder: Decoder) -> None:
    assert await decoder.check(GOOD) == (96, 72)
    (first,) = children()
    first.kill()
    await until(lambda: not first.is_running() or first.status() == psutil.STATUS_ZOMBIE)
    await until(lambda: decoder._spare is not None and not decoder._spare.alive)
    assert await decoder.check(GOOD) == (96, 72)


async def test_whoever_stops_waiting_leaves_no_process_at_work(decoder: Decoder) -> None:
    asking = asyncio.create_task(decoder.check(slow_jpeg_bytes()))
    await until(lambda: bool(children()))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert children() == []


async def test_no_more_processes_than_allowed_and_one_that_stays(decoder: Decoder) -> None:
    most = 0

    async def check() -> None:
        nonlocal most
        assert await decoder.check(GOOD) == (96, 72)
        most = max(most, len(children()))

    await asyncio.gather(*(check() for _ in range(8)))
    assert most <= 2
    assert len(children()) == 1


async def test_it_has_no_secret_no_file_to_write_to_and_goes_first(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "secret")
    await decoder.check(GOOD)
    (child,) = children()
    assert "BOT_TOKEN" not in child.environ()
    assert child.rlimit(psutil.RLIMIT_FSIZE) == child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_AS) == (MEMORY << 20, MEMORY << 20)
    with open(f"/proc/{child.pid}/oom_score_adj") as score:  # noqa: ASYNC230, PTH123
        assert score.read() == "1000\n"
    modules = {mapped.path for mapped in child.memory_maps()}
    assert not any("torch" in path for path in modules)


@pytest.mark.parametrize(
    "answer",
    [
        b"no json\n",
        b'{"size": "ab"}\n',
        b'{"error": "SpokenError", "facts": {}}\n',
        b'{"error": "json", "facts": {}}\n',
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
    script = (
        f"import sys; sys.stdin.buffer.read({LENGTH.size}); sys.stdout.buffer.write({answer!r})"
    )
    start = asyncio.create_subprocess_exec

    async def taken_over(program: str, *_: str, **how: object) -> asyncio.subprocess.Process:
        return await start(program, "-c", script, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", taken_over)
    with pytest.raises(PictureError) as told:
        await decoder.check(GOOD)
    assert type(told.value) is TooCostlyError


def _profile() -> bytes:
    from PIL import ImageCms  # noqa: PLC0415

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
