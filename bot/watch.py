"""What the dispatcher tells about jobs becomes what people see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import keyboards
from bot.status import View
from core.jobs.models import JobState

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup

    from bot.delivery import Delivery
    from bot.messages.languages import Languages
    from bot.messages.texts import Texts
    from bot.status import StatusBoard
    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.style.events import Progress


class JobWatch:
    """The dispatcher's observer: status messages while a job waits and runs, delivery when it is done."""

    def __init__(self, board: StatusBoard, delivery: Delivery, languages: Languages) -> None:
        self._board = board
        self._delivery = delivery
        self._languages = languages

    async def waiting(self, job: Job, place: int, seconds: float | None) -> None:
        """Its place in the queue changed."""
        self._show(job, self._texts(job).waiting(job, place, seconds))

    async def delayed(self, job: Job, place: int, delay: Delay) -> None:
        """It waits, and nothing is painted just now."""
        self._show(job, self._texts(job).delayed(job, place, delay))

    async def started(self, job: Job) -> None:
        """It began."""
        self._show(job, self._texts(job).preparing(job))

    async def progressed(self, job: Job, update: Progress, seconds: float | None) -> None:
        """It made an evaluation."""
        self._show(job, self._texts(job).painting(job, update, seconds), update.preview)

    async def finished(self, job: Job) -> None:
        """Its result is stored."""
        await self._delivery.deliver(job)

    async def ended(self, job: Job) -> None:
        """It was cancelled or it failed."""
        texts = self._texts(job)
        if job.state is JobState.CANCELLED:
            view = View(texts.cancelled())
        else:
            view = View(texts.failed(job.error), keyboards.try_again(texts, job))
        await self._board.settle(job, view)

    def _texts(self, job: Job) -> Texts:
        return self._languages.of(job.person.user_id)

    def _show(self, job: Job, text: str, picture: bytes | None = None) -> None:
        self._board.show(job, View(text, self._cancel(job), picture))

    def _cancel(self, job: Job) -> InlineKeyboardMarkup:
        return keyboards.cancel(self._texts(job), job.person.user_id, job.id)
