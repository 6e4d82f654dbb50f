"""No secret reaches a log line, however it gets there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from bot.telegram.redaction import configure_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "123456:ABC-def_" + "x" * 25


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_a_token_is_hidden_in_messages_arguments_and_tracebacks(
    capsys: pytest.CaptureFixture[str], level: str
) -> None:
    configure_logging(level, secrets=[TOKEN])
    log = logging.getLogger("some.library")
    log.info("GET https://example.org/bot%s/getMe", TOKEN)
    log.info("GET https://example.org/bot%s/getMe", quote(TOKEN, safe=""))
    log.info("the secret half alone: %s", TOKEN.partition(":")[2])
    log.error("a traceback", exc_info=ValueError(f"https://example.org/bot{TOKEN}"))
    written = capsys.readouterr().err
    assert "a traceback" in written
    assert "<secret>" in written
    assert TOKEN.partition(":")[2] not in written
