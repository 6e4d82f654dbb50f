"""How a job ends: its end is stored and told in one transaction."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from core.jobs.job_errors import StoreError, StoreFullError

if TYPE_CHECKING:
    from core.jobs.listener import JobListener
    from core.jobs.models import Job
    from core.jobs.store import Store
    from core.sentences import Sentence
    from core.style.options import Options
    from core.style.progress import Result

log = logging.getLogger(__name__)


class Endings:
    """Stores how jobs end.

    Args:
        store: Has the jobs.
        listener: Learns of the end inside the transaction that stores it.
        full_disk_pauses: Seconds to wait, each time, for room for a result on a full disk.
    """

    def __init__(
        self, store: Store, listener: JobListener, full_disk_pauses: tuple[float, ...]
    ) -> None:
        self._store = store
        self._listener = listener
        self._full_disk_pauses = full_disk_pauses

    async def finish(self, job_id: int, result: Result, options: Options | None) -> Job:
        """RUNNING to FINISHED: on a full disk without trace and frames, or after waiting for room.

        ``options`` are those of the result.

        Raises:
            OptionsChangedError: The job has others by now.
            StoreError: The result could not be stored.
        """
        plain = replace(result, trace=(), frames=())
        for pause in self._full_disk_pauses:
            for form in (result, plain):
                try:
                    return await self._finish(job_id, form, options)
                except StoreFullError:
                    continue
            log.error("The disk is full; the result of job %d waits for room.", job_id)
            await asyncio.sleep(pause)
        return await self._finish(job_id, plain, options)

    async def fail(self, job_id: int, sentence: Sentence) -> Job:
        """To FAILED, even if the listener raises.

        Raises:
            StoreError: The end could not be stored.
        """
        try:
            async with self._store.transaction():
                job = await self._store.jobs.fail(job_id, sentence)
                await self._listener.ended(job, None)
                return job
        except StoreError:
            raise
        except Exception:
            log.exception("The end of job %d could not be told.", job_id)
        return await self._store.jobs.fail(job_id, sentence)

    async def _finish(self, job_id: int, result: Result, options: Options | None) -> Job:
        async with self._store.transaction():
            job = await self._store.jobs.finish(job_id, result, options)
            await self._listener.ended(job, result)
            return job
