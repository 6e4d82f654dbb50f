"""Inline queries: asked in a chat, answered by the bot, and a result sent there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.error import BadRequest

from tests.auxil.chat import RefusedError
from tests.auxil.pictures import encoded
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from telegram import Bot, InlineQuery

    from bot.playground.server import Playground
    from tests.auxil.person import Person


def article(number: int = 1) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        f"a{number}", "Glass", InputTextMessageContent("<b>Glass</b>", parse_mode="HTML")
    )


async def asked(bot: Bot, person: Person, query: str = "") -> tuple[InlineQuery, asyncio.Task[Any]]:
    """The query as the bot gets it, and the answer that the person waits for."""
    waiting = asyncio.create_task(person.ask_inline(query, offset="20"))
    (update,) = await bot.get_updates(timeout=int(PATIENCE))
    assert update.inline_query is not None
    return update.inline_query, waiting


async def test_a_query_and_its_answer(bot: Bot, ada: Person) -> None:
    query, waiting = await asked(bot, ada.in_group(), "glass")
    assert (query.query, query.offset, query.chat_type) == ("glass", "20", "group")
    assert query.from_user.id == ada.user_id

    button = InlineQueryResultsButton("Paint", start_parameter="paint")
    await query.answer([article()], cache_time=5, is_personal=True, button=button)

    answer = await waiting
    assert [one["title"] for one in answer["results"]] == ["Glass"]
    assert (answer["cache_time"], answer["is_personal"]) == (5, True)
    assert answer["button"]["start_parameter"] == "paint"
    with pytest.raises(BadRequest, match="uery is too old"):
        await query.answer([article()])


async def test_a_chosen_result_is_the_persons_message_by_way_of_the_bot(
    bot: Bot, ada: Person
) -> None:
    sent = await bot.send_photo(ada.chat_id, encoded())
    query, waiting = await asked(bot, ada)
    photo = InlineQueryResultCachedPhoto("p", sent.photo[-1].file_id, caption="Look")
    await query.answer([photo, article()])
    answer, group = await waiting, ada.in_group()

    shown = await group.choose_inline(answer, "p")
    words = await group.choose_inline(answer, "a1")

    assert (shown.sender, shown.kind, shown.text) == ("Ada", "photo", "Look")
    assert words.html == "<b>Glass</b>"
    # Such messages reach a bot in privacy mode, too.
    updates = await bot.get_updates(offset=-2)
    told = [one.message.via_bot.id for one in updates if one.message and one.message.via_bot]
    assert told == [bot.id, bot.id]
    with pytest.raises(RefusedError, match="gone"):
        await group.choose_inline(answer, "q")


@pytest.mark.parametrize(
    ("results", "options", "why"),
    [
        ([article(number) for number in range(51)], {}, "Results_too_much"),
        ([article(), article()], {}, "Result_id_duplicate"),
        ([InlineQueryResultCachedPhoto("p", "nothing")], {}, "rong file identifier"),
        ([], {"next_offset": "x" * 65}, "Next_offset_invalid"),
        ([], {"button": InlineQueryResultsButton("x", start_parameter="a b")}, "Start_param"),
    ],
)
async def test_what_telegram_refuses(
    bot: Bot,
    ada: Person,
    mistaken: None,
    results: list[Any],
    options: dict[str, Any],
    why: str,
) -> None:
    del mistaken
    query, waiting = await asked(bot, ada)
    with pytest.raises(BadRequest, match=why):
        await query.answer(results, **options)
    await query.answer([])
    assert (await waiting)["results"] == []


async def test_inline_mode_is_a_bot_s_own_choice(
    playground: Playground, bot: Bot, ada: Person
) -> None:
    assert (await bot.get_me()).supports_inline_queries
    playground.world.inline_queries.on = False
    assert not (await bot.get_me()).supports_inline_queries
    with pytest.raises(RefusedError, match="no inline mode"):
        await ada.ask_inline()
