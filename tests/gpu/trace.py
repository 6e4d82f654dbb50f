"""What a profiled piece of work did, counted from the trace that torch's profiler writes for Chrome."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from torch.profiler import ProfilerActivity, profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.gpu.rig import Rig

_DEVICE: Final = frozenset({"kernel", "gpu_memcpy", "gpu_memset"})
_RUNTIME: Final = frozenset({"cuda_runtime", "cuda_driver"})
# Not cudaDeviceSynchronize, which is the profiler's own and this script's.
_WAITS: Final = frozenset({"cudaStreamSynchronize", "cudaEventSynchronize"})


@dataclass(frozen=True, slots=True)
class Trace:
    """Counts of a piece of work.

    Attributes:
        operators: torch's operators on the CPU, nested ones counted too.
        launches: Kernels that the host launched one by one.
        graphs: CUDA graphs that it launched.
        kernels: Kernels that the device ran, those of graphs too.
        waits: How often the host waited for the device.
        to_host: Copies from the device to the host.
        to_device: Copies from the host to the device.
        busy: Seconds in which the device ran anything.
        longest: The kernels that took most of them, with their seconds.
    """

    operators: float
    launches: float
    graphs: float
    kernels: float
    waits: float
    to_host: float
    to_device: float
    busy: float
    longest: tuple[tuple[str, float], ...]


def traced(rig: Rig, work: Callable[[], object], times: int) -> Trace:
    """Run the work so many times under the profiler, and count what one of them does on the average."""
    activities = [ProfilerActivity.CPU]
    if rig.cuda:
        activities.append(ProfilerActivity.CUDA)
    rig.wait()
    with profile(activities=activities, acc_events=True) as profiler:
        for _ in range(times):
            work()
        rig.wait()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        written = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    return count(written["traceEvents"], times)


def count(events: Sequence[dict[str, Any]], times: int) -> Trace:
    """Count the events of a trace, whose times are microseconds, and divide by ``times``."""
    whole = [event for event in events if event.get("ph") == "X"]
    kinds = Counter(event.get("cat", "") for event in whole)
    calls = Counter(event["name"] for event in whole if event.get("cat") in _RUNTIME)
    copies = Counter(event["name"][:11] for event in whole if event.get("cat") == "gpu_memcpy")
    longest: Counter[str] = Counter()
    for event in whole:
        if event.get("cat") == "kernel":
            longest[event["name"]] += event["dur"]
    device = [event for event in whole if event.get("cat") in _DEVICE]
    return Trace(
        operators=kinds["cpu_op"] / times,
        launches=sum(number for name, number in calls.items() if "LaunchKernel" in name) / times,
        graphs=sum(number for name, number in calls.items() if "GraphLaunch" in name) / times,
        kernels=kinds["kernel"] / times,
        waits=sum(number for name, number in calls.items() if name in _WAITS) / times,
        to_host=copies["Memcpy DtoH"] / times,
        to_device=copies["Memcpy HtoD"] / times,
        busy=1e-6 * _covered((event["ts"], event["ts"] + event["dur"]) for event in device) / times,
        longest=tuple((name, 1e-6 * spent / times) for name, spent in longest.most_common(6)),
    )


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of all spans together, where they overlap once."""
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total
