"""What buttons do: each press is answered once, and one that is refused changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation import buttons
from bot.conversation.effects import (
    AnswerPress,
    CancelJob,
    Edit,
    Send,
    SetButtons,
    SubmitJob,
)
from bot.conversation.events import PictureTrouble
from bot.conversation.refusal import RefusalError
from bot.conversation.turn import turn
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.languages import ENGLISH
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import EMPTY_SESSION, JobState, Session
from tests.auxil.screens import ShownButton
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    BEN,
    BEN_IN_GROUP,
    alert,
    both_pictures,
    command,
    dead,
    facts_of,
    facts_with,
    job,
    notice,
    of_kind,
    one_picture,
    only,
    picture,
    press,
    state_of,
    style,
    verbs_of,
)
from tests.auxil.world import World

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from core.jobs.models import Person

OLD = ENGLISH.old_button()
ASKED = state_of(session=both_pictures(question=7, message_id=70))
QUICK_OF_7 = press(Verb.PRESET, "quick", question=7)


# The profile photo.


def test_the_question_for_a_photo_offers_the_profile_photo_in_private_only() -> None:
    _, effects = turn(state_of(), command("start"))
    assert verbs_of(only(effects, Send).keyboard) == [Verb.PROFILE]
    _, effects = turn(state_of(ADA_IN_GROUP), command("start", private=False))
    assert only(effects, Send).keyboard == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EMPTY_SESSION, one_picture()),
        (Session(style=picture(2)), both_pictures()),
        (one_picture(), one_picture()),
        (both_pictures(), both_pictures()),
    ],
)
def test_the_profile_photo_is_the_photo_whatever_was_there(before: Session, after: Session) -> None:
    mine = replace(picture(6), message_id=0)
    pressed = press(Verb.PROFILE, picture=mine, query_id=None)
    state, effects = turn(state_of(session=before), pressed)
    expected = replace(after, content=mine, question=20, question_message_id=None)
    assert state.session == expected
    assert only(effects, Send).text.startswith(ENGLISH.expected(expected)) or (
        ENGLISH.ask_style() in only(effects, Send).text
    )


def test_without_a_profile_photo_a_photo_is_asked_for() -> None:
    pressed = press(Verb.PROFILE, trouble=PictureTrouble(missing=True), query_id=None)
    _, effects = turn(state_of(), pressed)
    words = f"{ENGLISH.no_profile_photo()}\n\n{ENGLISH.expected(EMPTY_SESSION)}"
    assert effects == (Send(text=words),), "and the button that leads nowhere is gone"


def test_in_a_group_a_press_for_the_profile_photo_is_refused() -> None:
    before = state_of(ADA_IN_GROUP)
    assert turn(before, press(Verb.PROFILE)) == (before, (alert(OLD),))


# Cancelling, and dropping the session.


def test_a_status_button_cancels_its_job_and_the_status_says_so_itself() -> None:
    before = state_of(facts=facts_with(subject=facts_of(job(3))))
    _, effects = turn(before, press(Verb.CANCEL, 3, message_id=40))
    assert effects == (CancelJob(job_id=3), notice(ENGLISH.cancelling()))


def test_a_button_elsewhere_cancels_the_job_and_its_message_says_so_too() -> None:
    before = state_of(facts=facts_with(subject=facts_of(job(3))))
    _, effects = turn(before, press(Verb.CANCEL, 3, message_id=71))
    assert of_kind(effects, CancelJob) == [CancelJob(job_id=3)]
    assert only(effects, Edit) == Edit(text=ENGLISH.cancelled(), message_id=71)


@pytest.mark.parametrize("over", [JobState.DELIVERED, JobState.CANCELLED, JobState.FAILED])
def test_a_job_that_is_over_cannot_be_cancelled(over: JobState) -> None:
    before = state_of(facts=facts_with(subject=facts_of(job(3, state=over))))
    assert turn(before, press(Verb.CANCEL, 3)) == (before, (alert(ENGLISH.over()),))


def test_dropping_the_session_takes_the_questions_buttons_away() -> None:
    world = World()
    world.order(ADA)
    world.send_photo(ADA)
    world.command(ADA, "cancel")
    world.press(ADA, world.button(ADA, Verb.DROP))
    left = world.screens.shown_buttons(ADA.chat_id)
    assert [button.data for button in left] == [
        "quality:1=balanced:1",
        "quality:1=fine:1",
        "change:1:1",
        "cancel:1:1",
    ]
    assert world.memory.session(ADA) == EMPTY_SESSION


# Whose button it is.


@pytest.mark.parametrize("verb", Verb)
def test_somebody_elses_button_is_refused(verb: Verb) -> None:
    before = state_of(BEN_IN_GROUP, facts=facts_with(subject=facts_of(job(3, ADA_IN_GROUP))))
    refused = (before, (alert(ENGLISH.not_yours()),))
    assert turn(before, press(verb, 3, owner=ADA.user_id)) == refused


OF_JOBS = (
    Verb.CANCEL,
    Verb.SEND_AGAIN,
    Verb.SOFTER,
    Verb.STRONGER,
    Verb.FINER,
    Verb.COLOURS,
    Verb.TRY_AGAIN,
    Verb.SWAP_RESULT,
    Verb.NEW_PHOTO,
    Verb.NEW_STYLE,
    Verb.COMPARE,
    Verb.FILM,
    Verb.CURVE,
    Verb.FILE,
    Verb.MORE,
    Verb.BACK,
    Verb.STRENGTH,
    Verb.STYLE_SCALE,
    Verb.BLEND,
)


@pytest.mark.parametrize("verb", OF_JOBS)
def test_a_forged_owner_does_not_help_since_the_jobs_own_owner_counts(verb: Verb) -> None:
    adas = facts_of(job(3, ADA_IN_GROUP, JobState.RUNNING))
    before = state_of(BEN_IN_GROUP, facts=facts_with(subject=adas))
    refused = (before, (alert(ENGLISH.not_yours()),))
    assert turn(before, press(verb, 3, owner=BEN.user_id)) == refused


@pytest.mark.parametrize("owner", [ADA, BEN])
def test_a_groups_admin_cancels_anybodys_job(owner: Person) -> None:
    adas = facts_of(job(3, ADA_IN_GROUP))
    before = state_of(BEN_IN_GROUP, facts=facts_with(subject=adas))
    event = press(Verb.CANCEL, 3, owner=owner.user_id, message_id=40, may_stop=True)
    state, effects = turn(before, event)
    assert state == before
    assert effects == (CancelJob(job_id=3), notice(ENGLISH.cancelling()))


@pytest.mark.parametrize("verb", [verb for verb in OF_JOBS if verb is not Verb.CANCEL])
def test_a_groups_admin_may_do_nothing_else_with_it(verb: Verb) -> None:
    adas = facts_of(job(3, ADA_IN_GROUP, JobState.DELIVERED))
    before = state_of(BEN_IN_GROUP, facts=facts_with(subject=adas))
    refused = (before, (alert(ENGLISH.not_yours()),))
    for owner in (ADA, BEN):
        assert turn(before, press(verb, 3, owner=owner.user_id, may_stop=True)) == refused


@pytest.mark.parametrize("verb", OF_JOBS)
def test_a_button_of_a_job_that_is_gone_is_refused(verb: Verb) -> None:
    before = state_of()
    assert turn(before, press(verb, 3)) == (before, dead(ENGLISH.unknown_painting()))


@pytest.mark.parametrize("verb", OF_JOBS[1:])
def test_the_buttons_of_a_result_that_was_swept_say_how_to_get_it_again_and_go(verb: Verb) -> None:
    swept = job(3, state=JobState.DELIVERED)
    facts = facts_with(subject=facts_of(swept, kept=False), pressed_job=swept)
    before = state_of(facts=facts)
    gone = ENGLISH.said(PictureGoneError().spoken)
    assert turn(before, press(verb, 3)) == (before, dead(gone))


def test_the_buttons_of_a_message_that_shows_another_painting_by_now_stay() -> None:
    swept, shown = job(3, state=JobState.DELIVERED), job(5, state=JobState.DELIVERED)
    facts = facts_with(subject=facts_of(swept, kept=False), pressed_job=shown)
    before = state_of(facts=facts)
    _, effects = turn(before, press(Verb.FINER, 3))
    assert effects == (alert(ENGLISH.said(PictureGoneError().spoken)),)


@pytest.mark.parametrize(
    "data", ["", "preset", "quick_7", "repaint:3:1", "preset:quick:ada", "cancel::1"]
)
def test_what_no_button_of_ours_carries_is_refused(data: str) -> None:
    event = replace(press(Verb.SWAP), data=data)
    before = state_of()
    refused = alert(ENGLISH.unknown_painting()) if data == "cancel::1" else alert(OLD)
    assert turn(before, event) == (before, (refused, SetButtons(message_id=70)))


# The answer to a press.


def test_what_a_flow_did_before_it_refused_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(draft: Draft, *_: object) -> None:
        draft.drop_session()
        raise RefusalError("No.")

    monkeypatch.setitem(buttons._ELSEWHERE, Verb.SETTINGS, pressed)
    assert turn(ASKED, press(Verb.SETTINGS)) == (ASKED, (alert("No."),))


@pytest.mark.parametrize("verb", Verb)
def test_a_late_press_is_answered_by_nothing_but_what_the_chat_shows(verb: Verb) -> None:
    before = state_of(session=both_pictures(), facts=facts_with(subject=facts_of(job(3))))
    _, effects = turn(before, press(verb, 3, query_id=None))
    assert of_kind(effects, AnswerPress) == []


def test_a_late_press_does_its_work() -> None:
    state, effects = turn(ASKED, replace(QUICK_OF_7, query_id=None))
    assert state.session == EMPTY_SESSION
    assert only(effects, SubmitJob).status == 7


def test_a_press_whose_message_is_not_told_edits_nothing() -> None:
    before = state_of(
        session=both_pictures(), styles=(style(3),), facts=facts_with(subject=facts_of(job(3)))
    )
    for verb in (Verb.DROP, Verb.CANCEL, Verb.SETTINGS, Verb.FORGET, Verb.MINE, Verb.NAME):
        argument = "" if verb in {Verb.DROP, Verb.SETTINGS} else 3
        _, effects = turn(before, press(verb, argument, message_id=None))
        assert of_kind(effects, Edit) == []
        assert not only(effects, AnswerPress).alert


def test_the_alert_is_in_the_pressers_language() -> None:
    before = state_of(BEN_IN_GROUP, client_language="zh-hans")
    _, effects = turn(before, press(Verb.SWAP, owner=ADA.user_id))
    assert only(effects, AnswerPress).text == before.texts.not_yours()
    assert before.texts.not_yours() != ENGLISH.not_yours()


def test_two_people_in_a_group_have_sessions_of_their_own() -> None:
    world = World()
    world.send_photo(ADA_IN_GROUP)
    world.send_photo(BEN_IN_GROUP)
    before = world.memory.session(BEN_IN_GROUP)
    world.send_photo(ADA_IN_GROUP)
    world.press(ADA_IN_GROUP, world.button(ADA_IN_GROUP, Verb.PRESET, "quick"))
    assert world.memory.session(BEN_IN_GROUP) == before
    bens = world.button(BEN_IN_GROUP, Verb.PICK, "glass")
    assert world.press(ADA_IN_GROUP, bens) == (alert(ENGLISH.not_yours()),)
    assert not world.would_refuse(BEN_IN_GROUP, bens)


def test_a_question_is_open_in_its_own_chat_only() -> None:
    world = World()
    world.send_photo(ADA)
    world.send_photo(ADA_IN_GROUP)
    private = CallbackData.parse(world.button(ADA, Verb.PICK, "glass").data)
    elsewhere = ShownButton(ADA_IN_GROUP.chat_id, 1, str(private))
    words = ENGLISH.settled_question(world.memory.session(ADA_IN_GROUP))
    assert world.press(ADA_IN_GROUP, elsewhere)[0] == alert(words)
    assert world.memory.session(ADA_IN_GROUP) == Session(
        content=world.memory.session(ADA_IN_GROUP).content, question=2, question_message_id=2
    )
