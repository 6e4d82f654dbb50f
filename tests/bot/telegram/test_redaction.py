"""No secret reaches a log line, however it gets there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from bot.telegram.redaction import configure_logging, proxy_secrets

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


@pytest.mark.parametrize(
    ("address", "forms"),
    [
        (
            "http://ada:p%40ss@a:1",
            ["p@ss", "p%40ss", "ada:p@ss", "Basic YWRhOnBAc3M="],
        ),
        ("ada:hunter2@a:1", ["hunter2"]),
        ("socks4://ada:hunter2@a:port", ["hunter2"]),
        ("https://key-in-front@a", ["key-in-front", "Basic a2V5LWluLWZyb250Og=="]),
        ("https://key-in-front:@a", ["key-in-front", "key-in-front:@"]),
    ],
)
def test_a_proxys_credentials_are_hidden(
    capsys: pytest.CaptureFixture[str], address: str, forms: list[str]
) -> None:
    configure_logging("INFO", secrets=proxy_secrets([address, "http://nothing.secret:1"]))
    for form in (address, *forms):
        logging.getLogger("some.library").info("ada says %s", form)

    written = capsys.readouterr().err
    assert written.count("<secret>") == len(forms) + 1
    assert written.count("ada says") == len(forms) + 1
    assert not any(form.removeprefix("Basic ") in written for form in forms)
