"""Where a painter lives, on whichever machine: loaded once, used by one work after another."""

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
    from core.style.events import Progress, Result

logger = logging.getLogger(__name__)

_UNEXPECTED: Final = sentence(
    "Something went wrong while this picture was being painted. Please try again."
)


class WarmStylizer:
    """The painter, loaded once and kept warm, and what is said when it fails. For any number of threads."""

    def __init__(self, make_painter: Callable[[], Painter]) -> None:
        self._make_painter = make_painter
        self._painter: Painter | None = None
        self._loading = threading.Lock()

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before anything was measured."""
        return None if self._painter is None else self._painter.speed

    def warm_up(self) -> None:
        """Load ahead of the first work; a failure is for the log here, and for every work that needs the network."""
        try:
            self.ready()
        except StyleError as error:
            logger.error("The network could not be loaded: %s", error)  # noqa: TRY400 - the sentence says it all
        except Exception:
            logger.exception("The network could not be loaded")

    def do(
        self, work: Work, emit: Callable[[Progress], None], cancelled: Callable[[], bool]
    ) -> Result:
        """Do one work; fail with nothing but what ``Handle.result`` names."""
        try:
            return run_work(work, self.ready(), emit, cancelled)
        except (StyleError, PictureError, WorkCancelledError):
            raise
        except Exception as error:
            logger.exception("A work failed unexpectedly")
            raise TransferError(_UNEXPECTED) from error.with_traceback(None)

    def ready(self) -> Painter:
        """The painter, loaded.

        Raises:
            core.style.style_errors.StyleError: It cannot be loaded.
        """
        with self._loading:
            if self._painter is None:
                painter = self._make_painter()
                painter.load()
                self._painter = painter
            return self._painter
