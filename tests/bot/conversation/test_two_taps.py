"""Painting begins with the second picture, or with a tap on a style; the quality can be changed while it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.effects import (
    AnswerPress,
    ChangeJob,
    Edit,
    Resume,
    Send,
    StyleImage,
    SubmitJob,
)
from bot.conversation.events import LinkFollowed, PictureSent
from bot.conversation.turn import turn
from bot.messages import keyboards
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from core.jobs.models import EMPTY_SESSION, JobFacts, JobState, Role, Step
from core.jobs.preferences import Preferences
from core.sentences import sentence
from core.style.options import Options, Preset
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    QUICK,
    RESULT,
    alert,
    both_pictures,
    data_of,
    facts_of,
    facts_with,
    heard,
    job,
    notice,
    of_kind,
    one_picture,
    only,
    picture,
    press,
    state_of,
    verbs_of,
)
from tests.auxil.world import World

BALANCED = replace(QUICK, preset=Preset.BALANCED)
FULL = sentence("The queue is full.")


@pytest.fixture
def asking() -> None:
    """Nobody here is asked for the quality, unless they want to be."""


def sent(number: int, *, private: bool = True) -> PictureSent:
    return PictureSent(heard=heard(number, private=private), picture=picture(number))


# What begins a painting.


def test_the_second_picture_begins_the_painting() -> None:
    state, effects = turn(state_of(session=one_picture(question=7)), sent(2))
    assert state.session == EMPTY_SESSION
    submitted, status = only(effects, SubmitJob), only(effects, Send)
    assert (submitted.content, submitted.style) == (picture(1), picture(2))
    assert (submitted.options, submitted.status) == (QUICK, 20)
    assert (status.message, status.role, status.job_id) == (20, Role.STATUS, 9)
    assert status.text == ENGLISH.preparing(Preset.QUICK)
    assert data_of(status.keyboard) == ["quality:9=balanced:1", "quality:9=fine:1", "cancel:9:1"]
    assert only(effects, Resume) == Resume(what="style", job_id=9)


def test_it_has_the_persons_usual_quality_and_settings() -> None:
    preferences = Preferences(preset=Preset.FINE, strength=0.7)
    _, effects = turn(state_of(session=one_picture(), preferences=preferences), sent(2))
    assert only(effects, SubmitJob).options == Options(preset=Preset.FINE, strength=0.7)
    shown = data_of(only(effects, Send).keyboard)
    assert shown == ["quality:9=quick:1", "quality:9=balanced:1", "cancel:9:1"]


def test_whoever_wants_to_be_asked_is() -> None:
    before = state_of(session=one_picture(), preferences=Preferences(ask=True))
    state, effects = turn(before, sent(2))
    assert (state.session.step, of_kind(effects, SubmitJob)) == (Step.PRESET, [])
    assert Verb.PRESET in verbs_of(only(effects, Send).keyboard)


def test_a_tap_on_a_style_makes_the_sheet_the_status() -> None:
    event = press(Verb.PICK, "glass", question=7, picture=picture(6))
    state, effects = turn(state_of(session=one_picture(question=7)), event)
    assert state.session == EMPTY_SESSION
    assert (only(effects, SubmitJob).style, only(effects, SubmitJob).status) == (picture(6), 7)
    edit = only(effects, Edit)
    assert (edit.message, edit.attachment) == (7, StyleImage(builtin="glass"))
    assert edit.text.startswith(ENGLISH.took(ENGLISH.builtin_name("glass")))
    assert verbs_of(edit.keyboard) == [Verb.QUALITY, Verb.QUALITY, Verb.CANCEL]


def test_a_tap_on_a_style_to_blend_asks_how_much_of_it() -> None:
    before = state_of(session=replace(one_picture(question=7), blend_of=3))
    state, effects = turn(before, press(Verb.PICK, "glass", question=7, picture=picture(6)))
    assert (state.session.step, of_kind(effects, SubmitJob)) == (Step.WEIGHTS, [])
    assert set(verbs_of(only(effects, Edit).keyboard)) == {Verb.WEIGHTS}


def test_a_style_that_came_by_a_link_is_painted_if_a_photo_waits() -> None:
    followed = LinkFollowed(heard=heard(), code="N2JlYzE4", picture=picture(6))
    state, effects = turn(state_of(session=one_picture(question=7)), followed)
    assert state.session == EMPTY_SESSION
    assert only(effects, SubmitJob).style == picture(6)
    assert [one.role for one in of_kind(effects, Send)] == [None, Role.STATUS]


def test_a_second_tap_on_a_style_is_one_painting() -> None:
    world = World()
    world.send_photo(ADA)
    button = world.button(ADA, Verb.PICK, "glass")
    world.press(ADA, button)
    assert world.press(ADA, button) == (notice(),)
    assert list(world.memory.jobs) == [1]


def test_an_album_is_painted_when_no_further_picture_of_it_comes() -> None:
    world = World()
    for _ in range(3):
        world.send_photo(ADA, "album")
        world.pass_time(0.5)
        assert world.memory.jobs == {}
    world.pass_time(0.6)
    (painted,) = world.memory.jobs.values()
    assert (painted.content.id, painted.style.id) == (1, 2)
    assert world.memory.session(ADA) == EMPTY_SESSION
    texts = [message.text for message in world.chat(ADA).values()]
    assert ENGLISH.only_two() in texts
    assert world.screens.rows[world.memory.job(1).messages[0].id].role is Role.STATUS


def test_an_album_that_is_cancelled_before_its_end_is_not_painted() -> None:
    world = World()
    for _ in range(2):
        world.send_photo(ADA, "album")
    world.command(ADA, "cancel")
    world.pass_time(5)
    assert world.memory.jobs == {}


def test_a_question_that_was_open_at_the_last_version_still_works() -> None:
    before = state_of(session=both_pictures(question=7))
    _, effects = turn(before, press(Verb.PRESET, "fine", question=7))
    assert only(effects, SubmitJob).options.preset is Preset.FINE


def test_a_picture_after_such_a_question_is_the_style_and_painted() -> None:
    state, effects = turn(state_of(session=both_pictures(question=7)), sent(3))
    assert state.session == EMPTY_SESSION
    assert only(effects, SubmitJob).style == picture(3)
    assert of_kind(effects, Send)[0].text == ENGLISH.replaced_style()


def test_whom_the_queue_refuses_keeps_the_pictures_and_gets_the_buttons() -> None:
    before = state_of(session=one_picture(), facts=facts_with(refusal=FULL))
    state, effects = turn(before, sent(2))
    assert (state.session.step, of_kind(effects, SubmitJob)) == (Step.PRESET, [])
    question = only(effects, Send)
    assert question.text.startswith("The queue is full.")
    assert Verb.PRESET in verbs_of(question.keyboard)


def test_in_a_group_the_status_answers_the_picture() -> None:
    before = state_of(ADA_IN_GROUP, session=one_picture())
    _, effects = turn(before, sent(2, private=False))
    assert only(effects, Send).reply_to == 2


# Another quality.


def test_a_running_painting_goes_on_in_another_quality() -> None:
    running = job(3)
    before = state_of(facts=facts_with(subject=facts_of(running)), jobs=(running,))
    state, effects = turn(before, press(Verb.QUALITY, "3=balanced"))
    assert state == before
    assert effects == (
        ChangeJob(job_id=3, options=BALANCED),
        Edit(
            text=ENGLISH.going_on(Preset.BALANCED),
            message=4,
            keyboard=keyboards.status(ENGLISH, ADA.user_id, 3, Preset.BALANCED),
        ),
        notice(ENGLISH.quality_changed(Preset.BALANCED)),
    )


def test_one_that_waits_says_where() -> None:
    waiting = job(3, state=JobState.QUEUED)
    facts = facts_with(subject=facts_of(waiting), place=lambda _: 4)
    _, effects = turn(state_of(facts=facts), press(Verb.QUALITY, "3=fine"))
    assert only(effects, Edit).text == ENGLISH.waiting(Preset.FINE, 4, None)


def test_the_quality_that_it_has_changes_nothing() -> None:
    before = state_of(facts=facts_with(subject=facts_of(job(3))))
    assert turn(before, press(Verb.QUALITY, "3=quick")) == (before, (notice(ENGLISH.already()),))


def test_what_has_ended_meanwhile_goes_on_from_its_result() -> None:
    done = job(3, state=JobState.DELIVERED)
    _, effects = turn(
        state_of(facts=facts_with(subject=facts_of(done))), press(Verb.QUALITY, "3=fine")
    )
    submitted = only(effects, SubmitJob)
    assert (submitted.options.preset, submitted.start_from) == (Preset.FINE, 3)
    assert only(effects, AnswerPress) == notice(ENGLISH.in_hand())


@pytest.mark.parametrize("argument", ["3=classic", "3=enormous", "3=", "3"])
def test_a_quality_that_has_no_button_is_refused(argument: str) -> None:
    before = state_of(facts=facts_with(subject=facts_of(job(3))))
    assert turn(before, press(Verb.QUALITY, argument)) == (before, (alert(ENGLISH.old_button()),))


# After a cancel.


@pytest.mark.parametrize(
    ("event", "options"),
    [(press(Verb.GO_ON, 3), QUICK), (press(Verb.QUALITY, "3=balanced"), BALANCED)],
)
def test_a_cancelled_painting_goes_on_in_its_message(event: object, options: Options) -> None:
    cancelled = job(3, state=JobState.CANCELLED)
    before = state_of(facts=facts_with(subject=facts_of(cancelled)))
    _, effects = turn(before, event)  # type: ignore[arg-type]
    submitted, edit = only(effects, SubmitJob), only(effects, Edit)
    assert (submitted.options, submitted.continues, submitted.status) == (options, 3, 4)
    assert (edit.message, edit.text) == (4, ENGLISH.preparing(options.preset))
    assert edit.otherwise is not None
    assert (edit.otherwise.message, edit.otherwise.job_id) == (4, 9)


def test_a_cancelled_blend_keeps_all_its_styles() -> None:
    options = replace(QUICK, style_weights=(0.7, 0.3))
    cancelled = job(3, state=JobState.CANCELLED, options=options, further=(picture(5),))
    before = state_of(facts=facts_with(subject=facts_of(cancelled)))
    _, effects = turn(before, press(Verb.GO_ON, 3))
    submitted = only(effects, SubmitJob)
    assert (submitted.options, submitted.further) == (options, (picture(5),))


def test_going_on_twice_is_one_painting() -> None:
    world = World()
    world.order(ADA)
    world.press(ADA, world.button(ADA, Verb.CANCEL))
    button = world.button(ADA, Verb.GO_ON)
    world.press(ADA, button)
    assert world.press(ADA, button) == (notice(ENGLISH.already()),)
    assert list(world.memory.jobs) == [1, 2]
    assert world.memory.job(2).status is not None
    assert world.memory.job(1).status is None


def test_going_on_without_the_pictures_says_so() -> None:
    gone = JobFacts(job(3, state=JobState.CANCELLED), None, pictures_kept=False)
    before = state_of(facts=facts_with(subject=gone))
    state, effects = turn(before, press(Verb.GO_ON, 3))
    assert state == before
    assert only(effects, AnswerPress).alert


def test_the_result_of_one_that_was_not_cancelled_cannot_be_gone_on_with() -> None:
    done = JobFacts(job(3, state=JobState.DELIVERED), RESULT, pictures_kept=True)
    before = state_of(facts=facts_with(subject=done))
    assert turn(before, press(Verb.GO_ON, 3)) == (before, (alert(ENGLISH.old_button()),))
