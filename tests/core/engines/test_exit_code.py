"""A process whose thread is busy ends with the code that it would have had without the thread."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.auxil.waiting import PATIENCE

BUSY = """
import sys, threading
from core.engines import threads
threads.EXIT_TIMEOUT = 0.1
pool = threads.DaemonThreads(1, name="busy")
begun = threading.Event()
pool.submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
"""


def code_of(end: str) -> int:
    program = [sys.executable, "-c", BUSY + end]
    return subprocess.run(program, check=False, capture_output=True, timeout=PATIENCE).returncode


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("sys.exit()", 0),
        ("sys.exit(2)", 2),
        ("sys.exit(256 + 3)", 3),
        ("sys.exit('in words')", 1),
        ("import argparse; argparse.ArgumentParser().parse_args(['--unknown'])", 2),
        ("1 / 0", 1),
        ("raise KeyboardInterrupt", -signal.SIGINT),
    ],
)
def test_a_busy_thread_does_not_change_the_exit_code(end: str, code: int) -> None:
    assert code_of(end) == code


CAUGHT = """
try:
    sys.exit(2)
except SystemExit:
    pass
"""

IN_ANOTHER_THREAD = """
import _thread
ended = threading.Event()
def leave():
    try:
        sys.exit(2)
    finally:
        ended.set()
_thread.start_new_thread(leave, ())
ended.wait()
"""


@pytest.mark.parametrize("end", [CAUGHT, IN_ANOTHER_THREAD])
def test_an_exit_that_does_not_end_the_process_has_no_part_in_its_code(end: str) -> None:
    assert code_of(end) == 0
    assert code_of(end + "sys.exit(3)") == 3
