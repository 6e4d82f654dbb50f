"""Logging without secrets and without anything about people, each line with its subject, each error with a reference."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from core.log_context import log_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# These log every request's address, which contains the token, at INFO or DEBUG. The bot logs failed calls itself.
CHATTY = (
    "httpx",
    "httpcore",
    "hpack",
    "telegram.Bot",
    "telegram.ext.ExtBot",
    "PIL",
    "aiosqlite",
    "asyncio",
)

# At DEBUG, PTB's application logs every update as it came: names, texts, captions.
TALKATIVE = ("telegram.ext.Application",)


def reference_of(record: logging.LogRecord) -> str | None:
    """Under which reference an error stands in the log; None if the record is no error.

    It follows from the kind of the error and the place where it arose, or from the line that was logged without one.
    """
    if record.levelno < logging.ERROR:
        return None
    error = None if record.exc_info is None else record.exc_info[1]
    what = f"{record.name} {record.msg}" if error is None else f"{record.name} {_origin(error)}"
    return f"E-{blake2b(what.encode(), digest_size=3).hexdigest()}"


def _origin(error: BaseException) -> str:
    """The kind of an error, and the function that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    return f"{type(error).__qualname__} {place}"


class RedactingFormatter(logging.Formatter):
    """Formats a record with its subject as a line to read, then replaces every secret in it and in its traceback."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s%(subject)s: %(message)s")
        # The part of a token behind the colon is the secret; it also appears percent-encoded as one with it.
        parts = {
            form
            for one in secrets
            for form in (one, quote(one, safe=""), one.partition(":")[2])
            if form
        }
        self._secrets = sorted(parts, key=len, reverse=True)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without its traceback; an error's ends with the reference that the admins are told."""
        subject = log_subject()._asdict().items()
        record.subject = "".join(f" {kind}={one}" for kind, one in subject if one is not None)
        line, reference = super().formatMessage(record), reference_of(record)
        return line if reference is None else f"{line} [{reference}]"

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, traceback included, without any secret."""
        return self.redacted(super().format(record))

    def redacted(self, text: str) -> str:
        """A text without any secret."""
        for secret in self._secrets:
            text = text.replace(secret, "<secret>")
        return text


class JsonFormatter(RedactingFormatter):
    """Formats a record as one line of JSON, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """An object with ``time`` (UTC), ``level``, ``logger``, ``message``, and what of the rest there is.

        ``update`` and ``job`` are numbers; ``reference`` and ``traceback`` belong to an error.
        """
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **log_subject()._asdict(),
            "message": record.getMessage(),
            "reference": reference_of(record),
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        # Before JSON escapes them, after which a secret might not look like one.
        known = {
            name: self.redacted(value) if isinstance(value, str) else value
            for name, value in values.items()
            if value is not None
        }
        return json.dumps(known, ensure_ascii=False)


def proxy_secrets(addresses: Iterable[str]) -> Iterator[str]:
    """The credentials in addresses of proxies, in the forms in which they travel; the addresses may be malformed."""
    for address in addresses:
        written = address.rpartition("@")[0].rpartition("://")[2]
        if not written:
            continue
        name, _, password = unquote(written).partition(":")
        yield b64encode(f"{name}:{password}".encode()).decode()
        # Without a password, the name is the key.
        yield from (written, f"{name}:{password}") if password else (written.rstrip(":"), name)


def _is_news(record: logging.LogRecord) -> bool:
    """Drops PTB's traceback about a revoked token, of which ``bot.telegram.polling`` tells in one sentence."""
    return not str(record.msg).startswith("%s Invalid token.")


def configure_logging(level: str, *, secrets: Iterable[str] = (), as_json: bool = False) -> None:
    """Send every log line, warnings included, through one redacting handler on standard error.

    Args:
        level: The root logger's level, such as ``INFO``.
        secrets: Strings that no line may contain.
        as_json: Whether each line is an object for a program instead of words for a person.
    """
    handler = logging.StreamHandler()
    handler.setFormatter((JsonFormatter if as_json else RedactingFormatter)(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("telegram.ext").addFilter(_is_news)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level)))
