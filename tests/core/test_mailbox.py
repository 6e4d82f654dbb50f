"""The latest value waits, nobody misses the end, and closing loses nothing that was left before."""

from __future__ import annotations

import asyncio

import pytest

from core.mailbox import Mailbox, MailboxClosed
from tests.auxil.waiting import PATIENCE


async def test_a_newer_value_replaces_the_one_that_waits() -> None:
    mailbox = Mailbox[int]()
    mailbox.put(1)
    mailbox.put(2)

    assert await mailbox.get() == 2
    assert mailbox.waiting is None


async def test_merge_decides_what_waits() -> None:
    mailbox = Mailbox[str](lambda waiting, newer: waiting + newer)
    for letter in "abc":
        mailbox.put(letter)

    assert await mailbox.get() == "abc"
    mailbox.put("d")
    assert await mailbox.get() == "d"


async def test_none_is_a_value_like_any_other() -> None:
    mailbox = Mailbox[int | None]()
    mailbox.put(None)

    async with asyncio.timeout(PATIENCE):
        assert await mailbox.get() is None


async def test_the_waiting_value_is_seen_without_being_taken() -> None:
    mailbox = Mailbox[int]()
    mailbox.put(7)

    assert mailbox.waiting == 7
    assert await mailbox.get() == 7


async def test_each_value_goes_to_one_of_several_readers() -> None:
    mailbox = Mailbox[int]()
    readers = [asyncio.create_task(mailbox.get()) for _ in range(2)]
    await asyncio.sleep(0)  # both readers wait

    mailbox.put(1)
    await asyncio.wait(readers, return_when=asyncio.FIRST_COMPLETED)
    mailbox.put(2)

    async with asyncio.timeout(PATIENCE):
        assert sorted(await asyncio.gather(*readers)) == [1, 2]


async def test_a_reader_that_gives_up_takes_no_value_with_it() -> None:
    mailbox = Mailbox[int]()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)

    mailbox.put(1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader

    assert mailbox.waiting == 1


async def test_iteration_gives_what_waits_and_ends_when_closed() -> None:
    mailbox = Mailbox[int]()
    seen: list[int] = []

    async def read() -> None:
        async for value in mailbox:
            seen.append(value)
            mailbox.close()

    mailbox.put(1)
    async with asyncio.timeout(PATIENCE):
        await read()

    assert seen == [1]


async def test_closing_wakes_every_reader() -> None:
    mailbox = Mailbox[int]()
    readers = [asyncio.create_task(mailbox.get()) for _ in range(2)]
    await asyncio.sleep(0)

    mailbox.close()

    async with asyncio.timeout(PATIENCE):
        ends = await asyncio.gather(*readers, return_exceptions=True)
    assert [type(end) for end in ends] == [MailboxClosed, MailboxClosed]


async def test_the_last_value_outlives_the_closing() -> None:
    mailbox = Mailbox[int]()
    mailbox.put(1)
    mailbox.close()
    mailbox.put(2)

    assert await mailbox.get() == 1
    with pytest.raises(MailboxClosed):
        await mailbox.get()
