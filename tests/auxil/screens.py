"""What chats show of the bot's messages, and what waits to be sent to them, in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from bot.conversation.effects import (
    Delete,
    Edit,
    OutboxEffect,
    ResultImage,
    Resume,
    Send,
    SetButtons,
)
from core.jobs.models import BotMessage, Person, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.messages.inline_keyboard import Keyboard


class Loss(Enum):
    """What becomes of a message that must not be sent twice."""

    VANISHED = auto()
    """It got no answer and did not arrive."""
    ARRIVED = auto()
    """It got no answer and did arrive."""
    REFUSED = auto()


@dataclass(frozen=True)
class ShownButton:
    """A button under a message; a client can press it as long as it likes."""

    chat_id: int
    message_id: int
    data: str


@dataclass
class Message:
    """What a chat shows of a message of the bot."""

    text: str
    keyboard: Keyboard
    captioned: bool


@dataclass
class Row:
    """A message that is edited, deleted or answered later."""

    person: Person
    role: Role
    job_id: int | None
    message_id: int | None = None
    followed: bool = False
    changed: datetime | None = None


@dataclass(eq=False)
class Waiting:
    """An effect in the outbox."""

    person: Person
    chat_id: int
    effect: OutboxEffect
    turn: int
    due: datetime


@dataclass
class Screens:
    """All chats, as the outbox fills them.

    Attributes:
        messages: The bot's messages in each chat, by their numbers.
        rows: Those that matter later.
        outbox: What waits.
        offline: Whether nothing is sent just now.
        losses: What becomes of the next messages that must not be sent twice.
        buttons: Every button that was ever shown.
        written: Everything that was ever put into the outbox, with whose turn it was.
        deleted: The messages that people deleted, as (chat, number).
    """

    messages: defaultdict[int, dict[int, Message]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    rows: dict[int, Row] = field(default_factory=dict)
    outbox: list[Waiting] = field(default_factory=list)
    offline: bool = False
    losses: list[Loss] = field(default_factory=list)
    buttons: dict[ShownButton, None] = field(default_factory=dict)
    written: list[tuple[Person, OutboxEffect]] = field(default_factory=list)
    deleted: set[tuple[int, int]] = field(default_factory=set)
    _numbers: Counter[int] = field(default_factory=Counter)

    def next_number(self, chat_id: int) -> int:
        """The number of the next message in a chat, whoever writes it."""
        self._numbers[chat_id] += 1
        return self._numbers[chat_id]

    def write(self, person: Person, effect: OutboxEffect, turn: int, now: datetime) -> None:
        """Put an effect into the outbox. Taking away the buttons of a message that waits withdraws it."""
        self.written.append((person, effect))
        if isinstance(effect, Send) and effect.message is not None and effect.role is not None:
            new = Row(person, effect.role, effect.job_id)
            row = self.rows.setdefault(effect.message, new)
            row.message_id, row.followed = None, False
        if isinstance(effect, Resume) and effect.message is not None:
            self.rows[effect.message] = Row(person, Role.QUESTION, None)
        if isinstance(effect, Edit | SetButtons) and effect.message in self.rows:
            self.rows[effect.message].changed = now
        if (
            isinstance(effect, SetButtons)
            and not effect.keyboard
            and effect.message is not None
            and self._withdraw(effect.message)
        ):
            return
        chat_id = effect.chat_id if isinstance(effect, Delete) else None
        delay = effect.delay if isinstance(effect, Send | Resume) else 0.0
        due = now + timedelta(seconds=delay)
        self.outbox.append(Waiting(person, chat_id or person.chat_id, effect, turn, due))

    def send(self, now: datetime) -> Iterator[tuple[Person, Send | Edit | Resume, Loss | None]]:
        """Drain the outbox; tells of each message what became of it, and of turns that are due.

        A status that became a result counts as a message; one that is gone, and cannot become it, as refused.
        """
        while not self.offline and (one := self._next(now)) is not None:
            self.outbox.remove(one)
            if isinstance(one.effect, Resume):
                yield one.person, one.effect, None
                continue
            if isinstance(one.effect, Edit) and isinstance(one.effect.attachment, ResultImage):
                became = self._become_result(one.chat_id, one.effect)
                if not became:
                    self._remove_turn(one.turn)
                yield one.person, one.effect, None if became else Loss.REFUSED
                continue
            effect = (
                one.effect
                if isinstance(one.effect, Send)
                else self._change(one.chat_id, one.effect)
            )
            if effect is not None:
                loss = self.losses.pop(0) if effect.once and self.losses else None
                if loss is not None:
                    self._remove_turn(one.turn)
                self._show(one.chat_id, effect, loss)
                yield one.person, effect, loss

    def messages_of(self, job_id: int) -> tuple[BotMessage, ...]:
        """The messages about a job."""
        waiting = {one.effect.message for one in self.outbox}
        return tuple(
            BotMessage(
                id=number,
                role=row.role,
                message_id=row.message_id,
                pending=number in waiting,
                followed=row.followed,
            )
            for number, row in self.rows.items()
            if row.job_id == job_id
        )

    def changed(self, job_id: int) -> datetime | None:
        """When a turn last changed the status message of a job."""
        of_job = [one for one in self.rows.values() if one.job_id == job_id]
        times = [one.changed for one in of_job if one.role is Role.STATUS and one.changed]
        return max(times, default=None)

    def shown_buttons(self, chat_id: int) -> list[ShownButton]:
        """The buttons by which the bot learns something, as a chat shows them now, those of the newest message last."""
        return [
            ShownButton(chat_id, number, button.data)
            for number, message in self.messages[chat_id].items()
            for row in message.keyboard
            for button in row
            if button.data
        ]

    def delete(self, chat_id: int, number: int) -> None:
        """Somebody deletes a message of the bot, which Telegram does not tell."""
        del self.messages[chat_id][number]
        self.deleted.add((chat_id, number))

    def there(self, row: int | None) -> bool:
        """Whether a message is shown, or waits to be, or would be shown if the person had not deleted it."""
        if row not in self.rows:
            return False
        chat_id, number = self.rows[row].person.chat_id, self.rows[row].message_id or 0
        shown = number in self.messages[chat_id] or (chat_id, number) in self.deleted
        return shown or any(
            isinstance(one.effect, Send | Resume) and one.effect.message == row
            for one in self.outbox
        )

    def forget(self, user_id: int) -> None:
        """Delete what waits for a user, and which messages are theirs."""
        self.outbox = [one for one in self.outbox if one.person.user_id != user_id]
        self.rows = {row: one for row, one in self.rows.items() if one.person.user_id != user_id}

    def _become_result(self, chat_id: int, effect: Edit) -> bool:
        """Have a status show the result, unless it is gone."""
        row = self.rows.get(effect.message or 0)
        if row is None or row.message_id not in self.messages[chat_id]:
            return False
        row.role = Role.PHOTO
        self._change(chat_id, effect)
        return True

    def _remove_turn(self, turn: int) -> None:
        self.outbox = [other for other in self.outbox if other.turn != turn]

    def note_below(self, chat_id: int, number: int) -> None:
        """The bot learns that a message came into a chat."""
        for row in self.rows.values():
            if row.person.chat_id == chat_id and (row.message_id or number) < number:
                row.followed = True

    def _withdraw(self, row: int) -> bool:
        before = len(self.outbox)
        if row in self.rows and self.rows[row].message_id is None:
            self.outbox = [one for one in self.outbox if one.effect.message != row]
        return len(self.outbox) < before

    def _next(self, now: datetime) -> Waiting | None:
        """The effects of a turn keep their order, and so do those on a message."""
        turns, rows = set(), set()
        for one in self.outbox:
            row = one.effect.message
            if one.due <= now and one.turn not in turns and row not in rows:
                return one
            turns.add(one.turn)
            rows.add(row if row is not None else object())
        return None

    def _change(self, chat_id: int, effect: Edit | SetButtons | Delete) -> Send | None:
        """Change a message; what is sent instead if it is gone."""
        number = effect.message_id
        if effect.message is not None:
            number = self.rows[effect.message].message_id if effect.message in self.rows else None
        message = self.messages[chat_id].get(number or 0)
        if number is None or message is None:
            return effect.otherwise if isinstance(effect, Edit) else None
        if isinstance(effect, Delete):
            del self.messages[chat_id][number]
            return None
        message.keyboard = effect.keyboard
        if isinstance(effect, Edit):
            message.text = effect.text
            message.captioned |= effect.attachment is not None
        self._note_buttons(chat_id, number)
        return None

    def _show(self, chat_id: int, effect: Send, loss: Loss | None) -> None:
        if loss in {Loss.VANISHED, Loss.REFUSED}:
            return
        number = self.next_number(chat_id)
        captioned = effect.attachment is not None
        self.messages[chat_id][number] = Message(effect.text, effect.keyboard, captioned)
        self._note_buttons(chat_id, number)
        if loss is None:
            self.note_below(chat_id, number)
            if effect.message in self.rows:
                self.rows[effect.message].message_id = number

    def _note_buttons(self, chat_id: int, number: int) -> None:
        for row in self.messages[chat_id][number].keyboard:
            self.buttons |= {ShownButton(chat_id, number, button.data): None for button in row}
