"""A Bot API server with --local names files on its disk: read there or where that is mounted, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.playground.methods.method_context import LocalMode
from bot.playground.server import Playground
from bot.settings import Settings, SettingsError
from bot.telegram.server_disk import ServerDisk, ServerFileError
from core.pictures import codec
from core.pictures.picture_errors import FileTooLargeError
from tests.auxil.pictures import jpeg_bytes
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

ELSEWHERE = "/var/lib/telegram-bot-api"
PHOTO = jpeg_bytes()
MEGABYTE = 1_000_000


@pytest.fixture
def name() -> str:
    """What the server calls its folder; another machine's, unless a test says otherwise."""
    return ELSEWHERE


@pytest.fixture
async def playground(tmp_path: Path, name: str) -> AsyncIterator[Playground]:
    local = LocalMode(tmp_path / "served", PurePosixPath(name.format(tmp_path)))
    async with Playground(local_mode=local) as playground:
        yield playground


@pytest.mark.parametrize("name", ["{}/served", ELSEWHERE])
async def test_a_picture_is_read_from_the_servers_disk_or_from_where_that_is_mounted(
    settings: Settings, painter: HeldPainter, ada: Person, tmp_path: Path, name: str
) -> None:
    here = tmp_path / "served"
    choice = {"telegram_files_dir": here}
    if name == ELSEWHERE:
        choice = {"telegram_files_dir": Path(ELSEWHERE), "telegram_files_mount": here}
    there = settings.model_copy(update=choice)
    async with running(there, engine=engine_of(painter), overrides=BRISK):
        await ada.send_photo(PHOTO)
        await ada.expect_text("send the style picture")


async def test_the_operator_may_let_larger_files_in(
    settings: Settings, painter: HeldPainter, ada: Person, tmp_path: Path
) -> None:
    disk = {"telegram_files_dir": Path(ELSEWHERE), "telegram_files_mount": tmp_path / "served"}
    larger = settings.model_copy(update={**disk, "max_picture_mb": 22})
    async with running(larger, engine=engine_of(painter), overrides=BRISK):
        await ada.send_file(PHOTO + bytes(21 * MEGABYTE), name="huge.jpg")
        await ada.expect_text("send the style picture")
        await ada.send_file(PHOTO + bytes(23 * MEGABYTE), name="huge.jpg")
        await ada.expect_text("has 23 MB; I can take 22 MB")
        await ada.send_text("/help")
        await ada.expect_text("up to 22 MB")


@pytest.mark.parametrize("name", ["{}/served"])
async def test_without_the_setting_no_file_here_is_read_because_a_server_names_it(
    settings: Settings, painter: HeldPainter, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.send_photo(PHOTO)
        await ada.expect_text("couldn't fetch this picture")
    assert "set TELEGRAM_FILES_DIR" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.fixture
def disk(tmp_path: Path) -> ServerDisk:
    """A folder with one photo; beside it lies what is nobody's business."""
    mount = tmp_path / "mount"
    (mount / "photos").mkdir(parents=True)
    (mount / "photos" / "file_0.jpg").write_bytes(PHOTO)
    (tmp_path / "secret").write_text("the token")
    (mount / "link").symlink_to(tmp_path / "secret")
    (mount / "folder").symlink_to(tmp_path)
    os.mkfifo(mount / "pipe")
    settings = Settings.model_construct(
        telegram_files_dir=Path(ELSEWHERE), telegram_files_mount=mount
    )
    return ServerDisk(settings)


def test_a_file_of_the_limits_size_is_read_and_one_byte_more_is_too_large(disk: ServerDisk) -> None:
    path = f"{ELSEWHERE}/photos/file_0.jpg"

    assert disk.read(path, len(PHOTO)) == PHOTO
    with pytest.raises(FileTooLargeError):
        disk.read(path, len(PHOTO) - 1)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        f"{ELSEWHERE}-other/photos/file_0.jpg",
        f"{ELSEWHERE}/../secret",
        f"{ELSEWHERE}/photos/../../secret",
        f"{ELSEWHERE}/link",
        f"{ELSEWHERE}/folder/secret",
        f"{ELSEWHERE}/pipe",
        f"{ELSEWHERE}/photos",
        f"{ELSEWHERE}",
        f"{ELSEWHERE}/photos/file_1.jpg",
        f"{ELSEWHERE}/photos/file_0.jpg\0",
    ],
)
def test_whatever_is_no_file_in_the_servers_folder_is_refused(disk: ServerDisk, path: str) -> None:
    with pytest.raises(ServerFileError):
        disk.read(path, MEGABYTE)


def test_a_limit_above_telegrams_needs_a_server_of_ones_own(settings: Settings) -> None:
    larger = settings.model_copy(update={"max_picture_mb": 21})
    with pytest.raises(SettingsError, match="TELEGRAM_FILES_DIR"):
        _ = larger.max_picture_bytes

    most = settings.model_copy(update={"max_picture_mb": 100, "telegram_files_dir": Path("/")})
    assert most.max_picture_bytes == codec.MAX_BYTES
