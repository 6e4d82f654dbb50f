"""The buttons under a result and under a failure."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.conversation.effects import (
    AnswerPress,
    CountRefusal,
    Film,
    LossCurve,
    ResultImage,
    Send,
    SetButtons,
    SubmitJob,
)
from bot.conversation.turn import turn
from bot.messages import keyboards, result_keyboards, status_keyboards
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from core.jobs.job_errors import PictureGoneError, QueueError
from core.jobs.models import EMPTY_SESSION, BotMessage, Job, JobFacts, JobState, Role, Session
from core.jobs.preferences import Form, Handover, Preferences, Sound
from core.jobs.repeat_options import looks, other_looks
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.sentences import sentence
from core.style.options import Colours, Options, Preset
from tests.auxil.screens import Loss
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
    job,
    notice,
    of_kind,
    only,
    picture,
    press,
    state_of,
    verbs_of,
)
from tests.auxil.world import World

if TYPE_CHECKING:
    from bot.conversation.state import State
    from bot.messages.inline_keyboard import Keyboard

PHOTO = BotMessage(id=5, role=Role.PHOTO, message_id=50, captioned=True)
FILE = BotMessage(id=6, role=Role.DOCUMENT, message_id=60)
DONE = job(3, state=JobState.DELIVERED, messages=(PHOTO, FILE))
PHOTO_ONLY = replace(DONE, messages=(PHOTO,), handover=Handover(form=Form.PHOTO))
GONE = alert(ENGLISH.said(PictureGoneError().spoken))


def about(one: Job, *, kept: bool = True, **parts: Any) -> State:
    """A state in which a button is about a job."""
    return state_of(one.person, facts=facts_with(subject=facts_of(one, kept=kept)), **parts)


@pytest.mark.parametrize(
    ("verb", "options", "start_from"),
    [
        (Verb.SOFTER, replace(QUICK, strength=0.3), 3),
        (Verb.STRONGER, replace(QUICK, strength=0.7), 3),
        (Verb.FINER, replace(QUICK, preset=Preset.BALANCED), 3),
        (Verb.COLOURS, replace(QUICK, colours=Colours.LUMINANCE), None),
        (Verb.TRY_AGAIN, QUICK, None),
    ],
)
def test_a_result_is_repeated_in_another_way(
    verb: Verb, options: Options, start_from: int | None
) -> None:
    _, effects = turn(about(DONE), press(verb, 3))
    submitted = only(effects, SubmitJob)
    assert (submitted.content, submitted.style) == (picture(1), picture(2))
    assert (submitted.options, submitted.start_from) == (options, start_from)


def test_a_result_is_repeated_with_both_pictures_exchanged() -> None:
    _, effects = turn(about(DONE), press(Verb.SWAP_RESULT, 3))
    submitted = only(effects, SubmitJob)
    assert (submitted.content, submitted.style) == (picture(2), picture(1))
    assert (submitted.options, submitted.start_from) == (QUICK, None)


def test_the_new_job_has_a_status_message_of_its_own_under_its_photo() -> None:
    state, effects = turn(about(DONE, session=both_pictures()), press(Verb.STRONGER, 3))
    assert effects[1:] == (
        Send(
            text="<b>Painting</b> · Quick · strength 70 %\nMixing the colours…",
            message=20,
            role=Role.STATUS,
            keyboard=status_keyboards.status(ENGLISH, ADA.user_id, 9, Preset.QUICK),
            reply_to=1,
            silent=True,
            job_id=9,
        ),
        notice(ENGLISH.in_hand()),
    )
    assert only(effects, SubmitJob).status == 20
    assert state.session == both_pictures()


def test_the_new_job_is_delivered_as_the_settings_say_now() -> None:
    preferences = Preferences(form=Form.FILE, sound=Sound.ALL)
    _, effects = turn(about(DONE, preferences=preferences), press(Verb.STRONGER, 3))
    assert only(effects, SubmitJob).handover == preferences.handover


def test_a_second_press_is_one_job() -> None:
    again = job(4, options=replace(QUICK, strength=0.7))
    before = about(DONE, jobs=(again,))
    expected = (before, (notice(ENGLISH.already()),))
    assert turn(before, press(Verb.STRONGER, 3)) == expected


def test_another_change_of_the_same_pictures_is_another_job() -> None:
    again = job(4, options=replace(QUICK, strength=0.7))
    _, effects = turn(about(DONE, jobs=(again,)), press(Verb.SOFTER, 3))
    assert only(effects, SubmitJob).options.strength == 0.3


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        (Verb.SOFTER, replace(QUICK, strength=0.1)),
        (Verb.STRONGER, replace(QUICK, strength=1.0)),
        (Verb.STRONGER, Options(preset=Preset.CLASSIC)),
        (Verb.FINER, Options(preset=Preset.FINE)),
    ],
)
def test_a_change_that_would_change_nothing_has_no_button_and_is_refused(
    verb: Verb, options: Options
) -> None:
    done = replace(DONE, options=options)
    shown = result_keyboards.result(ENGLISH, done) + result_keyboards.more(ENGLISH, done)
    assert verb not in verbs_of(shown)
    before = about(done)
    old = alert(ENGLISH.no_such_change())
    assert turn(before, press(verb, 3)) == (before, (old,))


def test_the_queue_refuses_a_repetition_in_its_own_words() -> None:
    full = QueueError(sentence("The queue is full."))
    facts = facts_with(subject=facts_of(DONE), refusal=full)
    before = state_of(facts=facts)
    refused = alert("The queue is full.")
    assert turn(before, press(Verb.STRONGER, 3)) == (before, (refused, CountRefusal(refusal=full)))


@pytest.mark.parametrize(
    "verb",
    verbs_of(
        result_keyboards.result(ENGLISH, PHOTO_ONLY) + result_keyboards.more(ENGLISH, PHOTO_ONLY)
    ),
)
def test_pictures_that_are_gone_are_said_to_be_gone(verb: Verb) -> None:
    before = about(PHOTO_ONLY, kept=False, session=both_pictures())
    assert turn(before, press(verb, 3)) == (before, (GONE,))


@pytest.mark.parametrize(
    ("message_id", "target"),
    [
        (50, SetButtons(message=5)),
        (60, SetButtons(message=6)),
        (70, SetButtons(message_id=70)),
        (None, SetButtons(message=5)),
    ],
    ids=["its photo", "its file", "a copy that nobody knows", "one that Telegram hides"],
)
@pytest.mark.parametrize(
    ("verb", "keyboard"),
    [
        (Verb.MORE, result_keyboards.more(ENGLISH, DONE)),
        (Verb.STRENGTH, result_keyboards.strengths(ENGLISH, DONE)),
        (Verb.STYLE_SCALE, result_keyboards.style_sizes(ENGLISH, DONE)),
        (Verb.BACK, result_keyboards.result(ENGLISH, DONE)),
    ],
)
def test_other_buttons_open_where_the_press_was(
    message_id: int | None, target: SetButtons, verb: Verb, keyboard: Keyboard
) -> None:
    before = about(DONE)
    after, effects = turn(before, press(verb, 3, message_id=message_id))
    assert effects == (replace(target, keyboard=keyboard), notice())
    assert after == before


def test_a_keyboard_under_a_result_is_readable_on_a_phone() -> None:
    first, more = result_keyboards.result(ENGLISH, DONE), result_keyboards.more(ENGLISH, DONE)
    assert verbs_of(first) == [Verb.STRONGER, Verb.SOFTER, Verb.NEW_STYLE, Verb.MORE]
    assert not set(verbs_of(first)) & set(verbs_of(more))
    shown = (
        *first,
        *more,
        *result_keyboards.strengths(ENGLISH, DONE),
        *result_keyboards.style_sizes(ENGLISH, DONE),
    )
    assert all(len(row) <= 3 for row in shown)
    assert all(len(button.label) <= 22 for row in shown for button in row)


def test_the_strengths_are_a_row_with_the_present_one_marked() -> None:
    *rows, back = result_keyboards.strengths(ENGLISH, DONE)
    labels = [button.label for row in rows for button in row]
    assert labels == ["10 %", "30 %", "✓ 50 %", "70 %", "90 %", "100 %"]
    assert verbs_of((back,)) == [Verb.MORE]
    *sizes, _ = result_keyboards.style_sizes(ENGLISH, DONE)
    assert [[button.label for button in row] for row in sizes] == [["fine", "✓ normal", "broad"]]


@pytest.mark.parametrize(
    ("verb", "value", "options", "start_from"),
    [
        (Verb.STRENGTH, 90, replace(QUICK, strength=0.9), 3),
        (Verb.STRENGTH, 10, replace(QUICK, strength=0.1), 3),
        (Verb.STYLE_SCALE, 200, replace(QUICK, style_scale=2.0), None),
    ],
)
def test_a_strength_goes_on_from_the_result_and_a_style_size_begins_at_the_photo(
    verb: Verb, value: int, options: Options, start_from: int | None
) -> None:
    _, effects = turn(about(DONE), press(verb, f"3={value}"))
    submitted = only(effects, SubmitJob)
    assert (submitted.options, submitted.start_from) == (options, start_from)


@pytest.mark.parametrize(("verb", "value"), [(Verb.STRENGTH, 50), (Verb.STYLE_SCALE, 100)])
def test_the_present_choice_paints_nothing(verb: Verb, value: int) -> None:
    before = about(DONE)
    expected = (before, (notice(ENGLISH.as_it_is()),))
    assert turn(before, press(verb, f"3={value}")) == expected


@pytest.mark.parametrize(("verb", "value"), [(Verb.STRENGTH, 90), (Verb.STYLE_SCALE, 200)])
def test_classic_offers_neither_strength_nor_style_size(verb: Verb, value: int) -> None:
    done = replace(DONE, options=Options(preset=Preset.CLASSIC))
    assert verb not in verbs_of(result_keyboards.more(ENGLISH, done))
    before = about(done)
    refused = (before, (alert(ENGLISH.no_such_change()),))
    assert turn(before, press(verb, f"3={value}")) == refused


@pytest.mark.parametrize("verb", [Verb.STRENGTH, Verb.STYLE_SCALE])
@pytest.mark.parametrize("value", ["42", "nan", "-50", "0.5"])
def test_a_number_that_was_never_offered_is_refused(verb: Verb, value: str) -> None:
    before = about(DONE)
    assert turn(before, press(verb, f"3={value}")) == (before, (alert(ENGLISH.no_such_change()),))


def test_a_new_photo_keeps_the_style_and_closes_the_open_question() -> None:
    before = about(DONE, session=both_pictures(question=7))
    state, effects = turn(before, press(Verb.NEW_PHOTO, 3))
    assert state.session == Session(style=picture(2))
    assert effects == (
        SetButtons(message=7),
        Send(
            text=ENGLISH.expected(state.session),
            keyboard=keyboards.profile_photo(ENGLISH, ADA.user_id),
        ),
        notice(),
    )


def test_a_new_style_keeps_the_photo_and_asks_for_the_style() -> None:
    before = about(DONE, session=both_pictures(question=7))
    state, effects = turn(before, press(Verb.NEW_STYLE, 3))
    assert state.session == Session(content=picture(1), question=20)
    assert effects[0] == SetButtons(message=7)
    assert set(verbs_of(only(effects, Send).keyboard)) == {Verb.PICK, Verb.LOOKS}


TWO = replace(DONE, further=(picture(4),), options=replace(QUICK, style_weights=(0.75, 0.25)))


@pytest.mark.parametrize(
    "verb", [Verb.SOFTER, Verb.STRONGER, Verb.FINER, Verb.COLOURS, Verb.TRY_AGAIN]
)
def test_a_blend_is_repeated_with_all_its_styles(verb: Verb) -> None:
    _, effects = turn(about(TWO), press(verb, 3))
    submitted = only(effects, SubmitJob)
    assert (submitted.style, submitted.further) == (picture(2), (picture(4),))
    assert submitted.options.style_weights == (0.75, 0.25)


def test_a_blend_that_is_swapped_has_one_style() -> None:
    _, effects = turn(about(TWO), press(Verb.SWAP_RESULT, 3))
    submitted = only(effects, SubmitJob)
    assert (submitted.style, submitted.further) == (picture(1), ())
    assert submitted.options == QUICK


def test_another_style_is_blended_in_by_a_press_of_the_sheet() -> None:
    world = World()
    world.order(ADA)
    world.finish(1)
    first = world.memory.job(1)
    world.press(ADA, world.button(ADA, Verb.MORE))
    world.press(ADA, world.button(ADA, Verb.BLEND))
    world.press(ADA, world.button(ADA, Verb.PICK, "glass"))
    world.press(ADA, world.button(ADA, Verb.WEIGHTS, "more"))
    second = world.memory.job(2)
    assert (second.content, second.style) == (first.content, first.style)
    assert len(second.further) == 1
    assert second.options == replace(first.options, style_weights=(0.25, 0.75))
    assert world.memory.session(ADA) == EMPTY_SESSION


def test_another_style_is_blended_in_by_a_picture_that_may_be_replaced() -> None:
    world = World()
    world.order(ADA)
    world.finish(1)
    world.press(ADA, world.button(ADA, Verb.MORE))
    world.press(ADA, world.button(ADA, Verb.BLEND))
    world.send_photo(ADA)
    asked = list(world.chat(ADA).values())[-1]
    assert asked.text == ENGLISH.expected(world.memory.session(ADA))
    assert [button.label for row in asked.keyboard for button in row] == [
        "Even",
        "More of the first",
        "More of the new",
    ]
    world.send_photo(ADA)
    world.press(ADA, world.button(ADA, Verb.WEIGHTS, "even"))
    assert [one.id for one in world.memory.job(2).styles] == [2, 4]
    assert world.memory.job(2).options == world.memory.job(1).options


def test_a_blend_of_a_blend_ends_at_four_styles() -> None:
    world = World()
    world.order(ADA)
    for number in range(1, 4):
        world.finish(number)
        world.press(ADA, world.button(ADA, Verb.MORE))
        world.press(ADA, world.button(ADA, Verb.BLEND, str(number)))
        world.send_photo(ADA)
        world.press(ADA, world.button(ADA, Verb.WEIGHTS, "less"))
    full = world.memory.job(4)
    assert full.options.style_weights == (0.4219, 0.1406, 0.1875, 0.25)
    assert Verb.BLEND not in verbs_of(result_keyboards.more(ENGLISH, full))
    done = replace(full, state=JobState.DELIVERED)
    before = about(done)
    assert turn(before, press(Verb.BLEND, 4)) == (before, (alert(ENGLISH.blends_enough()),))


def test_a_new_photo_for_a_blend_gets_the_whole_blend() -> None:
    world = World()
    world.order(ADA)
    world.finish(1)
    world.press(ADA, world.button(ADA, Verb.MORE))
    world.press(ADA, world.button(ADA, Verb.BLEND))
    world.send_photo(ADA)
    world.press(ADA, world.button(ADA, Verb.WEIGHTS, "more"))
    world.finish(2)
    world.press(ADA, world.button(ADA, Verb.MORE))
    world.press(ADA, world.button(ADA, Verb.NEW_PHOTO, "2"))
    world.send_photo(ADA)
    world.press(ADA, world.button(ADA, Verb.PRESET, "quick"))
    third = world.memory.job(3)
    assert third.styles == world.memory.job(2).styles
    assert third.options.style_weights == (0.25, 0.75)


@pytest.mark.parametrize(("argument", "question"), [("even", 8), ("most", 7), ("even", None)])
def test_a_weight_of_another_question_is_refused(argument: str, question: int | None) -> None:
    session = replace(both_pictures(question=7), blend_of=3)
    before = state_of(session=session, facts=facts_with(base=facts_of(DONE)))
    words = ENGLISH.old_button() if argument == "most" else ENGLISH.settled_question(session)
    refused = (before, (alert(words),))
    assert turn(before, press(Verb.WEIGHTS, argument, question=question)) == refused


def test_a_blend_whose_first_styles_are_gone_is_said_to_be_gone() -> None:
    session = replace(both_pictures(question=7), blend_of=3)
    for base in (None, facts_of(DONE, kept=False)):
        before = state_of(session=session, facts=facts_with(base=base))
        assert turn(before, press(Verb.WEIGHTS, "even", question=7)) == (before, (GONE,))


def test_a_second_press_of_a_weight_is_one_job() -> None:
    world = World()
    world.order(ADA)
    world.finish(1)
    world.press(ADA, world.button(ADA, Verb.MORE))
    world.press(ADA, world.button(ADA, Verb.BLEND))
    world.send_photo(ADA)
    even = world.button(ADA, Verb.WEIGHTS, "even")
    world.press(ADA, even)
    world.press(ADA, even)
    assert len(world.memory.jobs) == 2


def test_a_new_photo_leaves_no_old_keyboard_alive() -> None:
    world = World()
    world.order(ADA)
    world.finish(1)
    world.send_photo(ADA)
    world.press(ADA, world.button(ADA, Verb.MORE))
    world.press(ADA, world.button(ADA, Verb.NEW_PHOTO))
    shown = {button.message_id for button in world.screens.shown_buttons(ADA.chat_id)}
    asked = world.button(ADA, Verb.PROFILE).message_id
    assert shown == {world.memory.job(1).result_message_id, asked}


@pytest.mark.parametrize(
    ("verb", "attachment", "text"),
    [
        (Verb.COMPARE, Film(3, compare=True), ENGLISH.compare_caption()),
        (Verb.FILM, Film(3), ENGLISH.film_caption()),
        (Verb.CURVE, LossCurve(3, astuple(ENGLISH.curve_labels())), ENGLISH.curve_caption()),
    ],
)
def test_how_it_came_about_is_sent_once_as_a_reply_to_the_result(
    verb: Verb, attachment: Film | LossCurve, text: str
) -> None:
    _, effects = turn(about(DONE), press(verb, 3))
    sent = only(effects, Send)
    assert sent == Send(text=text, attachment=attachment, reply_to=50, once=True, job_id=3)
    assert only(effects, AnswerPress) == notice(ENGLISH.a_moment())


def test_how_it_came_about_replies_to_the_file_where_there_is_no_photo() -> None:
    done = replace(DONE, messages=(FILE,), handover=Handover(form=Form.FILE))
    _, effects = turn(about(done), press(Verb.COMPARE, 3))
    assert only(effects, Send).reply_to == 60


def test_the_curves_words_are_the_persons() -> None:
    before = about(DONE, client_language="zh-hans")
    _, effects = turn(before, press(Verb.CURVE, 3))
    curve = only(effects, Send).attachment
    assert isinstance(curve, LossCurve)
    assert before.texts.curve_labels().style in curve.labels
    assert before.texts.curve_labels() != ENGLISH.curve_labels()


def test_the_file_is_sent_after_all_and_its_button_goes() -> None:
    _, effects = turn(about(PHOTO_ONLY), press(Verb.FILE, 3))
    assert effects == (
        Send(
            text=ENGLISH.file_caption(),
            message=20,
            role=Role.DOCUMENT,
            attachment=ResultImage(3, as_file=True),
            reply_to=1,
            silent=True,
            once=True,
            job_id=3,
        ),
        SetButtons(message=5, keyboard=result_keyboards.more(ENGLISH, PHOTO_ONLY, file_sent=True)),
        notice(ENGLISH.a_moment()),
    )
    assert Verb.FILE in verbs_of(result_keyboards.more(ENGLISH, PHOTO_ONLY))
    assert Verb.FILE not in verbs_of(result_keyboards.more(ENGLISH, PHOTO_ONLY, file_sent=True))


@pytest.mark.parametrize(
    "file", [FILE, replace(FILE, message_id=None, pending=True)], ids=["sent", "waiting"]
)
def test_the_file_is_not_sent_twice(file: BotMessage) -> None:
    before = about(replace(PHOTO_ONLY, messages=(PHOTO, file)))
    expected = (before, (notice(ENGLISH.file_sent()),))
    assert turn(before, press(Verb.FILE, 3)) == expected


def test_a_file_without_an_answer_can_be_asked_for_again() -> None:
    world = World()
    world.memory.preferences[ADA.user_id] = Preferences(form=Form.PHOTO)
    world.order(ADA)
    world.finish(1)
    world.screens.losses.append(Loss.VANISHED)
    world.press(ADA, world.button(ADA, Verb.MORE))
    button = world.button(ADA, Verb.FILE)
    world.press(ADA, button)
    assert list(world.chat(ADA).values())[-1].text == ENGLISH.perhaps_sent()
    world.press(ADA, button)
    assert list(world.chat(ADA).values())[-1].text == ENGLISH.file_caption()
    assert button not in world.screens.shown_buttons(ADA.chat_id)


def test_the_file_of_a_cut_out_comes_from_under_the_result_itself() -> None:
    one = replace(PHOTO_ONLY, messages=(PHOTO,))
    cut = JobFacts(one, replace(RESULT, cutout=True), pictures_kept=True)
    state = state_of(facts=facts_with(subject=cut))
    _, effects = turn(state, press(Verb.BACK, 3))
    shown = result_keyboards.result(ENGLISH, one, cutout=True)
    assert only(effects, SetButtons).keyboard == shown
    assert verbs_of(shown)[-1] is Verb.FILE
    _, effects = turn(state, press(Verb.FILE, 3))
    assert only(effects, Send).attachment == ResultImage(3, as_file=True)
    assert only(effects, SetButtons).keyboard == result_keyboards.result(ENGLISH, one)


def test_sending_again_sends_only_what_is_missing_and_takes_the_status_away() -> None:
    status = BotMessage(id=4, role=Role.STATUS, message_id=40)
    lost = replace(FILE, message_id=None)
    both = Handover(form=Form.BOTH)
    before = about(replace(DONE, messages=(status, PHOTO, lost), handover=both))
    state, effects = turn(before, press(Verb.SEND_AGAIN, 3))
    sent = only(effects, Send)
    assert (sent.message, sent.attachment) == (6, ResultImage(3, as_file=True))
    assert (sent.delivers, sent.once) == (True, True)
    assert state == before


def test_sending_again_what_is_on_its_way_does_nothing() -> None:
    waiting = replace(FILE, message_id=None, pending=True)
    both = Handover(form=Form.BOTH)
    before = about(replace(DONE, messages=(PHOTO, waiting), handover=both))
    assert turn(before, press(Verb.SEND_AGAIN, 3)) == (before, (notice(),))


def test_a_failed_job_is_tried_again_with_the_smallest_preset() -> None:
    failed = job(3, state=JobState.FAILED, options=Options(preset=Preset.FINE, strength=0.7))
    _, effects = turn(about(failed), press(Verb.TRY_AGAIN, 3))
    assert only(effects, SubmitJob).options == replace(QUICK, strength=0.7)


def test_in_a_group_everybody_sees_whose_photo_the_new_job_is_about() -> None:
    done = replace(DONE, person=ADA_IN_GROUP)
    _, effects = turn(about(done), press(Verb.SWAP_RESULT, 3))
    assert only(effects, Send).reply_to == picture(2).message_id


def test_a_picture_left_behind_in_another_chat_is_not_replied_to() -> None:
    moved = replace(DONE, content=replace(picture(1), message_id=0))
    _, effects = turn(about(moved), press(Verb.COLOURS, 3))
    assert of_kind(effects, Send)[0].reply_to is None


# A collage.

COLLAGE = replace(PHOTO_ONLY, style=picture(1), options=looks(Options(strength=0.7)))


def test_a_collage_has_a_button_for_each_tile_in_the_rows_of_the_tiles() -> None:
    keyboard = result_keyboards.result(ENGLISH, COLLAGE)

    assert [len(row) for row in keyboard] == [3, 3, 2]
    assert data_of(keyboard[:2]) == [f"look:3={name}:1" for name in BUILTIN_STYLES[:6]]
    assert verbs_of(keyboard[2:]) == [Verb.OTHER_LOOKS, Verb.NEW_STYLE]


def test_a_tile_leads_to_a_painting_as_it_shows_it_in_the_usual_quality() -> None:
    shown = Options(strength=0.9, colours=Colours.LUMINANCE, style_scale=0.5)
    before = about(replace(COLLAGE, options=looks(shown)))
    preferences = Preferences(preset=Preset.BALANCED, strength=0.3)
    _, effects = turn(
        replace(before, preferences=preferences), press(Verb.LOOK, "3=ink", picture=picture(6))
    )

    submitted = only(effects, SubmitJob)
    assert (submitted.content, submitted.style) == (picture(1), picture(6))
    assert submitted.options == replace(shown, preset=Preset.BALANCED)
    assert submitted.start_from is None
    assert only(effects, Send).role is Role.STATUS


def test_a_tile_without_a_usual_quality_leads_to_the_quickest() -> None:
    _, effects = turn(about(COLLAGE), press(Verb.LOOK, "3=ink", picture=picture(6)))

    assert only(effects, SubmitJob).options == replace(QUICK, strength=0.7)


def test_a_second_press_of_a_tile_is_one_press() -> None:
    ink, again = (replace(picture(number), builtin="ink") for number in (6, 7))
    painted = job(8, style=ink, options=replace(QUICK, strength=0.7))
    before = about(COLLAGE, jobs=(painted,))
    _, effects = turn(before, press(Verb.LOOK, "3=ink", picture=again))

    assert effects == (notice(ENGLISH.already()),)


def test_a_tile_of_a_style_that_is_not_known_is_refused() -> None:
    _, effects = turn(about(COLLAGE), press(Verb.LOOK, "3=velvet"))

    assert effects == (alert(ENGLISH.no_such_change()),)


def test_six_others_paint_the_same_photo() -> None:
    _, effects = turn(about(COLLAGE), press(Verb.OTHER_LOOKS, 3))

    submitted = only(effects, SubmitJob)
    assert submitted.options == other_looks(COLLAGE.options)
    assert (submitted.content, submitted.style) == (picture(1), picture(1))
