"""A chat's sender: what keeps its order, what passes, and what is not sent any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.conversation.effects import (
    Delete,
    Edit,
    ForgetPerson,
    ResultImage,
    Send,
    SetButtons,
    StyleImage,
    outbox_effects,
)
from bot.messages.inline_keyboard import Button
from bot.playground.chat_rooms import GROUP_ID
from bot.playground.faults import FaultKind
from bot.telegram import chat_sender, sender_parts
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from bot.telegram.row_sender import MAX_TRIES
from core.jobs.job_errors import StoreBusyError
from core.jobs.models import Person, Role
from core.pictures.builtin_styles import BUILTIN_STYLES
from tests.auxil.chats import kinds, labels, messages, struck, texts, trouble
from tests.auxil.ptb import limited
from tests.auxil.refusals import assert_nothing_refused
from tests.auxil.sending import ADA, MEI, Sending, sending_with
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.playground.server import Playground
    from bot.telegram.attachments import Attachments
    from core.jobs.store import Store
    from tests.auxil.chat import ChatClient

STYLE = StyleImage(builtin=BUILTIN_STYLES[0])
BUTTONS = ((Button("A button", "data"),),)


class Gate:
    """Where calls wait for their budget until the test opens it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.open = asyncio.Event()

    async def spend(self, _chat: object) -> None:
        self.waiting += 1
        await self.open.wait()


@pytest.fixture
def gate(limiter: Limiter, monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    monkeypatch.setattr(limiter.budgets, "spend", gate.spend)
    return gate


@pytest.fixture
async def patient(
    playground: Playground, store: Store, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sending]:
    """Waits for answers for a long time, and lets others pass soon."""
    monkeypatch.setattr(chat_sender, "PASSING_TIME", 0.2)
    monkeypatch.setattr(chat_sender, "CLOSING_TIME", 0.2)
    limiter = Limiter(Budgets(unlimited=True))
    async with (
        limited(playground, limiter) as bot,
        sending_with(bot, store, limiter, pace=0.01, pauses=(0.01,)) as sending,
    ):
        yield sending


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.DROP, FaultKind.FLOOD])
async def test_the_effects_of_one_turn_keep_their_order_whatever_fails(
    playground: Playground, sending: Sending, kind: FaultKind
) -> None:
    trouble(playground, kind, "sendMessage", seconds=1)
    await sending.commit(*(Send(text=f"{number}") for number in range(1, 4)))
    await sending.all_sent()
    assert texts(playground) == ["1", "2", "3"]


async def test_the_effects_on_one_message_keep_their_order_over_several_turns(
    playground: Playground, sending: Sending
) -> None:
    message = await sending.new_message()
    trouble(playground, FaultKind.ERROR, "sendMessage", count=3)
    trouble(playground, FaultKind.ERROR, "editMessageText", count=3)
    await sending.commit(Send(text="old", message=message, role=Role.QUESTION))
    await sending.commit(Edit(text="newer", message=message))
    await sending.commit(Edit(text="newest", message=message))
    await sending.commit(SetButtons(message=message, keyboard=BUTTONS))
    await sending.all_sent()
    (shown,) = messages(playground)
    assert (shown.text, labels(shown)) == ("newest", ["A button"])


async def test_the_effects_of_other_turns_pass_one_that_fails_for_the_moment(
    playground: Playground, sending: Sending
) -> None:
    trouble(playground, FaultKind.ERROR, "sendPhoto", count=10_000)
    await sending.commit(Send(text="stuck", attachment=STYLE), Send(text="behind it"))
    await until(lambda: struck(playground) > 0)
    await sending.commit(Send(text="later"))
    await until(lambda: texts(playground) == ["later"])
    playground.faults.clear()
    await sending.all_sent()
    assert texts(playground) == ["later", "stuck", "behind it"]


async def test_the_effects_of_other_turns_pass_a_call_that_has_no_answer_yet(
    playground: Playground, patient: Sending
) -> None:
    trouble(playground, FaultKind.SLOW, "sendMessage", seconds=10 * PATIENCE)
    await patient.commit(Send(text="hangs"), Send(text="behind it"))
    await until(lambda: struck(playground) > 0)
    await patient.commit(Send(text="later"))
    await until(lambda: texts(playground) == ["later"])
    playground.faults.clear()
    await patient.all_sent()
    assert texts(playground) == ["later", "hangs", "behind it"]


async def test_a_chat_waits_for_an_answer_a_while_before_others_pass(
    playground: Playground, patient: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_sender, "PASSING_TIME", PATIENCE)
    trouble(playground, FaultKind.SLOW, "sendMessage", seconds=0.3)
    for text in ("first", "second"):
        await patient.commit(Send(text=text))
    await patient.all_sent()
    assert texts(playground) == ["first", "second"]


async def test_a_question_that_was_not_sent_yet_is_not_sent_when_a_newer_one_replaces_it(
    playground: Playground, sending: Sending, store: Store
) -> None:
    async def postponed() -> bool:
        return struck(playground) > 0 and await store.outbox.next(ADA.chat_id) is None

    trouble(playground, FaultKind.FLOOD, "sendMessage", seconds=1)
    await ask(sending, "old")
    await until(postponed)
    await ask(sending, "new")
    await sending.all_sent()
    assert texts(playground) == ["new"]


async def test_a_question_that_waits_for_its_budget_is_not_sent_when_a_newer_one_replaces_it(
    playground: Playground, sending: Sending, gate: Gate
) -> None:
    await ask(sending, "old")
    await until(lambda: gate.waiting > 0)
    await ask(sending, "new")
    gate.open.set()
    await sending.all_sent()
    assert texts(playground) == ["new"]


async def test_a_question_under_way_loses_its_buttons_when_a_newer_one_replaces_it(
    playground: Playground, sending: Sending
) -> None:
    trouble(playground, FaultKind.SLOW, "sendMessage", seconds=0.3)
    await ask(sending, "old")
    await until(lambda: struck(playground) > 0)
    await ask(sending, "new")
    await sending.all_sent()
    assert texts(playground) == ["old", "new"]
    assert [labels(one) for one in messages(playground)] == [[], ["A button"]]


async def test_to_somebody_who_is_forgotten_meanwhile_nothing_is_sent(
    playground: Playground, sending: Sending, gate: Gate
) -> None:
    await sending.commit(Send(text="too late"))
    await until(lambda: gate.waiting > 0)
    await sending.commit(ForgetPerson())
    gate.open.set()
    await sending.commit(Send(text="to Mei"), person=MEI)
    await sending.all_sent()
    assert texts(playground, MEI.chat_id) == ["to Mei"]
    assert texts(playground) == []


async def test_what_telegram_refuses_is_dropped_and_the_rest_of_the_turn_goes_on(
    playground: Playground, sending: Sending
) -> None:
    trouble(playground, FaultKind.ERROR, "sendMessage", status=400)
    await sending.commit(Send(text="refused"), Send(text="behind it"))
    await sending.all_sent()
    assert texts(playground) == ["behind it"]


async def test_somebody_who_blocked_the_bot_costs_one_call_an_effect(
    playground: Playground, sending: Sending
) -> None:
    playground.world.block(ADA.chat_id, blocked=True)
    await sending.commit(Send(text="1"), Send(text="2"))
    await sending.commit(Send(text="to Mei"), person=MEI)
    await sending.all_sent()
    assert texts(playground, MEI.chat_id) == ["to Mei"]
    playground.world.block(ADA.chat_id, blocked=False)
    await sending.commit(Send(text="3"))
    await sending.all_sent()
    assert texts(playground) == ["3"]


async def test_a_message_that_is_gone_is_sent_anew_if_another_should_take_its_place(
    playground: Playground, sending: Sending
) -> None:
    message = await sending.new_message()
    await sending.commit(Send(text="old", message=message, role=Role.QUESTION))
    await sending.all_sent()
    playground.world.delete(messages(playground)[0])
    instead = Send(text="instead", message=message, role=Role.QUESTION)
    await sending.commit(Edit(text="new", message=message, otherwise=instead))
    await sending.commit(Edit(text="newer", message=message))
    await sending.all_sent()
    assert texts(playground) == ["newer"]
    assert await sending.message_id(message) == messages(playground)[0].message_id


async def test_what_would_change_a_message_that_is_gone_is_dropped(
    playground: Playground, sending: Sending
) -> None:
    message = await sending.new_message()
    await sending.commit(Send(text="old", message=message, role=Role.QUESTION))
    await sending.all_sent()
    playground.world.delete(messages(playground)[0])
    changes = (
        Edit(text="new", message=message),
        SetButtons(message=message),
        Delete(message=message),
    )
    await sending.commit(*changes, Send(text="behind them"))
    await sending.all_sent()
    assert texts(playground) == ["behind them"]


@pytest.mark.parametrize("has_row", [True, False])
async def test_an_edit_that_changes_nothing_is_not_made(
    sending: Sending, chat: ChatClient, has_row: bool
) -> None:
    message = await sending.new_message()
    await sending.commit(Send(text="old", message=message, role=Role.QUESTION, attachment=STYLE))
    await sending.all_sent()
    at: dict[str, Any] = {"message": message}
    if not has_row:
        at = {"message_id": await sending.message_id(message), "captioned": True}
    changes: list[Edit | SetButtons] = [
        Edit(text="old", **at),
        Edit(text="new", keyboard=BUTTONS, **at),
        Edit(text="new", keyboard=BUTTONS, attachment=STYLE, **at),
        SetButtons(message=message, keyboard=BUTTONS),
        SetButtons(message=message),
        Edit(text="new", **at),
        Edit(text="old", **at),
    ]
    for change in changes:
        await sending.commit(change)
        await sending.all_sent()
    calls = (await chat.counters())["calls"]
    assert {name: calls[name] for name in calls if name.startswith("edit")} == {
        "editMessageCaption": 2,
        "editMessageReplyMarkup": 1,
    }
    await assert_nothing_refused(chat)


@pytest.mark.parametrize("attachment", [None, STYLE])
@pytest.mark.parametrize("has_row", [True, False])
async def test_whether_a_message_shows_a_picture_is_learned_if_it_was_not_known(
    playground: Playground, sending: Sending, attachment: StyleImage | None, has_row: bool
) -> None:
    message, supposed = await sending.new_message(), attachment is None
    await sending.commit(
        Send(text="old", message=message, role=Role.QUESTION, attachment=attachment)
    )
    await sending.all_sent()
    await sending.store.outbox.set_captioned(message, captioned=supposed)
    edit = (
        Edit(text="new", message=message)
        if has_row
        else Edit(text="new", message_id=await sending.message_id(message), captioned=supposed)
    )
    await sending.commit(edit)
    await sending.all_sent()
    assert texts(playground) == ["new"]


async def test_what_waits_goes_along_into_the_chat_that_a_group_became(
    playground: Playground, sending: Sending
) -> None:
    new = playground.world.upgrade(GROUP_ID)
    await sending.commit(Send(text="1"), Send(text="2"), person=Person(GROUP_ID, ADA.user_id))
    await sending.all_sent()
    assert [text for text in texts(playground, new) if text] == ["1", "2"]


async def test_a_picture_that_is_not_kept_any_more_is_told(
    playground: Playground, sending: Sending
) -> None:
    message = await sending.new_message()
    gone = ResultImage(job_id=99)
    await sending.commit(Send(text="shown", message=message, role=Role.QUESTION))
    await sending.commit(Send(text="gone", attachment=gone), Send(text="about it"))
    await sending.commit(Edit(text="gone", message=message, attachment=gone))
    await sending.all_sent()
    shown, told = texts(playground)
    assert shown == "shown"
    assert "do not have these pictures any more" in told


async def test_a_store_that_fails_for_the_moment_loses_nothing(
    playground: Playground, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 2
    attachments: Attachments = sending.outbox._parts.calls._attachments
    render = attachments.render

    async def fail_at_first(attachment: StyleImage) -> bytes:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise StoreBusyError
        return await render(attachment)

    monkeypatch.setattr(attachments, "render", fail_at_first)
    monkeypatch.setattr(sender_parts, "STORE_PAUSE", 0.01)
    await sending.commit(Send(text="a picture", attachment=STYLE))
    await sending.all_sent()
    assert kinds(playground) == ["photo"]


async def test_a_store_that_takes_nothing_is_asked_again(
    playground: Playground,
    sending: Sending,
    gate: Gate,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sender_parts, "STORE_PAUSE", 0.01)
    await sending.commit(Send(text="after all"))
    await until(lambda: gate.waiting > 0)
    await store._database.pragma("PRAGMA query_only = ON")
    gate.open.set()
    await until(lambda: "cannot be written" in caplog.text)
    assert texts(playground) == []
    await store._database.pragma("PRAGMA query_only = OFF")
    await sending.all_sent()
    assert texts(playground) == ["after all"]


async def test_what_breaks_for_a_reason_that_nobody_foresaw_is_given_up_in_time(
    playground: Playground, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0
    calls = sending.outbox._parts.calls
    send = calls.send

    async def break_at_one(chat_id: int, effect: Send) -> object:
        nonlocal tried
        if effect.text == "bad":
            tried += 1
            raise ZeroDivisionError("secret detail")
        return await send(chat_id, effect)

    monkeypatch.setattr(calls, "send", break_at_one)
    await sending.store.outbox.add(ADA, "{", turn=-1)
    await sending.commit(Send(text="bad"), Send(text="behind it"))
    await sending.commit(Send(text="later"))
    await sending.all_sent()
    assert sorted(texts(playground)) == ["behind it", "later"]
    assert tried == MAX_TRIES


async def test_what_was_being_sent_at_a_kill_and_may_be_sent_twice_is_sent_again(
    playground: Playground, sending: Sending, store: Store
) -> None:
    async with store.transaction():
        effect = outbox_effects.dump_json(Send(text="a question")).decode()
        await store.outbox.add(ADA, effect, turn=1)
        assert await store.outbox.begin(1)
    sending.outbox.wake(ADA.chat_id)
    await sending.all_sent()
    assert texts(playground) == ["a question"]


async def ask(sending: Sending, text: str) -> None:
    """Ask a question in place of the one before it."""
    message = await sending.new_message()
    send = Send(text=text, message=message, role=Role.QUESTION, keyboard=BUTTONS)
    before = [SetButtons(message=message - 1)] if message > 1 else []
    await sending.commit(*before, send)
