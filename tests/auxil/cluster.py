"""A Dask cluster of real processes on this machine, to be hurt by tests."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from distributed import Client

from core.engines.dask import DaskEngine, EngineTimeouts
from core.engines.dask_setup import tls_options
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.engines.dask_setup import Tls

ROOT = Path(__file__).resolve().parents[2]
TIMEOUTS = EngineTimeouts(connect=3.0, poll=0.05, answer=PATIENCE)
"""Looks often, and takes no machine that is only busy for lost."""
IMPATIENT = replace(TIMEOUTS, answer=3.0)
"""For a scheduler that says nothing on purpose."""

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
FROZEN_SOON = {
    # The least that Dask allows is ten heartbeats, which are 5 s in a small cluster.
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "1s",
}
"""For the scheduler: a worker that says nothing on purpose is soon taken for lost."""


class Cluster:
    """A scheduler and its workers.

    Args:
        folder: For what they write.
        tls: Certificates for everybody.
        environment: Further variables for all of them.
    """

    def __init__(
        self,
        folder: Path,
        tls: Tls | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._port, self._http_port = free_port(), free_port()
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{self._port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self._folder = folder
        self._tls = tls
        self._environment = environment or {}

    def start_scheduler(self) -> None:
        """Start it, again at the same address, and wait until it listens."""
        ports = ("--port", str(self._port), "--health-port", str(self._http_port))
        self.scheduler = self._start("core", "cluster", "--workers", "0", *ports)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except OSError:
                assert time.monotonic() < deadline, self.output
                time.sleep(0.05)  # nobody announces it
            else:
                return

    def start_worker(
        self, *, real: bool = False, by: str | None = None, tls: Tls | None = None
    ) -> subprocess.Popen[bytes]:
        """One more worker, with a stub painter or the network.

        Args:
            real: Whether it has the network.
            by: The address at which it finds the scheduler, where it is another.
            tls: Certificates, where it has others.
        """
        module = "core" if real else "tests.auxil.dask_worker"
        scheduler = by or self.address
        worker = self._start(module, "worker", "--scheduler", scheduler, "--device", "cpu", tls=tls)
        self.workers.append(worker)
        return worker

    async def page(self, path: str) -> tuple[int, str]:
        """Status and text of one of the scheduler's HTTP pages."""
        address = f"http://127.0.0.1:{self._http_port}{path}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status, await answer.text()

    async def busy_worker(self) -> subprocess.Popen[bytes]:
        """A worker that has a job."""
        async with Client(
            self.address, asynchronous=True, set_as_default=False, **tls_options(self._tls)
        ) as client:
            processing: dict[str, Any] = await client.processing()
            pids: dict[str, int] = await client.run(os.getpid)
        pid = next(pids[address] for address, keys in processing.items() if keys)
        return next(worker for worker in self.workers if worker.pid == pid)

    async def count_events(self, topic: str) -> int:
        """How many events of a topic the scheduler keeps."""
        async with Client(self.address, asynchronous=True, set_as_default=False) as client:
            events: tuple[object, ...] = await client.get_events(topic)
        return len(events)

    def restore(self, workers: int) -> None:
        """Start again what a test has ended, and let what it has frozen go on."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        for worker in self.workers:
            thaw(worker)
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.start_scheduler()
        for _ in range(workers - len(self.workers)):
            self.start_worker()

    @property
    def output(self) -> str:
        """What all of them wrote."""
        return "".join(path.read_text() for path in sorted(self._folder.glob("*.log")))

    def close(self) -> None:
        """Kill what is left."""
        for process in (self.scheduler, *self.workers):
            if process is not None:
                kill(process)

    def _start(
        self, module: str, *arguments: str, tls: Tls | None = None
    ) -> subprocess.Popen[bytes]:
        command: Sequence[str] = (sys.executable, "-m", module, *arguments)
        tls = tls or self._tls
        if tls is not None:
            command = (
                *command,
                *("--tls-ca", str(tls.ca), "--tls-cert", str(tls.cert), "--tls-key", str(tls.key)),
            )
        number = len(list(self._folder.glob("*.log")))
        with (self._folder / f"{number}.log").open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, **ENVIRONMENT, **self._environment},
            )


@contextmanager
def cluster_of(
    folder: Path,
    *,
    workers: int = 0,
    real: bool = False,
    tls: Tls | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    folder.mkdir(exist_ok=True)
    cluster = Cluster(folder, tls, environment)
    with ExitStack() as stack:
        stack.callback(cluster.close)
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker(real=real)
        yield cluster


async def connected(
    cluster: Cluster,
    *,
    workers: int,
    ahead: int = 0,
    tls: Tls | None = None,
    timeouts: EngineTimeouts = TIMEOUTS,
) -> DaskEngine:
    """An engine that sees so many workers."""
    engine = DaskEngine(cluster.address, ahead=ahead, tls=tls, timeouts=timeouts)
    await engine.start()
    await until(lambda: engine.slots == max(workers, ahead))
    return engine


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def kill(process: subprocess.Popen[bytes]) -> None:
    """As a power cut would."""
    process.kill()
    process.wait()


def freeze(process: subprocess.Popen[bytes]) -> None:
    """Make it stand still, with its connections open."""
    process.send_signal(signal.SIGSTOP)


def thaw(process: subprocess.Popen[bytes]) -> None:
    """Let it go on as if nothing had been."""
    process.send_signal(signal.SIGCONT)


def sweep() -> None:
    """Collect what Dask left of lost connections, without the warning that it did."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
