"""Painting begins with the second picture, or with a tap on a style; the quality can be changed while it runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from bot.conversation.effects import (
    AnswerPress,
    CancelJob,
    ChangeJob,
    CountRefusal,
    Delete,
    Edit,
    Resume,
    Send,
    SetButtons,
    StyleImage,
    SubmitJob,
)
from bot.conversation.events import LinkFollowed, PictureSent, PictureTrouble
from bot.conversation.state import ALBUM_QUIET
from bot.conversation.turn import turn
from bot.messages import status_keyboards
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from bot.messages.message_kinds import MessageKind
from core.jobs.job_errors import QueueError
from core.jobs.models import EMPTY_SESSION, JobFacts, JobState, Role, Step
from core.jobs.preferences import Preferences, Wishes
from core.jobs.repeat_options import looks
from core.sentences import sentence
from core.style.options import Colours, Options, Preset
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.conversation.effects import Effect
    from bot.conversation.state import State
    from core.jobs.models import Person

BALANCED = replace(QUICK, preset=Preset.BALANCED)
FULL = QueueError(sentence("The queue is full."))


@pytest.fixture
def asking() -> None:
    """Nobody here is asked for the quality, unless they want to be."""


def sent(number: int, *, private: bool = True, album: str | None = None) -> PictureSent:
    return PictureSent(
        heard=heard(number, private=private), picture=picture(number, album), album=album
    )


# What begins a painting.


def test_the_second_picture_begins_the_painting() -> None:
    state, effects = turn(state_of(session=one_picture(question=7)), sent(2))
    assert state.session == EMPTY_SESSION
    submitted, status = only(effects, SubmitJob), only(effects, Send)
    assert (submitted.content, submitted.style) == (picture(1), picture(2))
    assert (submitted.options, submitted.status) == (QUICK, 20)
    assert (status.message, status.role, status.job_id) == (20, Role.STATUS, 9)
    assert status.text == ENGLISH.preparing(Preset.QUICK)
    assert data_of(status.keyboard) == [
        "quality:9=balanced:1",
        "quality:9=fine:1",
        "change:9:1",
        "cancel:9:1",
    ]
    assert only(effects, Resume) == Resume(what="style", job_id=9)


def test_it_has_the_persons_usual_quality_and_settings() -> None:
    preferences = Preferences(preset=Preset.FINE, strength=0.7)
    _, effects = turn(state_of(session=one_picture(), preferences=preferences), sent(2))
    assert only(effects, SubmitJob).options == Options(preset=Preset.FINE, strength=0.7)
    shown = data_of(only(effects, Send).keyboard)
    assert shown == ["quality:9=quick:1", "quality:9=balanced:1", "change:9:1", "cancel:9:1"]


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
    assert verbs_of(edit.keyboard) == [Verb.QUALITY, Verb.QUALITY, Verb.CHANGE, Verb.CANCEL]


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
    assert (painted.content.id, [one.id for one in painted.styles]) == (1, [2, 3])
    assert painted.options.style_weights == ()
    assert world.memory.session(ADA) == EMPTY_SESSION
    (status,) = world.chat(ADA).values()
    assert status.text == f"{ENGLISH.blended_album(2)}\n{ENGLISH.preparing(Preset.QUICK)}"
    assert world.screens.rows[world.memory.job(1).messages[0].id].role is Role.STATUS


def test_an_album_of_ten_says_once_how_many_are_blended() -> None:
    world = World()
    for _ in range(10):
        world.send_photo(ADA, "album")
    world.pass_time(1.1)
    assert [one.id for one in world.memory.job(1).styles] == [2, 3, 4, 5]
    assert [one.picture.id for one in world.memory.styles[ADA]] == [5, 4, 3, 2]
    (status,) = world.chat(ADA).values()
    assert status.text.startswith(ENGLISH.blended_album(4))


def test_a_picture_that_comes_after_its_album_is_painted_is_left_out_and_that_is_said() -> None:
    world = World()
    for _ in range(2):
        world.send_photo(ADA, "album")
    world.pass_time(1.1)
    world.send_photo(ADA, "album")
    assert world.memory.session(ADA) == EMPTY_SESSION
    assert list(world.chat(ADA).values())[-1].text == ENGLISH.late_for_album()
    world.send_photo(ADA, "another")
    assert world.memory.session(ADA).step is Step.STYLE


def test_a_picture_that_comes_before_its_album_is_painted_is_taken_however_late() -> None:
    world = World()
    world.send_photo(ADA, "album")
    world.pass_time(3600)
    world.send_photo(ADA, "album")
    world.pass_time(1.1)
    assert world.memory.job(1).style.id == 2


def test_a_third_photo_begins_another_painting_and_says_that_the_first_goes_on() -> None:
    world = World()
    for _ in range(3):
        world.send_photo(ADA)
    assert list(world.memory.jobs) == [1]
    content = world.memory.session(ADA).content
    assert content is not None
    assert content.id == 3
    question = list(world.chat(ADA).values())[-1]
    assert question.text.startswith(f"{ENGLISH.ask_style()}\n{ENGLISH.painting_goes_on()}")
    world.send_photo(ADA)
    assert [one.content.id for one in world.memory.jobs.values()] == [1, 3]
    assert [one.style.id for one in world.memory.jobs.values()] == [2, 4]


def test_a_photo_after_the_painting_says_nothing_of_another_one() -> None:
    world = World()
    world.order(ADA)
    world.finish(1)
    world.send_photo(ADA)
    assert ENGLISH.painting_goes_on() not in list(world.chat(ADA).values())[-1].text


def test_an_album_is_painted_whatever_else_is_said_while_it_comes() -> None:
    world = World()
    for _ in range(2):
        world.send_photo(ADA, "album")
    world.say(ADA, "what a day")
    world.pass_time(1.1)
    said, status = world.chat(ADA).values()
    assert said.text == ENGLISH.cannot_use(MessageKind.TEXT)
    assert status.text == ENGLISH.preparing(Preset.QUICK)
    assert world.memory.job(1).style.id == 2


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
    assert of_kind(effects, CountRefusal) == [CountRefusal(refusal=FULL)]
    assert Verb.PRESET in verbs_of(question.keyboard)


def test_in_a_group_the_status_answers_the_picture() -> None:
    before = state_of(ADA_IN_GROUP, session=one_picture())
    _, effects = turn(before, sent(2, private=False))
    assert only(effects, Send).reply_to == 2


# How much a person has to do.


def photo_and_style_at_hand(world: World, person: Person) -> None:
    world.send_photo(person)
    world.press(person, world.button(person, Verb.PICK, "glass"))


def two_photos(world: World, person: Person) -> None:
    world.send_photo(person)
    world.send_photo(person)


def one_album(world: World, person: Person) -> None:
    world.send_photo(person, "album")
    world.send_photo(person, "album")
    world.pass_time(ALBUM_QUIET)


@pytest.mark.parametrize("person", [ADA, ADA_IN_GROUP])
@pytest.mark.parametrize("way", [photo_and_style_at_hand, two_photos, one_album])
def test_a_result_takes_two_messages_or_a_message_and_a_tap(
    person: Person, way: Callable[[World, Person], None]
) -> None:
    world = World()
    world.command(person, "start")
    way(world, person)
    world.finish(1)
    assert world.acts <= 3, "two, and /start"
    assert world.memory.job(1).state is JobState.DELIVERED
    assert ENGLISH.softer_button() in [
        button.label
        for message in world.chat(person).values()
        for row in message.keyboard
        for button in row
    ]


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
            keyboard=status_keyboards.status(ENGLISH, ADA.user_id, 3, Preset.BALANCED),
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


# Other choices while it is painted.


def changing(argument: str, **parts: Any) -> tuple[State, tuple[Effect, ...]]:
    """What a press under the status of a painting does."""
    before = state_of(facts=facts_with(subject=facts_of(job(3, **parts))))
    state, effects = turn(before, press(Verb.CHANGE, argument))
    assert state == before
    return state, effects


def test_change_opens_the_choices_in_place_with_the_present_ones_marked() -> None:
    _, effects = changing("3", options=replace(QUICK, strength=0.7))
    opened = only(effects, SetButtons)
    assert (opened.message, opened.opened) == (4, True)
    labels = [[button.label for button in row] for row in opened.keyboard]
    assert labels == [
        ["10 %", "30 %", "50 %"],
        ["✓ 70 %", "90 %", "100 %"],
        ["Keep my colours"],
        ["Swap photo and style", "Back"],
    ]
    assert len({button.data for row in opened.keyboard for button in row}) == 9


def test_back_closes_them() -> None:
    _, effects = changing("3=back")
    closed = only(effects, SetButtons)
    assert not closed.opened
    assert closed.keyboard == status_keyboards.status(ENGLISH, ADA.user_id, 3, Preset.QUICK)


def test_classic_has_no_strengths_and_a_blend_is_not_swapped() -> None:
    _, effects = changing("3", options=Options(preset=Preset.CLASSIC))
    assert data_of(only(effects, SetButtons).keyboard)[0] == "change:3=luminance:1"
    _, effects = changing("3", further=(picture(5),))
    assert "change:3=swap:1" not in data_of(only(effects, SetButtons).keyboard)


def test_a_running_painting_goes_on_at_another_strength() -> None:
    _, effects = changing("3=90")
    assert only(effects, ChangeJob).options == replace(QUICK, strength=0.9)
    assert only(effects, Edit).text == (
        "<b>Painting</b> · Quick · strength 90 %\nGoing on from here…"
    )
    assert only(effects, Edit).keyboard == status_keyboards.status(ENGLISH, 1, 3, Preset.QUICK)
    assert effects[-1] == notice("Strength 90 %, from here on.")


def test_a_running_painting_begins_anew_in_other_colours() -> None:
    _, effects = changing("3=luminance")
    assert only(effects, ChangeJob).options == replace(QUICK, colours=Colours.LUMINANCE)
    assert only(effects, Edit).text == ("<b>Painting</b> · Quick · my colours\nMixing the colours…")
    assert effects[-1] == notice("Beginning anew, with your colours.")


def test_swapping_puts_another_painting_in_its_place_which_answers_the_other_photo() -> None:
    _, effects = changing("3=swap")
    assert effects[0] == CancelJob(job_id=3, replaced=True)
    submitted = only(effects, SubmitJob)
    assert (submitted.content, submitted.style) == (picture(2), picture(1))
    assert (submitted.status, submitted.options) == (20, QUICK)
    sent = only(effects, Send)
    assert (sent.message, sent.role, sent.reply_to) == (20, Role.STATUS, 2)
    # So that no button of the old painting is there any more.
    assert effects.index(sent) < effects.index(Delete(message=4, instead=ENGLISH.outdated()))


def test_swapping_says_nothing_of_a_cancel_and_a_second_press_is_one_painting() -> None:
    world = World()
    world.order(ADA)
    world.press(ADA, world.button(ADA, Verb.CHANGE))
    button = world.button(ADA, Verb.CHANGE, "1=swap")
    world.press(ADA, button)
    assert world.press(ADA, button) == (notice(ENGLISH.already()),)
    assert [one.state for one in world.memory.jobs.values()] == [
        JobState.CANCELLED,
        JobState.QUEUED,
    ]
    assert ENGLISH.cancelled() not in [one.text for one in world.chat(ADA).values()]


def test_one_that_runs_is_not_swapped_if_no_other_one_is_accepted_but_one_that_waits_is() -> None:
    for state, refused in ((JobState.RUNNING, True), (JobState.QUEUED, False)):
        facts = facts_with(subject=facts_of(job(3, state=state)), refusal=FULL)
        _, effects = turn(state_of(facts=facts), press(Verb.CHANGE, "3=swap"))
        counted = (alert("The queue is full."), CountRefusal(refusal=FULL))
        assert (effects == counted) is refused


def test_a_choice_for_what_has_ended_goes_on_from_its_result_or_begins_anew() -> None:
    for argument, start_from in (("3=90", 3), ("3=luminance", None), ("3=swap", None)):
        _, effects = changing(argument, state=JobState.DELIVERED)
        assert only(effects, SubmitJob).start_from == start_from
        assert effects[-1] == notice(ENGLISH.in_hand())


def test_change_after_the_end_says_where_the_choices_are_now() -> None:
    for state, words in (
        (JobState.DELIVERED, ENGLISH.over_already()),
        (JobState.FAILED, ENGLISH.over()),
    ):
        assert changing("3", state=state)[1] == (alert(words),)


def test_a_choice_that_an_active_painting_does_not_have_is_of_an_old_button() -> None:
    collage = looks(QUICK)
    for argument, parts in (
        ("3", {"options": collage}),
        ("3=back", {"options": collage}),
        ("3=swap", {"options": collage}),
        ("3=swap", {"further": (picture(5),)}),
    ):
        assert changing(argument, **parts)[1] == (alert(ENGLISH.old_button()),)


def test_a_choice_for_what_was_cancelled_goes_on_with_it() -> None:
    _, effects = changing("3=90", state=JobState.CANCELLED)
    assert only(effects, SubmitJob).continues == 3


@pytest.mark.parametrize("argument", ["3=0", "3=60", "3=pink"])
def test_a_choice_that_has_no_button_is_refused(argument: str) -> None:
    assert changing(argument)[1] == (alert(ENGLISH.old_button()),)


# The strength, where the quality is asked for.


def test_the_question_opens_the_strengths_and_one_counts_for_this_painting_alone() -> None:
    world = World()
    world.memory.preferences[ADA.user_id] = Preferences(ask=True)
    for _ in range(2):
        world.send_photo(ADA)
    world.press(ADA, world.button(ADA, Verb.QUESTION_STRENGTH, ""))
    question = list(world.chat(ADA).values())[-1]
    assert [button.label for button in question.keyboard[0]] == ["10 %", "30 %", "✓ 50 %"]
    world.press(ADA, world.button(ADA, Verb.QUESTION_STRENGTH, "90"))
    question = list(world.chat(ADA).values())[-1]
    assert "Strength 90 %" in question.text
    assert question.text.endswith("for this painting.</i>")
    world.press(ADA, world.button(ADA, Verb.PRESET, "quick"))
    assert world.memory.job(1).options == replace(QUICK, strength=0.9)
    world.order(ADA)
    assert world.memory.job(2).options == QUICK


def test_the_strengths_are_left_without_a_choice() -> None:
    before = state_of(session=both_pictures(question=7))
    state, effects = turn(before, press(Verb.QUESTION_STRENGTH, "back", question=7))
    assert state == before
    assert Verb.PRESET in verbs_of(only(effects, Edit).keyboard)


@pytest.mark.parametrize(("argument", "question"), [("60", 7), ("90", 8), ("", 8)])
def test_a_strength_that_was_not_offered_is_refused(argument: str, question: int) -> None:
    before = state_of(session=both_pictures(question=7))
    event = press(Verb.QUESTION_STRENGTH, argument, question=question)
    words = ENGLISH.old_button() if question == 7 else ENGLISH.settled_question(before.session)
    assert turn(before, event) == (before, (alert(words),))


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
    assert turn(before, press(Verb.GO_ON, 3)) == (before, (alert(ENGLISH.over_already()),))


# An album of which a picture cannot be used.

BROKEN = PictureTrouble(reason=sentence("It is broken."))


def places_of(album: str, *captions: str, before: int = 0) -> tuple[World, int | None, list[int]]:
    """What becomes of an album, whose broken pictures are crosses: its photo and its styles, counted from 1.

    Those that were sent before it are 0.
    """
    world = World()
    for _ in range(before):
        world.send_photo(ADA)
    for number, one in enumerate(album):
        caption = captions[number] if number < len(captions) else ""
        if one == "x":
            world.send_trouble(ADA, BROKEN, "album", caption)
        else:
            world.send_photo(ADA, "album", caption)
    world.pass_time(1.1)
    came = [number for number, one in enumerate(album, 1) if one == "o"]
    place = dict(enumerate(came, 1 + before))
    session, painted = world.memory.session(ADA), list(world.memory.jobs.values())
    pictures = [painted[-1].content, *painted[-1].styles] if painted else session.pictures
    places = [place.get(one.id, 0) for one in pictures]
    if painted or session.content is not None:
        return world, places[0], places[1:]
    return world, None, places


@pytest.mark.parametrize(
    ("album", "captions", "photo", "styles"),
    [
        ("xo", (), None, [2]),
        ("ox", (), 1, []),
        ("xoo", (), None, [2, 3]),
        ("oxo", (), 1, [3]),
        ("oox", (), 1, [2]),
        ("xxo", (), None, [3]),
        ("xoooooo", (), None, [2, 3, 4, 5]),
        ("xx", (), None, []),
        ("xo", ("style",), 2, []),
        ("xo", ("", "photo"), 2, []),
        ("xo", ("swap",), 2, []),
        ("ox", ("style",), None, [1]),
        ("ox", ("", "photo"), None, [1]),
        ("xoo", ("", "", "photo"), 3, [2]),
        ("oox", ("style",), 2, [1]),
        ("oox", ("", "swap"), 2, [1]),
    ],
)
def test_the_others_of_an_album_keep_the_places_that_they_would_have_had(
    album: str, captions: tuple[str, ...], photo: int | None, styles: list[int]
) -> None:
    assert places_of(album, *captions)[1:] == (photo, styles)


def test_an_album_without_its_photo_is_the_style_and_the_photo_is_asked_for() -> None:
    world, *_ = places_of("xo")
    assert [one.text for one in world.chat(ADA).values()] == [
        "It is broken.",
        "The other picture of your album is the style. Please send the photo you want repainted.",
    ]
    world.send_photo(ADA)
    painted = world.memory.job(1)
    assert (painted.content.id, painted.style.id) == (2, 1)


def test_a_large_album_without_its_photo_says_so_once() -> None:
    world, *_ = places_of("xooo")
    assert [one.text for one in world.chat(ADA).values()] == [
        "It is broken.",
        f"{ENGLISH.blended_album(3)}\nPlease send the photo you want repainted.",
    ]
    world.send_photo(ADA)
    assert [one.id for one in world.memory.job(1).styles] == [1, 2, 3]


def test_an_album_without_its_style_has_it_asked_for() -> None:
    world, *_ = places_of("ox")
    said, question = world.chat(ADA).values()
    assert said.text == "It is broken."
    assert question.text.startswith(ENGLISH.ask_style())


def test_an_album_of_which_nothing_can_be_used_is_told_each_and_asked_for_once() -> None:
    world, *_ = places_of("xx")
    assert [one.text for one in world.chat(ADA).values()] == [
        *2 * ["It is broken."],
        "Please send the photo you want repainted.",
    ]
    assert world.memory.session(ADA) == EMPTY_SESSION


def test_a_photo_that_was_there_is_not_taken_for_that_of_an_album() -> None:
    world, photo, styles = places_of("xo", before=1)
    assert (photo, styles) == (None, [2])
    assert ENGLISH.album_instead() in [one.text for one in world.chat(ADA).values()]
    assert places_of("xx", before=1)[1:] == (0, [])


def test_the_words_beside_a_picture_that_cannot_be_used_count_for_its_album() -> None:
    world, *_ = places_of("xo", "strong")
    assert list(world.chat(ADA).values())[-1].text.startswith("Understood: strength 70 %.\n")
    world.send_photo(ADA)
    assert world.memory.job(1).options.strength == 0.7


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("lost", range(3))
def test_it_does_not_matter_when_it_turns_out_that_a_picture_cannot_be_used(
    order: tuple[int, ...], lost: int
) -> None:
    state = state_of()
    for number in order:
        event = sent(number + 1, album="album")
        if number == lost:
            event = replace(event, picture=None, trouble=BROKEN)
        state = state_of(session=turn(state, event)[0].session)
    session = state.session
    content = None if lost == 0 else 1
    assert (session.content.id if session.content else None) == content
    assert [one.id for one in (session.style, *session.further) if one is not None] == [
        one + 1 for one in (1, 2) if one != lost
    ]


def test_an_album_that_lacks_a_picture_survives_a_restart() -> None:
    session = turn(state_of(), replace(sent(1, album="album"), picture=None, trouble=BROKEN))[
        0
    ].session
    assert session.wishes == Wishes(lost_of="album", lost=(1,))
    assert Wishes.from_json(session.wishes.to_json()) == session.wishes
    assert session.albums == {"album"}


def test_a_picture_that_cannot_be_used_alone_is_answered_with_the_question() -> None:
    world = World()
    world.send_trouble(ADA, BROKEN)
    (said,) = world.chat(ADA).values()
    assert said.text == "It is broken.\n\nPlease send the photo you want repainted."
