"""A playground with as many people as wanted, whose flood control remembers whom it told to wait."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from bot.playground.api_errors import ApiError
from bot.playground.chat_rooms import ChatRoom
from bot.playground.event_log import MessageDeleted, MessageEdited, MessagePosted
from bot.playground.event_log import QueryAnswered as AnsweredPress
from bot.playground.flood_control import FloodGate, FloodLimits
from bot.playground.server import Playground
from bot.playground.telegram_objects import ApiChat, ApiUser, ChatType

if TYPE_CHECKING:
    from bot.playground.event_log import ChatEvent

FIRST_PERSON = 1000
ON_ITS_WAY = 0.3
"""Seconds after a 429 in which a call arrives that was sent before its answer could be read."""


class Gate(FloodGate):
    """Flood control that also refuses at random, and counts the calls that came before the time it had given.

    Args:
        limits: Telegram's.
        chance: Share of the calls that are refused although nothing was too much.
    """

    def __init__(self, limits: FloodLimits | None, *, chance: float) -> None:
        super().__init__(limits)
        self.chance = chance
        self.calls = 0
        self.refusals = 0
        self.early = 0
        self._told: dict[int, tuple[float, float]] = {}

    def admit(self, chat_id: int, *, group: bool) -> None:
        """As Telegram does."""
        now = time.monotonic()
        self.calls += 1
        told_at, until = self._told.get(chat_id, (now, now))
        if told_at + ON_ITS_WAY < now < until:
            self.early += 1
        try:
            if random.random() < self.chance:
                self._refuse(chat_id, 1.0)
            super().admit(chat_id, group=group)
        except ApiError as error:
            self.refusals += 1
            self._told[chat_id] = (now, now + (error.retry_after or 0))
            raise


class Town:
    """The playground, its people, and who hears what.

    Args:
        people: How many, each with a private chat.
        clock_speed: How much faster than Telegram's the clock of flood control goes.
        floods: Share of the calls that are refused at random.
    """

    def __init__(self, people: int, *, clock_speed: float = 1.0, floods: float = 0.0) -> None:
        self.gate = Gate(_limits(clock_speed), chance=floods)
        self.playground = Playground(flood_control=self.gate)
        self.world = self.playground.world
        self.people = [self._settle(FIRST_PERSON + number) for number in range(people)]
        self._mail: dict[int, asyncio.Queue[ChatEvent]] = {
            person.id: asyncio.Queue() for person in self.people
        }

    async def __aenter__(self) -> Self:
        await self.playground.start()
        self._carrying = asyncio.create_task(self._carry())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._carrying.cancel()
        with suppress(asyncio.CancelledError):
            await self._carrying
        await self.playground.stop()

    def mail(self, person: ApiUser) -> asyncio.Queue[ChatEvent]:
        """What happens in a person's chat, as it happens."""
        return self._mail[person.id]

    def _settle(self, number: int) -> ApiUser:
        person = ApiUser(id=number, first_name=f"Citizen {number}", language_code="en")
        chat = ApiChat(id=number, type=ChatType.PRIVATE, first_name=person.first_name)
        self.world.users[number] = person
        self.world.rooms[number] = ChatRoom(chat, (number,))
        return person

    async def _carry(self) -> None:
        journal = self.world.event_log
        cursor = journal.cursor
        while True:
            changed = journal.changed.next
            news = journal.since(cursor) or []
            for number, event in news:
                cursor = number
                chat_id = _chat_of(event)
                if chat_id in self._mail:
                    self._mail[chat_id].put_nowait(event)
            await changed.wait()


def _limits(clock_speed: float) -> FloodLimits:
    usual = FloodLimits()
    return FloodLimits(
        chat_per_second=usual.chat_per_second * clock_speed,
        overall_per_second=usual.overall_per_second * clock_speed,
        penalty=usual.penalty / clock_speed,
    )


def _chat_of(event: ChatEvent) -> int | None:
    match event:
        case MessagePosted(message) | MessageEdited(message):
            return message.chat.id
        case MessageDeleted() | AnsweredPress():
            return event.chat_id
        case _:
            return None
