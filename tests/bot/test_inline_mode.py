"""Results and styles are offered in any chat to whoever writes the bot's name there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.app import running
from bot.telegram.inline_mode import PAGE
from core.jobs.models import JobState, Role
from core.jobs.models import Person as Owner
from core.pictures.builtin_styles import BUILTIN_STYLES
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.sessions import a_delivered_job
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(200, 160))
EVERYTHING = [f"style-{name}" for name in BUILTIN_STYLES]


def asks(entry: Entry) -> bool:
    return any("preset:" in (one.data or "") for one in entry.buttons)


async def painted(atelier: Atelier, ada: Person) -> Entry:
    await ada.send_album([PHOTO, MANNER])
    await ada.press(await ada.expect(asks), "Quick")
    result = await ada.expect(lambda entry: entry.kind == "photo" and "→" in entry.text)
    await until(lambda: _delivered(atelier))
    return result


async def _delivered(atelier: Atelier) -> bool:
    return bool(await atelier.store.jobs.in_states(JobState.DELIVERED))


def ids(answer: dict[str, Any]) -> list[str]:
    return [one["id"] for one in answer["results"]]


async def test_who_has_painted_nothing_is_led_to_the_private_chat(
    atelier: Atelier, ada: Person
) -> None:
    del atelier
    answer = await ada.in_group().ask_inline()

    assert ids(answer) == EVERYTHING
    assert answer["button"] == {"text": "Paint a new one", "start_parameter": "paint"}
    assert (answer["is_personal"], answer["next_offset"]) == (True, "")
    await ada.send_text("/start paint")
    await ada.expect_text("Welcome")


async def test_a_result_is_shown_in_another_chat(
    atelier: Atelier, ada: Person, chat: ChatClient
) -> None:
    result = await painted(atelier, ada)
    group = ada.in_group()
    answer = await group.ask_inline()
    assert len(answer["results"]) == 1 + len(BUILTIN_STYLES)
    assert "button" not in answer

    shown = await group.choose_inline(answer, answer["results"][0]["id"])

    assert shown.message["via_bot"]["username"] == "atelier_bot"
    assert shown.message["photo"] == result.message["photo"]
    assert not shown.text
    # The bot, which Telegram tells of it, says nothing about it; nor of other people's results.
    assert ids(await chat.person("Ben").ask_inline()) == EVERYTHING
    assert group.said == []


async def test_a_style_is_offered_with_a_link(atelier: Atelier, ada: Person) -> None:
    del atelier
    answer = await ada.ask_inline("stained")
    assert ids(answer) == ["style-glass"]
    shown = await ada.in_group().choose_inline(answer, "style-glass")
    assert "Stained glass" in shown.text
    assert shown.buttons[0].url == "https://t.me/atelier_bot?start=style_glass"
    in_private = await ada.choose_inline(answer, "style-glass")
    await ada.send_text("/help")
    await ada.expect_text("How it works", "In any chat, write @atelier_bot")
    assert [one for one in ada.said if one.message_id > in_private.message_id] == ada.said[-1:]


async def test_only_styles_that_are_shared_already_are_offered(
    atelier: Atelier, ada: Person
) -> None:
    await painted(atelier, ada)
    (job,) = await atelier.store.jobs.in_states(JobState.DELIVERED)
    assert not [one for one in ids(await ada.ask_inline()) if "c0de" in one]
    await atelier.store.shares.add(ada.user_id, "c0de", job.style.id)
    assert "style-c0de" in ids(await ada.ask_inline())


async def test_words_are_looked_for_in_all_that_is_shown(atelier: Atelier, ada: Person) -> None:
    await painted(atelier, ada)
    for words in ("quick", "YOUR painting", "classic"):
        found = [one for one in ids(await ada.ask_inline(words)) if one.startswith("result")]
        assert len(found) == (words != "classic")
    assert (await ada.ask_inline("nothing like it"))["button"]["text"] == "Paint a new one"


async def test_many_results_come_in_pages(atelier: Atelier, ada: Person) -> None:
    result = await painted(atelier, ada)
    owner, file_id = Owner(ada.chat_id, ada.user_id), result.message["photo"][-1]["file_id"]
    store = atelier.store
    for _ in range(PAGE + 4):
        job = await a_delivered_job(store, owner)
        async with store.transaction():
            row, _, _ = await store.outbox.next_ids()
            await store.outbox.add_message(owner, row, Role.PHOTO, job_id=job.id, captioned=True)
            await store.outbox.set_file_id(row, file_id)

    first = await ada.ask_inline()
    second = await ada.ask_inline(offset=first["next_offset"])

    assert (len(first["results"]), first["next_offset"]) == (PAGE, str(PAGE))
    assert second["next_offset"] == ""
    seen = ids(first) + ids(second)
    assert len(set(seen)) == len(seen) == 1 + PAGE + 4 + len(BUILTIN_STYLES)


async def test_a_photo_that_telegram_keeps_no_longer_leaves_the_styles(
    atelier: Atelier, ada: Person
) -> None:
    await painted(atelier, ada)
    await atelier.store._database.run(
        "UPDATE messages SET file_id = 'gone' WHERE file_id IS NOT NULL"
    )
    assert ids(await ada.ask_inline()) == EVERYTHING


async def test_forgetting_leaves_nothing_to_show(atelier: Atelier, ada: Person) -> None:
    await painted(atelier, ada)
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("forget you"), "Delete everything")
    await ada.expect_text("Done")
    assert ids(await ada.ask_inline()) == EVERYTHING


async def test_a_query_is_stored_nowhere(atelier: Atelier, ada: Person) -> None:
    await ada.ask_inline("a secret")
    rows = await atelier.store._database.rows("SELECT count(*) AS kept FROM updates")
    assert rows[0]["kept"] == 0


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        ({"inline_mode": False}, []),
        ({"share_styles": False}, []),
        ({"blocked_users": frozenset({11})}, []),
    ],
)
async def test_an_operator_decides_what_is_offered(
    settings: Settings,
    painter: HeldPainter,
    ada: Person,
    change: dict[str, Any],
    offered: list[str],
) -> None:
    other = settings.model_copy(update=change)
    async with running(other, engine=engine_of(painter), overrides=BRISK):
        assert ids(await ada.ask_inline()) == offered


async def test_it_is_announced_only_where_it_is_switched_on(
    playground: Playground, settings: Settings, painter: HeldPainter, ada: Person
) -> None:
    playground.world.inline_queries.on = False
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.send_text("/help")
        assert "In any chat" not in (await ada.expect_text("How it works")).text


async def test_a_guest_is_answered_once_where_the_bot_is_no_member(
    atelier: Atelier, ada: Person
) -> None:
    result = await painted(atelier, ada)
    group = ada.in_group()
    await group.block()

    await group.send_text("What does @atelier_bot do?")
    answer = await group.expect_text("a chat of our own")
    assert answer.buttons[0].url == "https://t.me/atelier_bot?start=paint"
    await group.send_text("@atelier_bot stained glass")
    assert "Stained glass" in (await group.expect_text("Paint a photo of yours")).text
    await group.send_text("Show yourself, @atelier_bot")
    await group.expect_text("a chat of our own")
    await group.send_text("@atelier_bot your painting")
    shown = await group.expect_kind("photo")

    assert shown.message["photo"] == result.message["photo"]
    assert shown.message["guest_bot_caller_user"]["id"] == ada.user_id
    await group.send_text("Nobody talks about it")
    assert len(group.said) == 4
