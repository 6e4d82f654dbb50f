"""Settings come from the environment or .env, and a wrong one is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, read_settings

TOKEN = "123456:" + "A" * 35


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_TOKEN", "DEVICE", "ALLOWED_USERS", "TELEGRAM_API_URL"):
        monkeypatch.delenv(name, raising=False)


def test_settings_come_from_a_file_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"BOT_TOKEN={TOKEN}\nDEVICE=cpu\nALLOWED_USERS=1, 2 3\n")
    monkeypatch.setenv("DEVICE", "cuda:1")
    settings = read_settings()
    assert (settings.token, settings.device) == (TOKEN, "cuda:1")
    assert settings.allowed_users == frozenset({1, 2, 3})


def test_an_empty_line_means_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_TOKEN=\nWEBHOOK_URL=\n")
    assert read_settings().bot_token is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEVICE", "gpu"),
        ("LOG_LEVEL", "LOUD"),
        ("ALLOWED_USERS", "ada"),
        ("TELEGRAM_API_URL", "telegram"),
        ("WORKERS", "0"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


@pytest.mark.parametrize("token", ["secret", "123456:short", "no-digits:" + "A" * 35])
def test_what_is_no_token_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("BOT_TOKEN", token)
    with pytest.raises(SettingsError) as error:
        _ = read_settings().token
    assert token not in str(error.value)


def test_the_example_file_names_every_setting() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    named = {
        line.partition("=")[0]
        for line in example.splitlines()
        if "=" in line and not line.startswith("#")
    }
    assert named == {name.upper() for name in Settings.model_fields}
