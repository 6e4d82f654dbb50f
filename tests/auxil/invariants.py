"""What holds in the world at every moment, whatever people, engine and Telegram do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation.effects import Edit, Send
from bot.messages.keyboards import BACK, CallbackData, Verb
from core.jobs.models import ACTIVE, MAX_STYLES, JobState, Person, Step
from core.pictures.builtin_styles import BUILTIN_STYLES
from tests.auxil.chat_limits import too_long

if TYPE_CHECKING:
    from core.jobs.models import Job
    from tests.auxil.screens import ShownButton
    from tests.auxil.world import World

_OF_QUESTIONS: Final = {Verb.PRESET, Verb.QUESTION_STRENGTH, Verb.SWAP, Verb.PICK, Verb.LOOKS}
_OF_STYLES: Final = {
    Verb.MINE,
    Verb.USE,
    Verb.NAME,
    Verb.KEEP,
    Verb.LET_GO,
    Verb.REMOVE,
    Verb.SHARE_MINE,
}
_OF_NOTHING: Final = {Verb.SETTINGS, Verb.FORGET, Verb.DROP, Verb.PROFILE, Verb.STOP_SHARING}
_TRIED: Final = 30
"""How many of a chat's newest buttons are tried."""


def check(world: World) -> None:
    """Everything that holds."""
    an_open_question_is_shown_or_waits(world)
    no_other_question_has_buttons(world)
    no_current_button_is_refused(world)
    every_job_is_told_of(world)
    everything_is_short_enough(world)


def owner_of(button: ShownButton) -> Person:
    """For whom a button is, where it is shown."""
    return Person(button.chat_id, int(button.data.rpartition(":")[2]))


def an_open_question_is_shown_or_waits(world: World) -> None:
    """And one is open whenever there is a photo."""
    for session in world.memory.sessions.values():
        if session.step is not Step.CONTENT:
            assert session.question is not None
        assert session.question is None or world.screens.there(session.question)


def no_other_question_has_buttons(world: World) -> None:
    """As soon as what waits is sent: so nobody has two questions to answer."""
    for chat_id in list(world.screens.messages):
        for button in world.screens.shown_buttons(chat_id):
            data = _read(button)
            # Of who was forgotten nothing is known, so that nothing can take the buttons away before they are pressed.
            known = data.question in world.screens.rows
            if (
                known
                and data.verb in _OF_QUESTIONS
                and not _will_change(world, button, data.question)
            ):
                session = world.memory.session(owner_of(button))
                shown = (data.question, button.message_id)
                assert shown == (session.question, session.question_message_id)


def no_current_button_is_refused(world: World) -> None:
    """A press of what the chat shows leads somewhere, unless what it is about is over."""
    for chat_id in list(world.screens.messages):
        for button in world.screens.shown_buttons(chat_id)[-_TRIED:]:
            owner = owner_of(button)
            assert _is_over(world, button, owner) or not world.would_refuse(owner, button), button


def every_job_is_told_of(world: World) -> None:
    """An active job has a status, a finished one waits to be sent, and what may be lost is told."""
    for job in world.memory.jobs_in(*JobState):
        if job.state is JobState.FINISHED:
            assert _is_being_delivered(world, job)
        elif job.state in ACTIVE or (job.state is JobState.DELIVERED and job.missing):
            assert job.status is not None
            assert world.screens.there(job.status.id)


def everything_is_short_enough(world: World) -> None:
    """Each message is within Telegram's limits."""
    for messages in world.screens.messages.values():
        for message in messages.values():
            assert too_long(message.text, message.keyboard, captioned=message.captioned) == []


def _read(button: ShownButton) -> CallbackData:
    data = CallbackData.parse(button.data)
    assert data is not None
    return data


def _will_change(world: World, button: ShownButton, row: int | None) -> bool:
    """Whether something waits that changes the message with a button, which may have a row."""
    at = (button.chat_id, button.message_id)
    return any(
        one.effect.message == row or (one.chat_id, getattr(one.effect, "message_id", None)) == at
        for one in world.screens.outbox
    )


def _is_being_delivered(world: World, job: Job) -> bool:
    effects = [one.effect for one in world.screens.outbox]
    return any(
        isinstance(one, Send | Edit) and one.delivers and one.job_id == job.id for one in effects
    )


def _is_over(world: World, button: ShownButton, owner: Person) -> bool:
    """Whether a button is about what is answered, removed, ended or forgotten."""
    data, memory = _read(button), world.memory
    if data.verb in _OF_QUESTIONS and data.question != memory.session(owner).question:
        return True
    is_own_style = data.verb is Verb.PICK and data.argument not in BUILTIN_STYLES
    if data.verb in _OF_STYLES or is_own_style:
        styles = memory.styles.get(owner, ())
        full = sum(style.kept for style in styles) == MAX_STYLES
        gone = data.argument not in {"", *(str(style.id) for style in styles)}
        return gone or (data.verb is Verb.KEEP and full)
    if data.verb in _OF_NOTHING | _OF_QUESTIONS:
        return False
    job = memory.jobs.get(data.number or 0)
    opens = data.verb is Verb.CHANGE and data.value in {"", BACK}
    return job is None or ((opens or data.verb is Verb.CANCEL) and job.state not in ACTIVE)
