"""What becomes of works when machines or the scheduler fail. Real processes, killed, frozen and cut off."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from typing import TYPE_CHECKING

import pytest

from core.engines.dask import DaskEngine, EngineTimeouts
from core.engines.exit_code import EXIT_DEVICE_LOST
from core.engines.protocol import Delay, EngineUnreachableError, WorkCancelledError, WorkLostError
from core.style.style_errors import TooLongError
from tests.auxil.cluster import (
    FROZEN_SOON,
    IMPATIENT,
    Cluster,
    cluster_of,
    connected,
    freeze,
    kill,
    sweep,
    thaw,
)
from tests.auxil.painters import ENDLESS, LOSES_DEVICE, work
from tests.auxil.relay import relay_to
from tests.auxil.waiting import PATIENCE, until
from tests.core.engines.contract import first_progress, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with cluster_of(folder, workers=2, environment=FROZEN_SOON) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared: Cluster) -> Cluster:
    """Two workers, whatever the test before did to them."""
    shared.restore(2)
    return shared


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Dask leaves the sockets of lost connections to the garbage collector, and Python warns of that."""
    yield
    sweep()


@pytest.fixture
async def engine(cluster: Cluster) -> AsyncIterator[DaskEngine]:
    engine = await connected(cluster, workers=2)
    yield engine
    await engine.close()


async def test_a_killed_worker_loses_its_work_at_once_and_the_other_goes_on(
    cluster: Cluster, engine: DaskEngine
) -> None:
    handle = engine.submit(work(seed=ENDLESS))
    await first_progress(handle)

    kill(await cluster.busy_worker())

    with pytest.raises(WorkLostError) as lost:
        await asyncio.wait_for(handle.result(), PATIENCE)
    assert not isinstance(lost.value, EngineUnreachableError)
    await until(lambda: engine.slots == 1)
    assert (await engine.submit(work()).result()).evaluations == 20


async def test_a_worker_that_lost_its_gpu_ends_with_its_work_and_the_other_goes_on(
    cluster: Cluster, engine: DaskEngine
) -> None:
    handle = engine.submit(work(seed=LOSES_DEVICE))

    with pytest.raises(WorkLostError):
        await asyncio.wait_for(handle.result(), PATIENCE)

    await until(lambda: any(worker.poll() == EXIT_DEVICE_LOST for worker in cluster.workers))
    assert cluster.output.count("starts it anew") == 1
    assert "an illegal memory access was encountered" in cluster.output
    await until(lambda: engine.slots == 1)
    assert (await engine.submit(work()).result()).evaluations == 20


async def test_a_frozen_worker_loses_its_work_and_is_back_when_it_thaws(
    cluster: Cluster, engine: DaskEngine
) -> None:
    handle = engine.submit(work(seed=ENDLESS))
    await first_progress(handle)
    worker = await cluster.busy_worker()

    freeze(worker)

    with pytest.raises(WorkLostError):
        await asyncio.wait_for(handle.result(), PATIENCE)
    assert (await engine.submit(work()).result()).evaluations == 20
    thaw(worker)
    await until(lambda: engine.slots == 2)
    both = [engine.submit(work()) for _ in range(2)]
    assert {(await one.result()).evaluations for one in both} == {20}


async def test_a_worker_that_is_told_to_stop_has_its_work_begun_anew(
    cluster: Cluster, engine: DaskEngine
) -> None:
    handle = engine.submit(work(evaluations=300))
    await first_progress(handle)

    (await cluster.busy_worker()).terminate()

    told = await listen(handle)
    assert (await handle.result()).evaluations == 300
    assert told[-1].attempt == 2


@pytest.mark.cluster
async def test_a_worker_that_is_cut_off_loses_its_work_and_is_back_when_the_cable_is(
    cluster: Cluster, engine: DaskEngine
) -> None:
    for worker in cluster.workers:
        kill(worker)
    await until(lambda: engine.slots == 0)
    async with relay_to(int(cluster.address.rpartition(":")[2])) as relay:
        distant = cluster.start_worker(by=f"tcp://127.0.0.1:{relay.port}")
        await until(lambda: engine.slots == 1)
        handle = engine.submit(work(seed=ENDLESS))
        await first_progress(handle)

        relay.cut()

        with pytest.raises(WorkLostError):
            await asyncio.wait_for(handle.result(), PATIENCE)
        relay.mend()
        await until(lambda: engine.slots == 1)
        assert (await engine.submit(work()).result()).evaluations == 20
        kill(distant)


@pytest.mark.cluster
async def test_an_engine_that_is_cut_off_is_told_so_and_goes_on_when_the_cable_is_back(
    cluster: Cluster,
) -> None:
    async with relay_to(int(cluster.address.rpartition(":")[2])) as relay:
        engine = DaskEngine(f"tcp://127.0.0.1:{relay.port}", timeouts=IMPATIENT)
        await engine.start()
        await until(lambda: engine.slots == 2)
        handle = engine.submit(work(seed=ENDLESS))
        await first_progress(handle)

        relay.cut()

        with pytest.raises(EngineUnreachableError):
            await asyncio.wait_for(handle.result(), PATIENCE)
        assert engine.slots == 0
        relay.mend()
        await until(lambda: engine.slots == 2)
        assert (await engine.submit(work()).result()).evaluations == 20
        await engine.close()


async def test_a_lost_scheduler_loses_everything_and_all_go_on_when_it_is_back(
    cluster: Cluster, engine: DaskEngine
) -> None:
    handles = [engine.submit(work(seed=ENDLESS)) for _ in range(3)]
    await first_progress(handles[0])
    assert cluster.scheduler is not None

    kill(cluster.scheduler)

    for handle in handles:
        with pytest.raises(EngineUnreachableError):
            await asyncio.wait_for(handle.result(), PATIENCE)
        await asyncio.wait_for(listen(handle), PATIENCE)
    assert engine.slots == 0
    with pytest.raises(EngineUnreachableError):
        await engine.submit(work()).result()

    cluster.start_scheduler()
    await until(lambda: engine.slots == 2)
    assert (await engine.submit(work()).result()).evaluations == 20


async def test_a_scheduler_that_never_answers_is_tried_again_and_leaves_nothing_behind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        engine = DaskEngine(address, timeouts=EngineTimeouts(connect=0.1, poll=0.01, answer=0.1))
        await engine.start()
        for _ in range(3):
            attempt, _from = await asyncio.to_thread(mute.accept)
            attempt.close()
        assert engine.delay is Delay.AWAY
        await engine.close()
    gc.collect()  # Whatever was not closed in order complains now.


async def test_a_frozen_scheduler_is_as_good_as_lost(cluster: Cluster) -> None:
    engine = await connected(cluster, workers=2, timeouts=IMPATIENT)
    handle = engine.submit(work(seed=ENDLESS))
    await first_progress(handle)
    assert cluster.scheduler is not None

    freeze(cluster.scheduler)

    with pytest.raises(EngineUnreachableError):
        await asyncio.wait_for(handle.result(), PATIENCE)
    assert engine.slots == 0
    thaw(cluster.scheduler)
    await until(lambda: engine.slots == 2)
    await engine.close()


async def test_works_that_wait_ask_for_a_machine_each_and_are_lost_where_none_comes(
    tmp_path: Path,
) -> None:
    pages = '["distributed.http.health", "distributed.http.scheduler.api"]'
    environment = {
        "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": pages,
        "DASK_DISTRIBUTED__SCHEDULER__NO_WORKERS_TIMEOUT": "2s",
    }
    with cluster_of(tmp_path / "empty", environment=environment) as cluster:
        engine = await connected(cluster, workers=0, ahead=3)

        handles = [engine.submit(work()) for _ in range(3)]

        # Where Dask's operator on Kubernetes reads it.
        await until(lambda: _wanted(cluster, 3))
        for handle in handles:
            with pytest.raises(EngineUnreachableError):
                await asyncio.wait_for(handle.result(), PATIENCE)
        await engine.close()


async def _wanted(cluster: Cluster, workers: int) -> bool:
    _, text = await cluster.page("/api/v1/adaptive_target")
    return bool(json.loads(text)["workers"] == workers)


async def test_ten_jobs_share_two_workers(cluster: Cluster, engine: DaskEngine) -> None:
    handles = [engine.submit(work(evaluations=40)) for _ in range(10)]

    results = await asyncio.gather(*(handle.result() for handle in handles))

    assert [result.evaluations for result in results] == [40] * 10
    # What was told of them does not stay in the scheduler's memory.
    assert 0 < await cluster.count_events(engine._topic) <= 20


async def test_without_a_scheduler_the_start_goes_on_without_it() -> None:
    engine = DaskEngine("tcp://127.0.0.1:1", timeouts=EngineTimeouts(connect=0.3))

    await asyncio.wait_for(engine.start(), PATIENCE)

    assert engine.slots == 0
    await engine.close()


async def test_a_work_may_not_take_for_ever(cluster: Cluster) -> None:
    engine = DaskEngine(cluster.address, timeouts=EngineTimeouts(deadline=0.5))
    await engine.start()

    with pytest.raises(TooLongError):
        await asyncio.wait_for(engine.submit(work(seed=ENDLESS)).result(), PATIENCE)
    await engine.close()


async def test_a_thread_stops_soon_after_its_work_was_cancelled(engine: DaskEngine) -> None:
    handles = [engine.submit(work(seed=ENDLESS)) for _ in range(2)]
    for handle in handles:
        await first_progress(handle)

    for handle in handles:
        handle.cancel()

    quick = asyncio.gather(*(engine.submit(work(evaluations=1)).result() for _ in range(2)))
    await asyncio.wait_for(quick, PATIENCE)
    for handle in handles:
        with pytest.raises(WorkCancelledError):
            await handle.result()
