"""A turn in the making: numbers of messages, answers, sounds, and whether a turn is pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.conversation.draft import Draft
from bot.conversation.effects import AnswerPress, Send, SetButtons
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from core.jobs.models import EMPTY_SESSION
from core.jobs.preferences import Handover, Sound
from tests.auxil.turns import (
    ADA_IN_GROUP,
    both_pictures,
    command,
    heard,
    job,
    press,
    state_of,
)

if TYPE_CHECKING:
    from bot.conversation.events import Event


def test_each_new_message_has_the_next_row() -> None:
    draft = Draft(state_of())
    assert [draft.new_message() for _ in range(3)] == [20, 21, 22]


def test_a_closed_question_is_closed_once() -> None:
    draft = Draft(state_of(session=both_pictures(question=7)))
    draft.close_question()
    draft.close_question()
    assert draft.effects == [SetButtons(message=7)]
    assert draft.state.session.question is None
    assert draft.state.session.question_message_id is None


def test_a_dropped_session_is_empty() -> None:
    draft = Draft(state_of(session=both_pictures(question=7)))
    draft.drop_session()
    assert draft.state.session == EMPTY_SESSION
    assert draft.effects == [SetButtons(message=7)]


def test_in_a_group_a_message_replies_to_what_was_heard() -> None:
    draft = Draft(state_of(ADA_IN_GROUP))
    draft.say("Hello", heard(5, private=False))
    draft.say("Hello", heard(5))
    draft.say("Hello")
    assert [one.reply_to for one in draft.effects if isinstance(one, Send)] == [5, None, None]


def test_an_answer_is_cut_where_telegram_would_refuse_it() -> None:
    draft = Draft(state_of())
    draft.answer("query", "x" * 300)
    assert draft.effects == [AnswerPress(query_id="query", text="x" * 200)]


@pytest.mark.parametrize(
    ("sound", "during", "at_the_end"),
    [(Sound.ALL, False, False), (Sound.RESULTS, True, False), (Sound.NONE, True, True)],
)
def test_what_is_silent(sound: Sound, during: bool, at_the_end: bool) -> None:
    one = job(handover=Handover(sound=sound))
    silent = (Draft.is_silent(one, final=False), Draft.is_silent(one, final=True))
    assert silent == (during, at_the_end)


@pytest.mark.parametrize(
    "event", [command("start"), press(Verb.PRESET, "quick", question=7), press(Verb.SWAP)]
)
def test_the_same_state_and_event_lead_to_the_same(event: Event) -> None:
    before = state_of(session=both_pictures(question=7))
    assert turn(before, event) == turn(before, event)
    assert before == state_of(session=both_pictures(question=7), facts=before.facts)
