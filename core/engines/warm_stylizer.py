"""A painter that is loaded once and used for one work after another, in this process or on a worker."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from core.engines.protocol import WorkCancelledError
from core.engines.work import run_work
from core.pictures.picture_errors import PictureError
from core.sentences import sentence
from core.style.style_errors import StyleError, TransferError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engines.protocol import Work
    from core.engines.work import Painter
    from core.style.progress import Progress, Result

logger = logging.getLogger(__name__)

_UNEXPECTED: Final = sentence(
    "Something went wrong while this picture was being painted. Please try again."
)


class WarmStylizer:
    """Loads a painter on first use, runs works on it and turns unexpected errors into TransferError. Thread-safe.

    Args:
        make_painter: Makes the painter; called once, in the first thread that needs it.
    """

    def __init__(self, make_painter: Callable[[], Painter]) -> None:
        self._make_painter = make_painter
        self._painter: Painter | None = None
        self._loading = threading.Lock()

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before a measurement."""
        return None if self._painter is None else self._painter.speed

    def warm_up(self) -> None:
        """Load before the first work. Log a failure; each work then tries again and reports its own."""
        try:
            self.load()
        except StyleError as error:
            logger.error("The network could not be loaded: %s", error)  # noqa: TRY400 - the error's text is complete
        except Exception:
            logger.exception("The network could not be loaded")

    def run(
        self, work: Work, emit: Callable[[Progress], None], cancelled: Callable[[], bool]
    ) -> Result:
        """Run one work; arguments as for ``core.engines.work.run_work``.

        Raises:
            WorkCancelledError: ``cancelled`` returned True.
            core.style.style_errors.StyleError: The network cannot be loaded, or the transfer failed.
            core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
        """
        try:
            return run_work(work, self.load(), emit, cancelled)
        except (StyleError, PictureError, WorkCancelledError):
            raise
        except Exception as error:
            logger.exception("A work failed unexpectedly")
            raise TransferError(_UNEXPECTED) from error.with_traceback(None)

    def load(self) -> Painter:
        """The painter, loaded on the first call.

        Raises:
            core.style.style_errors.StyleError: The network cannot be loaded.
        """
        with self._loading:
            if self._painter is None:
                painter = self._make_painter()
                painter.load()
                self._painter = painter
            return self._painter
