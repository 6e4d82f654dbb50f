"""When waiting jobs will end."""

from __future__ import annotations

from core.jobs.prospects import ends


def test_waiting_jobs_end_after_those_before_them() -> None:
    assert ends([5.0], [10.0, 20.0], slots=1) == [15.0, 35.0]
    assert ends([5.0, 30.0], [10.0, 20.0, 1.0], slots=2) == [15.0, 35.0, 31.0]
    assert ends([], [10.0, 20.0], slots=2) == [10.0, 20.0]
    assert ends([5.0], [10.0, None, 1.0], slots=1) == [15.0, None, None]
    assert ends([None], [10.0], slots=1) == [None]
    assert ends([], [10.0], slots=0) == [None]
