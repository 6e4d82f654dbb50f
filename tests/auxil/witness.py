"""Watches the world: what holds for each press, and for who was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.conversation.effects import (
    AnswerPress,
    CountRefusal,
    Delete,
    Edit,
    ForgetPerson,
    SetButtons,
)
from core.jobs.models import EMPTY_SESSION, Session
from core.jobs.preferences import DEFAULT_PREFERENCES
from tests.auxil.chat_limits import ANSWER
from tests.auxil.invariants import check, owner_of
from tests.auxil.turns import of_kind

if TYPE_CHECKING:
    from core.jobs.models import Person
    from tests.auxil.screens import ShownButton
    from tests.auxil.world import Effects, World


class Witness:
    """Looks at what people do, and asserts.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._forgotten: dict[int, int] = {}
        """How much was written when a user was forgotten, as long as they have not acted again."""

    def note_act(self, person: Person) -> None:
        """A person does something, so the bot may speak to them again."""
        self._forgotten.pop(person.user_id, None)

    def look(self) -> None:
        """What holds at every moment."""
        check(self._world)
        for user_id, written in self._forgotten.items():
            since = self._world.screens.written[written:]
            assert [effect for person, effect in since if person.user_id == user_id] == []

    def cancel(self, person: Person, replied: int | None, *, may_stop: bool) -> None:
        """/cancel drops the session or leaves it as it is."""
        self.note_act(person)
        before = self._world.memory.session(person)
        self._world.command(person, "cancel", replied, may_stop=may_stop)
        assert self._world.memory.session(person) in {before, EMPTY_SESSION}

    def press(
        self, button: ShownButton, person: Person | None = None, *, late: bool = False, **parts: Any
    ) -> Effects:
        """A press, by the button's owner by default: it is answered once, and a refused one changes nothing.

        All that may follow a refusal is that the buttons of the message go which can never be of use again.
        """
        person = person or owner_of(button)
        self.note_act(person)
        before, others = self._changeable(person), self._sessions_of_others(person)
        written = len(self._world.screens.written)
        if late:
            parts["query_id"] = None
        effects = self._world.press(person, button, **parts)
        answers = of_kind(effects, AnswerPress)
        assert len(answers) == (not late)
        assert all(len(answer.text) <= ANSWER for answer in answers)
        assert self._sessions_of_others(person) == others
        if any(answer.alert for answer in answers):
            more = tuple(one for one in effects if one not in answers)
            gone = SetButtons(message_id=button.message_id)
            assert more in {(), (gone,)} or [type(one) for one in more] == [CountRefusal]
            assert self._changeable(person) == before
        if of_kind(effects, ForgetPerson):
            self._look_at_forgotten(person.user_id, written)
        return effects

    def _sessions_of_others(self, person: Person) -> dict[Person, Session]:
        sessions = self._world.memory.sessions.items()
        return {other: one for other, one in sessions if other.user_id != person.user_id}

    def _changeable(self, person: Person) -> tuple[object, ...]:
        """All that a press by a person may change."""
        memory = self._world.memory
        return (
            memory.session(person),
            memory.preferences.get(person.user_id, DEFAULT_PREFERENCES),
            memory.styles.get(person, ()),
            dict(memory.jobs),
        )

    def _look_at_forgotten(self, user_id: int, written: int) -> None:
        """Nothing of a user is left, and all that is still said is one confirmation."""
        memory = self._world.memory
        assert [one for one in (*memory.sessions, *memory.styles) if one.user_id == user_id] == []
        assert [job for job in memory.jobs.values() if job.person.user_id == user_id] == []
        assert user_id not in memory.preferences
        said = [effect for _, effect in self._world.screens.written[written:]]
        assert len(of_kind(said, Edit)) <= 1
        assert [one for one in said if not isinstance(one, Edit | Delete)] == []
        self._forgotten[user_id] = len(self._world.screens.written)
