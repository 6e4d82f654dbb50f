"""The one error of a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.jobs.job_errors import QueueError


class RefusalError(Exception):
    """A button that changes nothing; the text is shown as an alert.

    Args:
        text: Why, and how the person gets there nevertheless.
        dead: Whether no button of that message can ever do anything again, so that they are taken away.
        full: Why another job was not accepted, if that was it.
    """

    def __init__(self, text: str, *, dead: bool = False, full: QueueError | None = None) -> None:
        super().__init__(text)
        self.dead = dead
        self.full = full
