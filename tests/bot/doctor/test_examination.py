"""What the doctor says about an installation, and that it disturbs none."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.doctor.examination import findings
from bot.doctor.findings import Check, as_json, examine
from bot.doctor.machine_checks import machine_checks

if TYPE_CHECKING:
    from pathlib import Path

    from bot.doctor.findings import Finding
    from bot.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


async def quick(settings: Settings, **update: object) -> dict[str, Finding]:
    found = await findings(quick=True, settings=settings.model_copy(update=update))
    return {one.check: one for one in found}


@pytest.mark.usefixtures("atelier")
async def test_a_running_bot_is_well(settings: Settings) -> None:
    found = await quick(settings)
    for name in ("settings", "token", "webhook", "database", "clock"):
        assert found[name].ok, found[name]
    assert "a bot runs in it" in found["data folder"].text
    assert settings.token not in as_json(list(found.values()))


async def test_a_token_that_the_server_does_not_know(settings: Settings) -> None:
    secret = "A" * 35
    found = await quick(settings, bot_token=SecretStr(f"8100000001:{secret}"))
    assert "does not know this BOT_TOKEN" in found["token"].text
    assert secret not in as_json(list(found.values()))


async def test_an_api_that_cannot_be_reached_stops_no_other_check(settings: Settings) -> None:
    found = await quick(settings, telegram_api_url="http://127.0.0.1:1")
    assert "cannot be reached" in found["token"].text
    assert found["database"].ok


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
