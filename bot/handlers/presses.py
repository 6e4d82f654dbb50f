"""What all buttons have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from bot.editing import say_instead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import CallbackQuery, InlineKeyboardMarkup

    from bot.messages.keyboards import Press
    from bot.messages.languages import Languages
    from bot.outbox import Noted
    from core.jobs.models import Job, Person
    from core.jobs.store import Store


class Refusal(Exception):  # noqa: N818 - an answer rather than an error
    """A press that changes nothing; the text is shown as an alert."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a press leads to.

    Attributes:
        notice: Shown for a moment; may be empty.
        then: What takes longer, for after the answer.
        sends: The same where it ends in something that must not be sent twice: given how its sending is noted.
    """

    notice: str = ""
    then: Callable[[], Awaitable[None]] | None = None
    sends: Callable[[Noted], Awaitable[None]] | None = None


Handler: TypeAlias = "Callable[[CallbackQuery, Person, Press], Awaitable[Answer]]"


async def edit(
    query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Have the message with the pressed button say something else."""
    message = query.message
    if message is not None:
        await say_instead(query.get_bot(), message.chat.id, message.message_id, text, keyboard)


async def job_of(store: Store, languages: Languages, press: Press, person: Person) -> Job:
    """The job that the button belongs to.

    Raises:
        Refusal: It is not there any more, or was never in this chat.
    """
    job = None if press.number is None else await store.job(press.number)
    if job is None or replace(job.person, user_id=person.user_id) != person:
        raise Refusal(languages.of(person.user_id).old_button())
    return job
