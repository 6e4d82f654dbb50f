"""Sending while the network or Telegram fails: what is repeated, what is not, and what waits for the next start."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram.request import HTTPXRequest

from bot.conversation.effects import Edit, Send
from bot.playground.faults import FaultKind
from bot.playground.server import Playground
from bot.telegram import chat_sender
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.models import Role
from core.jobs.store import Store
from tests.auxil.chats import struck, texts, trouble
from tests.auxil.ptb import limited
from tests.auxil.sending import ADA, BEN, MEI, Sending, sending_with
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from pathlib import Path

    from telegram.ext import ExtBot

    from tests.auxil.chat import ChatClient

DOUBT = "may or may not have reached you"


@pytest.mark.parametrize("status", [401, 404, 500, 502, 503])
@pytest.mark.parametrize("once", [False, True])
async def test_errors_that_pass_are_repeated_until_it_works(
    playground: Playground, sending: Sending, status: int, once: bool
) -> None:
    trouble(playground, FaultKind.ERROR, "sendMessage", status=status, count=3)
    await sending.commit(Send(text="after all", once=once))
    await sending.all_sent()
    assert texts(playground) == ["after all"]
    assert struck(playground) == 3


async def test_the_pauses_grow(playground: Playground, api: ExtBot[str], store: Store) -> None:
    limiter = Limiter(Budgets(unlimited=True))
    now = asyncio.get_running_loop().time
    async with sending_with(api, store, limiter, pauses=(0.1, 0.4)) as sending:
        trouble(playground, FaultKind.ERROR, "sendMessage", count=3)
        begun = now()
        await sending.commit(Send(text="after all"))
        await sending.all_sent()
    assert now() - begun >= 0.1 + 0.4 + 0.4


async def test_what_becomes_due_while_the_outbox_is_being_read_is_not_overlooked(
    playground: Playground, api: ExtBot[str], limiter: Limiter, tmp_path: Path
) -> None:
    begin, reads = datetime(2026, 1, 1, tzinfo=UTC), itertools.count()
    clock = lambda: begin + timedelta(milliseconds=5 * next(reads))  # noqa: E731
    async with (
        await Store.open(tmp_path / "ticking.db", clock=clock) as store,
        sending_with(api, store, limiter, pauses=(0.01,)) as sending,
    ):
        trouble(playground, FaultKind.ERROR, "sendMessage")
        await sending.commit(Send(text="after all"))
        await sending.all_sent()


async def test_refused_connections_are_repeated_until_the_server_is_back(store: Store) -> None:
    limiter = Limiter(Budgets(unlimited=True))
    async with AsyncExitStack() as stack:
        async with Playground() as first:
            port, token = first.port, first.token
            bot = await stack.enter_async_context(limited(first, limiter))
        sending = await stack.enter_async_context(sending_with(bot, store, limiter, pauses=(0.01,)))
        await sending.commit(Send(text="after all", once=True))

        async def was_tried() -> bool:
            row = await store.outbox.next(ADA.chat_id)
            return row is not None and row.tries > 2

        await until(was_tried)
        second = await stack.enter_async_context(Playground(port=port, token=token))
        await sending.all_sent()
        assert texts(second) == ["after all"]


@pytest.mark.parametrize(
    ("kind", "how", "arrives"),
    [
        (FaultKind.LOST_ANSWER, {}, True),
        (FaultKind.DROP, {}, False),
        (FaultKind.ERROR, {"status": 504}, False),
    ],
)
async def test_a_once_message_without_an_answer_is_not_sent_twice_but_told(
    playground: Playground,
    sending: Sending,
    chat: ChatClient,
    kind: FaultKind,
    how: dict[str, Any],
    arrives: bool,
) -> None:
    trouble(playground, kind, "sendMessage", **how)
    await sending.commit(Send(text="once", once=True), Send(text="behind it"))
    await sending.all_sent()
    *before, told = texts(playground)
    assert before == ["once"] * arrives
    assert DOUBT in told
    assert (await chat.counters())["calls"]["sendMessage"] == 2


async def test_a_once_message_whose_answer_takes_too_long_is_not_sent_twice_but_told(
    playground: Playground,
    api: ExtBot[str],
    sending: Sending,
    chat: ChatClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert isinstance(api.request, HTTPXRequest)
    trouble(playground, FaultKind.SLOW, "sendMessage", seconds=10 * PATIENCE)
    monkeypatch.setattr(api.request._client, "timeout", httpx.Timeout(PATIENCE, read=0.5))
    await sending.commit(Send(text="once", once=True))
    await until(lambda: struck(playground) == 1)
    monkeypatch.undo()  # What it tells is waited for.
    await sending.all_sent()
    assert DOUBT in texts(playground)[0]
    assert (await chat.counters())["calls"]["sendMessage"] == 2


async def test_a_message_that_may_stand_there_twice_is_repeated(
    playground: Playground, sending: Sending
) -> None:
    trouble(playground, FaultKind.LOST_ANSWER, "sendMessage")
    await sending.commit(Send(text="a question"))
    await sending.all_sent()
    assert texts(playground) == ["a question"] * 2


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.DROP, FaultKind.LOST_ANSWER])
async def test_an_edit_is_repeated_whether_or_not_the_first_one_arrived(
    playground: Playground, sending: Sending, kind: FaultKind
) -> None:
    message = await sending.new_message()
    await sending.commit(Send(text="old", message=message, role=Role.QUESTION))
    await sending.all_sent()
    trouble(playground, kind, "editMessageText")
    await sending.commit(Edit(text="new", message=message))
    await sending.all_sent()
    assert texts(playground) == ["new"]


async def test_closing_ends_the_waits_for_a_server_a_chat_and_a_budget(
    playground: Playground, api: ExtBot[str], store: Store, chat: ChatClient
) -> None:
    limiter = Limiter(Budgets())
    async with sending_with(api, store, limiter, pauses=(10 * PATIENCE,)) as sending:
        trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=10 * PATIENCE)
        await sending.commit(Send(text="flooded"))
        await until(lambda: struck(playground) == 1)
        trouble(playground, FaultKind.ERROR, "sendMessage")
        await sending.commit(Send(text="failed"), person=MEI)
        await until(lambda: struck(playground) == 2)
        for number in range(8):
            await sending.commit(Send(text=f"{number}"), person=BEN)
        await until(lambda: len(texts(playground, BEN.chat_id)) >= 2)
        async with asyncio.timeout(PATIENCE):
            limiter.close()
            await sending.outbox.close()
        made = (await chat.counters())["calls"]["sendMessage"]
        await sending.commit(Send(text="too late"), person=MEI)
    assert (await chat.counters())["calls"]["sendMessage"] == made

    sent = texts(playground, BEN.chat_id)
    assert sent == [f"{number}" for number in range(len(sent))]
    later = Limiter(Budgets(unlimited=True), pauses=(0.01,))
    async with (
        limited(playground, later) as bot,
        sending_with(bot, store, later, pauses=(0.01,)),
    ):
        await until(lambda: len(texts(playground, BEN.chat_id)) == 8)
    assert texts(playground, BEN.chat_id) == [f"{number}" for number in range(8)]


async def test_a_call_under_way_at_shutdown_comes_to_its_end(
    playground: Playground, sending: Sending, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_sender, "PASSING_TIME", 0.05)
    monkeypatch.setattr(chat_sender, "CLOSING_TIME", PATIENCE)
    trouble(playground, FaultKind.SLOW, "sendMessage", seconds=0.3)
    await sending.commit(Send(text="once", once=True))
    await until(lambda: struck(playground) > 0)
    sending.limiter.close()
    await sending.outbox.close()
    assert texts(playground) == ["once"]
    assert await store.outbox.chats() == []
