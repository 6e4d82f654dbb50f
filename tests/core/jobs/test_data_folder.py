"""One bot at a time works in a data folder, and of a damaged database it is known who waited."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from core.jobs.data_folder import lock_data_folder, people_with_jobs, take_over_data_folder
from core.jobs.job_errors import FolderInUseError
from core.jobs.store import Store
from core.sentences import sentence
from tests.auxil.files import damage
from tests.auxil.sessions import ANNA, BERT, CLEO, a_finished_job, a_job, a_running_job, ready
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from core.jobs.data_folder import lock_data_folder
with lock_data_folder(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


async def test_a_folder_is_one_bots_until_its_process_ends(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLD,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"locked\n"
    with pytest.raises(FolderInUseError, match="a DATA_DIR of its own"), lock_data_folder(folder):
        pass
    process.kill()
    await process.wait()
    with lock_data_folder(folder):
        assert folder.is_dir()


async def test_who_comes_second_begins_when_the_first_has_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entered = asyncio.Event()

    async def second() -> None:
        async with take_over_data_folder(tmp_path, patience=PATIENCE):
            entered.set()

    with lock_data_folder(tmp_path):
        waiting = asyncio.create_task(second())
        await until(lambda: "this one begins when it stops" in caplog.text)
        assert not entered.is_set()
    await waiting
    assert entered.is_set()
    assert caplog.text.count("Another Atelier is at work") == 1


async def test_who_comes_second_does_not_wait_for_ever(tmp_path: Path) -> None:
    with lock_data_folder(tmp_path), pytest.raises(FolderInUseError):
        async with take_over_data_folder(tmp_path, patience=0.01):
            pass


def test_a_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with lock_data_folder(tmp_path):
            pass


async def test_of_a_damaged_file_it_is_known_who_waited(path: Path) -> None:
    async with await Store.open(path) as store:
        await a_job(store, ANNA)
        await a_finished_job(store, BERT)
        done = await a_running_job(store, CLEO)
        await store.jobs.fail(done.id, sentence("No."))
        await ready(store, content=b"x" * 400_000)
    content = damage(path, slice(60 * 4096, 80 * 4096))

    async with await Store.open(path) as store:
        assert store.set_aside is not None
        assert people_with_jobs(store.set_aside) == [ANNA, BERT]
        assert store.set_aside.read_bytes() == content


def test_of_a_file_that_cannot_be_read_at_all_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "atelier.db.damaged-1").write_bytes(b"nonsense" * 999)
    assert people_with_jobs(tmp_path / "atelier.db.damaged-1") == []
