"""Tells the operator's admins in the chat that something unexpected went wrong; the log has the details.

What they are told is the kind of the error, unless it was foreseen, and a reference, which stands in the log's line as well. The same error has
the same reference, and is told once an hour.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from bot.conversation.admin_desk import ERRORS_KEPT, ERRORS_KEY, read_errors
from bot.messages.desk import ToldError
from bot.telegram.redaction import reference_of
from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from types import TracebackType

    from core.jobs.store import Store

log = logging.getLogger(__name__)

QUIET: Final = timedelta(hours=1)
"""How long an error that was told is not told again."""

MOST: Final = 10
"""Different errors that are told within that time."""

_OURS: Final = ("bot", "core", "asyncio", "telegram.ext.Application", "__main__")
"""Loggers whose errors are the operator's concern; PTB's others tell of the network, which comes back."""

KEPT: Final = timedelta(days=7)
"""How long /admin shows an error."""

_KEY: Final = "troubles"

Tell = Callable[[str, str], Awaitable[None]]


class TroubleReporter(logging.Handler):
    """A handler of the root logger, as long as it is entered. Threads may log, too.

    Args:
        store: Remembers what was told, also for the next process.
        tell: Tells the admins of a kind of error and its reference. What it logs must not be an error.
    """

    def __init__(self, store: Store, tell: Tell) -> None:
        super().__init__(logging.ERROR)
        self._store = store
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._told: dict[str, datetime] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        try:
            text = await self._store.preferences.value(_KEY)
            stored = json.loads(text or "{}")
            self._told = {one: datetime.fromisoformat(at) for one, at in stored.items()}
        except (StoreError, ValueError) as error:
            log.warning("Nobody knows which errors were told: %s", error)
        logging.getLogger().addHandler(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        logging.getLogger().removeHandler(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Have the admins told, soon."""
        reference = reference_of(record)
        ours = any(record.name == one or record.name.startswith(f"{one}.") for one in _OURS)
        if reference is None or not ours:
            return
        error = None if record.exc_info is None else record.exc_info[1]
        kind = "" if error is None else type(error).__name__
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._begin, kind, reference)

    def _begin(self, kind: str, reference: str) -> None:
        now = self._store.clock()
        self._told = {one: at for one, at in self._told.items() if now - at < QUIET}
        if reference in self._told or len(self._told) >= MOST:
            return
        self._told[reference] = now
        task = asyncio.create_task(self._report(kind, reference))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _remember(self, kind: str, reference: str) -> None:
        """Keep an error for /admin, newest first: nothing of it but its kind and its reference."""
        now, values = self._store.clock(), self._store.preferences
        known = [
            one
            for one in read_errors(await values.value(ERRORS_KEY))
            if one.reference != reference and now - one.at < KEPT
        ]
        errors = [ToldError(reference, now, kind), *known][:ERRORS_KEPT]
        rows = [(one.reference, one.at.isoformat(), one.kind) for one in errors]
        await values.set_value(ERRORS_KEY, json.dumps(rows))

    async def _report(self, kind: str, reference: str) -> None:
        """Whatever goes wrong here is no error to be told: that would never end."""
        try:
            stored = {one: at.isoformat() for one, at in self._told.items()}
            await self._store.preferences.set_value(_KEY, json.dumps(stored))
            await self._remember(kind, reference)
        except StoreError as error:
            log.warning("What was told cannot be stored: %s", error)
        try:
            await self._tell(kind, reference)
        except Exception as error:  # noqa: BLE001
            log.warning("The admins cannot be told of %s: %s", reference, error)
