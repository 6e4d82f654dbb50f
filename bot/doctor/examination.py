"""All checks, in the order in which they are told."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from bot.doctor.findings import Finding, examine
from bot.doctor.machine_checks import machine_checks, reader_checks, storage_checks
from bot.doctor.reach_checks import reach_checks
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


def _names(environment: Mapping[str, str]) -> Finding:
    """Names that look like a misspelt setting: near to one, in .env or the environment."""
    known = [name.upper() for name in Settings.model_fields]
    file = Path(".env")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    written = {
        line.partition("=")[0].removeprefix("export ").strip().upper()
        for line in lines
        if "=" in line and not line.lstrip().startswith("#")
    }
    misspelt = []
    for name in sorted(written.union(map(str.upper, environment)).difference(known)):
        near = get_close_matches(name, known, 1, cutoff=0.85)
        if near:
            misspelt.append(f"{name} is no setting. Is {near[0]} meant?")
    text = " ".join(misspelt) or "every value is valid"
    return Finding("settings", ok=not misspelt, text=text)
