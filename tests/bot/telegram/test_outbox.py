"""The outbox as a whole: chats do not wait for each other, and answers to buttons wait for no chat."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import AnswerPress, Resume, Send, outbox_effects
from bot.messages.inline_keyboard import Button
from bot.playground.faults import FaultKind
from bot.playground.server import Playground
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.models import Role
from core.pictures.codec import to_png
from tests.auxil.chats import struck, texts, trouble
from tests.auxil.pictures import painting, photo
from tests.auxil.ptb import limited
from tests.auxil.sending import ADA, BEN, MEI, Sending, sending_with
from tests.auxil.sessions import a_picture, ready, submit
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram.ext import ExtBot

    from core.jobs.store import Store
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

BUTTON = Button("A button", "data")


@pytest.fixture
async def strict() -> AsyncIterator[Playground]:
    """A Telegram whose limits hold."""
    async with Playground(flood_control=True) as playground:
        yield playground


@pytest.fixture
async def careful(strict: Playground, store: Store) -> AsyncIterator[Sending]:
    """Keeps to Telegram's limits."""
    limiter = Limiter(Budgets())
    async with (
        limited(strict, limiter) as bot,
        sending_with(bot, store, limiter, pauses=(0.01,)) as sending,
    ):
        yield sending


async def test_many_messages_into_one_chat_are_spread_so_that_none_is_refused(
    strict: Playground, careful: Sending
) -> None:
    for number in range(5):
        await careful.commit(Send(text=f"{number}"))
    await careful.all_sent()
    assert texts(strict) == [f"{number}" for number in range(5)]
    assert not strict.flood.refused


async def test_flood_control_stops_no_other_chat(playground: Playground, sending: Sending) -> None:
    trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=10 * PATIENCE)
    await sending.commit(Send(text="stopped"))
    await until(lambda: struck(playground) == 1)
    await sending.commit(Send(text="meanwhile"), person=MEI)
    await until(lambda: texts(playground, MEI.chat_id) == ["meanwhile"])
    assert texts(playground) == []


async def test_flood_control_stops_its_chat_until_its_time_is_over(
    playground: Playground, sending: Sending, chat: ChatClient
) -> None:
    now = asyncio.get_running_loop().time
    trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=1)
    begun = now()
    await sending.commit(Send(text="first"))
    await until(lambda: struck(playground) == 1)
    await sending.commit(Send(text="second"))
    await sending.all_sent()
    assert now() - begun >= 1
    assert texts(playground) == ["first", "second"]
    # One call met it, and none was made before its time.
    assert (await chat.counters())["calls"]["sendMessage"] == 1 + 2


async def test_flood_control_for_the_whole_bot_is_met_by_two_chats_and_waited_for_by_all(
    playground: Playground, sending: Sending
) -> None:
    now = asyncio.get_running_loop().time
    refused = playground.flood.refused
    trouble(playground, FaultKind.FLOOD_ALL, "sendMessage", seconds=1)
    begun = now()
    await sending.commit(Send(text="x"), person=ADA)
    await until(lambda: refused[ADA.chat_id] == 1)
    await sending.commit(Send(text="x"), person=MEI)
    await until(lambda: refused[MEI.chat_id] == 1)
    await sending.commit(Send(text="x"), person=BEN)
    await sending.all_sent()
    assert now() - begun >= 1
    assert refused == {ADA.chat_id: 1, MEI.chat_id: 1}
    assert [texts(playground, one.chat_id) for one in (ADA, MEI, BEN)] == [["x"]] * 3


async def test_a_chat_that_another_program_flooded_is_not_called_before_its_time(
    strict: Playground, careful: Sending
) -> None:
    async with limited(strict, Limiter(Budgets(unlimited=True))) as spender:
        while not strict.flood.refused:
            call = spender.send_message(ADA.chat_id, "x", rate_limit_args="paid")
            await asyncio.gather(call, return_exceptions=True)
    refused = strict.flood.refused[ADA.chat_id]
    await careful.commit(Send(text="after all"))
    await careful.all_sent()
    assert texts(strict)[-1] == "after all"
    assert strict.flood.refused[ADA.chat_id] <= refused + 1


async def test_what_an_earlier_process_left_is_sent(
    playground: Playground, api: ExtBot[str], store: Store, limiter: Limiter
) -> None:
    for person in (ADA, MEI):
        effect = outbox_effects.dump_json(Send(text="left")).decode()
        await store.outbox.add(person, effect, turn=1)
    async with sending_with(api, store, limiter) as sending:
        await sending.all_sent()
    assert [texts(playground, person.chat_id) for person in (ADA, MEI)] == [["left"]] * 2


async def test_two_styles_of_an_album_that_look_alike_are_remembered_as_one(
    sending: Sending, store: Store
) -> None:
    pictures = [to_png(one) for one in (painting(96, 80), painting(96, 80), photo(64, 64))]
    session = await ready(store, ADA, style=pictures[0])
    further = tuple([await a_picture(store, ADA, one) for one in pictures[1:]])
    job = await submit(store, replace(session, further=further), ADA)
    await sending.commit(Resume(what="style", job_id=job.id))
    await sending.all_sent()
    remembered = {style.picture for style in await store.styles.of(ADA)}
    assert remembered == {job.style, further[1]}


async def test_what_is_due_later_is_sent_then(playground: Playground, sending: Sending) -> None:
    now = asyncio.get_running_loop().time
    begun = now()
    await sending.commit(Send(text="in a moment", delay=0.4))
    await sending.commit(Send(text="at once"))
    await sending.all_sent()
    assert now() - begun >= 0.4
    assert texts(playground) == ["at once", "in a moment"]


async def test_a_question_waits_while_another_picture_of_its_person_is_being_fetched(
    playground: Playground, sending: Sending
) -> None:
    with sending.outbox.hold_question(ADA), sending.outbox.hold_question(ADA):
        message = await sending.new_message()
        await sending.commit(Send(text="a question", message=message, role=Role.QUESTION))
        await sending.commit(Send(text="no question"))
        await sending.commit(Send(text="to Mei"), person=MEI)
        await until(lambda: bool(texts(playground, MEI.chat_id)))
        await until(lambda: texts(playground) == ["no question"])
    await sending.all_sent()
    assert texts(playground) == ["no question", "a question"]


@pytest.mark.parametrize("kind", [FaultKind.FLOOD, FaultKind.ERROR])
async def test_a_press_is_answered_whatever_happens_in_its_chat(
    playground: Playground, sending: Sending, ada: Person, kind: FaultKind
) -> None:
    await sending.commit(Send(text="with a button", keyboard=((BUTTON,),)))
    shown = await ada.expect_text("with a button")
    trouble(playground, kind, "sendMessage", seconds=10 * PATIENCE, count=10_000)
    await sending.commit(Send(text="stuck"))
    await until(lambda: struck(playground) > 0)
    query = await ada.press(shown, "A button")
    sending.outbox.answer(AnswerPress(query_id=query, text="Saved.", alert=True))
    assert await ada.expect_alert(query) == "Saved."


async def test_a_press_is_answered_through_an_outage(
    playground: Playground, sending: Sending, ada: Person
) -> None:
    await sending.commit(Send(text="with a button", keyboard=((BUTTON,),)))
    query = await ada.press(await ada.expect_text("with a button"), "A button")
    trouble(playground, FaultKind.ERROR, "answerCallbackQuery", count=3)
    sending.outbox.answer(AnswerPress(query_id=query))
    assert await ada.expect_answer(query) == ""


async def test_a_press_that_cannot_be_answered_any_more_does_no_harm(
    playground: Playground, sending: Sending
) -> None:
    sending.outbox.answer(AnswerPress(query_id="of yesterday"))
    await sending.commit(Send(text="goes on"))
    await sending.all_sent()
    assert texts(playground) == ["goes on"]


async def test_what_is_stored_nowhere_is_sent_once_whatever_comes_of_it(
    playground: Playground, sending: Sending, chat: ChatClient
) -> None:
    trouble(playground, FaultKind.ERROR, "sendMessage")
    for text in ("lost", "sent"):
        await sending.outbox.send_now(ADA.chat_id, Send(text=text))
    assert texts(playground) == ["sent"]
    assert (await chat.counters())["calls"]["sendMessage"] == 2
