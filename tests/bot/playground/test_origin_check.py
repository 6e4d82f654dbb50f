"""Who may talk to the server from a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.playground.server import Playground

if TYPE_CHECKING:
    from tests.auxil.person import Person


async def status(
    playground: Playground, path: str = "/client/state", method: str = "GET", **headers: str
) -> int:
    """What a request with these headers is answered with."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(playground.url) as session,
        session.request(method, path, headers=named) as response,
    ):
        return response.status


async def test_addresses_and_localhost_are_known(playground: Playground) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]", "192.168.1.5"):
        assert await status(playground, Host=f"{host}:{playground.port}") == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", ""])
async def test_a_name_pointed_at_loopback_is_refused(playground: Playground, host: str) -> None:
    assert await status(playground, Host=host) in {400, 421}


async def test_a_refused_host_reaches_no_bot_api_either(playground: Playground) -> None:
    path = f"/bot{playground.token}/getMe"

    assert await status(playground, path, Host="evil.example") == 421


async def test_a_name_that_the_operator_gave_is_known() -> None:
    async with Playground(allowed_hosts=["Studio.example"]) as playground:
        assert await status(playground, Host="studio.example") == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_requests_are_refused(playground: Playground, origin: str) -> None:
    assert await status(playground, "/client/faults", "DELETE", Origin=origin) == 403
    assert await status(playground, Origin=origin) == 403


async def test_the_pages_own_requests_pass(playground: Playground) -> None:
    own = {"Origin": playground.url, "Sec_Fetch_Site": "same-origin"}

    assert await status(playground, "/client/faults", "DELETE", **own) == 200


async def test_a_browser_that_comes_from_elsewhere_gets_no_data(playground: Playground) -> None:
    for site in ("cross-site", "same-site"):
        assert await status(playground, Sec_Fetch_Site=site) == 403


async def test_responses_carry_a_strict_policy(playground: Playground, ada: Person) -> None:
    photo = await ada.send_file(b"<script>", name="x.html")
    assert photo.media is not None
    async with aiohttp.ClientSession(playground.url) as session:
        for path in ("/", "/client/state", "/nowhere", photo.media.url):
            async with session.get(path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'; ")
                assert "unsafe" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
        async with session.get("/client/state") as response:
            assert response.headers["Cache-Control"] == "no-store"


async def test_it_listens_on_loopback_unless_told_otherwise(playground: Playground) -> None:
    assert playground.url == f"http://127.0.0.1:{playground.port}"
