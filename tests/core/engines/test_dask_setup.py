"""The configuration that ships means something to the Dask that is installed."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.config
import distributed
import yaml
from distributed.comm.core import Comm, CommClosedError, connect, listen

from core.engines.dask_setup import CONFIG, configure

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

DASKS_OWN = Path(distributed.__file__).with_name("distributed.yaml")


def names(config: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in config.items():
        if isinstance(value, dict):
            yield from names(value, f"{above}{name}.")
        else:
            yield above + name


def test_every_setting_is_one_that_dask_knows() -> None:
    ours, theirs = (set(names(yaml.safe_load(path.read_text()))) for path in (CONFIG, DASKS_OWN))

    assert len(ours) > 10
    assert ours <= theirs  # Dask says nothing of others, and goes by its defaults.


async def test_a_cut_cable_is_noticed_as_soon_as_what_ships_says() -> None:
    configure()

    async def wait(comm: Comm) -> None:
        with suppress(CommClosedError):
            await comm.read()

    async with listen("tcp://127.0.0.1", wait) as listener:
        comm = await connect(listener.contact_address)
        # What the kernel is told: how long sent bytes may stay unconfirmed before it gives the connection up.
        option = socket.TCP_USER_TIMEOUT
        assert comm.stream.socket.getsockopt(socket.IPPROTO_TCP, option) == 15_000
        await comm.close()


def test_the_environment_wins_over_what_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    configure()
    assert dask.config.get("distributed.scheduler.worker-ttl") == "15s"

    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "60s")
    configure()
    assert dask.config.get("distributed.scheduler.worker-ttl") == "60s"

    monkeypatch.undo()
    configure()
