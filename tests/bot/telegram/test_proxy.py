"""Telegram by way of a proxy: which one, that everything passes it, and what is said of one that is of no use."""

from __future__ import annotations

import gc
import socket
import ssl
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr
from telegram.error import NetworkError

from bot.app import running
from bot.playground.server import Playground
from bot.settings import SettingsError
from bot.telegram.limiter import may_have_arrived
from bot.telegram.proxy import choose_proxy
from tests.auxil.certificates import make_tls
from tests.auxil.pictures import jpeg_bytes
from tests.auxil.proxy import proxy_to
from tests.auxil.relay import relay_to
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.settings import Settings
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person

TELEGRAM = "https://api.telegram.org"
# No name server knows it: who does not ask the proxy does not get there.
PLAIN, ENCRYPTED = "http://telegram.invalid", "https://telegram.invalid"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PASSWORD = "p@ss/w0rd"
WRITTEN = "ada:p%40ss%2Fw0rd"


@pytest.fixture(autouse=True)
def _no_proxies_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground(allowed_hosts=["telegram.invalid"]) as playground:
        yield playground


async def converse(settings: Settings, painter: HeldPainter, ada: Person) -> None:
    """Hear a message, answer it, and fetch a picture."""
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.send_photo(jpeg_bytes())
        await ada.expect_text("send the style picture")


async def refusal(settings: Settings, painter: HeldPainter) -> str:
    """What is said instead of a start."""
    with pytest.raises(SettingsError) as told:
        async with running(settings, engine=engine_of(painter), overrides=BRISK):
            pass
    return str(told.value)


@pytest.mark.parametrize("credentials", ["", f"ada:{PASSWORD}"])
async def test_calls_polls_and_files_pass_an_http_proxy(
    settings: Settings,
    painter: HeldPainter,
    ada: Person,
    playground: Playground,
    credentials: str,
) -> None:
    async with proxy_to(playground.port, credentials) as proxy:
        address = f"http://{WRITTEN}@127.0.0.1:{proxy.port}" if credentials else proxy.url
        choice = {"telegram_api_url": PLAIN, "proxy_url": SecretStr(address)}
        await converse(settings.model_copy(update=choice), painter, ada)

    methods = {asked.partition("/bot")[2].rpartition("/")[2] for asked in proxy.asked}
    assert {"getMe", "getUpdates", "getFile", "sendPhoto"} <= methods
    assert any(asked.startswith(f"GET {PLAIN}/file/bot") for asked in proxy.asked)


async def test_an_encrypted_connection_passes_an_http_proxy_as_a_tunnel(
    settings: Settings,
    painter: HeldPainter,
    ada: Person,
    playground: Playground,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tls = make_tls(tmp_path / "tls", "telegram.invalid")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.cert, tls.key)
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(relay_to(playground.port, context))
        proxy = await stack.enter_async_context(proxy_to(telegram.port))
        monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        there = settings.model_copy(update={"telegram_api_url": ENCRYPTED})
        await converse(there, painter, ada)

    assert set(proxy.asked) == {"CONNECT telegram.invalid:443"}


@pytest.mark.parametrize("credentials", ["", f"ada:{PASSWORD}"])
async def test_calls_polls_and_files_pass_a_socks_proxy_that_a_desktop_names(
    settings: Settings,
    painter: HeldPainter,
    ada: Person,
    playground: Playground,
    monkeypatch: pytest.MonkeyPatch,
    credentials: str,
) -> None:
    async with proxy_to(playground.port, credentials) as proxy:
        who = f"{WRITTEN}@" if credentials else ""
        monkeypatch.setenv("all_proxy", f"socks://{who}127.0.0.1:{proxy.port}/")
        there = settings.model_copy(update={"telegram_api_url": PLAIN})
        await converse(there, painter, ada)

    assert set(proxy.asked) == {"SOCKS telegram.invalid:80"}


async def test_a_server_on_this_machine_is_spoken_to_directly(
    settings: Settings, painter: HeldPainter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "socks://127.0.0.1:9")
    nowhere = settings.model_copy(update={"proxy_url": SecretStr("http://127.0.0.1:9")})
    await converse(nowhere, painter, ada)


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://a:1"}, None),
        ({"HTTPS_PROXY": "http://a:1", "ALL_PROXY": "http://b:2"}, "http://a:1 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "a:1"}, "http://a:1 (HTTPS_PROXY)"),
        ({"https_proxy": "https://a"}, "https://a (HTTPS_PROXY)"),
        ({"ALL_PROXY": "SOCKS://a:1/"}, "socks5://a:1 (ALL_PROXY)"),
        ({"ALL_PROXY": "socks5h://u:p@a:1"}, "socks5h://a:1 (ALL_PROXY)"),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "telegram.org"}, None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "localhost, .telegram.org"}, None),
        ({"ALL_PROXY": "http://a:1", "no_proxy": "localhost,*"}, None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "example.org"}, "http://a:1 (ALL_PROXY)"),
    ],
)
def test_the_environment_says_which_proxy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], chosen: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    proxy = choose_proxy(TELEGRAM, None)

    assert (None if proxy is None else str(proxy)) == chosen


def test_the_operators_proxy_goes_before_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://a:1")
    monkeypatch.setenv("NO_PROXY", "*")

    assert str(choose_proxy(TELEGRAM, SecretStr("http://b:2"))) == "http://b:2 (PROXY_URL)"


@pytest.mark.parametrize(
    ("host", "proxied"),
    [("10.1.2.3", False), ("11.1.2.3", True), ("[fd00::1]", False), ("[fe80::1]", True)],
)
def test_a_network_can_be_exempt(monkeypatch: pytest.MonkeyPatch, host: str, proxied: bool) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://a:1")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8, fd00::/8")

    assert (choose_proxy(f"http://{host}:8081", None) is not None) == proxied


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_loopback_needs_no_proxy_whatever_it_is(host: str) -> None:
    assert choose_proxy(f"http://{host}:8081", SecretStr("nonsense://")) is None


@pytest.mark.parametrize(
    "address",
    [
        "ftp://ada:{}@a:1",
        "socks4://ada:{}@a:1",
        "://ada:{}@a",
        "http://ada:{}@",
        "http://ada:{}@a:99999",
        "http://ada:{}@a:port",
        "http://ada:{}@a b:1",
        "http://[::1",
        "http://ada:x/{}@a:1",
        "http://ada:x#{}@a:1",
    ],
)
def test_an_address_that_makes_no_sense_is_told_without_repeating_it(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^PROXY_URL is not the address of a proxy") as told:
        choose_proxy(TELEGRAM, SecretStr(address.format("hunter2")))

    assert "hunter2" not in str(told.value)
    assert "\n" not in str(told.value)


# httpcore leaves a connection to a SOCKS proxy that refuses it to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("wrong", ["ada:hunter2@", ""])
@pytest.mark.parametrize("telegram", [PLAIN, ENCRYPTED])
async def test_wrong_credentials_for_a_proxy_end_the_start(
    settings: Settings,
    painter: HeldPainter,
    playground: Playground,
    scheme: str,
    wrong: str,
    telegram: str,
) -> None:
    async with proxy_to(playground.port, f"ada:{PASSWORD}") as proxy:
        address = SecretStr(f"{scheme}://{wrong}127.0.0.1:{proxy.port}")
        choice = {"telegram_api_url": telegram, "proxy_url": address}
        said = await refusal(settings.model_copy(update=choice), painter)
        gc.collect()

    assert f"127.0.0.1:{proxy.port} (PROXY_URL) does not accept the user name" in said
    assert "hunter2" not in said


async def test_a_proxy_that_refuses_connections_ends_the_start(
    settings: Settings, painter: HeldPainter
) -> None:
    choice = {"telegram_api_url": TELEGRAM, "proxy_url": SecretStr("http://127.0.0.1:9")}
    said = await refusal(settings.model_copy(update=choice), painter)

    assert "The proxy http://127.0.0.1:9 (PROXY_URL) refuses connections" in said


@pytest.mark.parametrize(("code", "final"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False)])
def test_a_proxy_whose_name_nobody_knows_is_wrong_and_one_without_a_network_is_waited_for(
    code: int, final: bool
) -> None:
    proxy = choose_proxy(TELEGRAM, SecretStr("http://proxy.invalid:9"))
    assert proxy is not None
    error, cause = NetworkError("httpx.ConnectError"), httpx.ConnectError("All attempts failed")
    error.__cause__, cause.__cause__ = cause, ExceptionGroup("two", [socket.gaierror(code, "")])

    assert ("nobody knows its host name" in (proxy.fault(error) or "")) == final


def test_what_a_proxy_does_not_let_through_has_not_arrived() -> None:
    error = NetworkError("httpx.ProxyError: 502 Bad Gateway")
    error.__cause__ = httpx.ProxyError("502 Bad Gateway")

    assert not may_have_arrived(error)
