"""/settings: one message that shows what is chosen, and open questions that follow it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.effects import Edit, RefreshQuestions, Send
from bot.conversation.events import SettingsChanged
from bot.conversation.turn import turn
from bot.messages import keyboards
from bot.messages.keyboards import DONE, Verb
from bot.messages.languages import ENGLISH
from core.jobs.models import EMPTY_SESSION, Session
from core.jobs.preference_choices import Aspect, offered
from core.jobs.preferences import DEFAULT_PREFERENCES, Form, Preferences, Sound
from core.style.options import Colours, Preset
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    BEN,
    LANGUAGES,
    alert,
    both_pictures,
    command,
    data_of,
    notice,
    one_picture,
    only,
    press,
    state_of,
)
from tests.auxil.world import World

CHOSEN = Preferences(strength=0.7, colours=Colours.LUMINANCE)


def test_the_menu_shows_every_setting_with_its_value() -> None:
    before = state_of(preferences=CHOSEN, session=both_pictures())
    state, effects = turn(before, command("settings"))
    menu = only(effects, Send)
    assert state == before
    assert (menu.text, menu.keyboard) == (
        ENGLISH.settings(),
        keyboards.settings(ENGLISH, ADA.user_id, CHOSEN, None),
    )
    assert [row[0].label for row in menu.keyboard] == [
        *(ENGLISH.setting(aspect, CHOSEN, None) for aspect in Aspect),
        ENGLISH.done_button(),
    ]


@pytest.mark.parametrize("aspect", Aspect)
def test_a_setting_shows_its_choices_in_the_same_message(aspect: Aspect) -> None:
    before = state_of()
    state, effects = turn(before, press(Verb.SETTINGS, aspect))
    edit = only(effects, Edit)
    assert state == before
    assert (edit.message_id, edit.text) == (70, ENGLISH.question(aspect))
    values = offered(aspect, LANGUAGES.names)
    assert data_of(edit.keyboard) == [
        *(f"settings:{aspect}={value}:1" for value in values),
        "settings::1",
    ]


@pytest.mark.parametrize(
    ("argument", "changed"),
    [
        ("preset=fine", Preferences(ask=True, preset=Preset.FINE)),
        ("strength=0.7", Preferences(ask=True, strength=0.7)),
        ("ask=no", Preferences()),
        ("colours=luminance", Preferences(ask=True, colours=Colours.LUMINANCE)),
        ("style_scale=2.0", Preferences(ask=True, style_scale=2.0)),
        ("form=file", Preferences(ask=True, form=Form.FILE)),
        ("sound=none", Preferences(ask=True, sound=Sound.NONE)),
        ("language=zh-hans", Preferences(ask=True, language="zh-hans")),
    ],
)
def test_a_choice_is_saved_and_the_menu_and_open_questions_show_it(
    argument: str, changed: Preferences
) -> None:
    state, effects = turn(state_of(), press(Verb.SETTINGS, argument))
    language = LANGUAGES.names.get(changed.language or "")
    assert state.preferences == changed
    assert effects == (
        RefreshQuestions(),
        Edit(
            text=state.texts.settings(),
            message_id=70,
            keyboard=keyboards.settings(state.texts, ADA.user_id, changed, language),
        ),
        notice(state.texts.noted()),
    )


@pytest.mark.parametrize("argument", ["preset=none", "language=none"])
def test_a_choice_is_taken_back(argument: str) -> None:
    before = state_of(preferences=Preferences(preset=Preset.FINE, language="zh-hans"))
    state, _ = turn(before, press(Verb.SETTINGS, argument))
    assert getattr(state.preferences, argument.partition("=")[0]) is None


@pytest.mark.parametrize("aspect", [Aspect.STRENGTH, Aspect.STYLE_SCALE])
def test_numbers_stand_in_rows_with_the_present_one_marked(aspect: Aspect) -> None:
    _, effects = turn(state_of(preferences=CHOSEN), press(Verb.SETTINGS, aspect))
    rows = only(effects, Edit).keyboard
    assert {len(row) for row in rows[:-1]} == {3}
    chosen = [button.label for row in rows for button in row if button.label.startswith("✓")]
    assert chosen == ["✓ 70 %" if aspect is Aspect.STRENGTH else "✓ normal"]


def test_the_whole_menu_speaks_a_language_as_soon_as_it_is_chosen() -> None:
    state, effects = turn(state_of(), press(Verb.SETTINGS, "language=zh-hans"))
    assert state.texts is LANGUAGES.texts["zh-hans"]
    assert only(effects, Edit).text == LANGUAGES.texts["zh-hans"].settings()


def test_done_leaves_a_list_without_buttons() -> None:
    before = state_of(preferences=CHOSEN)
    state, effects = turn(before, press(Verb.SETTINGS, DONE))
    assert state == before
    text = ENGLISH.settings_done(CHOSEN, None)
    assert only(effects, Edit) == Edit(text=text, message_id=70)


@pytest.mark.parametrize(
    "argument",
    [
        "mood",
        "mood=good",
        "preset=ultra",
        "preset=enormous",
        "strength=0.42",
        "strength=nan",
        "style_scale=3.0",
        "colours=match",
        "form=none",
        "language=tlh",
    ],
)
def test_what_was_never_offered_is_refused(argument: str) -> None:
    before = state_of()
    refused = alert(ENGLISH.changed_setting())
    assert turn(before, press(Verb.SETTINGS, argument)) == (before, (refused,))


def test_every_button_of_the_menu_can_be_pressed() -> None:
    for aspect in Aspect:
        for value in offered(aspect, LANGUAGES.names):
            world = World()
            world.command(ADA, "settings")
            world.press(ADA, world.button(ADA, Verb.SETTINGS, aspect))
            world.press(ADA, world.button(ADA, Verb.SETTINGS, f"{aspect}={value}"))
            world.press(ADA, world.button(ADA, Verb.SETTINGS, DONE))
            assert world.screens.shown_buttons(ADA.chat_id) == []


def test_an_open_question_for_a_preset_shows_what_holds_now() -> None:
    session = both_pictures(question=7)
    before = state_of(session=session, preferences=CHOSEN)
    state, effects = turn(before, SettingsChanged())
    edit = only(effects, Edit)
    assert state == before
    assert edit.message == 7
    assert edit.text == f"{ENGLISH.expected(session)}\n{ENGLISH.in_force(CHOSEN)}"
    assert {data.rpartition(".")[2] for data in data_of(edit.keyboard)} == {"7:1"}


@pytest.mark.parametrize(
    "session", [EMPTY_SESSION, one_picture(), replace(both_pictures(), question=None)]
)
def test_without_an_open_question_for_a_preset_nothing_is_shown(session: Session) -> None:
    before = state_of(session=session)
    assert turn(before, SettingsChanged()) == (before, ())


def test_questions_in_every_chat_follow_and_nobody_elses() -> None:
    world = World()
    for person in (ADA, ADA_IN_GROUP, BEN):
        world.send_photo(person)
        world.send_photo(person)
    world.command(ADA, "settings")
    world.press(ADA, world.button(ADA, Verb.SETTINGS, "strength"))
    world.press(ADA, world.button(ADA, Verb.SETTINGS, "strength=0.7"))
    line = ENGLISH.in_force(replace(DEFAULT_PREFERENCES, strength=0.7))
    shown = [
        any(line in message.text for message in world.chat(person).values())
        for person in (ADA, ADA_IN_GROUP, BEN)
    ]
    assert shown == [True, True, False]


def test_a_question_that_waits_to_be_sent_follows_too() -> None:
    world = World()
    world.send_photo(ADA, "album")
    world.send_photo(ADA, "album")
    world.command(ADA, "settings")
    world.press(ADA, world.button(ADA, Verb.SETTINGS, "strength"))
    world.press(ADA, world.button(ADA, Verb.SETTINGS, "strength=0.7"))
    world.pass_time(1.0)
    question = world.memory.session(ADA).question_message_id
    assert question is not None
    line = ENGLISH.in_force(replace(DEFAULT_PREFERENCES, strength=0.7))
    assert line in world.chat(ADA)[question].text
