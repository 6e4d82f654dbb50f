"""The buttons of a question: a preset, the exchange of both pictures, a style of the sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import (
    AnswerPress,
    CountRefusal,
    Edit,
    Resume,
    SetButtons,
    StyleImage,
    SubmitJob,
)
from bot.conversation.turn import turn
from bot.messages import status_keyboards
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from core.engines.protocol import Delay
from core.jobs.job_errors import QueueError, StyleGoneError
from core.jobs.models import EMPTY_SESSION, Forecast
from core.jobs.preferences import Form, Handover, Preferences, Sound
from core.jobs.repeat_options import looks
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.sentences import sentence
from core.style.options import Options, Preset
from tests.auxil.turns import (
    ADA,
    QUICK,
    alert,
    both_pictures,
    dead,
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
)
from tests.auxil.world import World

if TYPE_CHECKING:
    from bot.conversation.events import ButtonPressed

OLD = ENGLISH.old_button()
SETTLED = ENGLISH.settled_question(EMPTY_SESSION)
MOVED = ENGLISH.settled_question(both_pictures())
ASKED = state_of(session=both_pictures(question=7, message_id=70))
QUICK_OF_7 = press(Verb.PRESET, "quick", question=7)


# The question for a preset.


def test_a_preset_submits_a_job_whose_status_is_the_question() -> None:
    state, effects = turn(ASKED, QUICK_OF_7)
    assert state.session == EMPTY_SESSION
    assert effects == (
        SubmitJob(
            job_id=9,
            content=picture(1),
            style=picture(2),
            options=QUICK,
            handover=Handover(),
            status=7,
        ),
        Edit(
            text=ENGLISH.preparing(Preset.QUICK),
            message=7,
            keyboard=status_keyboards.status(ENGLISH, ADA.user_id, 9, Preset.QUICK),
        ),
        Resume(what="style", job_id=9),
        notice(ENGLISH.chosen(Preset.QUICK)),
    )


def test_a_job_has_the_options_and_the_handover_of_the_settings() -> None:
    preferences = Preferences(strength=0.7, form=Form.FILE, sound=Sound.NONE)
    _, effects = turn(replace(ASKED, preferences=preferences), QUICK_OF_7)
    submitted = only(effects, SubmitJob)
    assert submitted.options == Options(preset=Preset.QUICK, strength=0.7)
    assert submitted.handover == Handover(form=Form.FILE, sound=Sound.NONE)


@pytest.mark.parametrize(
    ("forecast", "text"),
    [
        (Forecast(0, 60.0, None), ENGLISH.preparing(Preset.QUICK)),
        (Forecast(3, 60.0, None), ENGLISH.waiting(Preset.QUICK, 3, 60.0)),
        (Forecast(3, 60.0, Delay.AWAY), ENGLISH.delayed(Preset.QUICK, 3, Delay.AWAY)),
    ],
)
def test_the_status_says_at_once_what_the_job_can_expect(forecast: Forecast, text: str) -> None:
    facts = facts_with(forecast=lambda *_, **__: forecast)
    _, effects = turn(replace(ASKED, facts=facts), QUICK_OF_7)
    assert only(effects, Edit).text == text


def test_a_second_press_is_one_job() -> None:
    world = World()
    world.send_photo(ADA)
    world.send_photo(ADA)
    button = world.button(ADA, Verb.PRESET, "quick")
    world.press(ADA, button)
    assert world.press(ADA, button) == (notice(),)
    assert list(world.memory.jobs) == [1]


def test_a_press_after_the_job_is_over_is_refused() -> None:
    world = World()
    world.send_photo(ADA)
    world.send_photo(ADA)
    button = world.button(ADA, Verb.PRESET, "quick")
    world.press(ADA, button)
    world.finish(1)
    assert world.press(ADA, button) == (alert(SETTLED),), "the message is a result's by now"


def test_a_button_of_an_earlier_question_is_refused() -> None:
    for event in (QUICK_OF_7, press(Verb.SWAP, question=7), press(Verb.PICK, "glass", question=7)):
        before = state_of(session=both_pictures(question=8, message_id=80))
        assert turn(before, event) == (before, dead(MOVED))


def test_a_button_without_a_number_counts_by_its_message() -> None:
    """Buttons of version 3 of the database have none."""
    _, effects = turn(ASKED, press(Verb.PRESET, "quick", message_id=70))
    assert only(effects, SubmitJob).status == 7
    for message_id in (69, None):
        old = press(Verb.PRESET, "quick", message_id=message_id)
        state, effects = turn(ASKED, old)
        assert (state, effects[0]) == (ASKED, alert(MOVED))
        assert [one.message_id for one in of_kind(effects, SetButtons)] == [69] * bool(message_id)


def test_a_second_press_of_a_button_without_a_number_is_one_job() -> None:
    before = state_of(jobs=(job(3),))
    assert turn(before, press(Verb.PRESET, "quick", message_id=40)) == (before, (notice(),))


def test_the_queue_refuses_a_job_in_its_own_words() -> None:
    full = QueueError(sentence("The queue is full."))
    before = replace(ASKED, facts=facts_with(refusal=full))
    told = (alert("The queue is full."), CountRefusal(refusal=full))
    assert turn(before, QUICK_OF_7) == (before, told)


@pytest.mark.parametrize("argument", ["", "enormous", "ultra"])
def test_a_preset_that_has_no_button_is_refused(argument: str) -> None:
    event = press(Verb.PRESET, argument, question=7)
    assert turn(ASKED, event) == (ASKED, (alert(OLD),))


@pytest.mark.parametrize("event", [QUICK_OF_7, press(Verb.SWAP, question=7)])
def test_a_forged_button_for_two_pictures_is_refused_while_there_is_one(
    event: ButtonPressed,
) -> None:
    before = state_of(session=one_picture(question=7))
    assert turn(before, event) == (before, (alert(MOVED),))


def test_swapping_exchanges_the_pictures_in_the_same_question() -> None:
    state, effects = turn(ASKED, press(Verb.SWAP, question=7))
    session = both_pictures(question=7)
    assert state.session == replace(session, content=session.style, style=session.content)
    assert (only(effects, Edit).message, only(effects, Edit).text) == (7, ENGLISH.swapped())
    assert only(effects, AnswerPress) == notice()


# The question for a style.


def test_a_built_in_style_is_taken_and_the_sheet_becomes_the_question_for_a_preset() -> None:
    event = press(Verb.PICK, "glass", question=7, picture=picture(6))
    state, effects = turn(state_of(session=one_picture(question=7)), event)
    question = only(effects, Edit)
    assert state.session == replace(one_picture(question=7), style=picture(6))
    assert (question.message, question.attachment) == (7, StyleImage(builtin="glass"))
    assert question.text.startswith(ENGLISH.took(ENGLISH.builtin_name("glass")))
    assert [row[0].data for row in question.keyboard] == [
        *(f"preset:{name}.7:1" for name in ("quick", "balanced", "fine", "classic")),
        "amount:.7:1",
    ]


@pytest.mark.parametrize(
    ("name", "head"), [(None, ENGLISH.took_mine()), ("Sea & sky", ENGLISH.took("Sea & sky"))]
)
def test_one_of_the_persons_styles_is_taken(name: str | None, head: str) -> None:
    before = state_of(session=one_picture(question=7), styles=(style(4, name=name),))
    state, effects = turn(before, press(Verb.PICK, 4, question=7))
    assert state.session.style == picture(40)
    assert only(effects, Edit).attachment == StyleImage(picture_id=40)
    assert only(effects, Edit).text.startswith(head)


def test_a_style_that_is_gone_is_refused_in_words_that_say_so() -> None:
    before = state_of(session=one_picture(question=7))
    gone = alert(ENGLISH.said(StyleGoneError().spoken))
    assert turn(before, press(Verb.PICK, 4, question=7)) == (before, (gone,))


def test_every_button_of_the_sheet_can_be_pressed() -> None:
    for name in BUILTIN_STYLES:
        world = World()
        world.send_photo(ADA)
        world.press(ADA, world.button(ADA, Verb.PICK, name))
        world.press(ADA, world.button(ADA, Verb.PRESET, "fine"))
        assert [one.options.preset for one in world.memory.jobs.values()] == [Preset.FINE]
        assert world.memory.styles == {}


# Six styles at once.

SHEET = state_of(session=one_picture(question=7, message_id=70))
SIX = press(Verb.LOOKS, question=7)


def test_six_styles_are_one_job_whose_status_is_the_sheet() -> None:
    preferences = Preferences(preset=Preset.FINE, strength=0.7, form=Form.FILE)
    state, effects = turn(replace(SHEET, preferences=preferences), SIX)

    submitted = only(effects, SubmitJob)
    assert state.session == EMPTY_SESSION
    assert submitted.options == looks(Options(strength=0.7))
    assert (submitted.content, submitted.style, submitted.status) == (picture(1), picture(1), 7)
    assert submitted.handover.form is Form.PHOTO
    assert only(effects, Edit).text.startswith("<b>Painting</b> · Six styles · strength 70 %\n")
    assert only(effects, AnswerPress) == notice()


def test_a_second_press_of_six_at_once_changes_nothing() -> None:
    world = World()
    world.send_photo(ADA)
    button = world.button(ADA, Verb.LOOKS)

    world.press(ADA, button)
    effects = world.press(ADA, button)

    assert len(world.memory.jobs) == 1
    assert effects == (notice(),)


def test_six_styles_count_as_a_painting_for_the_limits() -> None:
    refusal = QueueError(sentence("No more today."))
    before = replace(SHEET, facts=facts_with(refusal=refusal))

    assert turn(before, SIX) == (before, (alert("No more today."), CountRefusal(refusal=refusal)))


def test_an_old_sheet_starts_no_collage() -> None:
    assert turn(state_of(), SIX) == (state_of(), dead(SETTLED))
