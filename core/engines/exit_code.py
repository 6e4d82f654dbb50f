"""The exit code of a process that has to end without the interpreter's teardown.

An ``atexit`` function that calls ``os._exit`` needs the code, and the interpreter keeps it in C. It does keep the type of
an unhandled exception, as ``sys.last_type``, but nothing of ``sys.exit(code)``. So this module replaces ``sys.exit`` by a
function that raises a subclass of SystemExit. The interpreter frees such an exception right before it runs the ``atexit``
functions, with no Python frame on the stack. One that somebody catches is freed while Python code runs. That tells the
code with which the process ends from all others.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import NoReturn

EXIT_DEVICE_LOST: Final = 70
"""The exit code of a process that cannot use its GPU any more; a supervisor starts it anew. EX_SOFTWARE of sysexits.h."""

_code: object = None


class NotedExit(SystemExit):
    """Notes its code when it has ended the main thread."""

    def __del__(self) -> None:
        global _code  # noqa: PLW0603 - a process has one exit code
        if sys._getframe().f_back is None and threading.current_thread() is threading.main_thread():
            _code = self.code


def note_exit_code() -> None:
    """From now on, note the code of ``sys.exit``. Later calls do nothing; ``raise SystemExit(code)`` is not noted."""
    sys.exit = _exit


def exit_without_teardown() -> NoReturn:
    """End the process at once, with the code that it would have had; to be called from an ``atexit`` function."""
    unhandled = getattr(sys, "last_type", None)
    if unhandled is not None and issubclass(unhandled, KeyboardInterrupt):
        # The interpreter ends by the signal itself then, so that a shell stops its script as well.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(_as_number(_code) or (1 if unhandled is not None else 0))


def _exit(status: object = None, /) -> NoReturn:
    raise NotedExit(status)


def _as_number(code: object) -> int:
    """The exit code that the interpreter makes of SystemExit's code."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1
