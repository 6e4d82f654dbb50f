"""A bot with a stub painter, the playground as its Telegram, and Ada who chats with it."""

from __future__ import annotations

import asyncio
import os
from functools import cache
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from bot.app import Atelier, Overrides, running
from bot.messages.languages import read_catalogues
from bot.playground import bot_api
from bot.playground.server import Playground
from bot.settings import Settings
from core.engines.local import LocalEngine
from core.pictures.codec import STORED_SIDE, read_picture, to_pixels
from core.pictures.decoder import Decoder, OpenedPicture
from tests.auxil import bench_telegram
from tests.auxil.call_checker import checked, fail_for_wrong_calls
from tests.auxil.chat import ChatClient
from tests.auxil.painters import HeldPainter

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path
    from typing import Any

    from tests.auxil.person import Person

BRISK = Overrides(pace=0.02, album_quiet=0.2, unlimited=True)


class DecoderInProcess(Decoder):
    """Opens pictures in a thread: a process for each of some hundred bots would take longer than all their work."""

    async def _open(self, data: bytes) -> OpenedPicture:
        picture = await asyncio.to_thread(read_picture, data, max_side=STORED_SIDE)
        notes = tuple(picture.info.get("notes", ()))
        return OpenedPicture(to_pixels(picture), picture.size, notes)


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """The certificates and the catalogues, which each bot in this process would read anew."""
    create_context = httpx.create_ssl_context

    @cache
    def shared(*_environment: str | None) -> ssl.SSLContext:
        return create_context()

    def context(*given: Any, **options: Any) -> ssl.SSLContext:
        if given or options.get("verify", True) is not True or options.get("cert"):
            return create_context(*given, **options)
        return shared(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx.create_ssl_context", context)
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        patch.setattr("bot.messages.languages.read_catalogues", cache(read_catalogues))
        yield


@pytest.fixture(autouse=True)
def most_people_ask(asking: None) -> None:
    """Most tests came before painting began by itself, and choose the quality. A module without this has an ``asking`` of its own."""


@pytest.fixture(autouse=True)
def pictures_opened_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that open pictures have tests of their own; a bot that is a process has them, too."""
    monkeypatch.setattr("bot.app.Decoder", DecoderInProcess)


@pytest.fixture(autouse=True)
def unintroduced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot sets its commands and descriptions in some twenty calls, as many as a conversation has. A module that looks at them has an ``unintroduced`` of its own."""

    async def introduce(*_: object) -> None:
        pass

    monkeypatch.setattr("bot.app.introduce", introduce)


@pytest.fixture(autouse=True)
def wrong_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is wrong with the calls that reach a playground in this process; the test that made them fails."""
    problems: list[str] = []
    for module in (bot_api, bench_telegram):
        monkeypatch.setattr(module, "call_method", checked(module.call_method, problems))
    yield problems
    fail_for_wrong_calls(problems)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground() as playground:
        yield playground


@pytest.fixture
async def chat(playground: Playground) -> AsyncIterator[ChatClient]:
    async with ChatClient(playground.url) as client:
        yield client


@pytest.fixture
def ada(chat: ChatClient) -> Person:
    return chat.person("Ada")


@pytest.fixture
def settings(playground: Playground, tmp_path: Path) -> Settings:
    return settings_for(playground, tmp_path)


@pytest.fixture
def painter() -> HeldPainter:
    """Paints at once, unless the test holds it."""
    return HeldPainter()


@pytest.fixture
async def atelier(settings: Settings, painter: HeldPainter) -> AsyncIterator[Atelier]:
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        yield atelier


def settings_for(playground: Playground, data_dir: Path) -> Settings:
    """Settings for a bot that talks to the playground, whatever the environment says."""
    return Settings.model_construct(
        bot_token=SecretStr(playground.token),
        telegram_api_url=playground.api_url,
        data_dir=data_dir,
        device="cpu",
    )


def engine_of(painter: HeldPainter) -> LocalEngine:
    """The real engine around a painter."""
    return LocalEngine(stylizer_factory=lambda: painter)
