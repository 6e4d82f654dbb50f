"""What gives way when many people come, as ``make rehearse`` draws it: progress first, results never."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.telegram.budgets import OVERALL
from core.jobs.preferences import DEFAULT_PREFERENCES
from tests.auxil.rehearsal import Scene, rehearse
from tests.auxil.rehearsal_report import percentile
from tests.auxil.virtual_time import run_virtually

if TYPE_CHECKING:
    from pathlib import Path


def test_with_enough_of_everything_nobody_waits_and_all_progress_is_shown(tmp_path: Path) -> None:
    report = rehearse(Scene(people=600, workers=8, minutes=1), tmp_path)

    assert report.delivered == report.asked == len(report.visits) > 2
    assert report.ceiling == ""
    assert percentile(report.waits, 95) < 1.25 * 10 + 2
    assert report.edits >= 3 * report.delivered
    assert report.shed_share < 0.1
    assert (report.flooded, report.refused) == (0, 0)


def test_whoever_is_not_asked_for_the_quality_gets_a_result_too(tmp_path: Path) -> None:
    # As ``make rehearse`` plays it; the fixture that asks leaves it so, too.
    object.__setattr__(DEFAULT_PREFERENCES, "ask", False)
    report = rehearse(Scene(people=1800, workers=8, minutes=0.4, seconds=2), tmp_path)

    assert report.delivered == report.asked == len(report.visits) > 2
    assert percentile(report.waits, 95) < 1.25 * 2 + 2


def test_with_too_few_workers_people_wait_for_them_in_turn(tmp_path: Path) -> None:
    report = rehearse(Scene(people=900, workers=1, minutes=0.5, seed=2), tmp_path)

    assert report.delivered == report.asked == len(report.visits)
    assert report.ceiling == "workers"
    assert max(report.waits) == pytest.approx(10 * report.asked - 20, rel=0.3)
    assert percentile(report.replies, 95) < 1


def test_beyond_what_telegram_takes_progress_goes_and_results_still_arrive(tmp_path: Path) -> None:
    report = rehearse(
        Scene(people=36_000, workers=100, minutes=0.08, seconds=1, thought=0.5), tmp_path
    )

    assert report.delivered == report.asked == len(report.visits) > 20
    assert report.ceiling == "calls"
    assert report.shed_share > 0.9
    assert report.flooded == 0
    most = max(sum(at <= other < at + 10 for other in report.calls) for at in report.calls)
    assert most <= 10 * OVERALL[0] + OVERALL[0]


def test_a_full_queue_turns_people_away_at_once(tmp_path: Path) -> None:
    report = rehearse(Scene(people=3600, workers=1, minutes=0.3, queue=3), tmp_path)

    assert report.refused > 5
    assert report.refused + report.asked == len(report.visits)
    assert report.delivered == report.asked


def test_an_hour_passes_in_no_time() -> None:
    """It would else meet the limit for any test."""

    async def wait() -> float:
        clock = asyncio.get_running_loop().time
        begin = clock()
        await asyncio.gather(*(asyncio.sleep(seconds) for seconds in (3600, 60)))
        return clock() - begin

    assert run_virtually(wait()) == pytest.approx(3600, abs=0.01)
