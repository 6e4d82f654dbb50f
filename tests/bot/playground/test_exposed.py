"""The playground where others can reach it: a pass phrase, bounded uploads, and no stranger's file decoded here."""

from __future__ import annotations

import argparse
import asyncio
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from PIL import Image

import bot.__main__
from bot.playground import form_parts
from bot.playground.pass_phrase import new_phrase
from bot.playground.server import Playground
from bot.settings import Settings
from core.pictures.codec import to_pixels
from core.pictures.decoder import OpenedPicture
from core.pictures.picture_errors import TooCostlyError
from tests.auxil.chat import ChatClient, RefusedError
from tests.auxil.pictures import animated_bytes, jpeg_bytes

if TYPE_CHECKING:
    import io
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.auxil.person import Person

PHRASE = "k3wq-9fbm-x7ta-h2cz"


@pytest.fixture
async def exposed() -> AsyncIterator[Playground]:
    async with Playground(pass_phrase=PHRASE) as running:
        yield running


@pytest.fixture
async def stranger(exposed: Playground) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # a browser has cookies of addresses, too
    async with aiohttp.ClientSession(exposed.url, cookie_jar=jar) as session:
        yield session


async def status(session: aiohttp.ClientSession, path: str, method: str = "GET") -> int:
    async with session.request(method, path) as response:
        return response.status


async def first_line(playground: Playground, path: str) -> bytes:
    """What a path is answered with as it stands: a client of HTTP would shorten it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", playground.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    return line


async def test_a_stranger_sees_a_question_and_nothing_else(stranger: aiohttp.ClientSession) -> None:
    async with stranger.get("/") as response:
        page = await response.text()
        assert response.status == 401
        assert 'name="phrase"' in page
        assert "form-action 'self'" in response.headers["Content-Security-Policy"]
        assert PHRASE not in page
    for path in ("/client/state", "/client/events", "/client/file/x", "/static/app.js", "/samples"):
        assert await status(stranger, path) == 401
    for path in ("/client/send", "/client/press", "/client/faults"):
        assert await status(stranger, path, "POST") == 401


async def test_whoever_says_the_phrase_may_come_in(stranger: aiohttp.ClientSession) -> None:
    async with stranger.post("/enter", data={"phrase": f" {PHRASE.upper()} "}) as response:
        assert response.url.path == "/"
        assert 'id="draft"' in await response.text()
        (entered,) = response.history
        assert "HttpOnly" in entered.headers["Set-Cookie"]
        assert "SameSite=Strict" in entered.headers["Set-Cookie"]
        assert PHRASE not in entered.headers["Set-Cookie"]
    assert await status(stranger, "/client/state") == 200


@pytest.mark.parametrize("said", ["", "guess", "k3wq-9fbm-x7ta-h2cy", "密码"])
async def test_whoever_guesses_stays_outside(stranger: aiohttp.ClientSession, said: str) -> None:
    async with stranger.post("/enter", data={"phrase": said}) as response:
        assert response.status == 403
        assert "Set-Cookie" not in response.headers
    assert await status(stranger, "/client/state") == 401


async def test_a_forged_cookie_opens_nothing(exposed: Playground) -> None:
    async with aiohttp.ClientSession(
        exposed.url, cookies={"atelier_playground": "forged"}
    ) as session:
        assert await status(session, "/client/state") == 401


async def test_the_bot_needs_its_token_and_no_phrase(
    exposed: Playground, stranger: aiohttp.ClientSession
) -> None:
    assert await status(stranger, f"/bot{exposed.token}/getMe", "POST") == 200
    assert await status(stranger, "/bot1:wrong/getMe", "POST") == 401
    assert await status(stranger, "/file/bot1:wrong/photos/x.jpg") == 401
    for way in ("/bot/../client/state", "/bot%2f../client/state", "//client/state"):
        assert b" 200 " not in await first_line(exposed, way)


async def test_what_others_can_reach_asks_for_a_phrase_that_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def look(*_: object) -> None:
        told = capsys.readouterr().out
        port, phrase = re.findall(r"0\.0\.0\.0:(\d+)|phrase: (\S+)", told)
        async with aiohttp.ClientSession(
            f"http://127.0.0.1:{port[0]}", cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as session:
            assert await status(session, "/client/state") == 401
            await session.post("/enter", data={"phrase": phrase[1]})
            assert await status(session, "/client/state") == 200

    monkeypatch.setattr(bot.__main__, "_until_told_to_stop", look)
    options = argparse.Namespace(host="0.0.0.0", port=0, memory=True)
    await bot.__main__._playground(Settings(data_dir=tmp_path), options)


async def test_the_bot_of_a_playground_for_everybody_calls_it_on_loopback() -> None:
    async with Playground(host="0.0.0.0", pass_phrase=PHRASE) as playground:
        assert playground.api_url == f"http://127.0.0.1:{playground.port}"


def test_no_two_phrases_are_alike() -> None:
    assert len({new_phrase() for _ in range(50)}) == 50


async def test_an_upload_is_refused_before_it_has_arrived(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_parts, "MAX_UPLOAD", 1000)
    reader, writer = await asyncio.open_connection("127.0.0.1", playground.port)
    writer.write(
        b"POST /client/send HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    )
    # Of 900 MB no more comes than this; the answer does not wait for the rest.
    writer.write(bytes(200_000))
    assert b" 413 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("bound", "sizes"),
    [("MAX_FORM", [600, 600]), ("MAX_PARTS", [1] * 1001), ("MAX_UPLOAD", [1001])],
)
async def test_all_parts_together_are_bounded(
    playground: Playground, monkeypatch: pytest.MonkeyPatch, bound: str, sizes: list[int]
) -> None:
    monkeypatch.setattr(form_parts, bound, 1000)
    form = aiohttp.FormData()
    for number, size in enumerate(sizes):
        form.add_field(f"file{number}", bytes(size), filename="x.bin")
    async with (
        aiohttp.ClientSession(playground.url) as session,
        session.post("/client/send", data=form) as response,
    ):
        assert response.status == 413


async def test_a_field_of_text_is_bounded(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_parts, "MAX_FIELD", 1000)
    form = aiohttp.FormData({"text": "a" * 1001}, default_to_multipart=True)
    async with (
        aiohttp.ClientSession(playground.url) as session,
        session.post("/client/send", data=form) as response,
    ):
        assert response.status == 413


async def test_no_path_leads_out_of_the_folders_that_are_served(playground: Playground) -> None:
    assert b" 200 " in await first_line(playground, "/static/app.js")
    for path in (
        "../server.py",
        "%2e%2e/server.py",
        "..%2fserver.py",
        "..%5cserver.py",
        "/etc/passwd",
    ):
        for folder in ("static", "samples"):
            assert b" 404 " in (told := await first_line(playground, f"/{folder}/{path}")) or (
                b" 403 " in told
            )
        for way in ("client/file", f"file/bot{playground.token}"):
            assert b" 404 " in await first_line(playground, f"/{way}/{path}")


class Opener:
    """Stands for the process that opens strangers' files."""

    def __init__(self) -> None:
        self.opened: list[bytes] = []

    async def __call__(self, data: bytes) -> OpenedPicture:
        self.opened.append(data)
        if data.startswith(b"hostile"):
            raise TooCostlyError
        picture = Image.new("RGB", (64, 48), "teal")
        return OpenedPicture(to_pixels(picture), picture.size)


async def test_no_strangers_file_is_decoded_in_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded: list[bytes] = []
    genuine = Image.open

    def watched(file: io.BytesIO, *arguments: Any) -> Image.Image:
        decoded.append(file.getvalue())
        return genuine(file, *arguments)

    monkeypatch.setattr(Image, "open", watched)
    opener = Opener()
    sent = [jpeg_bytes(), animated_bytes("GIF"), animated_bytes("WEBP")]
    async with Playground(open_picture=opener) as playground, ChatClient(playground.url) as client:
        ada: Person = client.person("Ada")
        for content in sent:
            for kind in ("photo", "document", "sticker"):
                await ada._send([(content, "x.gif")], send_as=kind)
        with pytest.raises(RefusedError, match="no picture"):
            await ada.send_photo(b"hostile")
        await ada.send_file(b"hostile", name="x.jpg")

    assert set(sent) <= set(opener.opened)
    assert decoded
    assert not set(decoded) & {*sent, b"hostile"}
