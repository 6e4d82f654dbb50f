"""The file of the chats: whole after a kill, for its owner only, for one process at a time."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.playground.chat_database import ChatDatabase, ChatFileError

if TYPE_CHECKING:
    from pathlib import Path


class InterruptError(Exception):
    """Something goes wrong inside a transaction."""


def left_by_a_kill(folder: Path, copy: Path) -> ChatDatabase:
    """What a process leaves on disk that is killed now, opened by the next one."""
    shutil.copytree(folder, copy)
    return ChatDatabase(copy)


def test_a_kill_leaves_the_last_whole_transaction(tmp_path: Path) -> None:
    folder = tmp_path / "chats"
    with closing(ChatDatabase(folder)) as database:
        for number in range(20):
            with database.transaction():
                database.put("left", "x", number)
                # Larger than SQLite's cache, so a part of the transaction is in the file already.
                database.put_bytes(f"file {number}", bytes(3_000_000))
                with closing(left_by_a_kill(folder, tmp_path / f"inside {number}")) as found:
                    assert found.get("left", "x") == (str(number - 1) if number else None)
                    with pytest.raises(KeyError):
                        found.get_bytes(f"file {number}")
                database.put("right", "x", number)
            with closing(left_by_a_kill(folder, tmp_path / f"after {number}")) as found:
                assert found.get("left", "x") == found.get("right", "x") == str(number)
                assert len(found.get_bytes(f"file {number}")) == 3_000_000
            database.remove_bytes(f"file {number}")


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    with closing(ChatDatabase(tmp_path)) as database:
        database.put("kind", "key", "before")
        with pytest.raises(InterruptError):
            _change_and_fail(database)

        assert database.get("kind", "key") == "before"
        with pytest.raises(KeyError):
            database.get_bytes("file")


def _change_and_fail(database: ChatDatabase) -> None:
    with database.transaction():
        database.put("kind", "key", "inside")
        with database.transaction():
            database.put_bytes("file", b"x")
        raise InterruptError


def test_records_come_back_in_order_of_insertion(tmp_path: Path) -> None:
    with closing(ChatDatabase(tmp_path)) as database:
        for key in (10, 9, 11):
            database.put("kind", key, "")
        database.put("kind", 10, "again")
        database.put("other", 1, "")
        database.remove("kind", 9)

    with closing(ChatDatabase(tmp_path)) as database:
        assert database.records("kind") == [("10", "again"), ("11", "")]


def test_only_the_owner_may_read_the_chats(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "playground"
    with closing(ChatDatabase(folder)) as database:
        database.put("kind", "key", "value")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert set(modes) == {"chats.db", "chats.db-wal"}
    assert set(modes.values()) == {0o600}


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    with (
        closing(ChatDatabase(tmp_path)),
        pytest.raises(ChatFileError, match=r"Another playground uses .*chats\.db.*--memory"),
    ):
        ChatDatabase(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "chats.db").write_bytes(b"once upon a time " * 100)

    with pytest.raises(ChatFileError, match=r"chats\.db cannot be used: .*Move it away"):
        ChatDatabase(tmp_path)


def test_the_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "chats.db")) as connection:
        connection.execute("PRAGMA user_version = 2")

    with pytest.raises(ChatFileError, match="a newer Atelier wrote it"):
        ChatDatabase(tmp_path)
