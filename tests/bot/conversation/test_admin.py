"""/admin: what admins see and decide, as pure turns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.conversation.effects import (
    Announce,
    AnswerPress,
    BlockPerson,
    DraftAnnouncement,
    Edit,
    Send,
    SetPause,
    StopAnnouncement,
    UnblockPerson,
)
from bot.conversation.events import Notice
from bot.conversation.state import Policy
from bot.conversation.turn import turn
from bot.messages.desk import Desk, Pause, ToldError
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    NOW,
    command,
    data_of,
    dead,
    facts_with,
    of_kind,
    only,
    press,
    reply_to,
    state_of,
)

if TYPE_CHECKING:
    from bot.conversation.effects import Effect
    from bot.conversation.state import State
    from core.jobs.models import Person

DESK = Desk(running=1, waiting=4, unsent=2, audience=12)
NEWS = "Closed on <Sunday>."


def at_desk(desk: Desk = DESK, person: Person = ADA) -> State:
    """Ada is an admin."""
    policy = Policy(admins=frozenset({ADA.user_id}))
    return state_of(person, facts=facts_with(desk=desk, policy=policy))


def asked(words: str = "", desk: Desk = DESK, **parts: Any) -> tuple[Effect, ...]:
    _, effects = turn(at_desk(desk), command("admin", words=words, **parts))
    return effects


def pressed(argument: str, desk: Desk = DESK) -> tuple[Effect, ...]:
    _, effects = turn(at_desk(desk), press(Verb.ADMIN, argument))
    return effects


def said(effects: tuple[Effect, ...]) -> str:
    return only(effects, Send).text


def test_to_everybody_else_the_command_does_not_exist() -> None:
    _, effects = turn(state_of(), command("admin"))
    assert said(effects).startswith(ENGLISH.unknown_command())
    _, effects = turn(state_of(), press(Verb.ADMIN, "pause"))
    assert effects == dead(ENGLISH.old_button())


def test_it_shows_what_goes_on_and_what_can_be_done() -> None:
    send = only(asked(), Send)
    for line in ("Painting goes on.", "painted: 1", "queue: 4", "sent: 2", "Blocked people: 0"):
        assert line in send.text
    assert data_of(send.keyboard) == [
        "admin:pause:1",
        "admin:drain:1",
        "admin:refresh:1",
        "admin:errors:1",
    ]


def test_in_a_group_it_is_answered_in_private() -> None:
    _, effects = turn(at_desk(person=ADA_IN_GROUP), command("admin", private=False))
    assert only(effects, Send).chat_id == ADA.user_id


@pytest.mark.parametrize(
    ("argument", "before", "after"),
    [
        ("pause", Pause.NONE, Pause.PAUSED),
        ("drain", Pause.NONE, Pause.DRAINING),
        ("resume", Pause.PAUSED, Pause.NONE),
        ("resume", Pause.DRAINING, Pause.NONE),
    ],
)
def test_a_button_pauses_and_resumes_and_the_message_says_so(
    argument: str, before: Pause, after: Pause
) -> None:
    effects = pressed(argument, replace(DESK, pause=before))
    assert only(effects, SetPause) == SetPause(pause=after)
    edit = only(effects, Edit)
    shown = {Pause.NONE: "goes on", Pause.PAUSED: "is paused", Pause.DRAINING: "Draining"}
    assert shown[after] in edit.text
    assert ("admin:resume:1" in data_of(edit.keyboard)) == (after is not Pause.NONE)
    assert of_kind(effects, AnswerPress)


def test_when_nothing_is_painted_any_more_draining_says_so() -> None:
    idle = replace(DESK, running=0)
    assert "You can stop me." in only(pressed("drain", idle), Edit).text
    assert "You can stop me." not in only(pressed("drain"), Edit).text
    _, effects = turn(at_desk(), Notice(what="drained"))
    assert "You can stop me." in said(effects)


def test_a_person_is_blocked_by_number_or_by_their_message() -> None:
    effects = asked("block 2")
    assert only(effects, BlockPerson) == BlockPerson(user_id=2)
    assert "is blocked" in said(effects)
    by_message = asked("block", replied=reply_to(7, author=2))
    assert only(by_message, BlockPerson) == BlockPerson(user_id=2)


@pytest.mark.parametrize(
    ("words", "parts", "answer"),
    [
        ("block", {}, ENGLISH.admin_whom()),
        ("block Ben", {}, ENGLISH.admin_whom()),
        ("block", {"replied": reply_to(7)}, ENGLISH.admin_whom()),
        ("block 1", {}, ENGLISH.admin_is_admin()),
        ("unblock 2", {}, ENGLISH.admin_not_blocked(2)),
        ("announce", {}, ENGLISH.admin_usage()),
        ("dance", {}, ENGLISH.admin_usage()),
    ],
)
def test_what_cannot_be_done_is_said(words: str, parts: dict[str, Any], answer: str) -> None:
    effects = asked(words, **parts)
    assert effects == (Send(text=answer),)


def test_a_blocked_person_is_unblocked() -> None:
    blocked = replace(DESK, blocked=frozenset({2}))
    assert only(asked("unblock 2", blocked), UnblockPerson) == UnblockPerson(user_id=2)
    assert not of_kind(asked("block 2", blocked), BlockPerson)


def test_an_announcement_is_sent_only_once_it_is_confirmed() -> None:
    effects = asked(f"announce {NEWS}")
    assert only(effects, DraftAnnouncement) == DraftAnnouncement(text=NEWS)
    question = only(effects, Send)
    assert "to 12 people" in question.text
    assert "Closed on &lt;Sunday&gt;." in question.text
    announce, drop = (data.split(":")[1] for data in data_of(question.keyboard))

    drafted = replace(DESK, draft=NEWS)
    effects = pressed(announce, drafted)
    assert only(effects, Announce) == Announce(text="Closed on &lt;Sunday&gt;.")
    assert only(effects, DraftAnnouncement).text == ""
    effects = pressed(drop, drafted)
    assert not of_kind(effects, Announce)
    assert only(effects, DraftAnnouncement).text == ""


def test_a_button_under_another_text_announces_nothing() -> None:
    announce, _ = data_of(only(asked(f"announce {NEWS}"), Send).keyboard)
    argument = announce.split(":")[1]
    for draft in ("", "Another text."):
        effects = pressed(argument, replace(DESK, draft=draft))
        assert effects == dead(ENGLISH.admin_outdated())


def test_one_announcement_at_a_time_and_it_can_be_stopped() -> None:
    under_way = replace(DESK, unannounced=5)
    assert "5 people" in said(asked(f"announce {NEWS}", under_way))
    send = only(asked("", under_way), Send)
    assert "still to be told: 5" in send.text
    assert data_of(send.keyboard)[-1] == "admin:stop:1"
    effects = pressed("stop", under_way)
    assert of_kind(effects, StopAnnouncement)
    assert "still to be told" not in only(effects, Edit).text


def test_a_text_of_several_lines_is_announced_as_it_is() -> None:
    assert only(asked("announce\nOne.\n\nTwo."), DraftAnnouncement).text == "One.\n\nTwo."


def test_the_last_errors_are_references_and_kinds() -> None:
    errors = (
        ToldError("E-4f0a1c", NOW - timedelta(minutes=5), "ValueError"),
        ToldError("E-000001", NOW - timedelta(hours=3)),
    )
    edit = only(pressed("errors", replace(DESK, errors=errors)), Edit)
    lines = edit.text.splitlines()
    assert lines[1] == "<code>E-4f0a1c</code> · 5 min ago · ValueError"
    assert lines[2] == "<code>E-000001</code> · 3 h ago"
    assert data_of(edit.keyboard) == ["admin:refresh:1"]
    assert "No unexpected errors" in only(pressed("errors"), Edit).text
