"""What waits to be sent keeps the order that matters, and lets other things pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.models import BotMessage, Person, Role, Session
from core.jobs.store import Store
from core.sentences import sentence
from tests.auxil.sessions import ANNA, BERT, a_job, a_message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.jobs.conftest import Clock


async def add(
    store: Store,
    effect: str,
    *,
    turn: int,
    message: int | None = None,
    person: Person = ANNA,
    delay: float = 0.0,
) -> int:
    """The row of an effect that is added."""
    async with store.transaction():
        _, _, row = await store.outbox.next_ids()
        await store.outbox.add(person, effect, turn=turn, message=message, delay=delay)
    return row


async def next_effect(store: Store, *under_way: int, person: Person = ANNA) -> str | None:
    row = await store.outbox.next(person.chat_id, under_way=under_way)
    return None if row is None else row.effect


async def drain(store: Store) -> list[str]:
    """Send everything that is due, one after the other."""
    sent = []
    while (row := await store.outbox.next(ANNA.chat_id)) is not None:
        assert await store.outbox.remove(row.id)
        sent.append(row.effect)
    return sent


async def test_an_effect_comes_back_whole_after_a_restart(path: Path) -> None:
    async with await Store.open(path) as store:
        job = await a_job(store)
        message = await a_message(store, role=Role.STATUS, job_id=job.id)
        await store.outbox.add(ANNA, "say it", turn=5, message=message, job_id=job.id)
    async with await Store.open(path) as store:
        row = await store.outbox.next(ANNA.chat_id)
        assert row is not None
        assert (row.person, row.turn, row.message, row.job_id) == (ANNA, 5, message, job.id)
        assert (row.tries, row.begun, row.effect) == (0, False, "say it")


async def test_effects_are_sent_in_the_order_in_which_they_were_added(store: Store) -> None:
    for turn, effect in ((1, "a"), (1, "b"), (2, "c"), (1, "d")):
        await add(store, effect, turn=turn)
    assert await drain(store) == ["a", "b", "c", "d"]


async def test_each_chat_has_its_own(store: Store) -> None:
    await add(store, "to Anna", turn=1)
    await add(store, "to Bert", turn=1, person=BERT)
    await add(store, "to Bert again", turn=2, person=BERT)
    assert sorted(await store.outbox.chats()) == [ANNA.chat_id, BERT.chat_id]
    assert await drain(store) == ["to Anna"]
    assert await store.outbox.chats() == [BERT.chat_id]
    assert await next_effect(store, person=BERT) == "to Bert"


async def test_a_turn_keeps_its_order_and_other_turns_pass(store: Store) -> None:
    first = await add(store, "first of turn 1", turn=1)
    await add(store, "second of turn 1", turn=1)
    await add(store, "turn 2", turn=2)

    await store.outbox.postpone(first, 60.0, failed=True)

    assert await drain(store) == ["turn 2"]


async def test_effects_on_one_message_keep_their_order(store: Store) -> None:
    message, other = await a_message(store), await a_message(store)
    send = await add(store, "send", turn=1, message=message)
    await add(store, "edit", turn=2, message=message)
    await add(store, "send another", turn=3, message=other)

    await store.outbox.postpone(send, 60.0, failed=True)

    assert await drain(store) == ["send another"]


async def test_the_order_on_a_message_and_within_a_turn_reaches_through_what_waits(
    store: Store,
) -> None:
    message = await a_message(store)
    send = await add(store, "send", turn=1, message=message)
    await add(store, "edit", turn=2, message=message)
    await add(store, "say", turn=2)
    await add(store, "turn 3", turn=3)

    await store.outbox.postpone(send, 60.0, failed=True)

    assert await drain(store) == ["turn 3"]


async def test_a_turn_elsewhere_with_the_same_number_stops_nothing(store: Store) -> None:
    blocked = await add(store, "to Bert", turn=-1, person=BERT)
    await store.outbox.postpone(blocked, 60.0, failed=True)
    await add(store, "to Anna", turn=-1)
    assert await drain(store) == ["to Anna"]


async def test_what_is_under_way_is_not_given_out_again_and_still_keeps_its_turn_waiting(
    store: Store,
) -> None:
    first = await add(store, "first of turn 1", turn=1)
    await add(store, "second of turn 1", turn=1)
    second = await add(store, "turn 2", turn=2)
    await add(store, "turn 3", turn=3)

    assert await next_effect(store) == "first of turn 1"
    assert await next_effect(store, first) == "turn 2"
    assert await next_effect(store, first, second) == "turn 3"
    await store.outbox.remove(first)
    assert await next_effect(store, second) == "second of turn 1"


async def test_an_effect_waits_for_its_time(store: Store, clock: Clock) -> None:
    await add(store, "later", turn=1, delay=0.5)
    await add(store, "much later", turn=2, delay=30.0)
    assert await next_effect(store) is None
    assert await store.outbox.seconds_to_next(ANNA.chat_id) == 0.5
    clock.pass_by(seconds=0.5)
    assert await drain(store) == ["later"]
    assert await store.outbox.seconds_to_next(ANNA.chat_id) == 29.5
    clock.pass_by(seconds=29.5)
    assert await drain(store) == ["much later"]
    assert await store.outbox.seconds_to_next(ANNA.chat_id) is None


async def test_a_failed_effect_is_due_again_later_and_its_tries_are_counted(
    store: Store, clock: Clock
) -> None:
    row = await add(store, "say it", turn=1)
    tries = []
    for failed in (True, False, True):
        await store.outbox.begin(row)
        await store.outbox.postpone(row, 10.0, failed=failed)
        assert await store.outbox.next(ANNA.chat_id) is None
        clock.pass_by(seconds=10)
        again = await store.outbox.next(ANNA.chat_id)
        assert again is not None
        tries.append((again.tries, again.begun))
    assert tries == [(1, False), (1, False), (2, False)]


async def test_a_call_that_began_is_noted_for_good(path: Path) -> None:
    async with await Store.open(path) as store:
        row = await add(store, "say it once", turn=1)
        assert await store.outbox.begin(row)
    async with await Store.open(path) as store:
        again = await store.outbox.next(ANNA.chat_id)
        assert again is not None
        assert again.begun


async def test_what_is_gone_neither_begins_nor_is_removed_again(store: Store) -> None:
    row = await add(store, "say it once", turn=1)
    assert await store.outbox.remove(row)
    assert not await store.outbox.begin(row)
    assert not await store.outbox.remove(row)


async def test_another_effect_takes_its_place_in_the_order(store: Store) -> None:
    row = await add(store, "edit", turn=1)
    await add(store, "say", turn=1)
    await store.outbox.replace_effect(row, "send instead")
    assert await drain(store) == ["send instead", "say"]


async def test_the_rest_of_a_turn_can_be_given_up(store: Store) -> None:
    await add(store, "first of turn 1", turn=1)
    await add(store, "turn 2", turn=2)
    await add(store, "second of turn 1", turn=1)
    await add(store, "turn 1 of Bert's chat", turn=1, person=BERT)
    row = await store.outbox.next(ANNA.chat_id)
    assert row is not None

    await store.outbox.remove_turn(row)

    assert await drain(store) == ["turn 2"]
    assert await next_effect(store, person=BERT) == "turn 1 of Bert's chat"


async def test_forgetting_somebody_takes_back_what_was_to_be_said(store: Store) -> None:
    message = await a_message(store)
    await add(store, "to Anna", turn=1, message=message)
    await add(store, "to Bert", turn=2, person=BERT)
    await store.housekeeping.forget(ANNA.user_id)
    assert await store.outbox.message(message) is None
    assert await store.outbox.chats() == [BERT.chat_id]


async def test_the_ids_of_what_comes_next_are_known_before(store: Store) -> None:
    assert await store.outbox.next_ids() == (1, 1, 1)
    message = await a_message(store)
    job = await a_job(store)
    row = await add(store, "say it", turn=1)
    await store.outbox.remove(row)
    assert await store.outbox.next_ids() == (message + 1, job.id + 1, row + 1)


async def test_a_message_is_pending_until_telegram_told_its_number(store: Store) -> None:
    message = await a_message(store, captioned=True)
    row = await add(store, "send", turn=1, message=message)
    pending = BotMessage(id=message, role=Role.QUESTION, captioned=True, pending=True)
    assert await store.outbox.message(message) == pending

    async with store.transaction():
        await store.outbox.remove(row)
        await store.outbox.set_message(message, message_id=71, captioned=False)
    sent = BotMessage(id=message, role=Role.QUESTION, message_id=71)
    assert await store.outbox.message(message) == sent

    await store.outbox.set_captioned(message, captioned=True)
    now = await store.outbox.message(message)
    assert now is not None
    assert (now.message_id, now.captioned) == (71, True)
    assert await store.outbox.message(message + 1) is None


async def test_a_message_that_is_sent_anew_has_no_number_until_then(store: Store) -> None:
    job = await a_job(store)
    message = await a_message(store, role=Role.STATUS, job_id=job.id)
    await store.outbox.set_message(message, message_id=71, captioned=True)

    await store.outbox.add_message(ANNA, message, Role.STATUS, job_id=job.id, captioned=False)

    assert await store.outbox.message(message) == BotMessage(id=message, role=Role.STATUS)


async def test_an_answered_question_becomes_the_status_of_its_job(store: Store) -> None:
    question = await a_message(store)
    await store.outbox.set_message(question, message_id=71, captioned=True)
    job = await a_job(store)
    assert await store.outbox.status_of(job.id) is None

    await store.outbox.adopt_as_status(question, job.id)

    status = BotMessage(id=question, role=Role.STATUS, message_id=71, captioned=True)
    assert await store.outbox.status_of(job.id) == status
    assert (await store.jobs.require(job.id)).status == status


async def test_a_message_is_followed_by_one_below_it_in_its_chat_until_it_is_sent_anew(
    store: Store,
) -> None:
    job = await a_job(store)
    status = await a_message(store, role=Role.STATUS, job_id=job.id, message_id=41)
    waiting = await a_message(store)

    async def followed() -> tuple[bool, bool]:
        (of_job,) = (await store.jobs.require(job.id)).messages
        one, other = await store.outbox.message(status), await store.outbox.message(waiting)
        assert of_job == one
        assert one is not None
        assert other is not None
        return one.followed, other.followed

    for chat_id, message_id in ((ANNA.chat_id, 40), (ANNA.chat_id, 41), (BERT.chat_id, 42)):
        await store.outbox.note_below(chat_id, message_id)
    assert await followed() == (False, False)
    await store.outbox.note_below(ANNA.chat_id, 42)
    assert await followed() == (True, False)
    await store.outbox.add_message(ANNA, status, Role.STATUS, job_id=job.id, captioned=False)
    assert await followed() == (False, False)


async def test_it_is_known_when_a_jobs_status_was_last_changed_by_a_turn(
    store: Store, clock: Clock
) -> None:
    job = await a_job(store)
    assert job.changed is None
    status = await a_message(store, role=Role.STATUS, job_id=job.id, message_id=41)
    clock.pass_by(seconds=100)
    await store.outbox.note_change(status, opened=True)
    changed = await store.jobs.require(job.id)
    assert changed.changed == store.clock()
    assert changed.messages[0].opened
    clock.pass_by(seconds=100)
    await store.outbox.set_captioned(status, captioned=True)
    assert (await store.jobs.require(job.id)).changed == changed.changed


async def test_what_leads_nowhere_for_who_is_forgotten_is_known(store: Store) -> None:
    going_on, cancelled, failed = [(await a_job(store)).id for _ in range(3)]
    await a_message(store, message_id=70)
    question = await a_message(store, message_id=71)
    await store.sessions.save(ANNA, Session(question=question))
    status = await a_message(
        store, role=Role.STATUS, job_id=going_on, message_id=72, captioned=True
    )
    await a_message(store, role=Role.PHOTO, job_id=going_on, message_id=73)
    await a_message(store, role=Role.STATUS, job_id=cancelled, message_id=74)
    await a_message(store, role=Role.STATUS, job_id=failed, message_id=75)
    await store.jobs.cancel(cancelled)
    await store.jobs.fail(failed, sentence("It went wrong."))

    assert await store.outbox.unsettled(BERT.user_id) == ()
    assert await store.outbox.unsettled(ANNA.user_id) == (
        (ANNA.chat_id, 71, False),
        (ANNA.chat_id, 72, True),
    )
    await store.outbox.set_message(status, message_id=None, captioned=False)
    assert await store.outbox.unsettled(ANNA.user_id) == ((ANNA.chat_id, 71, False),)


async def test_the_newest_status_message_counts(store: Store) -> None:
    job = await a_job(store)
    await a_message(store, role=Role.STATUS, job_id=job.id)
    newer = await a_message(store, role=Role.STATUS, job_id=job.id)
    await a_message(store, role=Role.PHOTO, job_id=job.id)
    status = await store.outbox.status_of(job.id)
    assert status is not None
    assert status.id == newer


async def test_a_message_that_was_not_sent_can_be_withdrawn(store: Store) -> None:
    message, other = await a_message(store), await a_message(store)
    await add(store, "send", turn=1, message=message)
    await add(store, "edit", turn=2, message=message)
    await add(store, "send another", turn=3, message=other)
    assert await store.outbox.withdraw(message)
    assert await drain(store) == ["send another"]
    assert not await store.outbox.withdraw(message)


async def test_a_message_that_was_sent_cannot_be_withdrawn(store: Store) -> None:
    message = await a_message(store)
    await store.outbox.set_message(message, message_id=71, captioned=False)
    await add(store, "edit", turn=2, message=message)
    assert not await store.outbox.withdraw(message)
    assert await drain(store) == ["edit"]


async def test_a_message_that_may_have_been_sent_cannot_be_withdrawn(store: Store) -> None:
    message = await a_message(store)
    row = await add(store, "send once", turn=1, message=message)
    await add(store, "edit", turn=2, message=message)
    await store.outbox.begin(row)
    assert not await store.outbox.withdraw(message)
    assert await drain(store) == ["send once", "edit"]


async def test_a_clock_that_is_set_back_does_not_hold_anything_up(
    store: Store, clock: Clock
) -> None:
    await add(store, "say it", turn=1, delay=60)
    assert await next_effect(store) is None
    clock.pass_by(hours=-2)
    assert await next_effect(store) == "say it"
