"""How much the playground keeps: the newest messages of a chat, and files up to so many bytes."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from bot.playground import update_queue
from bot.playground.chat_database import ChatDatabase
from bot.playground.chat_files import UNUSED_KEPT, UploadedFile
from bot.playground.event_log import MessageDeleted
from bot.playground.telegram_objects import ApiContent, ApiMessage, ApiUser
from bot.playground.world import World

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ADA, MEI = 11, 12
BOT_ID = 8_100_000_001
MEGABYTE = 1_000_000


def ada(world: World) -> ApiUser:
    return world.users[ADA]


async def send_file(world: World, chat_id: int, size: int = MEGABYTE) -> ApiMessage:
    """A person sends a file that is no picture."""
    upload = UploadedFile(bytes(size), "file.bin", "application/octet-stream")
    document = await world.files.add_document(upload)
    return world.post(chat_id, world.users[chat_id], ApiContent(document=document))


def test_a_chat_keeps_its_newest_messages(tmp_path: Path) -> None:
    with closing(ChatDatabase(tmp_path)) as database:
        world = World(database, bot_id=BOT_ID, messages_kept=3)
        world.post(MEI, world.users[MEI], ApiContent(text="of another chat"))
        for number in range(5):
            world.post(ADA, ada(world), ApiContent(text=str(number)))
        events = [event for _, event in world.event_log.since(0) or []]

        assert [message.text for message in world.messages(ADA)] == ["2", "3", "4"]
        assert [event for event in events if isinstance(event, MessageDeleted)] == [
            MessageDeleted(ADA, 1),
            MessageDeleted(ADA, 2),
        ]

    with closing(ChatDatabase(tmp_path)) as database:
        again = World(database, bot_id=BOT_ID)
        assert [message.text for message in again.messages(ADA)] == ["2", "3", "4"]
        assert [message.text for message in again.messages(MEI)] == ["of another chat"]


async def test_the_oldest_files_go_first_whosever_they_are() -> None:
    seconds = iter(range(10))
    world = World(
        ChatDatabase(), bot_id=BOT_ID, file_bytes_kept=3 * MEGABYTE, clock=lambda: next(seconds)
    )
    first = await send_file(world, ADA)
    world.post(ADA, ada(world), ApiContent(text="words stay"))
    for _ in range(3):
        await send_file(world, MEI)

    assert [message.text for message in world.messages(ADA)] == ["words stay"]
    assert len(world.messages(MEI)) == 3
    assert first.document is not None
    assert world.files.find(first.document.file_id) is None
    assert world.files.total_bytes == 3 * MEGABYTE


async def test_files_that_no_message_shows_go_before_messages_do() -> None:
    world = World(ChatDatabase(), bot_id=BOT_ID, file_bytes_kept=3 * MEGABYTE)
    shown = await send_file(world, ADA)
    world.delete(await send_file(world, ADA, 2 * MEGABYTE))
    latest = await send_file(world, ADA)

    assert world.messages(ADA) == [shown, latest]
    assert world.files.total_bytes == 2 * MEGABYTE


async def test_files_without_a_message_do_not_outlive_many_starts(tmp_path: Path) -> None:
    with closing(ChatDatabase(tmp_path)) as database:
        files = World(database, bot_id=BOT_ID).files
        for _ in range(UNUSED_KEPT + 5):
            await files.add_document(UploadedFile(b"x", "file.bin", "application/octet-stream"))

    with closing(ChatDatabase(tmp_path)) as database:
        World(database, bot_id=BOT_ID)
        assert len(database.records("file")) == UNUSED_KEPT


def test_updates_that_the_bot_never_fetches_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_queue, "MOST_WAITING", 3)
    with closing(ChatDatabase(tmp_path)) as database:
        world = World(database, bot_id=BOT_ID)
        for number in range(5):
            world.post(ADA, ada(world), ApiContent(text=str(number)))

        waiting = [update["message"]["text"] for update in world.update_queue.take(0, 100)]
        assert waiting == ["2", "3", "4"]
        assert len(database.records("update")) == 3


def test_presses_that_the_bot_never_answers_do_not_pile_up(tmp_path: Path) -> None:
    seconds = [0.0]
    with closing(ChatDatabase(tmp_path)) as database:
        world = World(database, bot_id=BOT_ID, query_lifetime=60, clock=lambda: seconds[-1])
        message = world.post(ADA, world.bot, ApiContent(text="x"))
        for second in (0.0, 30.0, 75.0):
            seconds.append(second)
            world.press(message, ada(world), "go")

        assert len(database.records("query")) == 2
