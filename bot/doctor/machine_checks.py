"""Checks of what opens, labels and paints pictures: the system, its fonts, the device and how fast it is."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.doctor.findings import Check, MendError, in_thread
from core.jobs.data_folder import DATABASE
from core.jobs.durations import by_speed
from core.jobs.estimates import DURATIONS, by_histories, read_histories
from core.style.openmp import prepare_threads, quota_threads, usable_processors
from core.style.options import Options
from core.style.presets import offered, stages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bot.settings import Settings
    from core.jobs.durations import History

NEEDED_BYTES: Final = 1_000_000_000
"""Memory that a picture of 1024 pixels takes."""

PHOTO: Final = (1280, 960)
"""(width, height) of the photo whose painting is judged: what Telegram makes of most."""

_SECONDS: Final = 60.0
"""For loading torch, on a busy machine."""


def reader_checks() -> Sequence[Check]:
    """Checks of what opens and labels pictures."""
    return Check("sandbox", in_thread(_sandbox)), Check("fonts", in_thread(_fonts))


def machine_checks(settings: Settings) -> Sequence[Check]:
    """Checks that load torch."""
    prepare_threads()
    device = settings.device
    looks: dict[str, Callable[[], str]] = {"memory": _memory}
    if settings.engine == "local":  # else each worker has its own
        looks |= {
            "device": partial(_device, device),
            "gpu memory": partial(_gpu_memory, device),
            "threads": _threads,
            "weights": partial(_weights, settings.vgg19_weights),
            "speed": partial(_speed, device, settings.data_dir),
        }
    return [Check(name, in_thread(look), _SECONDS) for name, look in looks.items()]


def _memory() -> str:
    from core.style.free_memory import system_memory  # noqa: PLC0415 - loads torch

    free = system_memory()
    if free < NEEDED_BYTES:
        raise MendError(
            f"{free / 1e9:.2f} GB of memory are free. End other programs or add memory."
        )
    return f"{free / 1e9:.1f} GB free"


def _device(name: str) -> str:
    from core.style.device import fast_dtypes, find_device  # noqa: PLC0415 - loads torch
    from core.style.style_errors import DeviceError  # noqa: PLC0415

    try:
        device = find_device(name)
    except DeviceError as error:
        raise MendError(str(error)) from None
    return f"{name} is {device}; {', '.join(fast_dtypes(device))}"


def _gpu_memory(name: str) -> str:
    from core.style.device import find_device  # noqa: PLC0415 - loads torch
    from core.style.free_memory import free_memory  # noqa: PLC0415
    from core.style.style_errors import DeviceError  # noqa: PLC0415

    try:
        device = find_device(name)
    except DeviceError:
        return "not known without a device"
    if device.type == "cpu":
        return "no GPU is used"
    free = free_memory(device)
    if free < NEEDED_BYTES:
        raise MendError(
            f"{free / 1e9:.2f} GB of {device}'s memory are free. End what else uses it, or choose another DEVICE."
        )
    return f"{free / 1e9:.1f} GB free"


def _threads() -> str:
    quota, processors = quota_threads(), usable_processors()
    allowed = quota or processors
    named = os.environ.get("OMP_NUM_THREADS", "")
    threads = int(named) if named.isdigit() else allowed
    if threads > allowed:
        raise MendError(
            f"OMP_NUM_THREADS is {threads}, and {allowed} processors may be used, so that threads wait for each other. "
            "Lower it, or leave it out."
        )
    return (
        f"{threads} for {processors} processors, {f'a quota of {quota}' if quota else 'no quota'}"
    )


def _weights(source: str) -> str:
    from core.style.style_errors import StyleError  # noqa: PLC0415
    from core.style.weights import load_weights  # noqa: PLC0415 - loads torch

    try:
        load_weights(source)
    except StyleError as error:
        raise MendError(str(error)) from None
    return f"{source} loads"


def _speed(name: str, folder: Path) -> str:
    """What each preset takes here: as it was learned from paintings, or else as the device was measured."""
    from core.style.device import find_device  # noqa: PLC0415 - loads torch
    from core.style.measurement import kept_measurement  # noqa: PLC0415
    from core.style.style_errors import DeviceError  # noqa: PLC0415

    try:
        device = find_device(name)
    except DeviceError:
        return "not known without a device"
    histories = [one for one in _learned(folder) if one.kind.device == str(device)]
    kept = kept_measurement(device, folder)
    if not histories and kept is None:
        return "not measured yet; the first start does that"
    expected = []
    for preset in offered(device.type):
        computed = stages(Options(preset=preset), PHOTO)
        if histories:
            times = by_histories(computed, histories, preset)
        else:
            assert kept is not None  # noqa: S101 - looked at above
            times = by_speed(computed, kept.speed)
        expected.append(f"{preset} {_words(sum(one.total for one in times))}")
    return f"{', '.join(expected)} ({'learned' if histories else 'measured'})"


def _learned(folder: Path) -> list[History]:
    path = (folder / DATABASE).absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT value FROM settings WHERE key = ?", (DURATIONS,))
            row = found.fetchone()
    except sqlite3.Error:
        return []  # There is none yet, or another check says what is wrong with it.
    return read_histories(None if row is None else row[0])


def _words(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _sandbox() -> str:
    from core.pictures.sandbox import mechanisms  # noqa: PLC0415 - a platform without it is this check's finding

    if not (found := mechanisms()):
        raise MendError(
            "This kernel has neither Landlock nor seccomp for the process that opens pictures: only its resources are "
            "limited. Use a newer Linux kernel, or allow both in the container."
        )
    return f"{' and '.join(found)}, limits on resources"


def _fonts() -> str:
    from core.render.text_drawing import can_write  # noqa: PLC0415 - loads pillow

    if not can_write("画风"):
        raise MendError(
            "No font here has Chinese letters, so drawn labels stay English: apt install fonts-wqy-microhei"
        )
    if not can_write("أسلوب"):
        raise MendError(
            "Arabic letters cannot be joined here, so drawn Arabic labels stay English: apt install libfribidi0"
        )
    return "Chinese and Arabic labels can be drawn"
