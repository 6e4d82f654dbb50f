"""/cancel: a job, or what was sent for the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.effects import CancelJob, Send, SetButtons
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from core.jobs.models import EMPTY_SESSION, JobState, Session, Step
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    BEN_IN_GROUP,
    both_pictures,
    command,
    data_of,
    facts_with,
    job,
    of_kind,
    one_picture,
    only,
    picture,
    reply_to,
    state_of,
)
from tests.auxil.world import World


def test_without_job_and_session_there_is_nothing_to_cancel() -> None:
    before = state_of()
    _, effects = turn(before, command("cancel"))
    assert effects == (Send(text=ENGLISH.nothing_to_cancel()),)


@pytest.mark.parametrize("session", [one_picture(question=7), both_pictures(question=7)])
def test_a_session_is_dropped_and_its_question_loses_its_buttons(session: Session) -> None:
    state, effects = turn(state_of(session=session), command("cancel"))
    assert state.session == EMPTY_SESSION
    assert effects == (SetButtons(message=7), Send(text=ENGLISH.dropped()))


def test_a_style_that_was_chosen_before_the_photo_is_dropped() -> None:
    state, effects = turn(state_of(session=Session(style=picture(2))), command("cancel"))
    assert state.session == EMPTY_SESSION
    assert effects == (Send(text=ENGLISH.dropped()),)


def test_the_newest_job_is_cancelled() -> None:
    _, effects = turn(state_of(jobs=(job(3), job(4))), command("cancel"))
    assert effects == (CancelJob(job_id=4), Send(text=ENGLISH.cancelling()))


def test_a_job_is_cancelled_and_a_style_chosen_before_the_photo_is_kept() -> None:
    session = Session(style=picture(2))
    state, effects = turn(state_of(session=session, jobs=(job(3),)), command("cancel"))
    assert state.session == session
    assert of_kind(effects, CancelJob) == [CancelJob(job_id=3)]


def test_with_job_and_session_it_asks_which() -> None:
    before = state_of(session=both_pictures(), jobs=(job(3),))
    state, effects = turn(before, command("cancel"))
    question = only(effects, Send)
    assert state == before
    assert question.text == ENGLISH.what_to_cancel()
    assert data_of(question.keyboard) == ["cancel:3:1", "drop::1"]


def test_as_a_reply_it_cancels_the_job_of_that_message() -> None:
    before = state_of(
        session=both_pictures(), jobs=(job(3), job(4)), facts=facts_with(replied_job=job(3))
    )
    state, effects = turn(before, command("cancel", replied=reply_to(40)))
    assert state == before
    assert effects == (CancelJob(job_id=3), Send(text=ENGLISH.cancelling()))


def test_as_a_reply_to_what_is_over_it_says_so() -> None:
    facts = facts_with(replied_job=job(3, state=JobState.DELIVERED))
    _, effects = turn(state_of(facts=facts), command("cancel", replied=reply_to(40)))
    assert effects == (Send(text=ENGLISH.over()),)


def test_as_a_reply_to_another_message_of_the_bots_it_is_a_plain_cancel() -> None:
    _, effects = turn(state_of(jobs=(job(3),)), command("cancel", replied=reply_to(77)))
    assert of_kind(effects, CancelJob) == [CancelJob(job_id=3)]


def test_as_a_reply_to_ones_own_message_it_is_a_plain_cancel() -> None:
    own = reply_to(77, author=ADA.user_id)
    _, effects = turn(state_of(jobs=(job(3),)), command("cancel", replied=own))
    assert of_kind(effects, CancelJob) == [CancelJob(job_id=3)]


def test_as_a_reply_to_somebody_elses_message_it_cancels_nothing_of_ones_own() -> None:
    before = state_of(ADA_IN_GROUP, jobs=(job(3, ADA_IN_GROUP),))
    others = reply_to(77, picture=True, author=BEN_IN_GROUP.user_id)
    state, effects = turn(before, command("cancel", private=False, replied=others))
    assert state == before
    assert effects == (Send(text=ENGLISH.over(), reply_to=100),)


def test_another_persons_job_is_cancelled_by_the_groups_admins_only() -> None:
    state = state_of(ADA_IN_GROUP, facts=facts_with(replied_job=job(3, BEN_IN_GROUP)))
    plain = command("cancel", private=False, replied=reply_to(40))
    _, refused = turn(state, plain)
    assert refused == (Send(text=ENGLISH.not_yours_to_stop(), reply_to=100),)
    _, effects = turn(state, replace(plain, may_stop=True))
    assert effects == (CancelJob(job_id=3), Send(text=ENGLISH.cancelling(), reply_to=100))


def test_no_old_question_keeps_its_buttons() -> None:
    world = World()
    world.send_photo(ADA)
    world.send_photo(ADA)
    world.command(ADA, "cancel")
    assert world.screens.shown_buttons(ADA.chat_id) == []


def test_a_question_that_was_not_sent_yet_is_never_shown() -> None:
    world = World()
    world.send_photo(ADA, "album")
    world.command(ADA, "cancel")
    world.pass_time(5.0)
    assert [message.text for message in world.chat(ADA).values()] == [ENGLISH.dropped()]


def test_both_buttons_of_the_choice_work() -> None:
    for verb in (Verb.CANCEL, Verb.DROP):
        world = World()
        world.order(ADA)
        world.send_photo(ADA)
        world.command(ADA, "cancel")
        world.press(ADA, world.button(ADA, verb))
        left = Step.STYLE if verb is Verb.CANCEL else Step.CONTENT
        active = [] if verb is Verb.CANCEL else [1]
        assert world.memory.session(ADA).step is left
        assert [one.id for one in world.memory.jobs_in(JobState.QUEUED)] == active
