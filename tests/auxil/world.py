"""A world in memory for pure turns: it does what a turn decides, as the committer and the outbox would."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.conversation import effects as do
from bot.conversation.events import (
    AlbumDue,
    ButtonPressed,
    CommandSent,
    Heard,
    JobEnded,
    PictureSent,
    PictureTrouble,
    SendFailed,
    SettingsChanged,
    StatusLost,
    WordsSent,
)
from bot.conversation.turn import turn
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.message_kinds import MessageKind
from core.jobs.models import ACTIVE, Job, JobState, Person, SentPicture
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.sentences import sentence
from tests.auxil.memory import Memory
from tests.auxil.screens import Loss, Message, ShownButton
from tests.auxil.turns import RESULT, picture, reply_to

if TYPE_CHECKING:
    from bot.conversation.events import Event

Effects: TypeAlias = tuple[do.Effect, ...]
Happened: TypeAlias = "tuple[Person, Event]"

NOBODY = 0


class World:
    """People, the bot's turns, and what comes of both.

    Attributes:
        memory: What the bot knows.
        screens: What the chats show, and what waits to be sent to them.
        acts: How often people did something: a message, a command, a press.
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self.screens = self.memory.screens
        self.acts = 0

    # What people do.

    def send_photo(self, person: Person, album: str | None = None, caption: str = "") -> Effects:
        heard = self._heard(person)
        sent = self._picture(heard.message_id, album)
        event = PictureSent(heard=heard, picture=sent, album=album, caption=caption)
        return self.feed(person, event)

    def send_trouble(
        self, person: Person, trouble: PictureTrouble, album: str | None = None, caption: str = ""
    ) -> Effects:
        heard = self._heard(person)
        event = PictureSent(heard=heard, trouble=trouble, album=album, caption=caption)
        return self.feed(person, event)

    def say(self, person: Person, text: str, replied: int | None = None) -> Effects:
        heard = self._heard(person, replied)
        return self.feed(person, WordsSent(heard=heard, kind=MessageKind.TEXT, text=text))

    def command(
        self, person: Person, name: str, replied: int | None = None, *, may_stop: bool = False
    ) -> Effects:
        heard = self._heard(person, replied)
        return self.feed(person, CommandSent(heard=heard, name=name, may_stop=may_stop))

    def press(self, person: Person, button: ShownButton, **parts: Any) -> Effects:
        self.acts += 1
        return self.feed(person, self.press_of(button, **parts))

    def order(self, person: Person) -> Job:
        """Send both pictures, and press a preset if that is asked for."""
        self.send_photo(person)
        self.send_photo(person)
        if self.memory.preferences[person.user_id].ask:
            self.press(person, self.button(person, Verb.PRESET, "quick"))
        return list(self.memory.jobs.values())[-1]

    def press_of(self, button: ShownButton, **parts: Any) -> ButtonPressed:
        """The press of a button, with the picture that it brings."""
        data = CallbackData.parse(button.data)
        verb, argument = (None, "") if data is None else (data.verb, data.argument)
        name = argument if verb is Verb.PICK or data is None else data.value
        if verb in {Verb.LOOK, Verb.PICK} and name in BUILTIN_STYLES:
            parts["picture"] = replace(self._picture(button.message_id), builtin=name)
        if verb is Verb.PROFILE:
            parts["picture"] = self._picture(0)
        values: dict[str, Any] = {"query_id": "query", "message_id": button.message_id}
        return ButtonPressed(data=button.data, **values | parts)

    def would_refuse(self, person: Person, button: ShownButton) -> bool:
        """Whether a press would be refused; it is not made."""
        event = self.press_of(button)
        _, effects = turn(self.memory.state(person, event), event)
        return any(isinstance(one, do.AnswerPress) and one.alert for one in effects)

    def button(self, person: Person, verb: Verb, argument: str | None = None) -> ShownButton:
        """The last button of a person's that does this, of those that the chat shows."""
        return [
            button
            for button in self.screens.shown_buttons(person.chat_id)
            if (data := CallbackData.parse(button.data)) is not None
            and (data.verb, data.owner) == (verb, person.user_id)
            and argument in {None, data.argument}
        ][-1]

    def chat(self, person: Person) -> dict[int, Message]:
        """The bot's messages where a person is."""
        return self.screens.messages[person.chat_id]

    # What the engine, Telegram and the clock do.

    def start(self, job_id: int) -> None:
        self.memory.move(job_id, JobState.RUNNING)

    def finish(self, job_id: int) -> None:
        job = self.memory.move(job_id, JobState.FINISHED)
        self.feed(job.person, JobEnded(job=job, result=RESULT))

    def finish_all(self) -> None:
        for job in self.memory.jobs_in(*ACTIVE):
            self.finish(job.id)

    def fail(self, job_id: int) -> None:
        job = self.memory.move(job_id, JobState.FAILED, sentence("It went wrong."))
        self.feed(job.person, JobEnded(job=job))

    def lose_status(self, job_id: int) -> None:
        """The person deletes an active job's status message, and the bot notices."""
        job = self.memory.job(job_id)
        if job.status is not None and job.status.message_id in self.chat(job.person):
            self.screens.delete(job.person.chat_id, job.status.message_id)
            self.feed(job.person, StatusLost(job=job))

    def pass_time(self, seconds: float) -> None:
        self.memory.now += timedelta(seconds=seconds)
        self._send()

    def go_online(self) -> None:
        self.screens.offline = False
        self._send()

    # What becomes of what a turn decides.

    def feed(self, person: Person, event: Event) -> Effects:
        """Let a turn happen, and those that follow from it; the effects of the first."""
        heard: Heard | None = getattr(event, "heard", None)
        if heard is not None:
            self.screens.note_below(person.chat_id, heard.message_id)
        effects = self._turn(person, event)
        self._send()
        return effects

    def _turn(self, person: Person, event: Event) -> Effects:
        state = self.memory.state(person, event)
        after, effects = turn(state, event)
        self.memory.save(state, after)
        number, following = self.memory.next("turn"), []
        for effect in effects:
            following += self._perform(person, effect, number)
            if isinstance(effect, do.ForgetPerson):
                person = Person(person.chat_id, NOBODY)
        for other, happened in following:
            self._turn(other, happened)
        return effects

    def _perform(  # noqa: C901 - a case for each kind of effect
        self, person: Person, effect: do.Effect, number: int
    ) -> list[Happened]:
        memory = self.memory
        match effect:
            case do.Send() | do.Edit() | do.SetButtons() | do.Delete() | do.Resume():
                if isinstance(effect, do.Send | do.Resume) and effect.message is not None:
                    memory.last["message"] = max(memory.last["message"], effect.message)
                self.screens.write(person, effect, number, memory.now)
            case do.SubmitJob():
                memory.submit(person, effect)
            case do.ChangeJob() if memory.jobs[effect.job_id].state in ACTIVE:
                memory.change(effect.job_id, effect.options)
            case do.CancelJob() if memory.jobs[effect.job_id].state in ACTIVE:
                job = memory.move(effect.job_id, JobState.CANCELLED)
                return [] if effect.replaced else [(job.person, JobEnded(job=job))]
            case do.FailJob():
                memory.move(effect.job_id, JobState.FAILED, effect.reason)
            case do.DeliverJob():
                memory.deliver(effect.job_id)
            case do.HoldResult() | do.ReleaseResult():
                memory.hold(effect.job_id, held=isinstance(effect, do.HoldResult))
            case do.RefreshQuestions():
                chats = [one for one in memory.sessions if one.user_id == person.user_id]
                return [(one, SettingsChanged()) for one in chats]
            case do.ForgetPerson():
                memory.forget(person.user_id)
        return []

    def _send(self) -> None:
        memory = self.memory
        for person, effect, loss in self.screens.send(memory.now):
            if isinstance(effect, do.Resume):
                self._resume(person, effect)
            elif isinstance(effect, do.Edit) and loss is not None:
                ended = memory.job(effect.job_id or 0)
                self._turn(person, JobEnded(job=ended, result=RESULT, anew=True))
            elif isinstance(effect, do.Send) and loss is not None:
                job = memory.job(effect.job_id) if effect.job_id in memory.jobs else None
                unanswered = loss is not Loss.REFUSED
                self._turn(person, SendFailed(effect=effect, unanswered=unanswered, facts_of=job))
            elif effect.delivers and effect.job_id in memory.jobs:
                memory.deliver(effect.job_id)

    def _resume(self, person: Person, effect: do.Resume) -> None:
        if effect.what == "album" and effect.message is not None:
            self._turn(person, AlbumDue(question=effect.message))
        elif effect.what == "style" and effect.job_id in self.memory.jobs:
            for used in self.memory.jobs[effect.job_id].styles:
                if used.builtin is None:
                    self.memory.note_style(person, used)

    def _heard(self, person: Person, replied: int | None = None) -> Heard:
        """Somebody writes."""
        self.acts += 1
        message = self.chat(person).get(replied or 0)
        answered = None if message is None else reply_to(replied or 0, picture=message.captioned)
        number = self.screens.next_number(person.chat_id)
        return Heard(message_id=number, private=person.chat_id > 0, replied=answered)

    def _picture(self, message_id: int, album: str | None = None) -> SentPicture:
        return replace(picture(self.memory.next("picture"), album), message_id=message_id)
