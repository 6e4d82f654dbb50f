"""The short forms of ``make soak``: under load and under faults nothing is lost, nothing comes twice, nobody waits long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.soak.figures import delivered
from tests.soak.runs import everybody_at_once, everything_goes_wrong, help_while_painting
from tests.soak.wishes import End

if TYPE_CHECKING:
    from pathlib import Path


async def test_everybody_at_once_is_served_within_telegrams_limits(tmp_path: Path) -> None:
    figures = await everybody_at_once(tmp_path, persons=28, clock_speed=8)

    assert figures.faults() == [], str(figures)
    assert figures.tally.ends == {End.DELIVERED: 28}
    assert figures.busy(0.99) < 0.25


async def test_when_everything_goes_wrong_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    figures = await everything_goes_wrong(
        tmp_path, persons=12, jobs=36, clock_speed=50, longest_life=4
    )

    assert figures.faults() == [], str(figures)
    assert figures.killed >= 2
    assert figures.struck > 5
    assert delivered(figures.tally) > 15


async def test_help_is_answered_while_the_network_paints(tmp_path: Path, measured: Path) -> None:
    waits, evaluations = await help_while_painting(tmp_path, persons=30, measured=measured)

    assert evaluations < len(waits), "more would be made if each waited for one"
