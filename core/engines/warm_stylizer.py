"""A painter that is loaded once and used for one work after another, in this process or on a worker."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.engines.protocol import (
    DeviceLostError,
    EngineUnreachableError,
    WorkCancelledError,
    WorkLostError,
)
from core.engines.work import never, run_together, run_work
from core.pictures.picture_errors import PictureError
from core.sentences import sentence
from core.style.device_errors import lost_device
from core.style.style_errors import StyleError, TransferError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.engines.protocol import Work
    from core.engines.work import Member, Painter
    from core.style.progress import Progress, Result

logger = logging.getLogger(__name__)

_UNEXPECTED: Final = sentence(
    "Something went wrong while this picture was being painted. Please try again."
)


class WarmStylizer:
    """Loads a painter on first use, runs works on it and turns unexpected errors into TransferError. Thread-safe.

    Args:
        make_painter: Makes the painter; called once, in the first thread that needs it.
        on_device_lost: Called, in a thread that meets it, when this process cannot use its GPU any more.
    """

    def __init__(
        self,
        make_painter: Callable[[], Painter],
        on_device_lost: Callable[[DeviceLostError], None],
    ) -> None:
        self._make_painter = make_painter
        self._on_device_lost = on_device_lost
        self._device_is_lost = False
        self._painter: Painter | None = None
        self._loading = threading.Lock()

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before a measurement."""
        return None if self._painter is None else self._painter.speed

    @property
    def batch(self) -> int:
        """How many alike works are worth running together; 1 before the painter is loaded."""
        return 1 if self._painter is None else self._painter.batch

    def warm_up(self) -> None:
        """Load before the first work. Log a failure; each work then tries again and reports its own."""
        try:
            self.load()
        except StyleError as error:
            logger.error("The network could not be loaded: %s", error)  # noqa: TRY400 - the error's text is complete
        except DeviceLostError:
            pass  # on_device_lost knows
        except Exception:
            logger.exception("The network could not be loaded")

    def run(
        self,
        work: Work,
        emit: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        suspended: Callable[[], bool] = never,
    ) -> Result:
        """Run one work; arguments as for ``core.engines.work.run_work``.

        Raises:
            WorkCancelledError: ``cancelled`` or ``suspended`` returned True.
            WorkLostError: This process cannot use its GPU any more.
            core.style.style_errors.StyleError: The network cannot be loaded, or the transfer failed.
            core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
        """
        try:
            return run_work(work, self.load(), emit, cancelled, suspended)
        except (WorkCancelledError, WorkLostError):
            raise
        except Exception as error:
            self._check_device(error)
            if isinstance(error, StyleError | PictureError):
                raise
            logger.exception("A work failed unexpectedly")
            raise TransferError(_UNEXPECTED) from error.with_traceback(None)

    def run_together(self, members: Sequence[Member]) -> Iterator[tuple[int, Result | Exception]]:
        """Run works that are alike; where that fails for all of them, run those that are left one by one.

        Args:
            members: The works, each with its own callbacks.

        Yields:
            (number, end) when a member ends: its Result, or what ``run`` would have raised for it.
        """
        left = dict(enumerate(members))
        if len(members) > 1:
            try:
                for number, end in self._run_together(members):
                    del left[number]
                    yield number, end
            except WorkLostError as error:
                yield from ((number, error) for number in left)
                return
            except StyleError as error:
                logger.warning("Works could not be run together: %s", error)
            except Exception:
                logger.exception("Works could not be run together")
        for number, member in left.items():
            # Whoever saw progress is told that it began anew.
            attempt = member.work.attempt + (len(members) > 1)
            work = replace(member.work, attempt=attempt)
            try:
                yield number, self.run(work, member.emit, member.cancelled, member.suspended)
            except (StyleError, PictureError, WorkCancelledError, WorkLostError) as error:
                yield number, error

    def _run_together(self, members: Sequence[Member]) -> Iterator[tuple[int, Result | Exception]]:
        try:
            for number, end in run_together(members, self.load()):
                if isinstance(end, Exception):
                    self._check_device(end)
                yield number, end
        except WorkLostError:
            raise
        except Exception as error:
            self._check_device(error)
            raise

    def load(self) -> Painter:
        """The painter, loaded on the first call.

        Raises:
            core.style.style_errors.StyleError: The network cannot be loaded.
            WorkLostError: This process cannot use its GPU any more.
        """
        with self._loading:
            if self._device_is_lost:
                raise EngineUnreachableError("This process cannot use its GPU any more.")
            if self._painter is None:
                painter = self._make_painter()
                try:
                    painter.load()
                except Exception as error:
                    self._check_device(error)
                    raise
                self._painter = painter
            return self._painter

    def _check_device(self, error: Exception) -> None:
        """Raises DeviceLostError if the error says that this process cannot use its GPU any more."""
        reason = lost_device(error)
        if reason is None:
            return
        lost = DeviceLostError(reason)
        if not self._device_is_lost:
            self._device_is_lost = True
            self._on_device_lost(lost)
        raise lost from None
