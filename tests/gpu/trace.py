"""What a profiled stretch of work did, counted from the trace that torch's profiler writes for Chrome."""

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
    """Counts of a stretch of work.

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

    operators: int
    launches: int
    graphs: int
    kernels: int
    waits: int
    to_host: int
    to_device: int
    busy: float
    longest: tuple[tuple[str, float], ...]


def traced(rig: Rig, work: Callable[[], object]) -> Trace:
    """Run the work under the profiler and count."""
    activities = [ProfilerActivity.CPU]
    if rig.cuda:
        activities.append(ProfilerActivity.CUDA)
    rig.wait()
    with profile(activities=activities, acc_events=True) as profiler:
        work()
        rig.wait()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        return count(json.loads(path.read_text(encoding="utf-8", errors="replace"))["traceEvents"])


def count(events: Sequence[dict[str, Any]]) -> Trace:
    """Count the events of a trace, whose times are microseconds."""
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
        operators=kinds["cpu_op"],
        launches=sum(number for name, number in calls.items() if "LaunchKernel" in name),
        graphs=sum(number for name, number in calls.items() if "GraphLaunch" in name),
        kernels=kinds["kernel"],
        waits=sum(number for name, number in calls.items() if name in _WAITS),
        to_host=copies["Memcpy DtoH"],
        to_device=copies["Memcpy HtoD"],
        busy=1e-6 * _covered((event["ts"], event["ts"] + event["dur"]) for event in device),
        longest=tuple((name, 1e-6 * time) for name, time in longest.most_common(6)),
    )


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of all spans together, where they overlap once."""
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total
