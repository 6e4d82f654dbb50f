"""Several jobs on one card: two processes, a batch, and the engine with many jobs at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

import numpy as np

from core.engines.local import LocalEngine
from core.engines.protocol import Work
from core.pictures.codec import to_jpeg
from core.style.options import Preset
from core.style.progress import Result
from tests.gpu.rig import CAT

if TYPE_CHECKING:
    from pathlib import Path

    from core.engines.protocol import Handle
    from core.style.options import Options
    from core.style.stylizer import Stylizer
    from tests.gpu.rig import Rig

JOBS_EACH: Final = 4
MANY: Final = 16
GROUP: Final = 8
"""Jobs to paint together where the engine has no opinion."""

_own: Stylizer | None = None


def workers(rig: Rig) -> None:
    """Two processes paint at once on one card, against one that paints all."""
    jobs = 1 if rig.tiny else JOBS_EACH
    pools = [_pool(rig) for _ in range(2)]
    try:
        loading = [
            pool.submit(
                _paint, rig.device, rig.cache, rig.options(Preset.QUICK), 0 if rig.tiny else 1
            )
            for pool in pools
        ]
        wait(loading)
        alone = (
            pools[0]
            .submit(_paint, rig.device, rig.cache, rig.options(Preset.QUICK), 2 * jobs)
            .result()
        )
        began = time.perf_counter()
        together = [
            pool.submit(_paint, rig.device, rig.cache, rig.options(Preset.QUICK), jobs)
            for pool in pools
        ]
        painted = [len(one.result()) for one in together]
        seconds = time.perf_counter() - began
    finally:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
    rig.say(
        f"two processes, {jobs} quick jobs each",
        f"{seconds:.2f} s; one process with all {2 * jobs}: {sum(alone):.2f} s;"
        f" {sum(alone) / seconds:.2f} times as many jobs an hour",
        wanted="all are painted",
        ok=painted == [jobs, jobs],
    )


def engine(rig: Rig) -> None:
    """The engine is given many quick jobs at once, one by one and in groups that are painted together."""
    jobs = 2 if rig.tiny else MANY
    for slots, grouped in ((1, True),) if rig.tiny else ((1, False), (2, False), (1, True)):
        with rig.attempt(f"{slots} slots, grouped: {grouped}"):
            group, seconds, latencies = asyncio.run(_fed(rig, jobs, slots, grouped=grouped))
            half, most = np.percentile(latencies, (50, 95))
            rig.say(
                f"{jobs} quick jobs at once, {slots} at a time" + f", {group} together" * grouped,
                f"{3600 * jobs / seconds:.0f} jobs an hour; latency p50 {half:.2f} s, p95 {most:.2f} s",
            )


async def _fed(rig: Rig, jobs: int, slots: int, *, grouped: bool) -> tuple[int, float, list[float]]:
    """How many are painted together, the seconds of all, and the seconds of each from the beginning."""
    content, style = (to_jpeg(picture) for picture in CAT.open())
    work = Work(content=content, styles=(style,), options=rig.options(Preset.QUICK))
    # Its own network, unless the machine is too small to load another one for nothing.
    painter = (lambda: rig.stylizer) if rig.tiny else None
    engine = LocalEngine(
        device=rig.device, workers=slots, cache_dir=rig.cache, stylizer_factory=painter
    )
    await engine.start()
    try:
        first = engine.submit(work)
        await first.result()  # loads
        group = (engine.batch if engine.batch > 1 else GROUP) if grouped else 1
        if grouped:
            await asyncio.gather(
                *(one.result() for one in engine.submit_together([work] * min(group, jobs)))
            )
        began = time.perf_counter()

        async def latency(handle: Handle) -> float:
            await handle.result()
            return time.perf_counter() - began

        handles = [
            handle
            for at in range(0, jobs, group)
            for handle in engine.submit_together([work] * min(group, jobs - at))
        ]
        latencies = await asyncio.gather(*map(latency, handles))
        return group, time.perf_counter() - began, latencies
    finally:
        await engine.close()


def _pool(rig: Rig) -> Executor:
    if rig.tiny:
        global _own  # noqa: PLW0603
        _own = rig.stylizer
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _paint(device: str, cache: Path, options: Options, count: int) -> list[float]:
    """In a process of its own: so many pictures, and the seconds of each."""
    global _own  # noqa: PLW0603 - a process loads once
    from core.style.stylizer import Stylizer  # noqa: PLC0415

    if _own is None:
        _own = Stylizer(device=device, cache_dir=cache)
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        content, style = CAT.open()
        *_, result = _own.stylize(content, [style], options)
        assert isinstance(result, Result)
        seconds.append(time.perf_counter() - began)
    return seconds
