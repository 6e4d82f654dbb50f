"""What the commands do, and messages that are neither picture nor command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.effects import Delete, Send, SetButtons
from bot.conversation.events import WordsSent
from bot.conversation.state import Policy
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from bot.messages.message_kinds import MessageKind
from core.engines.protocol import Delay
from core.jobs.models import EMPTY_SESSION, Forecast, JobState, Session
from tests.auxil.turns import (
    ADA_IN_GROUP,
    both_pictures,
    command,
    data_of,
    facts_with,
    heard,
    job,
    one_picture,
    only,
    reply_to,
    state_of,
    style,
    verbs_of,
)


def test_start_welcomes_and_asks_for_a_photo() -> None:
    _, effects = turn(state_of(), command("start"))
    assert only(effects, Send).text == f"{ENGLISH.welcome()}\n\n{ENGLISH.expected(EMPTY_SESSION)}"


def test_start_in_the_middle_asks_the_open_question_again() -> None:
    state, effects = turn(state_of(session=both_pictures(question=7)), command("start"))
    assert effects[0] == SetButtons(message=7)
    assert verbs_of(only(effects, Send).keyboard) == [Verb.PRESET] * 4 + [
        Verb.QUESTION_STRENGTH,
        Verb.SWAP,
    ]
    assert state.session == both_pictures(question=20, message_id=None)


def test_help_leaves_the_open_question_alone() -> None:
    before = state_of(session=both_pictures())
    assert turn(before, command("help")) == (before, (Send(text=ENGLISH.help(20)),))


def test_help_says_how_large_a_file_may_be() -> None:
    _, effects = turn(state_of(facts=facts_with(policy=Policy(max_picture_mb=64))), command("help"))
    assert "up to 64 MB" in only(effects, Send).text


def test_privacy_says_how_long_and_how_many_pictures_are_kept() -> None:
    policy = Policy(keep_hours=5.0, bytes_per_person=60_000_000)
    before = state_of(facts=facts_with(policy=policy))
    assert turn(before, command("privacy")) == (before, (Send(text=ENGLISH.privacy(5.0, 60)),))


def test_an_unknown_command_is_said_to_be_unknown() -> None:
    _, effects = turn(state_of(), command("dance"))
    expected = f"{ENGLISH.unknown_command()}\n\n{ENGLISH.expected(EMPTY_SESSION)}"
    assert only(effects, Send).text == expected


def test_in_a_group_an_answer_replies_to_the_command() -> None:
    _, effects = turn(state_of(ADA_IN_GROUP), command("help", private=False))
    assert only(effects, Send).reply_to == 100


def test_status_shows_the_painting_anew_below() -> None:
    running = job(4, evaluation=150, evaluations=300)
    _, effects = turn(state_of(jobs=(running,)), command("status"))
    gone, status = effects
    assert isinstance(gone, Delete)
    assert isinstance(status, Send)
    assert gone.message_id == 40
    assert (status.message, status.job_id) == (4, 4)
    assert status.text == ENGLISH.progress_line(running)
    assert verbs_of(status.keyboard) == [Verb.QUALITY, Verb.QUALITY, Verb.CHANGE, Verb.CANCEL]


def test_status_gives_other_jobs_a_line_before_what_the_session_waits_for() -> None:
    waiting = job(3, state=JobState.QUEUED)
    running = job(4, evaluation=150, evaluations=300, messages=())
    state = state_of(jobs=(waiting, running), facts=facts_with(place={3: 2}.get))
    _, effects = turn(state, command("status"))
    lines = f"{ENGLISH.waiting_line(waiting, 2)}\n{ENGLISH.progress_line(running)}"
    assert only(effects, Send).text == f"{lines}\n\n{ENGLISH.for_another()}"


@pytest.mark.parametrize("delay", Delay)
def test_status_says_why_what_waits_is_not_painted(delay: Delay) -> None:
    waiting = job(3, state=JobState.QUEUED)
    facts = facts_with(place={3: 1}.get, forecast=lambda *_, **__: Forecast(1, None, delay))
    _, effects = turn(state_of(jobs=(waiting,), facts=facts), command("status"))
    lines = f"{ENGLISH.waiting_line(waiting, 1)}\n{ENGLISH.why_delayed(delay)}"
    assert only(effects, Send).text == f"{lines}\n\n{ENGLISH.for_another()}"


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([JobState.QUEUED], "What you sent stays in the queue."),
        ([JobState.RUNNING, JobState.QUEUED], "What I'm painting goes on."),
    ],
)
def test_who_says_something_else_meanwhile_hears_that_nothing_is_lost(
    states: list[JobState], words: str
) -> None:
    jobs = tuple(job(number, state=state) for number, state in enumerate(states, 3))
    hello = WordsSent(heard=heard(), kind=MessageKind.TEXT, text="hello?")
    _, effects = turn(state_of(jobs=jobs), hello)
    said = f"{ENGLISH.cannot_use(MessageKind.TEXT)}\n\n{words} For another painting, send a photo."
    assert only(effects, Send).text == said
    _, effects = turn(state_of(jobs=jobs, session=one_picture()), hello)
    assert words not in only(effects, Send).text


def test_status_without_a_job_says_what_the_session_waits_for() -> None:
    session = one_picture()
    _, effects = turn(state_of(session=session), command("status"))
    assert only(effects, Send).text.startswith(ENGLISH.expected(session))


def test_paint_without_a_picture_in_a_group_it_asks_for_one() -> None:
    _, effects = turn(state_of(ADA_IN_GROUP), command("paint", private=False))
    question = only(effects, Send)
    assert question.text == f"{ENGLISH.expected(EMPTY_SESSION)}\n{ENGLISH.answer_here()}"
    assert (question.reply_to, question.force_reply) == (100, True)


def test_paint_under_something_else_it_says_what_it_cannot_use() -> None:
    sticker = replace(reply_to(50, author=2), kind=MessageKind.STICKER, has_text=False)
    _, effects = turn(state_of(ADA_IN_GROUP), command("paint", private=False, replied=sticker))
    lead = ENGLISH.cannot_use(MessageKind.STICKER)
    assert only(effects, Send).text.startswith(f"{lead}\n\n")


@pytest.mark.parametrize("session", [EMPTY_SESSION, one_picture(), both_pictures()])
def test_paint_in_a_private_chat_goes_on_with_what_is_there(session: Session) -> None:
    _, effects = turn(state_of(session=session), command("paint"))
    assert only(effects, Send).text.startswith(ENGLISH.expected(session))


@pytest.mark.parametrize("kind", MessageKind)
def test_what_cannot_be_used_is_said_and_the_question_asked_again(kind: MessageKind) -> None:
    session = both_pictures(question=7)
    state, effects = turn(state_of(session=session), WordsSent(heard=heard(), kind=kind))
    assert effects[0] == SetButtons(message=7)
    expected = f"{ENGLISH.cannot_use(kind)}\n\n{ENGLISH.expected(session)}"
    assert only(effects, Send).text == expected
    assert state.session == replace(session, question=20, question_message_id=None)


def test_words_about_a_picture_of_the_bots_are_not_for_the_bot_in_a_group() -> None:
    before = state_of(ADA_IN_GROUP, session=one_picture(message_id=70))
    talk = heard(private=False, replied=reply_to(60, picture=True))
    event = WordsSent(heard=talk, kind=MessageKind.TEXT, text="Nice!")
    assert turn(before, event) == (before, ())


def test_words_in_reply_to_the_open_question_are() -> None:
    answer = heard(private=False, replied=reply_to(70, picture=True))
    event = WordsSent(heard=answer, kind=MessageKind.TEXT, text="Which?")
    _, effects = turn(state_of(ADA_IN_GROUP, session=one_picture(message_id=70)), event)
    assert only(effects, Send).text.startswith(ENGLISH.cannot_use(MessageKind.TEXT))


def test_a_mention_is_answered_without_reproach() -> None:
    mention = replace(heard(private=False), mentions_bot=True)
    _, effects = turn(state_of(ADA_IN_GROUP), WordsSent(heard=mention, kind=MessageKind.TEXT))
    assert only(effects, Send).text.startswith(ENGLISH.expected(EMPTY_SESSION))


def test_what_is_said_is_in_the_persons_language_and_a_chosen_one_wins_over_the_clients() -> None:
    chinese = state_of(client_language="zh-CN")
    _, effects = turn(chinese, command("help"))
    assert only(effects, Send).text == chinese.languages.texts_for("zh").help(20)
    assert only(effects, Send).text != ENGLISH.help(20)
    english = replace(chinese, preferences=replace(chinese.preferences, language="en"))
    _, effects = turn(english, command("help"))
    assert only(effects, Send).text == ENGLISH.help(20)


def test_styles_without_any_says_so() -> None:
    before = state_of()
    assert turn(before, command("styles")) == (before, (Send(text=ENGLISH.no_styles()),))


def test_styles_leaves_the_session_alone() -> None:
    before = state_of(session=both_pictures(), styles=(style(4),))
    state, effects = turn(before, command("styles"))
    assert state == before
    assert data_of(only(effects, Send).keyboard) == ["mine:4:1"]
