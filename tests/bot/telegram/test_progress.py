"""The status message: the newest progress wins, nothing is done twice for it, and the end always arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import Overrides, running
from bot.conversation.effects import CancelJob, Edit, Send, SetButtons
from bot.conversation.events import CommandSent
from bot.messages.languages import ENGLISH
from bot.messages.status_keyboards import changes, under_status
from bot.playground.chat_rooms import GROUP_ID
from bot.playground.faults import FaultKind
from bot.playground.server import Playground
from bot.telegram import chat_sender
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.models import Person
from tests.auxil.chat import ChatClient
from tests.auxil.chats import labels, messages, struck, texts, trouble
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.ptb import limited
from tests.auxil.refusals import assert_nothing_refused
from tests.auxil.sending import ADA, Sending, sending_with
from tests.auxil.turns import heard
from tests.auxil.waiting import PATIENCE, until
from tests.bot.conftest import engine_of, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from telegram.ext import ExtBot

    from core.jobs.models import Job
    from core.jobs.store import Store
    from tests.auxil.painters import HeldPainter

PREVIEW, SMALLER = jpeg_bytes(photo(64, 48)), jpeg_bytes(photo(32, 24))
OVER = "Cancelled. Send another photo whenever you like."


@pytest.fixture
async def job(sending: Sending) -> Job:
    return await sending.running_job()


@pytest.mark.parametrize("preview", [None, PREVIEW])
async def test_a_job_has_one_message_which_shows_how_far_it_is_and_then_its_end(
    playground: Playground, sending: Sending, job: Job, preview: bytes | None
) -> None:
    for evaluation in (1, 2, 3):
        sending.show(job, evaluation, preview)
        await shown(playground, evaluation)
    (message,) = messages(playground)
    assert labels(message) == ["Quick", "Fine", "Change", "Cancel"]
    await end(sending, job)
    (message,) = messages(playground)
    assert texts(playground) == [OVER]
    assert labels(message) == ["Go on"]
    assert bool(message.photo) == bool(preview)


async def test_what_a_button_opened_under_it_stays_while_progress_is_shown(
    playground: Playground, sending: Sending, job: Job
) -> None:
    assert job.status is not None
    opened = changes(ENGLISH, job)
    await sending.commit(SetButtons(message=job.status.id, keyboard=opened, opened=True))
    for evaluation, preview in ((1, None), (2, PREVIEW)):
        sending.show(job, evaluation, preview)
        await shown(playground, evaluation)
        assert labels(messages(playground)[0])[-1] == "Back"
    closed = under_status(ENGLISH, job)
    await sending.commit(SetButtons(message=job.status.id, keyboard=closed))
    sending.show(job, 3)
    await shown(playground, 3)
    assert labels(messages(playground)[0])[-1] == "Cancel"


async def test_of_what_comes_faster_than_telegram_takes_it_the_newest_is_shown(
    playground: Playground, sending: Sending, job: Job, chat: ChatClient
) -> None:
    trouble(playground, FaultKind.SLOW, "editMessageText", seconds=10 * PATIENCE)
    for evaluation in range(1, 101):
        sending.show(job, evaluation)
        await asyncio.sleep(0)
    await until(lambda: struck(playground) > 0)
    playground.faults.clear()
    await shown(playground, 100)
    assert (await chat.counters())["calls"]["editMessageText"] <= 2


async def test_a_preview_is_shown_though_newer_words_come_before_it_was_sent(
    playground: Playground, sending: Sending, job: Job
) -> None:
    sending.show(job, 1, PREVIEW)
    await shown(playground, 1)
    sending.show(job, 2, SMALLER)
    sending.show(job, 3)
    await shown(playground, 3)
    sizes = messages(playground)[0].photo
    assert sizes is not None
    assert sizes[-1].width == 32


async def test_after_a_restart_the_same_message_goes_on_whatever_its_kind(
    playground: Playground, sending: Sending, job: Job, store: Store
) -> None:
    assert job.status is not None
    sending.show(job, 1, PREVIEW)
    await shown(playground, 1)
    # The process died before it noted that the message shows a picture by now.
    await until(lambda: not sending.outbox._senders)
    await store.outbox.set_captioned(job.status.id, captioned=False)
    sending.show(job, 2)
    await shown(playground, 2)
    await store.outbox.set_captioned(job.status.id, captioned=False)
    await end(sending, job)
    assert texts(playground) == [OVER]


async def test_a_status_that_the_person_deleted_is_written_anew(
    playground: Playground, sending: Sending, job: Job, store: Store
) -> None:
    playground.world.delete(messages(playground)[0])
    sending.show(job, 5)
    await shown(playground, 5)
    await end(sending, job)
    (message,) = messages(playground)
    assert message.text == OVER
    status = (await store.jobs.require(job.id)).status
    assert status is not None
    assert status.message_id == message.message_id


async def test_who_asks_for_the_status_again_and_again_has_one_that_becomes_the_end(
    playground: Playground, sending: Sending, job: Job
) -> None:
    asked = CommandSent(heard=heard(), name="status")
    for _ in range(3):
        await sending.happen(asked)
    await sending.all_sent()
    (message,) = messages(playground)
    await sending.happen(asked)
    await sending.all_sent()
    (again,) = messages(playground)
    assert again.message_id > message.message_id
    await end(sending, job)
    assert texts(playground) == [OVER]


async def test_a_status_that_is_called_for_while_its_progress_has_no_answer_comes_once(
    playground: Playground, sending: Sending, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, begun, goes_on = sending.outbox._parts.calls, asyncio.Event(), asyncio.Event()
    change = calls.change

    async def held_change(*args: Any) -> None:
        begun.set()
        await goes_on.wait()
        await change(*args)

    monkeypatch.setattr(calls, "change", held_change)
    sending.show(job, 1)
    await begun.wait()
    await sending.happen(CommandSent(heard=heard(), name="status"))
    await until(lambda: not messages(playground))
    monkeypatch.undo()
    goes_on.set()
    await sending.all_sent()
    sending.show(job, 2)
    await shown(playground, 2)
    assert len(messages(playground)) == 1


@pytest.mark.parametrize("preview", [None, PREVIEW])
async def test_what_says_nothing_new_is_not_said_not_even_after_a_restart(
    playground: Playground,
    api: ExtBot[str],
    store: Store,
    chat: ChatClient,
    preview: bytes | None,
) -> None:
    first, second = (Limiter(Budgets(unlimited=True)) for _ in range(2))
    async with sending_with(api, store, first, pace=0.01) as sending:
        job = await sending.running_job()
        for _ in range(2):
            sending.show(job, 1, preview)
            await shown(playground, 1)
            await until(lambda: not sending.outbox._senders)
    async with sending_with(api, store, second, pace=0.01) as sending:
        sending.show(job, 1, preview)
        await until(lambda: not sending.outbox._senders)
        sending.show(job, 2, preview)
        await shown(playground, 2)
    assert len(messages(playground)) == 1
    await assert_nothing_refused(chat)


async def test_after_a_lost_answer_nobody_knows_what_the_message_shows(
    playground: Playground, sending: Sending, job: Job
) -> None:
    sending.show(job, 1)
    await shown(playground, 1)
    trouble(playground, FaultKind.LOST_ANSWER, "editMessageText")
    sending.show(job, 2)
    await shown(playground, 2)
    await until(lambda: not sending.outbox._senders)
    sending.show(job, 1)
    await shown(playground, 1)


async def test_the_end_does_not_wait_for_the_pace(
    playground: Playground, api: ExtBot[str], store: Store, limiter: Limiter
) -> None:
    async with sending_with(api, store, limiter, pace=10 * PATIENCE) as sending:
        job = await sending.running_job()
        sending.show(job, 1)
        async with asyncio.timeout(PATIENCE):
            await end(sending, job)
    assert texts(playground) == [OVER]


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.DROP, FaultKind.LOST_ANSWER])
async def test_the_end_arrives_through_an_outage(
    playground: Playground, sending: Sending, job: Job, kind: FaultKind
) -> None:
    trouble(playground, kind, count=5)
    sending.show(job, 1)
    await end(sending, job)
    assert texts(playground) == [OVER]


async def test_an_end_that_was_not_shown_when_the_bot_stops_is_shown_at_the_next_start(
    playground: Playground, api: ExtBot[str], store: Store
) -> None:
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        job = await sending.running_job()
        trouble(playground, FaultKind.ERROR, "edit*", count=1000)
        await sending.commit(CancelJob(job_id=job.id))
        await until(lambda: struck(playground) > 0)
    assert texts(playground) == ["Preparing."]
    playground.faults.clear()
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        await sending.all_sent()
    assert texts(playground) == [OVER]


async def test_progress_that_meets_flood_control_stops_its_chat(
    playground: Playground, sending: Sending, job: Job, chat: ChatClient
) -> None:
    now = asyncio.get_running_loop().time
    trouble(playground, FaultKind.FLOOD, "editMessageText", seconds=1)
    begun = now()
    sending.show(job, 1)
    await until(lambda: struck(playground) > 0)
    await sending.commit(Send(text="later"))
    await sending.all_sent()
    assert now() - begun >= 1
    await until(lambda: "Evaluation 1 " in texts(playground)[0])
    # One met it, and none was made before its time.
    assert (await chat.counters())["calls"]["editMessageText"] == 2


async def test_progress_comes_again_after_an_outage(
    playground: Playground, sending: Sending, job: Job
) -> None:
    trouble(playground, FaultKind.ERROR, "edit*", count=3)
    sending.show(job, 1)
    await shown(playground, 1)
    assert struck(playground) == 3


async def test_an_end_does_not_pass_the_progress_before_it_which_would_overwrite_it(
    playground: Playground, store: Store
) -> None:
    limiter = Limiter(Budgets(unlimited=True))
    async with (
        limited(playground, limiter) as bot,
        sending_with(bot, store, limiter, pace=0.01) as sending,
    ):
        job = await sending.running_job()
        trouble(playground, FaultKind.SLOW, "editMessageText", seconds=2.5)
        sending.show(job, 1)
        await until(lambda: struck(playground) > 0)
        await end(sending, job)
    assert texts(playground) == [OVER]


async def test_progress_does_not_pass_an_effect_on_its_message_that_fails_for_the_moment(
    playground: Playground, sending: Sending, job: Job
) -> None:
    assert job.status is not None
    trouble(playground, FaultKind.ERROR, "editMessageText", count=3)
    await sending.commit(Edit(text="Preparing still.", message=job.status.id))
    sending.show(job, 7)
    await shown(playground, 7)
    await sending.all_sent()
    assert "Evaluation 7 " in texts(playground)[0]


async def test_progress_that_has_no_answer_yet_holds_up_nothing_else_in_its_chat(
    playground: Playground, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_sender, "PASSING_TIME", 0.2)
    limiter = Limiter(Budgets(unlimited=True))
    async with (
        limited(playground, limiter) as bot,
        sending_with(bot, store, limiter, pace=0.01) as sending,
    ):
        job = await sending.running_job()
        trouble(playground, FaultKind.SLOW, "editMessageText", seconds=10 * PATIENCE)
        sending.show(job, 1)
        await until(lambda: struck(playground) > 0)
        await sending.commit(Send(text="an answer"))
        await until(lambda: texts(playground)[-1] == "an answer")
        playground.faults.clear()


async def test_progress_after_the_end_is_not_shown(
    playground: Playground, sending: Sending, job: Job, chat: ChatClient
) -> None:
    await end(sending, job)
    edits = (await chat.counters())["calls"]["editMessageText"]
    sending.show(job, 9)
    await until(lambda: not sending.outbox._senders)
    assert texts(playground) == [OVER]
    assert (await chat.counters())["calls"]["editMessageText"] == edits


async def test_progress_goes_on_in_the_chat_that_a_group_became(
    playground: Playground, sending: Sending
) -> None:
    job = await sending.running_job(Person(GROUP_ID, ADA.user_id))
    new = playground.world.upgrade(GROUP_ID)
    sending.show(job, 3)
    moved = await until_moved(sending, job)
    sending.show(moved, 4)
    await until(lambda: "Evaluation 4 " in texts(playground, new)[-1])
    assert len([text for text in texts(playground, new) if text]) == 1


@pytest.mark.usefixtures("atelier")
async def test_a_running_job_is_seen_to_move_in_the_chat_that_its_group_became(
    chat: ChatClient, playground: Playground, painter: HeldPainter
) -> None:
    painter.hold()
    ada = chat.person("Ada").in_group()
    await ada.send_photo(jpeg_bytes(photo()), caption="/paint")
    question = await ada.expect_text("send the style picture")
    await ada.send_photo(jpeg_bytes(painting()), reply_to=question)
    await ada.press(await ada.expect_text("Choose a quality"), "Quick")
    await ada.expect_text("Evaluation 2 of")
    new = playground.world.upgrade(GROUP_ID)
    await until(lambda: any(one["id"] == new for one in chat.chats.values()))
    await chat.person("Ada").in_group().expect_text("Evaluation 2 of")


async def test_who_blocked_the_bot_is_not_called_without_end(
    playground: Playground, api: ExtBot[str], store: Store, limiter: Limiter, chat: ChatClient
) -> None:
    now, pace = asyncio.get_running_loop().time, 0.2
    async with sending_with(api, store, limiter, pace=pace) as sending:
        job = await sending.running_job()
        playground.world.block(ADA.chat_id, blocked=True)
        begun = now()
        for evaluation in range(1, 201):
            sending.show(job, evaluation)
            await asyncio.sleep(0.005)
        await end(sending, job)
        most = 2 + (now() - begun) / pace
        assert 1 <= (await chat.counters())["calls"]["editMessageText"] <= most
        playground.world.block(ADA.chat_id, blocked=False)
        assert texts(playground) == ["Preparing."]


async def test_over_a_whole_job_telegram_never_has_to_ask_for_patience(
    tmp_path: Path, painter: HeldPainter
) -> None:
    painter.hold()
    async with (
        Playground(flood_control=True) as playground,
        running(
            settings_for(playground, tmp_path),
            engine=engine_of(painter),
            overrides=Overrides(album_quiet=0.1),
        ),
        ChatClient(playground.url) as chat,
    ):
        ada = chat.person("Ada")
        await ada.send_album([jpeg_bytes(photo()), jpeg_bytes(painting())])
        await ada.press(await ada.expect_text("Choose a quality"), "Quick")
        await ada.expect_text("Evaluation 2 of")
        await ada.expect_text("Evaluation 2 of")
        painter.release()
        await ada.expect_result()
        counters = await chat.counters()
    assert not playground.flood.refused
    assert not [name for name in counters["refused"] if name.endswith("429")]


async def shown(playground: Playground, evaluation: int) -> None:
    """Wait until the chat ends with this progress."""
    await until(lambda: f"Evaluation {evaluation} " in "".join(texts(playground)[-1:]))


async def until_moved(sending: Sending, job: Job) -> Job:
    """The job once it belongs to another chat."""

    async def has_moved() -> bool:
        return (await sending.store.jobs.require(job.id)).person != job.person

    await until(has_moved)
    return await sending.store.jobs.require(job.id)


async def end(sending: Sending, job: Job) -> None:
    """Cancel a job, and wait until nothing is left to be told of it."""
    await sending.commit(CancelJob(job_id=job.id), person=job.person)
    await sending.all_sent()
