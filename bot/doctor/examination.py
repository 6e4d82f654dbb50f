"""All checks, in the order in which they are told."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.doctor.findings import Finding, examine
from bot.doctor.machine_checks import machine_checks, reader_checks
from bot.doctor.reach_checks import reach_checks
from bot.doctor.storage_checks import storage_checks
from bot.doctor.telegram_checks import telegram_checks
from bot.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping


async def findings(*, quick: bool, settings: Settings | None = None) -> list[Finding]:
    """Look at everything; ``quick`` leaves out what loads torch.

    Settings that cannot be used are the only finding, as nothing else is known then.
    """
    try:
        settings = settings or read_settings()
    except SettingsError as error:
        return [Finding("settings", ok=False, text=str(error))]
    checks = [
        *telegram_checks(settings),
        *reach_checks(settings),
        *storage_checks(settings),
        *reader_checks(),
    ]
    if not quick:
        checks += machine_checks(settings)
    return [_names(os.environ), *await examine(checks)]


_FOR_OTHERS: Final = ("OMP_", "CUDA_", "PYTORCH_", "PYTHON", "DASK_", "SSL_", "LC_", "COMPOSE_")
"""How names begin that a .env may hold for a container's other programs, beside those below."""

_OTHERS: Final = frozenset(
    {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "LANG", "TZ", "TMPDIR"}
)


def _names(environment: Mapping[str, str]) -> Finding:
    """Names that are no setting: all in .env, and in the environment those that are near to one."""
    known = [name.upper() for name in Settings.model_fields]
    file = Path(".env")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    written = {
        line.partition("=")[0].removeprefix("export ").strip().upper()
        for line in lines
        if "=" in line and not line.lstrip().startswith("#")
    }
    unknown = []
    for name in sorted(written.union(map(str.upper, environment)).difference(known)):
        near = get_close_matches(name, known, 1, cutoff=0.85)
        if near:
            unknown.append(f"{name} is no setting. Is {near[0]} meant?")
        elif name in written and name not in _OTHERS and not name.startswith(_FOR_OTHERS):
            unknown.append(f"{name} in .env is no setting. Remove it.")
    text = " ".join(unknown) or "every value is valid"
    return Finding("settings", ok=not unknown, text=text)
