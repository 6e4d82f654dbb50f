"""Every metric, by its name and its labels. No label has more values than the program knows, and none is about a person."""

from __future__ import annotations

import logging
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily

from core.jobs.models import UNFINISHED, JobState
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from prometheus_client.core import Metric

    from core.jobs.models import Job
    from core.style.progress import Result

_JOB_SECONDS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600)
_WAIT_SECONDS: Final = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_EVALUATION_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Upper bounds of buckets. A picture takes half a second on a large GPU and twenty minutes on a small CPU."""

OUTCOMES: Final[dict[JobState, str]] = {
    JobState.QUEUED: "interrupted",
    JobState.FINISHED: "finished",
    JobState.DELIVERED: "delivered",
    JobState.CANCELLED: "cancelled",
    JobState.FAILED: "failed",
}
"""What a job's change to a state counts as; a job that was running and waits again was interrupted."""

HELD: Final = "held"
"""The outcome of a result that Telegram does not take, so that it waits for its person."""


class Instruments:
    """The metrics of one bot.

    Args:
        clock: The present time, in UTC.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        # Nobody asks for the series that the library keeps beside each counter.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"atelier_{name}", text, labels, registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"atelier_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, bounds: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"atelier_{name}", text, labels, buckets=bounds, registry=registry)

        build = gauge("build_info", "Always 1; the labels are versions.", "version", "python")
        build.labels(_version(), platform.python_version()).set(1)

        self.jobs = gauge(
            "jobs", "Jobs whose result did not reach its person yet.", "state", "preset"
        )
        self.outcomes = counter(
            "job_outcomes", "What became of jobs since the start.", "outcome", "preset"
        )
        self.job_seconds = histogram(
            "job_seconds", "Seconds that paintings took.", _JOB_SECONDS, "preset"
        )
        self.evaluation_seconds = histogram(
            "evaluation_seconds",
            "Mean seconds of an evaluation, for each painting.",
            _EVALUATION_SECONDS,
            "preset",
        )
        self.queue_wait = histogram(
            "queue_wait_seconds", "Seconds from the wish to the first start.", _WAIT_SECONDS
        )
        self.queue_length = gauge("queue_length", "Jobs that wait for a slot.")
        self.queue_oldest = gauge(
            "queue_oldest_seconds", "Seconds since the oldest waiting job was wished for."
        )
        self.slots = gauge("engine_slots", "Works that can run at once; 0 while nothing can.")
        self.speed = gauge("engine_speed_gflops", "Measured speed; 0 before a measurement.")
        self.outbox_depth = gauge("outbox_depth", "Messages and edits that wait to be sent.")
        self.outbox_oldest = gauge(
            "outbox_oldest_seconds",
            "Seconds for which the oldest of them has been seen to wait, by this process.",
        )
        self.flood_control = gauge(
            "flood_control_seconds", "Seconds until Telegram takes calls again in any chat."
        )
        self.silence = gauge(
            "telegram_silence_seconds", "Seconds since Telegram last answered; NaN before."
        )
        self.store_readable = gauge("store_readable", "1 if the database could be read just now.")
        self.disk_free = gauge("disk_free_bytes", "Bytes free where the database is.")
        self.disk_total = gauge("disk_total_bytes", "Bytes of that disk.")
        self.database = gauge("database_bytes", "The size of the database and its log.")
        self.gpu_memory = gauge(
            "gpu_memory_bytes",
            "Memory of the GPUs that this process uses: total, free, and its own.",
            "device",
            "kind",
        )
        self.loop_lag = histogram(
            "event_loop_lag_seconds", "How late the event loop was, each second.", _LAG_SECONDS
        )
        self.ready = gauge("ready", "1 if the bot takes work, as /readyz says.")
        self.log_lines = counter("log_lines", "Lines in the log since the start.", "level")
        self._begin_at_zero()

    def moved(self, job: Job, result: Result | None) -> None:
        """A job came into its state, and that is on the disk; ``result`` if it finished."""
        preset = job.options.preset
        if job.state is JobState.RUNNING:
            if job.attempts == 1:
                waited = (self._clock() - job.created).total_seconds()
                self.queue_wait.observe(max(0.0, waited))
            return
        self.outcomes.labels(HELD if job.held else OUTCOMES[job.state], preset).inc()
        # A painting that was interrupted says how long its rest took.
        if result is not None and job.attempts == 1:
            self.job_seconds.labels(preset).observe(result.seconds)
            if result.evaluations:
                mean = result.seconds / result.evaluations
                self.evaluation_seconds.labels(preset).observe(mean)

    def _begin_at_zero(self) -> None:
        """Have each series from the start: Prometheus sees no increase of one that begins with its first event."""
        for preset in Preset:
            for outcome in (*OUTCOMES.values(), HELD):
                self.outcomes.labels(outcome, preset)
            for state in UNFINISHED:
                self.jobs.labels(state, preset)
            self.job_seconds.labels(preset)
            self.evaluation_seconds.labels(preset)
        for level in LEVELS.values():
            self.log_lines.labels(level)


LEVELS: Final = {
    logging.WARNING: "warning",
    logging.ERROR: "error",
    logging.CRITICAL: "critical",
}


class LogCounter(logging.Handler):
    """A handler of the root logger that counts warnings and what is worse. Threads may log, too."""

    def __init__(self, instruments: Instruments) -> None:
        super().__init__(logging.WARNING)
        self._lines = instruments.log_lines

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        level = max((one for one in LEVELS if one <= record.levelno), default=logging.WARNING)
        self._lines.labels(LEVELS[level]).inc()


class Tally:
    """A collector of what other parts count by themselves.

    Args:
        name: The counter's name, without ``atelier_`` and ``_total``.
        text: What it counts.
        labels: The names of its labels.
        read: The values of the labels with their counts.
    """

    def __init__(
        self,
        name: str,
        text: str,
        labels: tuple[str, ...],
        read: Callable[[], Iterable[tuple[tuple[str, ...], float]]],
    ) -> None:
        self._family: tuple[str, str, tuple[str, ...]] = (f"atelier_{name}", text, labels)
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """The family, as prometheus-client wants it."""
        name, text, labels = self._family
        family = CounterMetricFamily(name, text, labels=labels)
        for values, count in self._read():
            family.add_metric(values, count)
        yield family

    def describe(self) -> Iterator[Metric]:
        """The same without values."""
        name, text, labels = self._family
        yield CounterMetricFamily(name, text, labels=labels)


def _version() -> str:
    try:
        return version("atelier")
    except PackageNotFoundError:
        return "unknown"
