"""How long a transfer takes on this machine, learned from those that are over."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final, TypeAlias

from core.jobs.durations import History, TransferKind, by_speed, last_costs, observed
from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engines.protocol import Engine
    from core.jobs.durations import StageTime
    from core.jobs.store import Store
    from core.style.options import Options
    from core.style.presets import Stage
    from core.style.progress import Result

log = logging.getLogger(__name__)

Stages: TypeAlias = "Callable[[Options, tuple[int, int]], Sequence[Stage]]"
"""What a transfer computes with these options and a content picture of this (width, height) in pixels."""

DURATIONS: Final = "estimates"
"""The key under which the store keeps them."""

_HISTORIES: Final = 64
"""How many kinds and sizes are known; beyond, the one that was met longest ago is forgotten."""


def read_histories(text: str | None) -> list[History]:
    """What was learned before, the one met last at the end; nothing if it is unreadable, or of an older version."""
    try:
        return [History.from_json(one) for one in json.loads(text or "{}")["histories"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []


def by_histories(
    stages: Sequence[Stage],
    histories: Sequence[History],
    preset: str,
    *,
    from_result: bool = False,
    together: int = 1,
) -> tuple[StageTime, ...]:
    """The stages with their seconds, by the nearest of some histories on the device of the last one."""
    device = histories[-1].kind.device
    kind = TransferKind(device, preset, from_result, together)
    here = [one for one in histories if one.kind.device == device]
    costs = last_costs(stages)
    return min(here, key=lambda one: one.distance(kind, costs)).stage_times(kind, stages)


class Estimator:
    """Estimates a transfer by the median of the last ones of its kind and size, or by the nearest ones that are known.

    Before any, it is the cost divided by the engine's measured speed. The durations outlive the process, so the first
    buttons after a restart already say how long each preset takes. Nothing in them is about a person.

    Durations on another device than the last one's are left alone: they count again once it is back.
    """

    def __init__(self, store: Store, engine: Engine, stages: Stages) -> None:
        self._store = store
        self._engine = engine
        self._stages = stages
        self._histories: list[History] = []  # the one met last is the last one

    async def load(self) -> None:
        """Read what was learned before; unreadable values, or those of an older version, are learned again."""
        self._histories = read_histories(await self._store.preferences.value(DURATIONS))
        if not self._histories:
            log.debug("No durations are known yet.")

    def seconds(
        self,
        options: Options,
        size: tuple[int, int],
        *,
        from_result: bool = False,
        together: int = 1,
    ) -> float | None:
        """Seconds from start to end; None before anything was measured.

        Args:
            options: The choices.
            size: (width, height) of the content picture in pixels.
            from_result: It goes on from an earlier result.
            together: How many are painted in one batch.
        """
        times = self.stage_times(options, size, from_result=from_result, together=together)
        if times is None:
            return options.time_limit
        seconds = sum(one.total for one in times)
        return seconds if options.time_limit is None else min(seconds, options.time_limit)

    def stage_times(
        self,
        options: Options,
        size: tuple[int, int],
        *,
        from_result: bool = False,
        together: int = 1,
    ) -> tuple[StageTime, ...] | None:
        """The scales and the final losses of a transfer, with their seconds; arguments as for ``seconds``."""
        stages = self._stages(options, size)
        if not self._histories:
            speed = self._engine.speed
            return by_speed(stages, speed, together=together) if speed else None
        return by_histories(
            stages, self._histories, options.preset, from_result=from_result, together=together
        )

    async def learn(
        self,
        options: Options,
        size: tuple[int, int],
        result: Result,
        *,
        from_result: bool = False,
        together: int = 1,
    ) -> None:
        """Learn from a job that ran without interruption; arguments as for ``seconds``."""
        if not result.complete or result.reduced or result.seconds <= 0:
            return
        stages, duration = observed(self._stages(options, size), result, from_result=from_result)
        kind = TransferKind(result.device, options.preset, from_result, together)
        known = next((one for one in self._histories if one.has(kind, stages)), None)
        history = known or History(kind, stages)
        history.add(duration)
        others = [one for one in self._histories if one is not known]
        self._histories = [*others, history][-_HISTORIES:]
        try:
            kept = {"histories": [one.to_json() for one in self._histories]}
            await self._store.preferences.set_value(DURATIONS, json.dumps(kept))
        except StoreError as error:
            log.warning("The durations could not be kept: %s", error)
