"""Where Telegram brings the news instead of being asked for it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import running
from bot.settings import SettingsError
from bot.telegram import webhook
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

UPDATE = {"update_id": 1}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    hook = {"webhook_port": port, "webhook_url": f"http://127.0.0.1:{port}"}
    return settings.model_copy(update={**hook, "webhook_secret": SecretStr("s3cret")})


async def test_what_telegram_brings_is_answered_and_what_others_bring_is_not_taken(
    settings: Settings, painter: HeldPainter, ada: Person
) -> None:
    async with (
        running(settings, engine=engine_of(painter), overrides=BRISK),
        aiohttp.ClientSession() as stranger,
    ):
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        secret = {"X-Telegram-Bot-Api-Secret-Token": "guessed"}
        address = f"{settings.webhook_url}/telegram"
        async with stranger.post(address, json=UPDATE, headers=secret) as answer:
            assert answer.status == 403


async def test_a_token_that_is_revoked_ends_the_bot_with_a_word(
    settings: Settings,
    painter: HeldPainter,
    ada: Person,
    chat: ChatClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "TOKEN_CHECK_INTERVAL", 0.02)
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await chat.switch_fault("getMe", "error", status=502)  # a while in which nobody can tell
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        assert not atelier.receiving.done()
        await chat.switch_fault("getMe", "error", status=401)
        with pytest.raises(SettingsError, match="it was revoked"):
            await atelier.receiving


async def test_a_webhook_that_telegram_does_not_accept_is_told_in_a_sentence(
    settings: Settings, painter: HeldPainter
) -> None:
    elsewhere = settings.model_copy(update={"webhook_url": "http://atelier.example"})
    with pytest.raises(SettingsError, match=r"does not accept WEBHOOK_URL.*https url"):
        async with running(elsewhere, engine=engine_of(painter), overrides=BRISK):
            pass


async def test_a_webhook_without_a_secret_is_not_opened(
    settings: Settings, painter: HeldPainter
) -> None:
    open_to_all = settings.model_copy(update={"webhook_secret": None})
    with pytest.raises(SettingsError, match="needs a WEBHOOK_SECRET"):
        async with running(open_to_all, engine=engine_of(painter), overrides=BRISK):
            pass
