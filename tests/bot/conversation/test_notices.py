"""What the bot says without being asked, or to those whom it does not serve."""

from __future__ import annotations

import pytest

from bot.conversation.effects import Refusal, Send
from bot.conversation.events import HandlingFailed, Notice, QuestionDue, SendFailed, TurnedAway
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from core.jobs.models import EMPTY_SESSION, Session
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    LANGUAGES,
    alert,
    both_pictures,
    heard,
    only,
    picture,
    state_of,
    verbs_of,
)

CHINESE = LANGUAGES.texts["zh-hans"]


def test_a_stranger_is_turned_away_in_the_language_of_their_client() -> None:
    before = state_of()
    event = TurnedAway(why="private", heard=heard(), client_language="zh-CN")
    assert turn(before, event) == (before, (Send(text=CHINESE.not_allowed(), chat_id=ADA.chat_id),))
    assert CHINESE.not_allowed() != ENGLISH.not_allowed()


def test_a_strangers_press_is_answered_by_an_alert() -> None:
    before = state_of()
    refused = alert(ENGLISH.not_allowed())
    assert turn(before, TurnedAway(why="private", query_id="query")) == (before, (refused,))


def test_who_writes_as_a_group_is_told_in_english_as_a_reply() -> None:
    event = TurnedAway(why="nameless", heard=heard(private=False), client_language="zh-CN")
    _, effects = turn(state_of(ADA_IN_GROUP), event)
    (answer,) = effects
    assert answer == Send(text=ENGLISH.nameless(), chat_id=ADA_IN_GROUP.chat_id, reply_to=100)
    refused = SendFailed(effect=answer, refusal=Refusal.TEXT)
    assert turn(state_of(ADA_IN_GROUP), refused)[1] == (), "Nobody calls a stranger in private."


def test_a_failure_of_the_bots_own_is_owned() -> None:
    before = state_of(session=both_pictures())
    assert turn(before, HandlingFailed(heard=heard())) == (before, (Send(text=ENGLISH.trouble()),))
    _, effects = turn(state_of(ADA_IN_GROUP), HandlingFailed(heard=heard(private=False)))
    assert only(effects, Send).reply_to == 100
    _, effects = turn(state_of(ADA_IN_GROUP), HandlingFailed())
    assert only(effects, Send).reply_to is None
    _, effects = turn(state_of(ADA_IN_GROUP), HandlingFailed(query_id="query"))
    assert effects == (alert(ENGLISH.trouble()),)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Notice(what="update_dropped"), CHINESE.update_dropped()),
        (Notice(what="jobs_lost"), CHINESE.jobs_lost()),
        (Notice(what="database_damaged", file="<a>.db"), CHINESE.database_damaged("<a>.db")),
    ],
)
def test_a_notice_disturbs_nothing(event: Notice, text: str) -> None:
    before = state_of(session=both_pictures(), client_language="zh")
    assert turn(before, event) == (before, (Send(text=text),))
    assert "<a>" not in text


def test_a_lost_question_is_asked_again() -> None:
    session = Session(content=picture(1), style=picture(2))
    state, effects = turn(state_of(session=session), QuestionDue())
    assert state.session == both_pictures(question=20, message_id=None)
    assert only(effects, Send).text == ENGLISH.expected(session)
    assert verbs_of(only(effects, Send).keyboard) == [Verb.PRESET] * 4 + [
        Verb.QUESTION_STRENGTH,
        Verb.SWAP,
    ]


@pytest.mark.parametrize("session", [EMPTY_SESSION, both_pictures(), Session(style=picture(2))])
def test_a_question_that_is_open_or_not_due_is_not_asked_again(session: Session) -> None:
    before = state_of(session=session)
    assert turn(before, QuestionDue()) == (before, ())
