"""How many pictures one person may send, and what they hear when it was too much."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.conversation.committer import Upload
from bot.conversation.upload_limits import REMEMBERED, TooManyPicturesError, UploadLimits, Uploads
from bot.telegram.downloads import ByteRoom, Downloads
from bot.telegram.picture_sources import picture_of
from bot.telegram.server_disk import ServerDisk
from core.pictures.decoder import Decoder, OpenedPicture
from tests.auxil.pictures import jpeg_bytes, photo
from tests.auxil.ptb import connected
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from telegram import Message

    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

PHOTO = jpeg_bytes(photo(96, 72))
ADA, MEI = 11, 12


class HeldDecoder(Decoder):
    """The real one, which begins when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.go = asyncio.Event()

    async def open(self, data: bytes) -> OpenedPicture:
        self.waiting += 1
        await self.go.wait()
        return await super().open(data)


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def refusal(uploads: Uploads, user_id: int = ADA) -> TooManyPicturesError:
    with pytest.raises(TooManyPicturesError) as told:
        uploads.admit(user_id)
    return told.value


def test_the_next_one_is_taken_when_it_was_said_and_not_before() -> None:
    uploads = Uploads(UploadLimits(per_minute=2, per_hour=5), clock=(clock := Clock()))
    uploads.admit(ADA)
    clock.time += 20
    uploads.admit(ADA)
    first = refusal(uploads)
    assert (first.limit, first.window, first.seconds, first.told) == (2, 60, 40, False)
    clock.time += 39.9
    assert refusal(uploads).told
    clock.time += 0.1
    uploads.admit(ADA)
    assert not refusal(uploads).told


def test_little_by_little_is_too_much_as_well() -> None:
    uploads = Uploads(UploadLimits(per_minute=2, per_hour=5), clock=(clock := Clock()))
    for _ in range(5):
        uploads.admit(ADA)
        clock.time += 60
    told = refusal(uploads)
    assert (told.limit, told.window, told.seconds) == (5, 3600, 3300)


def test_nobody_pays_for_another_and_admins_pay_nothing() -> None:
    uploads = Uploads(UploadLimits(per_minute=2, exempt=frozenset({MEI})))
    for _ in range(2):
        uploads.admit(ADA)
    refusal(uploads)
    for _ in range(9):
        uploads.admit(MEI)
    uploads.admit(13)


def test_those_who_are_quiet_are_forgotten() -> None:
    uploads = Uploads(UploadLimits(), clock=(clock := Clock()))
    for user_id in range(REMEMBERED + 1):
        uploads.admit(user_id)
    clock.time += 3601
    uploads.admit(ADA)
    assert len(uploads._sent) == 1


async def test_what_is_being_handled_is_bounded_in_bytes_over_all_people(
    playground: Playground, chat: ChatClient, settings: Settings
) -> None:
    people = [chat.person(name) for name in ("Ada", "Mei", "Ben")]
    for person in people:
        await person.send_file(PHOTO, name="a.jpg")
    async with connected(playground) as bot, HeldDecoder() as decoder:
        messages = [one.message for one in await bot.get_updates() if one.message]
        room_for_two = 3 * len(PHOTO) - 1
        uploads, disk = Uploads(UploadLimits()), ServerDisk(settings)
        downloads = Downloads(decoder, uploads, disk, bytes_at_once=room_for_two)
        stored: list[Upload] = []

        async def store(message: Message) -> None:
            source = picture_of(message)
            assert source is not None
            async with downloads.fetched(source, message.chat.id) as found:
                assert isinstance(found, Upload)
                stored.append(found)

        tasks = [asyncio.create_task(store(message)) for message in messages]
        await until(lambda: decoder.waiting == 2)
        assert (await chat.counters())["calls"]["getFile"] == 2
        decoder.go.set()
        await asyncio.gather(*tasks)
    assert [one.size for one in stored] == [(96, 72)] * 3


async def test_room_goes_to_who_came_first_and_comes_back_when_somebody_gives_up() -> None:
    room = ByteRoom(10)
    order: list[int] = []

    async def take(size: int) -> None:
        async with room.taken(size):
            order.append(size)

    async with room.taken(6):
        waiting = [asyncio.create_task(take(size)) for size in (9, 8, 1, 99)]
        await asyncio.sleep(0)
        assert order == []
        waiting[1].cancel()
    await asyncio.gather(waiting[0], *waiting[2:])
    assert order == [9, 1, 99], (
        "a small one does not overtake a large one, and more than all is all"
    )


async def test_a_flood_of_pictures_gets_one_sentence_and_harms_nothing(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    few = settings.model_copy(update={"pictures_per_minute": 2})
    async with running(few, engine=engine_of(painter), overrides=BRISK):
        await ada.send_photo(PHOTO)
        await ada.expect_text("send the style picture")
        await ada.send_file(b"no picture", name="a.png")
        await ada.expect_text("not a picture I can read")
        for _ in range(3):
            await ada.send_photo(PHOTO)
        told = await ada.expect_text("2 pictures a minute", "send the next one in")
        assert "style picture" in told.text
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        assert sum("pictures a minute" in entry.text for entry in ada.said) == 1
        ben = chat.person("Ben")
        await ben.send_photo(PHOTO)
        await ben.expect_text("send the style picture")
    assert "getFile" in (counters := (await chat.counters())["calls"])
    assert counters["getFile"] == 3
