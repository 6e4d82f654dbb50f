"""Runs a scheduler and its workers on one machine, one worker for each GPU."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from distributed import Scheduler

from core.engines.dask_setup import DaskSetupError, check_address, tls_options
from core.loopback import is_loopback

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from core.engines.dask_setup import Tls

log = logging.getLogger(__name__)

WORKER: Final = (sys.executable, "-m", "core", "worker", "--exit-with-stdin")
RESTART_DELAY: Final = 3.0
"""Seconds until a dead worker is started again, so that a worker that cannot start does not occupy the machine."""

SHARED: Final = ("auto", "cuda")
"""Device names that mean any GPU: then each worker gets its own."""

COUNT_GPUS: Final = (sys.executable, "-c", "import torch; print(torch.cuda.device_count())")


async def run_cluster(arguments: argparse.Namespace, tls: Tls | None) -> None:
    """Run a scheduler and restart its workers when they die, until SIGTERM or SIGINT.

    Raises:
        DaskSetupError: Other machines could reach the scheduler without TLS.
        OSError: The port is in use.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    protocol = "tls" if tls else "tcp"
    if tls is None and not is_loopback(arguments.host):
        raise DaskSetupError(
            f"Without TLS whoever reaches {arguments.host} could run code here. Give --tls-ca, --tls-cert and "
            "--tls-key, or leave --host out."
        )
    async with Scheduler(
        host=arguments.host,
        port=arguments.port,
        protocol=protocol,
        # No dashboard, only /health for supervisors, on the same interface.
        dashboard=False,
        dashboard_address=f"{arguments.host}:{arguments.health_port}",
        **tls_options(tls),
    ) as scheduler:
        # For a host of 0.0.0.0, Dask gives an address that other machines can reach.
        address = scheduler.address
        print(f"Scheduler at {address}", flush=True)  # noqa: T201 - the command's output
        gpus = await _gpus() if arguments.workers != 0 and arguments.device in SHARED else []
        count = arguments.workers if arguments.workers is not None else max(1, len(gpus))
        check_address(address, tls)
        supervisors = [
            asyncio.create_task(
                _supervise_worker(_command(arguments, address), _environment(one, gpus, count))
            )
            for one in range(count)
        ]
        await stop.wait()
        for supervisor in supervisors:
            supervisor.cancel()
        await asyncio.gather(*supervisors, return_exceptions=True)


def _command(arguments: argparse.Namespace, scheduler: str) -> list[str]:
    command = [*WORKER, "--scheduler", scheduler]
    command += ["--device", arguments.device, "--weights", arguments.weights]
    for name in ("tls_ca", "tls_cert", "tls_key"):
        if getattr(arguments, name):
            command += ["--" + name.replace("_", "-"), getattr(arguments, name)]
    return command


def _environment(number: int, gpus: Sequence[str], workers: int) -> dict[str, str]:
    """A worker's environment variables: its own GPU, or its share of the processors."""
    if gpus:
        return {**os.environ, "CUDA_VISIBLE_DEVICES": gpus[number % len(gpus)]}
    share = max(1, (os.cpu_count() or 1) // max(1, workers))
    return {"OMP_NUM_THREADS": str(share), **os.environ}


async def _supervise_worker(command: list[str], environment: dict[str, str]) -> None:
    while True:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=asyncio.subprocess.PIPE
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        log.warning("A worker ended with %d and is started again.", code)
        await asyncio.sleep(RESTART_DELAY)


async def _gpus() -> list[str]:
    """The usable GPUs, as CUDA_VISIBLE_DEVICES names them."""
    # In a child process, so that torch does not stay in this one's memory.
    process = await asyncio.create_subprocess_exec(*COUNT_GPUS, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    count = int(output or 0)
    # CUDA_VISIBLE_DEVICES may limit this process to some of the machine's GPUs.
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else map(str, range(count))
    return [name.strip() for name in names][:count]
