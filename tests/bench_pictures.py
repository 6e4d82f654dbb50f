"""``make bench``: how fast a picture that arrives is stored, and how much memory many of them take at once.

The first part gives processor time, of all processes that open a picture, on one core. The second runs the bot in a
process of its own, with a painter that paints nothing, and lets people send photos at the same time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import psutil
from PIL import Image

from bot.playground.chat_rooms import ChatRoom
from bot.playground.server import Playground
from bot.playground.telegram_objects import ApiChat, ApiUser, ChatType
from core.pictures.decoder import Decoder
from tests.auxil.chat import ChatClient
from tests.auxil.pairs import SAMPLES
from tests.auxil.pictures import heic_bytes
from tests.auxil.process import BotProcess
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.auxil.person import Person

SIZE: Final = (4032, 3024)
LARGE: Final = (8064, 6048)
REPEATS: Final = 7


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    people: int = parser.parse_args().people
    asyncio.run(_measure(people))


async def _measure(people: int) -> None:
    small, large = camera_photo(SIZE), camera_photo(LARGE)
    cut_out = small.convert("RGBA")
    cut_out.paste((0, 0, 0, 0), (0, 0, SIZE[0] // 2, SIZE[1]))
    await time_opening(
        {
            "JPEG, 1.2 megapixels": _encoded(small.resize((1280, 960)), "JPEG", quality=87),
            "JPEG, 12 megapixels": _encoded(small, "JPEG", quality=92),
            "JPEG, 48 megapixels": _encoded(large, "JPEG", quality=91),
            "HEIC, 12 megapixels": heic_bytes(small),
            "PNG, 12 megapixels": _encoded(small.reduce(2).resize(SIZE), "PNG", compress_level=1),
            "PNG, 12 megapixels, half transparent": _encoded(cut_out, "PNG", compress_level=1),
        }
    )
    await measure_memory(_encoded(large, "JPEG", quality=91), people)


def camera_photo(size: tuple[int, int]) -> Image.Image:
    """A photo of this size with the noise of a camera."""
    with Image.open(SAMPLES / "coffee.jpg") as sample:
        enlarged = sample.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).normal(0, 5, (512, 512, 3))
    rows, columns = -(-size[1] // 512), -(-size[0] // 512)
    pixels = np.asarray(enlarged, np.float32)
    pixels = pixels + np.tile(noise, (rows, columns, 1))[: size[1], : size[0]].astype(np.float32)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


async def time_opening(files: Mapping[str, bytes]) -> None:
    """Print what it takes to open each file and encode its pixels."""
    print(f"{'from arrival to stored pixels':46} {'MB':>5} {'CPU ms':>7} {'stored':>11} {'MB':>5}")
    async with Decoder() as decoder:
        for name, data in files.items():
            spent = []
            for _ in range(REPEATS):
                before = _processor_time()
                picture = await decoder.open(data)
                await until(lambda: not any(one.children() for one in psutil.Process().children()))
                spent.append(_processor_time() - before)
            size = f"{picture.size[0]} × {picture.size[1]}"
            best = 1000 * min(spent)
            print(
                f"{name:46} {len(data) / 1e6:5.1f} {best:7.0f} {size:>11} {len(picture.data) / 1e6:5.1f}"
            )


async def measure_memory(data: bytes, people: int) -> None:
    """Print the peak of the bot's memory while people send this file at the same time."""
    with tempfile.TemporaryDirectory() as folder:
        playground = Playground()
        for number in range(people):
            user = ApiUser(id=100 + number, first_name=f"P{number}", language_code="en")
            playground.world.users[user.id] = user
            room = ApiChat(id=user.id, type=ChatType.PRIVATE, first_name=user.first_name)
            playground.world.rooms[user.id] = ChatRoom(room, (user.id,))
        async with playground, ChatClient(playground.url, timeout=600) as chat:
            settings = {
                "BOT_TOKEN": playground.token,
                "TELEGRAM_API_URL": playground.api_url,
                "DATA_DIR": folder,
            }
            async with BotProcess(Path(folder), settings, module="tests.auxil.deadly_bot") as bot:
                await bot.line("READY")
                idle = psutil.Process(bot.pid).memory_info().rss
                began = time.monotonic()
                await asyncio.gather(*(_send(chat.person(f"P{n}"), data) for n in range(people)))
                seconds = time.monotonic() - began
                peak = _peak(bot.pid)
    print(
        f"\n{people} people send {len(data) / 1e6:.0f} MB each at the same time: answered within {seconds:.0f} s; "
        f"the bot grows from {idle / 1e6:.0f} to {peak / 1e6:.0f} MB"
    )


async def _send(person: Person, data: bytes) -> None:
    await person.send_file(data, name="photo.jpg")
    await person.expect_kind("photo")  # the styles to choose from


def _encoded(image: Image.Image, image_format: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def _processor_time() -> float:
    """Seconds of this process, of its children and of their children that have ended."""
    family = [psutil.Process(), *psutil.Process().children()]
    times = [one.cpu_times() for one in family]
    return sum(
        each.user + each.system + each.children_user + each.children_system for each in times
    )


def _peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    main()
