"""What holds whatever people, engine and Telegram do, and in whatever order.

``WALKS=5000`` in the environment walks longer, and otherwise each time; pytest then needs ``--timeout=0 -o
faulthandler_timeout=0``.
"""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.conversation.commands import COMMANDS
from bot.conversation.effects import AnswerPress
from bot.conversation.events import PictureTrouble
from bot.conversation.job_events import LOOKS_ON
from bot.messages.keyboards import CallbackData, Verb
from core.jobs.models import ACTIVE, MAX_STYLES, JobState, Person, Step
from core.sentences import sentence
from tests.auxil.invariants import owner_of
from tests.auxil.screens import Loss, ShownButton
from tests.auxil.turns import ADA, ADA_IN_GROUP, BEN_IN_GROUP, GROUP, of_kind
from tests.auxil.witness import Witness
from tests.auxil.world import World

TROUBLES = (
    PictureTrouble(),
    PictureTrouble(reason=sentence("This is not a picture.")),
    PictureTrouble(limit=30, window=60.0, wait=20.0),
)
CAPTIONS = ("", "strong", "style", "swap, 70 %", "my cat, photo please")
WALKS = os.environ.get("WALKS")

people = st.sampled_from([ADA, ADA_IN_GROUP, BEN_IN_GROUP])
numbers = st.integers(0, 10_000)
"""Chooses one of however many there are."""


class Walk(RuleBasedStateMachine):
    """Walks through the world and looks at it after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.memory, self.screens = self.world.memory, self.world.screens
        self.witness = Witness(self.world)

    @initialize(person=people, results=st.integers(0, 8), kept=st.integers(0, MAX_STYLES))
    def begin_with_results(self, person: Person, results: int, kept: int) -> None:
        for _ in range(results):
            self.order(person)
            self.finish([])
        for style in self.memory.styles.get(person, ())[:kept]:
            data = CallbackData(Verb.KEEP, str(style.id), person.user_id)
            self.witness.press(ShownButton(person.chat_id, 1, str(data)))

    @invariant()
    def look(self) -> None:
        self.witness.look()

    # What people send.

    @rule(person=people)
    def order(self, person: Person) -> None:
        """Send what is missing, and press a preset's button if it is shown."""
        jobs = len(self.memory.jobs)
        missing = {Step.CONTENT, Step.STYLE}
        while self.memory.session(person).step in missing and len(self.memory.jobs) == jobs:
            self.send_photo(person, album=False, caption="")
        question = self.memory.session(person).question_message_id
        for button in self._shown(person, question)[:1]:
            self.witness.press(button)

    @rule(person=people, album=st.booleans(), caption=st.sampled_from(CAPTIONS))
    def send_photo(self, person: Person, album: bool, caption: str) -> None:
        self.witness.note_act(person)
        self.world.send_photo(person, "album" if album else None, caption)

    @rule(person=people, trouble=st.sampled_from(TROUBLES))
    def send_trouble(self, person: Person, trouble: PictureTrouble) -> None:
        self.witness.note_act(person)
        self.world.send_trouble(person, trouble)

    @rule(
        person=people,
        text=st.sampled_from(["Hello", "x" * 30, *CAPTIONS[1:]]),
        answered=st.none() | numbers,
    )
    def say(self, person: Person, text: str, answered: int | None) -> None:
        self.witness.note_act(person)
        self.world.say(person, text, self._message(person, answered))

    @rule(person=people, name=st.sampled_from([*COMMANDS, "nonsense"]))
    def command(self, person: Person, name: str) -> None:
        self.witness.note_act(person)
        self.world.command(person, name)

    @rule(person=people, answered=st.none() | numbers, may_stop=st.booleans())
    def cancel(self, person: Person, answered: int | None, may_stop: bool) -> None:
        self.witness.cancel(person, self._message(person, answered), may_stop=may_stop)

    @rule(person=people, at=numbers)
    def delete_message(self, person: Person, at: int) -> None:
        number = self._message(person, at)
        if number is not None:
            self.screens.delete(person.chat_id, number)

    # What people press.

    @rule(
        person=people,
        name=st.sampled_from(["settings", "styles", "forget"]),
        places=st.lists(numbers, min_size=1, max_size=5),
    )
    def use_menu(self, person: Person, name: str, places: list[int]) -> None:
        """Open a menu and press some of its buttons."""
        self.command(person, name)
        newest = max(self.world.chat(person), default=None)
        for place in places:
            buttons = self._shown(person, newest)
            if buttons:
                self.witness.press(buttons[place % len(buttons)])

    @rule(person=people, back=st.integers(0, 3), at=numbers)
    def press_what_is_shown(self, person: Person, back: int, at: int) -> None:
        """Press a button of one of the newest messages that have any."""
        messages = sorted({button.message_id for button in self._shown(person)})
        if messages:
            buttons = self._shown(person, messages[-1 - back % len(messages)])
            self.witness.press(buttons[at % len(buttons)])

    @rule(at=numbers, late=st.booleans())
    def press_what_was_shown(self, at: int, late: bool) -> None:
        buttons = list(self.screens.buttons)
        if buttons:
            self.witness.press(buttons[-1 - at % len(buttons)], late=late)

    @rule(person=people, at=numbers)
    def press_twice(self, person: Person, at: int) -> None:
        shown, jobs = self._shown(person), len(self.memory.jobs)
        if shown:
            for _ in range(2):
                self.witness.press(shown[at % len(shown)])
            assert len(self.memory.jobs) <= jobs + 1

    @rule(at=numbers, may_stop=st.booleans())
    def press_what_is_somebody_elses(self, at: int, may_stop: bool) -> None:
        buttons = [one for one in self.screens.buttons if one.chat_id == GROUP]
        if buttons:
            button = buttons[-1 - at % len(buttons)]
            other = BEN_IN_GROUP if owner_of(button) == ADA_IN_GROUP else ADA_IN_GROUP
            (answer,) = of_kind(self.witness.press(button, other, may_stop=may_stop), AnswerPress)
            assert answer.alert or (may_stop and button.data.startswith(Verb.CANCEL))

    @rule(
        person=people,
        verb=st.sampled_from([*Verb, "nothing"]),
        argument=st.sampled_from(["", "quick", "glass", "strength=0.3", "x"]) | numbers,
        question=st.none() | numbers,
        may_stop=st.booleans(),
    )
    def press_what_was_never_shown(
        self, person: Person, verb: str, argument: str | int, question: int | None, may_stop: bool
    ) -> None:
        last = max(self.memory.last["message"], self.memory.last["job"], 1)
        if isinstance(argument, int):
            argument = 1 + argument % last
        number = "" if question is None else f".{1 + question % last}"
        data = f"{verb}:{argument}{number}:{person.user_id}"
        self.witness.press(ShownButton(person.chat_id, 1, data), person, may_stop=may_stop)

    # What the engine, Telegram and the clock do.

    @rule()
    def start(self) -> None:
        for job in self.memory.jobs_in(JobState.QUEUED)[:1]:
            self.world.start(job.id)

    @rule(losses=st.lists(st.sampled_from(Loss), max_size=2), late=st.booleans())
    def finish(self, losses: list[Loss], late: bool = False) -> None:
        self.screens.losses[:] = losses
        if late:
            self.memory.now += timedelta(seconds=LOOKS_ON + 1)
        for job in self.memory.jobs_in(*ACTIVE)[:1]:
            self.world.finish(job.id)

    @rule()
    def fail(self) -> None:
        for job in self.memory.jobs_in(JobState.RUNNING)[:1]:
            self.world.fail(job.id)

    @rule(at=numbers)
    def lose_status(self, at: int) -> None:
        active = self.memory.jobs_in(*ACTIVE)
        if active:
            self.world.lose_status(active[at % len(active)].id)

    @rule(seconds=st.sampled_from([1.0, 7200.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds)
        self.world.go_online()

    @rule()
    def go_offline(self) -> None:
        self.screens.offline = True

    @rule()
    def go_online(self) -> None:
        self.world.go_online()

    def _message(self, person: Person, at: int | None) -> int | None:
        """A message of the bot in the person's chat."""
        messages = list(self.world.chat(person))
        return messages[-1 - at % len(messages)] if messages and at is not None else None

    def _shown(self, person: Person, message: int | None = None) -> list[ShownButton]:
        """The buttons for a person that their chat shows; those of one message, if one is given."""
        return [
            button
            for button in self.screens.shown_buttons(person.chat_id)
            if owner_of(button) == person and message in {None, button.message_id}
        ]


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=int(WALKS or 60),
    stateful_step_count=60,
    derandomize=WALKS is None,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    # A shorter walk takes minutes to find: only who looks for one has the time, not whoever waits for all tests.
    phases=tuple(Phase) if WALKS else (Phase.generate,),
)
