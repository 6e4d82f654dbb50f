"""``python -m core cluster`` and ``python -m core worker``, as an operator starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from core.cluster.cli import run
from core.engines.dask import DaskEngine
from tests.auxil.cluster import ENVIRONMENT, IMPATIENT, ROOT
from tests.auxil.painters import StubPainter, work
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def command(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A cluster of workers with stub painters, and its scheduler's address."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.auxil.dask_worker", "cluster", "--port", "0", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **ENVIRONMENT},
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


async def test_one_command_is_a_whole_cluster_that_mends_itself_and_leaves_nothing_behind() -> None:
    with command("--workers", "2") as (process, address):
        engine = DaskEngine(address, tuning=IMPATIENT)
        await engine.start()
        await until(lambda: engine.slots == 2, tries=10_000)
        workers = psutil.Process(process.pid).children()

        workers[0].kill()

        await until(lambda: engine.slots == 1, tries=10_000)
        await until(lambda: engine.slots == 2, tries=10_000)
        assert (await engine.submit(work()).outcome()).evaluations == 20
        await engine.close()
        workers = psutil.Process(process.pid).children()
        assert len(workers) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        _, left = psutil.wait_procs(workers, timeout=0)
        assert left == []


async def test_workers_go_with_a_cluster_that_is_killed() -> None:
    with command("--workers", "1") as (process, _):
        await until(lambda: len(psutil.Process(process.pid).children()) == 1)
        workers = psutil.Process(process.pid).children()
        process.kill()

        _, left = psutil.wait_procs(workers, timeout=20)

        assert left == []


def test_a_worker_that_waits_for_its_scheduler_can_be_stopped() -> None:
    words = ["worker", "--scheduler", "tcp://127.0.0.1:1", "--device", "cpu"]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.auxil.dask_worker", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stderr is not None
        assert "network is loaded" in worker.stderr.readline()

        worker.terminate()

        assert worker.wait(5) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["worker", "--scheduler", "tcp://10.1.2.3:8786"], "without TLS"),
        (["worker", "--scheduler", "tls://10.1.2.3:8786"], "needs certificates"),
        (["worker", "--scheduler", "tls://10.1.2.3:8786", "--tls-ca", "ca.pem"], "--tls-key"),
        (["worker", "--scheduler", "somewhere"], "is not a scheduler's address"),
        (["cluster", "--host", "0.0.0.0"], "could run code here"),
    ],
)
def test_what_would_be_open_to_others_is_refused(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words, painter_factory=StubPainter) == 1

    assert says in capsys.readouterr().err
