"""What every engine has to hold to. A test class for an engine inherits this and gives it the engine.

The engine under test has two slots, and ``StubPainter(pause=0.01)`` paints in it.
"""

from __future__ import annotations

import asyncio
import gc
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.engines.protocol import Engine, Handle, WorkCancelledError, WorkLostError
from core.pictures.picture_errors import TruncatedPictureError
from core.style.options import Options
from core.style.style_errors import OutOfMemoryError, TransferError
from tests.auxil.painters import BREAKS, ENDLESS, FAILS, STOPS_EARLY, losses_at, work
from tests.auxil.pictures import jpeg_bytes, photo
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from core.style.progress import Progress

LARGE = 20_000_000
"""Bytes of the largest file that Telegram gives a bot."""


async def listen(handle: Handle) -> list[Progress]:
    return [progress async for progress in handle.progress()]


async def first_progress(handle: Handle) -> Progress:
    return await anext(handle.progress())


class EngineContract:
    @pytest.fixture
    async def engine(self) -> Engine:
        raise LookupError("a test class for an engine gives its own")

    async def test_a_work_is_told_of_and_ends_in_its_result(self, engine: Engine) -> None:
        handle = engine.submit(work(evaluations=30))

        told = await listen(handle)
        result = await handle.result()

        evaluations = [progress.evaluation for progress in told]
        assert evaluations == sorted(set(evaluations))
        assert evaluations[-1] == told[-1].evaluations == result.evaluations == 30
        assert told[-1].losses == result.final == losses_at(30)
        assert any(progress.preview for progress in told)
        assert Image.open(BytesIO(result.picture)).size == result.size == (96, 72)
        assert result.trace
        assert result.frames

    async def test_a_work_with_a_checkpoint_counts_on(self, engine: Engine) -> None:
        handle = engine.submit(work(start=jpeg_bytes(photo(96, 72)), done=18))

        told = await listen(handle)

        assert {progress.evaluation for progress in told} <= {19, 20}
        assert told[-1].evaluation == (await handle.result()).evaluations == 20

    async def test_a_collage_is_one_work(self, engine: Engine) -> None:
        options = Options(size=64, evaluations=20, collage=("ink", "oil"))
        handle = engine.submit(work(options=options, styles=(jpeg_bytes(), jpeg_bytes())))

        told = await listen(handle)
        result = await handle.result()

        assert told[-1].evaluation == told[-1].evaluations == result.evaluations == 40
        assert Image.open(BytesIO(result.picture)).size == result.size
        assert result.size[0] > 2 * 64

    async def test_works_that_are_submitted_together_have_ends_of_their_own(
        self, engine: Engine
    ) -> None:
        assert engine.batch == 1
        works = [
            work(evaluations=7),
            work(evaluations=9),
            work(seed=FAILS),
            work(seed=ENDLESS),
        ]
        first, second, failing, endless = engine.submit_together(works)

        assert (await first.result()).evaluations == 7
        assert (await second.result()).evaluations == 9
        with pytest.raises(OutOfMemoryError):
            await failing.result()
        endless.cancel()
        with pytest.raises(WorkCancelledError):
            await endless.result()

    async def test_slots_are_at_least_two_here(self, engine: Engine) -> None:
        assert engine.slots == 2

    async def test_the_speed_is_known_once_something_ran(self, engine: Engine) -> None:
        await engine.submit(work()).result()

        assert engine.speed == 100.0

    async def test_progress_and_result_are_there_for_who_comes_late(self, engine: Engine) -> None:
        handle = engine.submit(work())
        await handle.result()

        told = await listen(handle)

        assert [progress.evaluation for progress in told] == [20]
        assert await listen(handle) == []
        assert (await handle.result()).evaluations == 20

    async def test_a_work_that_nobody_listens_to_is_done_and_forgotten(
        self, engine: Engine
    ) -> None:
        engine.submit(work())
        engine.submit(work(seed=FAILS))
        engine.submit(work(seed=BREAKS))

        await engine.submit(work()).result()
        gc.collect()  # an exception that nobody asked for would be warned of here

    async def test_a_slow_reader_misses_progress_and_reads_the_newest(self, engine: Engine) -> None:
        handle = engine.submit(work(evaluations=100))
        read = []

        async for progress in handle.progress():
            read.append(progress)
            await handle.result()

        assert 1 <= len(read) <= 2
        assert read[-1].evaluation == 100

    async def test_a_preview_outlives_the_update_that_brought_it(self, engine: Engine) -> None:
        handle = engine.submit(work(evaluations=100))

        await handle.result()

        assert (await first_progress(handle)).preview

    @pytest.mark.parametrize(("seed", "kind"), [(FAILS, OutOfMemoryError), (BREAKS, TransferError)])
    async def test_a_failure_ends_the_progress_and_is_the_result(
        self, engine: Engine, seed: int, kind: type[Exception]
    ) -> None:
        handle = engine.submit(work(seed=seed))

        told = await asyncio.wait_for(listen(handle), PATIENCE)

        assert told[-1].evaluation <= 3
        with pytest.raises(kind) as failure:
            await handle.result()
        assert type(failure.value) is kind
        assert "secret" not in str(failure.value)
        assert str(failure.value).endswith(".")

    async def test_a_picture_that_cannot_be_read_is_told_as_such(self, engine: Engine) -> None:
        handle = engine.submit(work(styles=(b"hello",)))

        assert await listen(handle) == []
        with pytest.raises(TruncatedPictureError):
            await handle.result()

    async def test_the_engine_works_on_after_failures(self, engine: Engine) -> None:
        failing = [engine.submit(work(seed=BREAKS)) for _ in range(2 * engine.slots)]
        await asyncio.gather(*(handle.result() for handle in failing), return_exceptions=True)

        assert (await engine.submit(work()).result()).evaluations == 20

    async def test_a_time_limit_is_a_result(self, engine: Engine) -> None:
        result = await engine.submit(work(seed=STOPS_EARLY)).result()

        assert not result.complete

    async def test_cancelling_a_running_work_ends_it(self, engine: Engine) -> None:
        handle = engine.submit(work(seed=ENDLESS))
        await first_progress(handle)

        handle.cancel()

        with pytest.raises(WorkCancelledError):
            await asyncio.wait_for(handle.result(), PATIENCE)
        await asyncio.wait_for(listen(handle), PATIENCE)

    async def test_cancelling_a_queued_work_takes_it_out_of_the_queue(self, engine: Engine) -> None:
        running = [engine.submit(work(seed=ENDLESS)) for _ in range(engine.slots)]
        for handle in running:
            await first_progress(handle)
        queued = engine.submit(work())

        queued.cancel()

        with pytest.raises(WorkCancelledError):
            await asyncio.wait_for(queued.result(), PATIENCE)
        assert await listen(queued) == []
        for handle in running:
            handle.cancel()

    async def test_a_cancelled_work_makes_room_for_the_next(self, engine: Engine) -> None:
        running = [engine.submit(work(seed=ENDLESS)) for _ in range(engine.slots)]
        for handle in running:
            await first_progress(handle)
        waiting = engine.submit(work())

        running[0].cancel()

        assert (await asyncio.wait_for(waiting.result(), PATIENCE)).evaluations == 20
        running[1].cancel()

    async def test_cancelling_twice_or_late_does_no_harm(self, engine: Engine) -> None:
        cancelled = engine.submit(work(seed=ENDLESS))
        finished = engine.submit(work())
        await finished.result()

        for _ in range(3):
            cancelled.cancel()
            finished.cancel()

        with pytest.raises(WorkCancelledError):
            await cancelled.result()
        cancelled.cancel()
        assert (await finished.result()).evaluations == 20

    async def test_giving_up_waiting_does_not_stop_the_work(self, engine: Engine) -> None:
        handle = engine.submit(work(evaluations=60))
        waiting = asyncio.create_task(handle.result())
        await first_progress(handle)

        waiting.cancel()

        assert (await handle.result()).evaluations == 60

    async def test_two_works_run_at_once(self, engine: Engine) -> None:
        one, other = (engine.submit(work(seed=ENDLESS)) for _ in range(2))

        both = asyncio.gather(first_progress(one), first_progress(other))
        await asyncio.wait_for(both, PATIENCE)

        one.cancel()
        other.cancel()

    async def test_each_of_many_works_gets_its_own_result(self, engine: Engine) -> None:
        sizes = [(70 + 3 * number, 90) for number in range(8)]
        handles = [engine.submit(work(content=jpeg_bytes(photo(*size)))) for size in sizes]

        results = await asyncio.gather(*(handle.result() for handle in handles))

        assert [result.size for result in results] == sizes

    async def test_the_largest_files_are_carried(self, engine: Engine) -> None:
        def padded(file: bytes) -> bytes:
            return file + bytes(LARGE - len(file))

        large = work(
            content=padded(jpeg_bytes(photo(1200, 900))),
            styles=tuple(padded(jpeg_bytes(photo(seed=seed))) for seed in range(3)),
            evaluations=3,
        )

        assert (await engine.submit(large).result()).size == (1200, 900)

    async def test_closing_ends_every_work_as_lost(self, engine: Engine) -> None:
        handles = [engine.submit(work(seed=ENDLESS)) for _ in range(2 * engine.slots)]
        await first_progress(handles[0])

        await asyncio.wait_for(engine.close(), PATIENCE)

        for handle in handles:
            with pytest.raises(WorkLostError):
                await handle.result()
            await asyncio.wait_for(listen(handle), PATIENCE)

    async def test_after_closing_works_are_lost_and_closing_again_is_harmless(
        self, engine: Engine
    ) -> None:
        await engine.close()

        handle = engine.submit(work())

        assert await listen(handle) == []
        with pytest.raises(WorkLostError):
            await handle.result()
        await engine.close()
