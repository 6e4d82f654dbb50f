"""An unexpected error reaches the admins once, with a reference to the log, and nothing of its insides."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.conversation import turn
from bot.conversation.events import ButtonPressed, CommandSent
from bot.telegram.redaction import RedactingFormatter, reference_of
from bot.telegram.trouble import MOST, TroubleReporter
from core.jobs.job_errors import StoreBusyError
from core.jobs.store import Store
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

log = logging.getLogger("bot.somewhere")


class Admins:
    """Those who are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.error: Exception | None = None

    async def __call__(self, kind: str, reference: str) -> None:
        self.told.append((kind, reference))
        if self.error is not None:
            raise self.error


@pytest.fixture
def admins() -> Admins:
    return Admins()


def fail(error: Exception, where: logging.Logger = log) -> None:
    try:
        raise error
    except type(error):
        where.exception("It failed.")


async def told(admins: Admins, count: int) -> None:
    await until(lambda: len(admins.told) == count)
    await asyncio.sleep(0)
    assert len(admins.told) == count


async def test_an_error_is_told_once_an_hour_also_over_a_restart(
    tmp_path: Path, admins: Admins
) -> None:
    async with await Store.open(tmp_path / "direct.db") as store:
        now = store.clock()
        store.clock = lambda: now
        for _ in range(2):
            async with TroubleReporter(store, admins):
                fail(KeyError("secret"))
                fail(KeyError("another"))
                await told(admins, 1)
        now += timedelta(minutes=61)
        async with TroubleReporter(store, admins):
            fail(KeyError("secret"))
            await told(admins, 2)
    ((kind, reference),) = set(admins.told)
    assert kind == "KeyError"
    assert "secret" not in reference


async def test_errors_of_different_kinds_places_and_threads_are_told_each_but_no_flood_of_them(
    store: Store, admins: Admins
) -> None:
    async with TroubleReporter(store, admins):
        fail(KeyError())
        await asyncio.to_thread(fail, ValueError())
        log.error("The disk is full, says %s.", "somebody")
        log.error("The disk is full, says %s.", "somebody else")
        await told(admins, 3)
        for number in range(MOST):
            log.error(f"Another one: {number}")  # noqa: G004 - each is a line of its own
        await told(admins, MOST)
    assert [kind for kind, _ in admins.told[:3]] == ["KeyError", "ValueError", ""]
    assert len({reference for _, reference in admins.told}) == MOST


async def test_what_comes_and_goes_is_not_told(store: Store, admins: Admins) -> None:
    async with TroubleReporter(store, admins):
        log.warning("Telegram cannot be asked.", exc_info=ValueError())
        fail(ValueError(), logging.getLogger("telegram.ext.Updater"))
        fail(KeyError())
        await told(admins, 1)
    fail(ZeroDivisionError())
    assert [kind for kind, _ in admins.told] == ["KeyError"]


async def test_trouble_with_telling_is_never_told(store: Store, admins: Admins) -> None:
    admins.error = StoreBusyError()
    async with TroubleReporter(store, admins):
        fail(KeyError())
        await told(admins, 1)
        fail(ValueError())
        await told(admins, 2)


def test_the_reference_stands_in_the_logs_line(caplog: pytest.LogCaptureFixture) -> None:
    fail(KeyError("x"))
    log.warning("not so bad")
    failure, warning = caplog.records
    lines = RedactingFormatter([]).format(failure).splitlines()
    assert lines[0].endswith(f"It failed. [{reference_of(failure)}]")
    assert lines[1].startswith("Traceback")
    assert RedactingFormatter([]).format(warning).endswith("not so bad")


@pytest.mark.parametrize("writable", [True, False])
async def test_admins_read_a_short_line_in_the_chat_and_others_do_not(
    settings: Settings,
    chat: ChatClient,
    painter: HeldPainter,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    writable: bool,
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("the token is 123")

    ada, ben = chat.person("Ada"), chat.person("Ben")
    ours = settings.model_copy(update={"admins": frozenset({ada.user_id})})
    async with running(ours, engine=engine_of(painter), overrides=BRISK) as atelier:
        monkeypatch.setitem(turn._FLOWS, CommandSent, fails)
        if not writable:
            monkeypatch.setattr(atelier.store.outbox, "add", _no_room)
        await ben.send_text("/help")
        entry = await ada.expect_text("unexpected", "ZeroDivisionError")
        await ben.expect_text("Something went wrong on my side")
        await ben.send_text("/help")
        await until(lambda: sum("An update" in one.message for one in caplog.records) >= 2)
    (record, *_) = (one for one in caplog.records if one.message.startswith("An update"))
    assert str(reference_of(record)) in entry.text
    assert "123" not in entry.text
    # A database that takes nothing is another error.
    assert len(ada.said) == (1 if writable else 2)
    assert not any("unexpected" in one.text for one in ben.said)


@pytest.mark.parametrize("writable", [True, False])
async def test_a_press_that_could_not_be_handled_is_answered_all_the_same(
    ada: Person, atelier: Atelier, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    await ada.send_text("/settings")
    menu = await ada.expect_text("Settings")
    monkeypatch.setitem(turn._FLOWS, ButtonPressed, fails)
    if not writable:
        monkeypatch.setattr(atelier.store.updates, "finish", _no_room)
    query = await ada.press(menu, "Sound")
    assert await ada.expect_alert(query)
    assert len(ada.said) == 1


async def _no_room(*_: object, **_more: object) -> None:
    raise StoreBusyError
