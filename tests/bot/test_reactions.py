"""The bot's eyes on a photo that has come, and a person's heart on a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram.constants import ReactionEmoji

from core.jobs.models import JobState, Style
from core.jobs.models import Person as Owner
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from bot.app import Atelier
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(200, 160))
EYES, HEART = ReactionEmoji.EYES, ReactionEmoji.RED_HEART


def asks(entry: Entry) -> bool:
    return any("preset:" in (one.data or "") for one in entry.buttons)


async def painted(atelier: Atelier, ada: Person) -> Entry:
    """A result in a style of Ada's own."""
    await ada.send_album([PHOTO, MANNER])
    await ada.press(await ada.expect(asks), "Quick")
    result = await ada.expect(lambda entry: entry.kind == "photo" and "→" in entry.text)
    await until(lambda: _delivered(atelier))
    return result


async def _delivered(atelier: Atelier) -> bool:
    return bool(await atelier.store.jobs.in_states(JobState.DELIVERED))


async def test_a_photo_that_has_come_is_seen(
    atelier: Atelier, ada: Person, chat: ChatClient
) -> None:
    sent = await ada.send_photo(PHOTO)
    await ada.expect_reaction(sent, EYES)
    assert ada.now(sent).reactions == {EYES: [atelier.application.bot.id]}
    await ada.send_text("hello")
    await ada.expect_text("words")
    assert (await chat.counters())["calls"]["setMessageReaction"] == 1


async def test_an_album_is_seen_once(atelier: Atelier, ada: Person, chat: ChatClient) -> None:
    del atelier
    first, _ = await ada.send_album([PHOTO, MANNER])
    await ada.expect_reaction(first, EYES)
    await ada.expect(asks)
    assert (await chat.counters())["calls"]["setMessageReaction"] == 1


async def test_in_a_group_only_what_is_meant_for_the_bot_is_seen(
    atelier: Atelier, ada: Person, chat: ChatClient
) -> None:
    del atelier
    group = ada.in_group()
    other = await group.send_photo(PHOTO)
    meant = await group.send_photo(PHOTO, caption="/paint@atelier_bot")
    await group.expect_reaction(meant, EYES)
    assert group.now(other).reactions == {}
    assert (await chat.counters())["calls"]["setMessageReaction"] == 1


async def test_where_nobody_may_react_everything_else_works(
    atelier: Atelier, ada: Person, chat: ChatClient
) -> None:
    del atelier
    group = ada.in_group()
    await group.allow_all_but("reactions")
    for _ in range(2):
        await group.send_photo(PHOTO, caption="/paint@atelier_bot")
        await group.expect(lambda entry: bool(entry.buttons))
    await until(lambda: _was_tried_once(chat))  # and not again there


@pytest.mark.parametrize("fault", ["flood", "error", "drop"])
async def test_a_reaction_that_fails_holds_nothing_up(
    atelier: Atelier, ada: Person, chat: ChatClient, fault: str
) -> None:
    del atelier
    await chat.switch_fault("setMessageReaction", fault, seconds=1)
    await ada.send_photo(PHOTO)
    await ada.expect(lambda entry: bool(entry.buttons))
    await until(lambda: _was_tried_once(chat))


async def _was_tried_once(chat: ChatClient) -> bool:
    """Nothing waits for a reaction, so it may come after what is waited for."""
    return (await chat.counters())["calls"].get("setMessageReaction") == 1


async def test_a_heart_on_a_result_keeps_its_style(atelier: Atelier, ada: Person) -> None:
    result = await painted(atelier, ada)
    await ada.react(result, ReactionEmoji.FIRE)
    await ada.react(result, HEART)
    told = await ada.expect_text("Favourite 1")
    assert told.raw["silent"]
    (style,) = await _styles(atelier, ada)
    assert (style.name, style.kept) == ("Favourite 1", True)
    said = len(ada.said)

    await ada.react(result, None)
    await ada.react(result, HEART)
    await ada.send_text("/status")
    await ada.expect_text("")

    assert len(ada.said) == said + 1, "nothing more is said about what is kept"
    assert len(await _styles(atelier, ada)) == 1


async def _styles(atelier: Atelier, ada: Person) -> tuple[Style, ...]:
    return await atelier.store.styles.of(Owner(ada.chat_id, ada.user_id))
