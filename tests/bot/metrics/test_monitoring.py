"""What monitoring learns of a running bot."""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import running
from bot.metrics.endpoints import monitored
from bot.metrics.monitor import SILENCE, Monitor
from bot.settings import SettingsError
from bot.telegram.traffic import CallOutcome, Traffic
from core.engines.protocol import Delay
from core.jobs.job_errors import StoreBusyError
from core.jobs.store import utc_now
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import PATIENCE, until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

PHOTO = jpeg_bytes(photo(96, 72))
STYLE = jpeg_bytes(painting(80, 80))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_port": 0, "queue_size": 1, "log_level": "INFO"})


async def ask(monitor: Monitor, path: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{monitor.address}{path}") as response,
    ):
        text = path == "/metrics"
        return response.status, await (response.text() if text else response.json())


async def values(monitor: Monitor) -> dict[str, dict[tuple[str, ...], float]]:
    """Each sample by its name and the values of its labels."""
    status, text = await ask(monitor, "/metrics")
    assert status == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def start_painting(person: Person) -> None:
    await person.send_photo(PHOTO)
    await person.expect_text("send the style picture")
    await person.send_photo(STYLE)
    await person.press(await person.expect_text("Choose a quality"), "Quick")


async def test_a_painting_is_seen_from_the_queue_to_its_delivery(
    atelier: Atelier, ada: Person, chat: ChatClient, painter: HeldPainter
) -> None:
    painter.hold()
    await start_painting(ada)
    await ada.expect(lambda entry: any("Cancel" in one.text for one in entry.buttons))
    await until(lambda: _counts(atelier, ("quick", "running"), 1))
    ben = chat.person("Ben")
    await start_painting(ben)
    await until(lambda: _counts(atelier, ("quick", "queued"), 1))
    await ben.send_photo(PHOTO)
    await ben.expect(lambda entry: entry.from_bot and "send the style picture" in entry.text)

    found = await values(atelier.monitor)
    assert found["atelier_queue_length"][()] == 1
    assert found["atelier_queue_oldest_seconds"][()] > 0
    assert found["atelier_engine_slots"][()] == 1
    assert found["atelier_ready"][()] == 1
    assert found["atelier_queue_wait_seconds_count"][()] == 1
    assert found["atelier_job_outcomes_total"]["delivered", "quick"] == 0

    painter.release()
    for person in (ada, ben):
        await person.expect_result()
    await until(lambda: _counts(atelier, ("quick", "finished"), 0))
    found = await values(atelier.monitor)
    outcomes = found["atelier_job_outcomes_total"]
    assert outcomes["finished", "quick"] == outcomes["delivered", "quick"] == 2
    assert outcomes["failed", "quick"] == outcomes["cancelled", "quick"] == 0
    assert found["atelier_queue_wait_seconds_count"][()] == 2
    assert found["atelier_job_seconds_count"]["quick",] == 2
    # What the stub says: 20 evaluations in a second.
    assert found["atelier_evaluation_seconds_sum"]["quick",] == pytest.approx(0.1)
    calls = found["atelier_telegram_calls_total"]
    assert calls["editMessageMedia", "ok"] > 0
    assert calls["download", "ok"] == 5
    assert calls["getUpdates", "ok"] > 0
    assert found["atelier_telegram_silence_seconds"][()] < PATIENCE
    assert found["atelier_disk_free_bytes"][()] > 0
    assert found["process_resident_memory_bytes"][()] > 0


async def _counts(atelier: Atelier, labels: tuple[str, str], count: int) -> bool:
    return (await values(atelier.monitor))["atelier_jobs"][labels] == count


async def test_a_cancelled_and_a_refused_job_are_counted(
    atelier: Atelier, ada: Person, chat: ChatClient, painter: HeldPainter
) -> None:
    painter.hold()
    await start_painting(ada)
    status = await ada.expect(lambda entry: any("Cancel" in one.text for one in entry.buttons))
    await until(lambda: _counts(atelier, ("quick", "running"), 1))
    ben, mei = chat.person("Ben"), chat.person("Mei")
    await start_painting(ben)
    await until(lambda: _counts(atelier, ("quick", "queued"), 1))
    await mei.send_photo(PHOTO)
    await mei.expect(lambda entry: entry.from_bot and bool(entry.buttons))
    await mei.send_photo(STYLE)
    question = await mei.expect(lambda entry: len(entry.rows) > 0 and "快" in entry.buttons[0].text)
    await mei.press_data(question, str(question.buttons[0].data))
    await until(lambda: _was_refused(atelier))
    await ada.press(status, "Cancel")
    cancelled = ("cancelled", "quick")
    await until(lambda: _has(atelier, "atelier_job_outcomes_total", cancelled, 1))
    painter.release()
    await ben.expect_result()


async def _was_refused(atelier: Atelier) -> bool:
    refused = (await values(atelier.monitor))["atelier_jobs_refused_total"]
    assert refused["person",] == 0
    return refused["queue",] == 1


async def _has(atelier: Atelier, name: str, labels: tuple[str, ...], count: float) -> bool:
    return (await values(atelier.monitor))[name].get(labels, 0) == count


async def test_what_waits_in_the_outbox_and_flood_control_are_seen(
    atelier: Atelier, ada: Person, chat: ChatClient
) -> None:
    await chat.switch_fault("sendMessage", "flood", seconds=10 * PATIENCE)
    await ada.send_text("/help")
    flood = ("sendMessage", "flood")
    await until(lambda: _has(atelier, "atelier_telegram_calls_total", flood, 1))
    first = await values(atelier.monitor)
    assert first["atelier_outbox_depth"][()] == 1
    second = await values(atelier.monitor)
    age = second["atelier_outbox_oldest_seconds"][()]
    assert age > first["atelier_outbox_oldest_seconds"][()]


async def test_readiness_from_start_to_end(settings: Settings, painter: HeldPainter) -> None:
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await until(lambda: _is_ready(atelier.monitor))
        assert (await ask(atelier.monitor, "/healthz"))[0] == 200
    assert await atelier.monitor.reasons() == {"bot": "It is stopping."}


async def _is_ready(monitor: Monitor) -> bool:
    status, answer = await ask(monitor, "/readyz")
    return (status, answer) == (200, {"ready": True, "reasons": {}})


async def test_a_bot_that_cannot_reach_telegram_lives_and_is_not_ready(
    settings: Settings, painter: HeldPainter
) -> None:
    away = settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:1"})
    async with _starting(away, painter) as monitor:
        await until(lambda: ("getMe", CallOutcome.UNANSWERED) in monitor.traffic.calls)
        assert (await ask(monitor, "/healthz"))[0] == 200
        status, answer = await ask(monitor, "/readyz")
        assert status == 503
        assert answer["reasons"] == {
            "bot": "It is starting.",
            "telegram": "It has not answered for 120 s.",
        }
        found = await values(monitor)
        assert found["atelier_ready"][()] == 0


@asynccontextmanager
async def _starting(settings: Settings, painter: HeldPainter) -> AsyncIterator[Monitor]:
    """The monitor of a bot that does not come to its start."""
    made: list[Monitor] = []
    with pytest.MonkeyPatch.context() as patch:

        def make(*given: Any) -> Monitor:
            made.append(Monitor(*given))
            return made[0]

        patch.setattr("bot.app.Monitor", make)

        async def run() -> None:
            async with running(settings, engine=engine_of(painter), overrides=BRISK):
                pass

        task = asyncio.create_task(run())
        await until(lambda: bool(made) and made[0].address is not None)
        yield made[0]
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize(
    ("what", "blamed"), [("disk", "disk"), ("engine", "engine"), ("database", "database")]
)
async def test_what_keeps_a_bot_from_taking_work_is_blamed(
    atelier: Atelier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str, blamed: str
) -> None:
    await until(lambda: _is_ready(atelier.monitor))
    if what == "disk":
        usage = shutil.disk_usage(tmp_path)._replace(free=5_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    elif what == "engine":
        engine = type(atelier.monitor._watched.engine)  # type: ignore[union-attr]
        monkeypatch.setattr(engine, "delay", Delay.AWAY)
    else:

        async def busy() -> list[int]:
            raise StoreBusyError

        monkeypatch.setattr(atelier.store.outbox, "waiting", busy)
    status, answer = await ask(atelier.monitor, "/readyz")
    assert status == 503
    assert set(answer["reasons"]) == {blamed}


async def test_an_error_in_the_log_is_counted(atelier: Atelier) -> None:
    before = (await values(atelier.monitor))["atelier_log_lines_total"]
    logging.getLogger("bot.test").error("an error")
    after = (await values(atelier.monitor))["atelier_log_lines_total"]
    assert after["error",] - before["error",] == 1
    assert after["warning",] == before["warning",]


async def test_a_port_that_is_taken_is_told_in_one_sentence(
    atelier: Atelier, settings: Settings
) -> None:
    port = int(str(atelier.monitor.address).rpartition(":")[2])
    with pytest.raises(SettingsError, match=f"METRICS_PORT {port}"):
        async with monitored(Monitor(settings, utc_now), "127.0.0.1", port):
            pass


def test_an_answer_counts_although_it_is_a_refusal_and_a_failing_proxy_does_not() -> None:
    now = 0.0
    traffic = Traffic(lambda: now)
    traffic.note("https://a/bot1:x/sendPhoto", 502)
    traffic.note("https://a/bot1:x/sendPhoto", None)
    assert traffic.silence is None
    traffic.note("https://a/bot1:x/sendPhoto", 400)
    traffic.note("https://a/file/bot1:x/photos/somebody.jpg", 200)
    now = SILENCE
    assert traffic.silence == SILENCE
    assert dict(traffic.calls) == {
        ("sendPhoto", CallOutcome.BROKEN): 1,
        ("sendPhoto", CallOutcome.UNANSWERED): 1,
        ("sendPhoto", CallOutcome.REFUSED): 1,
        ("download", CallOutcome.OK): 1,
    }
