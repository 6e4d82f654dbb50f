"""The one error of a turn."""

from __future__ import annotations


class RefusalError(Exception):
    """A button that changes nothing; the text is shown as an alert.

    Args:
        text: Why, and how the person gets there nevertheless.
        dead: Whether no button of that message can ever do anything again, so that they are taken away.
        full: Whether another job was not accepted.
    """

    def __init__(self, text: str, *, dead: bool = False, full: bool = False) -> None:
        super().__init__(text)
        self.dead = dead
        self.full = full
