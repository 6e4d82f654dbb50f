"""The page's API."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.playground import page_api as client_module
from bot.playground.privacy_mode import bot_may_read
from bot.playground.server import Playground
from bot.playground.telegram_objects import ApiChat, ApiMessage, ApiUser, ChatType
from tests.auxil.chat import ChatClient, RefusedError
from tests.auxil.pictures import encoded, opened
from tests.auxil.ptb import connected
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from telegram import Bot

    from tests.auxil.person import Person


async def test_the_world_has_people_of_several_languages_a_group_and_a_forum(
    client: ChatClient,
) -> None:
    state = await client.get("/client/state")

    spoken = {user["first_name"]: user["language_code"] for user in state["users"]}
    assert spoken == {
        "Ada": "en",
        "Mei": "zh-hans",
        "Ben": "en",
        "Sol": "es",
        "Vera": "ru",
        "Nur": "ar",
    }
    assert [chat["type"] for chat in state["chats"]] == ["private"] * 6 + ["group"] * 2
    assert [chat["forum"] for chat in state["chats"]] == [False] * 7 + [True]
    assert state["chats"][-1]["members"] == [user["id"] for user in state["users"]]
    assert state["messages"] == {str(chat["id"]): [] for chat in state["chats"]}
    assert state["bot"]["username"] == "atelier_bot"


async def test_text_is_shown_as_safe_html(ada: Person) -> None:
    entry = await ada.send_text("/start <script> & https://example.org")

    assert entry.html == (
        '<span class="bot_command">/start</span> &lt;script&gt; &amp; '
        '<a href="https://example.org" target="_blank" rel="noopener noreferrer">https://example.org</a>'
    )


async def test_a_photo_is_described_and_fetched(ada: Person) -> None:
    entry = await ada.send_photo(encoded(1600, 1200), caption="sea")

    assert entry.media is not None
    assert (entry.kind, entry.media.width, entry.media.height) == ("photo", 1280, 960)
    assert entry.text == "sea"
    assert opened(await ada.download(entry)).size == (1280, 960)
    assert opened(await ada._client.download(entry.raw["media"]["thumb_url"])).size == (320, 240)


async def test_a_file_keeps_its_bytes(ada: Person) -> None:
    content = encoded(image_format="PNG")
    entry = await ada.send_file(content, name="sea 海.png")

    assert entry.media is not None
    assert (entry.kind, entry.media.name, entry.media.mime) == (
        "document",
        "sea 海.png",
        "image/png",
    )
    assert await ada.download(entry) == content


async def test_an_album_is_several_messages_with_one_id(ada: Person) -> None:
    entries = await ada.send_album([encoded()] * 3, as_files=True)

    assert len({entry.album for entry in entries}) == 1
    assert [entry.kind for entry in entries] == ["document"] * 3
    with pytest.raises(RefusedError, match="an album has at most 10 files"):
        await ada.send_album([encoded()] * 11)


@pytest.mark.parametrize(
    "kind", ["sticker", "voice", "video", "location", "animation", "live_photo", "contact"]
)
async def test_everything_else_reaches_the_bot_as_what_it_is(
    bot: Bot, ada: Person, kind: str
) -> None:
    entry = await ada.send_other(kind)

    (update,) = await bot.get_updates()

    assert entry.kind == {"live_photo": "photo"}.get(kind, kind)
    assert update.message is not None
    assert getattr(update.message, kind) is not None


async def test_what_kind_of_sticker_it_is_reaches_the_bot(bot: Bot, ada: Person) -> None:
    for kind in ("sticker", "animated_sticker", "video_sticker"):
        await ada.send_other(kind)

    stickers = [u.message.sticker for u in await bot.get_updates() if u.message]
    moves = [(one.is_animated, one.is_video) for one in stickers if one]
    assert moves == [(False, False), (True, False), (False, True)]


async def test_an_answer_to_another_chat_tells_the_media_and_not_the_words_there(
    bot: Bot, ada: Person, client: ChatClient
) -> None:
    ben = client.person("Ben")
    bens = await ben.in_group().send_photo(encoded(), caption="/paint@atelier_bot our holiday")
    await ada.send_text("this", reply_to=bens, quote="holiday")

    _, update = await bot.get_updates()

    message = update.message
    assert message is not None
    assert message.reply_to_message is None
    assert message.external_reply is not None
    assert message.external_reply.photo
    assert message.external_reply.origin.sender_user.id == ben.user_id  # type: ignore[attr-defined]
    assert message.quote is not None
    assert message.quote.text == "holiday"
    assert "our" not in update.to_json()


async def test_a_place_and_a_person_are_shown_in_words(ada: Person) -> None:
    assert (await ada.send_other("location")).html == "📍 48.8606, 2.3376"
    assert (await ada.send_other("contact")).html == "👤 Theo, +10005550100"


async def test_long_text_goes_on_in_the_next_message(bot: Bot, ada: Person) -> None:
    await ada.send_text("x" * 4100)

    assert [len(u.message.text or "") for u in await bot.get_updates() if u.message] == [4096, 4]


async def test_what_cannot_be_sent_is_explained(client: ChatClient, ada: Person) -> None:
    with pytest.raises(RefusedError, match="nothing to send"):
        await ada.send_text("  ")
    with pytest.raises(RefusedError, match=r"photo\.jpg is no picture: send it as a file"):
        await ada.send_photo(b"once upon a time")
    with pytest.raises(RefusedError, match=r"photo\.jpg is empty"):
        await ada.send_photo(b"")
    with pytest.raises(RefusedError, match="not in this chat"):
        await client.post(
            "/client/press", {"chat_id": 12, "user_id": 11, "message_id": 1, "data": ""}
        )
    assert ada.entries == []


async def test_groups_keep_their_privacy(bot: Bot, client: ChatClient) -> None:
    ben = client.person("Ben").in_group()
    said = await bot.send_message(ben.chat_id, "anybody?")
    asked = await ben.expect_text("anybody?")
    assert said.message_id == asked.message_id

    await ben.send_text("just between us @atelier_botany")
    await ben.send_text("/other@some_bot")
    await ben.send_text("hey @Atelier_bot")
    command = await ben.send_text("/paint@atelier_bot")
    await ben.send_text("with this", reply_to=command)
    await ben.send_text("/paint")
    await ben.send_text("me", reply_to=asked)
    await ben.send_photo(encoded(), caption="/paint@atelier_bot")

    heard = [u.message.text or u.message.caption for u in await bot.get_updates() if u.message]
    assert heard == ["/paint@atelier_bot", "with this", "/paint", "me", "/paint@atelier_bot"]


def test_a_bot_reads_what_was_sent_via_it() -> None:
    bot = ApiUser(id=1, is_bot=True, first_name="Atelier", username="atelier_bot")
    parts = {
        "message_id": 1,
        "date": 0,
        "chat": ApiChat(id=-1, type=ChatType.GROUP),
        "sender": ApiUser(id=2, first_name="Ada"),
        "text": "look",
    }
    assert bot_may_read(ApiMessage.model_validate({**parts, "via_bot": bot}), bot)
    assert not bot_may_read(ApiMessage.model_validate(parts), bot)


async def test_without_privacy_the_bot_hears_everything() -> None:
    async with (
        Playground(group_privacy=False) as playground,
        connected(playground) as bot,
        ChatClient(playground.url) as client,
    ):
        await client.person("Ben").in_group().send_text("just between us")

        assert len(await bot.get_updates()) == 1
        assert (await bot.get_me()).can_read_all_group_messages


async def test_a_lost_stream_is_taken_up_where_it_was(playground: Playground, ada: Person) -> None:
    for text in ("one", "two", "three"):
        await ada.send_text(text)

    events = await read_events(playground.url, count=2, headers={"Last-Event-ID": "1"})

    assert [event["entry"]["html"] for event in events] == ["two", "three"]


async def test_a_stream_from_an_unknown_past_starts_afresh(playground: Playground) -> None:
    assert await read_events(playground.url, count=1, cursor=99) == [{"type": "reset"}]


async def test_a_playground_with_an_open_stream_stops_at_once() -> None:
    async with asyncio.timeout(PATIENCE):
        async with Playground() as playground:
            client = ChatClient(playground.url)
            await client.__aenter__()
            await client.person("Ada").send_text("x")
        await client.__aexit__(None, None, None)


async def test_a_file_that_could_run_is_only_saved(playground: Playground, ada: Person) -> None:
    svg = await ada.send_file(b"<svg/>", name="x.svg")
    png = await ada.send_file(encoded(image_format="PNG"), name="x.png")
    assert svg.media is not None
    assert png.media is not None

    async with aiohttp.ClientSession(playground.url) as session:
        async with session.get(svg.media.url) as response:
            assert response.headers["Content-Disposition"].startswith("attachment")
            assert response.content_type == "application/octet-stream"
        async with session.get(png.media.url) as response:
            assert response.headers["Content-Disposition"].startswith("inline")
            assert response.content_type == "image/png"
        async with session.get(png.media.url + "?download=1") as response:
            assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''x.png"
        async with session.get("/client/file/nonsense") as response:
            assert response.status == 404


async def test_samples_are_listed_with_their_addresses(
    client: ChatClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = {"title": "Sea", "content": {"file": "a.jpg"}, "style": {"file": "b.jpg"}}
    (tmp_path / "samples.json").write_text(json.dumps([pair]))
    monkeypatch.setattr(client_module, "SAMPLES", tmp_path)

    (listed,) = await client.get("/client/samples")

    assert listed["content"]["url"] == "/samples/a.jpg"
    assert listed["style"]["url"] == "/samples/b.jpg"


async def read_events(
    url: str, *, count: int, cursor: int = 0, headers: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """The next events of a stream that is opened for them."""
    events: list[dict[str, Any]] = []
    address = f"{url}/client/events?cursor={cursor}"
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as stream:
        async for line in stream.content:
            if line.startswith(b"data: "):
                events.append(json.loads(line[6:]))
            if len(events) == count:
                break
    return events
