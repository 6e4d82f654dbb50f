"""The whole program as an operator starts it, with its playground."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.auxil.process import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def running_program(
    data_dir: Path, *arguments: str, module: str = "bot"
) -> AsyncIterator[str]:
    """Start ``python -m`` a module without a token; gives the address that it prints, and stops it as an operator does."""
    environment = {**os.environ, "DATA_DIR": str(data_dir), "DEVICE": "cpu", "BOT_TOKEN": ""}
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        line = (await program.stdout.readline()).decode()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address is not None, line
        yield address.group()
    finally:
        program.terminate()
        await program.wait()
