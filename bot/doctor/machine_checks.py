"""Checks of the folder, the database and the machine."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.doctor.findings import Check, MendError, in_thread
from core.jobs.data_folder import DATABASE, LOCK, lock_data_folder
from core.jobs.job_errors import FolderInUseError
from core.jobs.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.settings import Settings

NEEDED_BYTES: Final = 1_000_000_000


def storage_checks(settings: Settings) -> Sequence[Check]:
    """Checks of what the bot keeps."""
    folder = settings.data_dir
    looks = {"data folder": _folder, "database": _database, "disk": _disk}
    return [Check(name, in_thread(partial(look, folder))) for name, look in looks.items()]


def reader_checks() -> Sequence[Check]:
    """Checks of what opens and labels pictures."""
    return Check("sandbox", in_thread(_sandbox)), Check("fonts", in_thread(_fonts))


def machine_checks(settings: Settings) -> Sequence[Check]:
    """Checks that load torch."""
    return (
        Check("memory", in_thread(_memory), 60),
        Check("device", in_thread(partial(_device, settings.device)), 60),
        Check("weights", in_thread(partial(_weights, settings.vgg19_weights)), 60),
    )


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    folder = folder.absolute()
    return next(one for one in (folder, *folder.parents) if one.exists())


def _folder(folder: Path) -> str:
    place = _existing(folder)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise MendError(f"DATA_DIR ({folder}) cannot be written. Give it to the bot's user.")
    if not (folder / LOCK).exists():
        return "writable, not used yet"
    try:
        with lock_data_folder(folder):
            return "writable, no bot runs in it"
    except FolderInUseError:
        return "writable, a bot runs in it"


def _database(folder: Path) -> str:
    path = (folder / DATABASE).absolute()
    if not path.exists():
        return "none yet; the first start makes it"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            ((version,),) = connection.execute("PRAGMA user_version").fetchall()
            ((state,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        raise MendError(
            f"{DATABASE} cannot be opened ({error}). Give it to the bot's user; if it is locked, try again."
        ) from None
    except sqlite3.Error:
        version, state = 0, "unreadable"
    if state != "ok":
        raise MendError(
            f"{DATABASE} is damaged. Restore a backup, or start the bot, which sets a damaged file aside."
        )
    if version > len(MIGRATIONS):
        raise MendError(
            f"A newer version of the bot wrote {DATABASE} (schema {version}). Install that version."
        )
    return f"intact, schema {version}, {path.stat().st_size / 1e6:.1f} MB"


def _disk(folder: Path) -> str:
    free = shutil.disk_usage(_existing(folder)).free
    if free < NEEDED_BYTES:
        raise MendError(
            f"{free / 1e9:.2f} GB are free. Make room, or lower KEEP_RESULTS_HOURS or MAX_PERSON_MB."
        )
    return f"{free / 1e9:.0f} GB free"


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


def _weights(source: str) -> str:
    from core.style.style_errors import StyleError  # noqa: PLC0415
    from core.style.weights import load_weights  # noqa: PLC0415 - loads torch

    try:
        load_weights(source)
    except StyleError as error:
        raise MendError(str(error)) from None
    return f"{source} loads"


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
    return "Chinese labels can be drawn"
