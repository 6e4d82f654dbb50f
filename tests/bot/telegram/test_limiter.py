"""Calls that the outbox does not make: answers to buttons, files, the bot's profile."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.playground.faults import Fault, FaultKind
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import ANSWERABLE, PAID, ClosedError, Limiter, is_refusal
from tests.auxil.ptb import limited
from tests.auxil.virtual_time import run_virtually
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.playground.server import Playground

ADA = 11


class Answers:
    """A call that fails with each of these errors in turn, then works; ``made`` are the times of its tries."""

    def __init__(self, *errors: TelegramError) -> None:
        self.made: list[float] = []
        self._errors = list(errors)

    async def __call__(self) -> bool:
        self.made.append(asyncio.get_running_loop().time())
        if self._errors:
            raise self._errors.pop(0)
        return True


def made_by(
    limiter: Limiter, call: Answers, endpoint: str = "answerCallbackQuery", *, paid: bool = False
) -> Coroutine[Any, Any, Any]:
    return limiter.process_request(call, (), {}, endpoint, {}, PAID if paid else None)


def test_presses_are_answered_and_files_fetched_however_many_messages_wait() -> None:
    async def come() -> tuple[float, float, bool]:
        limiter, now = Limiter(Budgets()), asyncio.get_running_loop().time
        crowd = asyncio.gather(
            *(limiter.budgets.spend(limiter.budgets.of(chat_id)) for chat_id in range(1, 201))
        )
        await asyncio.sleep(0)
        calls = [("answerCallbackQuery", 10), ("getFile", 10), ("getChatMember", 5)]
        await asyncio.gather(
            *(
                made_by(limiter, Answers(), endpoint)
                for endpoint, count in calls
                for _ in range(count)
            )
        )
        answered, overtook = now(), not crowd.done()
        # They have a budget all the same, so that nobody calls this a flood.
        await asyncio.gather(*(made_by(limiter, Answers()) for _ in range(25)))
        later = now()
        await crowd
        return answered, later, overtook

    answered, later, overtook = run_virtually(come())

    assert answered < 0.1
    assert overtook
    assert later >= 0.9


def test_a_call_is_repeated_with_growing_pauses_until_it_works() -> None:
    async def call() -> list[float]:
        answers = Answers(*(NetworkError("Bad Gateway") for _ in range(3)))
        assert await made_by(Limiter(Budgets(), pauses=(1, 2, 4)), answers) is True
        return answers.made

    made = run_virtually(call())

    assert [pytest.approx(at, abs=0.01) for at in made] == [0, 1, 3, 7]


def test_a_call_waits_as_long_as_flood_control_asks() -> None:
    async def call() -> list[float]:
        answers = Answers(RetryAfter(5))
        assert await made_by(Limiter(Budgets()), answers) is True
        return answers.made

    first, second = run_virtually(call())

    assert 5 < second - first < 5.5


@pytest.mark.parametrize("error", [NetworkError("Bad Gateway"), RetryAfter(7)])
def test_a_call_gives_up_in_time_with_the_last_error(error: TelegramError) -> None:
    async def call() -> float:
        with pytest.raises(TelegramError, match=error.message.partition(".")[0]):
            await made_by(Limiter(Budgets(), timeout=20, pauses=(3,)), Answers(*[error] * 100))
        return asyncio.get_running_loop().time()

    assert 10 < run_virtually(call()) <= 20


@pytest.mark.parametrize(
    ("endpoint", "longest"), [("answerCallbackQuery", ANSWERABLE), ("getFile", 60)]
)
def test_no_press_is_answered_when_telegram_takes_no_answer_any_more(
    endpoint: str, longest: float
) -> None:
    async def call() -> float:
        answers = Answers(*[NetworkError("Bad Gateway")] * 1000)
        with pytest.raises(NetworkError):
            await made_by(Limiter(Budgets(), pauses=(1,)), answers, endpoint)
        return answers.made[-1]

    assert longest - 2 < run_virtually(call()) <= longest


@pytest.mark.parametrize(("seconds", "answered"), [(5, True), (50, False)])
def test_a_press_waits_for_the_end_of_flood_control_for_the_whole_bot(
    seconds: float, answered: bool
) -> None:
    async def call() -> list[float]:
        limiter, answers = Limiter(Budgets()), Answers()
        for chat_id in (1, 2):
            limiter.budgets.block(chat_id, seconds)
        with nullcontext() if answered else pytest.raises(TelegramError):
            await made_by(limiter, answers)
        return answers.made

    assert run_virtually(call()) == ([pytest.approx(seconds)] if answered else [])


@pytest.mark.parametrize(
    ("endpoint", "paid"), [("getMe", False), ("sendMessage", True), ("answerCallbackQuery", True)]
)
async def test_the_start_and_the_outbox_are_told_at_once(endpoint: str, paid: bool) -> None:
    answers = Answers(NetworkError("Bad Gateway"))
    with pytest.raises(NetworkError):
        await made_by(Limiter(Budgets()), answers, endpoint, paid=paid)
    assert len(answers.made) == 1


async def test_what_telegram_refuses_is_told_at_once(playground: Playground) -> None:
    async with limited(playground, Limiter(Budgets())) as bot:
        with pytest.raises(BadRequest, match=r"[Ii]nvalid file"):
            await bot.get_file("no file")


async def test_closing_ends_the_calls_that_wait(playground: Playground) -> None:
    limiter = Limiter(Budgets(), timeout=20 * PATIENCE, pauses=(10 * PATIENCE,))
    async with limited(playground, limiter) as bot:
        for kind in (FaultKind.FLOOD, FaultKind.ERROR):
            playground.faults.add(Fault(method="getChat", kind=kind, seconds=10 * PATIENCE))
        waiting = [asyncio.create_task(bot.get_chat(ADA)) for _ in range(2)]
        await until(lambda: len(playground.faults.struck) == 2)
        many = [asyncio.create_task(bot.get_chat(ADA)) for _ in range(60)]
        await until(lambda: any(task.done() for task in many))
        limiter.close()
        async with asyncio.timeout(PATIENCE):
            ends = await asyncio.gather(*waiting, *many, return_exceptions=True)
        assert [type(end) for end in ends[:2]] == [ClosedError, ClosedError]
        assert ClosedError in {type(end) for end in ends[2:]}
        with pytest.raises(ClosedError):
            await bot.get_chat(ADA)


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (BadRequest("Chat not found"), True),
        (Forbidden("Forbidden: bot was blocked by the user"), True),
        (NetworkError("Request Entity Too Large (413)"), True),
        (NetworkError("Bad Gateway"), False),
        (InvalidToken("Unauthorized"), False),
        (TelegramError("Invalid server response"), False),
    ],
)
def test_only_a_no_that_stays_one_is_a_refusal(error: TelegramError, refused: bool) -> None:
    assert is_refusal(error) is refused


async def test_a_press_that_was_handled_is_answered_although_the_bot_shuts_down() -> None:
    limiter = Limiter(Budgets())
    limiter.close()
    assert await made_by(limiter, Answers())
    broken = Answers(NetworkError("No way to Telegram"), NetworkError("No way to Telegram"))
    with pytest.raises(NetworkError):
        await made_by(limiter, broken)
    assert len(broken.made) == 1  # Nobody waits for an outage to end.
    with pytest.raises(ClosedError):
        await made_by(limiter, Answers(), "getChat")
