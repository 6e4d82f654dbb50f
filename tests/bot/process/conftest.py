"""A bot in a process of its own, the playground in this one."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.auxil.process import TIMEOUT, BotProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient


@pytest.fixture(autouse=True)
def _patient(chat: ChatClient) -> None:
    """A process has its imports to do, and the real network a picture to paint."""
    chat.timeout = TIMEOUT


@pytest.fixture
def environment(playground: Playground, tmp_path: Path, measured: Path) -> dict[str, str]:
    """The settings of a bot that talks to the playground and knows this machine's speed."""
    shutil.copytree(measured, tmp_path / "data")
    return {
        "BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.api_url,
        "DATA_DIR": str(tmp_path / "data"),
        "DEVICE": "cpu",
    }


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Callable[[], BotProcess]:
    """Starts a bot around a quick stub painter, each time on the same data."""
    return partial(BotProcess, tmp_path, environment, "tests.auxil.stub_bot")


@pytest.fixture
def start_held(environment: dict[str, str], tmp_path: Path) -> Callable[[], BotProcess]:
    """Starts one that begins to paint and comes no further."""
    settings = environment | {"PAINTER_HELD": "1"}
    return partial(BotProcess, tmp_path, settings, "tests.auxil.stub_bot")


@pytest.fixture
def start_real(environment: dict[str, str], tmp_path: Path) -> Callable[[], BotProcess]:
    """Starts the bot with the real network, each time on the same data."""
    return partial(BotProcess, tmp_path, environment)
