"""The one error of a turn."""

from __future__ import annotations


class RefusalError(Exception):
    """A button that changes nothing; the text is shown as an alert."""
