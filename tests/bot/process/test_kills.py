"""People chat without pause while the bot is killed again and again: nothing is lost, and nothing comes twice.

``KILLS`` says how often it is killed (``make kills``: 200), ``KILLS_SEED`` gives other instants and other people.
"""

from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING

import pytest

from bot.messages.languages import Languages
from bot.playground.chat_rooms import ChatRoom
from bot.playground.telegram_objects import ApiChat, ApiUser, ChatType
from tests.auxil.customer import Customer
from tests.auxil.kill_audit import Audit
from tests.auxil.killer import Killer
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from bot.messages.texts import Texts
    from bot.playground.server import Playground
    from bot.playground.world import World
    from tests.auxil.chat import ChatClient

KILLS = int(os.environ.get("KILLS", "9"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
NAMES = ("Ada", "Mei", "Ben", "Eve")


# aiohttp's own way of reading a form whose parts arrive in pieces.
@pytest.mark.filterwarnings("ignore:unread_data:DeprecationWarning")
@pytest.mark.timeout(240 + 20 * KILLS)
async def test_nothing_is_lost_or_doubled_however_often_the_bot_is_killed(
    playground: Playground, chat: ChatClient, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    let_in(playground.world, 14, "Eve")
    playground.world._messages_kept = 1_000_000  # People look at the whole chat in the end.
    await chat.reload()
    killer = Killer(tmp_path, environment(playground, tmp_path), playground, dice)
    customers = [
        Customer(
            chat.person(name), chat, texts(chat, name), number, random.Random(f"{SEED} {name}")
        )
        for number, name in enumerate(NAMES)
    ]
    audit = Audit(killer, chat)

    closing = asyncio.Event()
    with killer.watching():
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(live(customer, closing, audit)) for customer in customers]
            await killer.kill(KILLS)
            closing.set()
            async with killer.start():
                await asyncio.wait(lives)
                await until(
                    lambda: not audit.left() and not any(map(audit.unanswered, customers)),
                )

    for customer in customers:
        await audit.of(customer)
    audit.faults += audit.left()
    print(f"\nKILLS_SEED={SEED}", *audit.lines(), sep="\n")  # noqa: T201 - for make kills
    assert not audit.faults, "\n".join([f"KILLS_SEED={SEED}", *audit.faults])


async def live(customer: Customer, closing: asyncio.Event, audit: Audit) -> None:
    """A customer's life, with what explains its end if that comes too early."""
    try:
        await customer.live(closing)
    except AssertionError as error:
        error.add_note("\n".join([f"KILLS_SEED={SEED}", *audit.left(), audit.killer.output]))
        raise


def environment(playground: Playground, folder: Path) -> dict[str, str]:
    """A bot that turns nobody away, whatever they ask for."""
    return {
        "BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.api_url,
        "DATA_DIR": str(folder / "data"),
        "QUEUE_SIZE": "100000",
        "JOBS_PER_PERSON": "100000",
        "JOBS_PER_DAY": "100000",
        "PICTURES_PER_MINUTE": "100000",
        "PICTURES_PER_HOUR": "100000",
    }


def texts(chat: ChatClient, name: str) -> Texts:
    """The bot's words in somebody's language."""
    return Languages().texts_for(chat.users[name]["language_code"])


def let_in(world: World, number: int, name: str) -> None:
    """One person more."""
    world.users[number] = ApiUser(id=number, first_name=name, language_code="en")
    chat = ApiChat(id=number, type=ChatType.PRIVATE, first_name=name)
    world.rooms[number] = ChatRoom(chat, (number,))
