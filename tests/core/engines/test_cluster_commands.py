"""``python -m core cluster`` and ``python -m core worker``, as an operator starts them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from core.engines.cluster_commands import run
from core.engines.dask import DaskEngine
from tests.auxil.cluster import ENVIRONMENT, ROOT, TIMEOUTS
from tests.auxil.painters import StubPainter, work
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator


def gpus_of(cluster: psutil.Process) -> list[str | None]:
    """What each worker is told to use."""
    found = []
    for child in cluster.children():
        with suppress(psutil.Error):  # The one that counts GPUs is about to end.
            if "worker" in child.cmdline():
                found.append(child.environ().get("CUDA_VISIBLE_DEVICES"))
    return sorted(found, key=str)


@contextmanager
def command(*words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A cluster of workers with stub painters, and its scheduler's address."""
    here = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.auxil.dask_worker", "cluster", "--port", "0", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**here, **ENVIRONMENT, **environment},
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


async def test_one_command_is_a_whole_cluster_that_mends_itself_and_leaves_nothing_behind() -> None:
    with command("--workers", "2", "--device", "cpu") as (process, address):
        engine = DaskEngine(address, timeouts=TIMEOUTS)
        await engine.start()
        await until(lambda: engine.slots == 2)
        workers = psutil.Process(process.pid).children()

        workers[0].kill()

        await until(lambda: engine.slots == 1)
        await until(lambda: engine.slots == 2)
        assert (await engine.submit(work()).result()).evaluations == 20
        await engine.close()
        workers = psutil.Process(process.pid).children()
        assert len(workers) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        _, left = psutil.wait_procs(workers, timeout=0)
        assert left == []


@pytest.mark.parametrize(
    ("words", "lent", "wanted"),
    [
        ((), {}, ["0", "1"]),
        ((), {"CUDA_VISIBLE_DEVICES": "2, GPU-5e1f"}, ["2", "GPU-5e1f"]),
        (("--workers", "3"), {}, ["0", "0", "1"]),
        (("--workers", "1", "--device", "cuda:1"), {}, [None]),
    ],
)
async def test_each_worker_of_a_machine_with_two_gpus_has_one_of_its_own(
    words: tuple[str, ...], lent: dict[str, str], wanted: list[str | None]
) -> None:
    with command(*words, STUB_GPUS="2", **lent) as (process, _):
        cluster = psutil.Process(process.pid)
        await until(lambda: len(gpus_of(cluster)) == len(wanted))
        assert gpus_of(cluster) == wanted


async def test_workers_go_with_a_cluster_that_is_killed() -> None:
    with command("--workers", "1", "--device", "cpu") as (process, _):
        await until(lambda: len(psutil.Process(process.pid).children()) == 1)
        workers = psutil.Process(process.pid).children()
        process.kill()

        _, left = psutil.wait_procs(workers, timeout=PATIENCE)

        assert left == []


def test_a_worker_whose_scheduler_says_nothing_says_so_and_can_be_stopped() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as frozen,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.auxil.dask_worker", "worker", "--device", "cpu"),
                *("--scheduler", f"tcp://127.0.0.1:{frozen.getsockname()[1]}"),
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "0.5s"},
        ) as worker,
    ):
        assert worker.stderr is not None
        assert "network is loaded" in worker.stderr.readline()
        assert "trying again: It does not answer" in worker.stderr.readline()

        worker.terminate()

        assert worker.wait(PATIENCE) == 0


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
