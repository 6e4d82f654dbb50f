"""/styles: the sheet, the cards, and how a style gets a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.effects import (
    AnswerPress,
    Delete,
    Edit,
    Effect,
    NoteStyle,
    Send,
    SetButtons,
    SheetTile,
    StyleImage,
    StyleSheet,
)
from bot.conversation.events import ResultLoved, WordsSent
from bot.conversation.state import Policy, State
from bot.conversation.style_cards import NAMING_TIME
from bot.conversation.turn import turn
from bot.messages import keyboards
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from bot.messages.message_kinds import MessageKind
from core.jobs.job_errors import StyleGoneError, TooManyStylesError
from core.jobs.models import (
    MAX_NAME,
    MAX_STYLES,
    BotMessage,
    Job,
    JobState,
    Role,
    Session,
    Style,
    UsedStyle,
)
from core.jobs.repeat_options import looks
from core.style.options import Options
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    NOW,
    alert,
    command,
    data_of,
    facts_with,
    heard,
    job,
    of_kind,
    one_picture,
    only,
    picture,
    press,
    reply_to,
    state_of,
    style,
    verbs_of,
)
from tests.auxil.world import World

ASKED = style(4, prompt_id=70, prompted=NOW)
KEPT = tuple(style(number, kept=True) for number in range(1, MAX_STYLES + 1))
TOO_MANY = TooManyStylesError(limit=MAX_STYLES)


def words(text: str, replied: int | None = None, *, private: bool = True) -> WordsSent:
    answer = None if replied is None else reply_to(replied, picture=True)
    return WordsSent(heard=heard(private=private, replied=answer), kind=MessageKind.TEXT, text=text)


def with_styles(*styles: Style, **parts: Any) -> State:
    return state_of(styles=styles, **parts)


# The sheet, and a card.


def test_the_sheet_shows_the_persons_styles_and_a_button_for_each() -> None:
    before = with_styles(
        style(4, name="Sea"), style(5), facts=facts_with(policy=Policy(keep_hours=5.0))
    )
    _, effects = turn(before, command("styles"))
    sheet = only(effects, Send)
    tiles = (SheetTile("Sea", style_id=4), SheetTile(ENGLISH.style_name(style(5)), style_id=5))
    assert (sheet.attachment, sheet.text) == (StyleSheet(tiles), ENGLISH.your_styles(5.0))
    assert data_of(sheet.keyboard) == ["mine:4:1", "mine:5:1"]


def test_in_a_group_the_sheet_replies_to_the_command() -> None:
    before = state_of(ADA_IN_GROUP, styles=(style(4),))
    _, effects = turn(before, command("styles", private=False))
    assert only(effects, Send).reply_to == 100


def test_a_button_of_the_sheet_shows_the_styles_card() -> None:
    before = with_styles(style(4, name="Sea & sky"))
    state, effects = turn(before, press(Verb.MINE, 4))
    assert state == before
    assert only(effects, Edit) == Edit(
        text=ENGLISH.card(before.styles[0]),
        message_id=70,
        captioned=True,
        keyboard=keyboards.style(ENGLISH, before.styles[0], ADA.user_id),
        attachment=StyleImage(picture_id=40),
    )


def test_the_card_leads_back_to_the_sheet() -> None:
    _, effects = turn(with_styles(style(4)), press(Verb.MINE))
    assert data_of(only(effects, Edit).keyboard) == ["mine:4:1"]


def test_a_style_is_kept_and_let_go() -> None:
    state, effects = turn(with_styles(style(4)), press(Verb.KEEP, 4))
    assert state.styles == (style(4, kept=True),)
    assert Verb.LET_GO in verbs_of(only(effects, Edit).keyboard)
    state, effects = turn(state, press(Verb.LET_GO, 4))
    assert state.styles == (style(4),)
    assert Verb.KEEP in verbs_of(only(effects, Edit).keyboard)


def test_no_more_styles_are_kept_than_one_sheet_can_show() -> None:
    before = with_styles(*KEPT, style(9))
    refused = alert(ENGLISH.said(TOO_MANY.spoken))
    assert turn(before, press(Verb.KEEP, 9)) == (before, (refused,))


def test_a_style_that_is_kept_can_be_kept_once_more() -> None:
    before = with_styles(*KEPT)
    state, effects = turn(before, press(Verb.KEEP, 1))
    assert state == before
    assert not only(effects, AnswerPress).alert


def test_a_removed_style_is_gone_from_the_sheet() -> None:
    state, effects = turn(with_styles(style(4), style(5)), press(Verb.REMOVE, 4))
    assert state.styles == (style(5),)
    assert data_of(only(effects, Edit).keyboard) == ["mine:5:1"]
    assert only(effects, AnswerPress).text == ENGLISH.removed()


def test_with_the_last_style_the_sheet_goes() -> None:
    state, effects = turn(with_styles(style(4)), press(Verb.REMOVE, 4))
    assert state.styles == ()
    gone = Delete(message_id=70, captioned=True, instead=ENGLISH.outdated())
    assert effects[:2] == (gone, Send(text=ENGLISH.no_styles()))


@pytest.mark.parametrize(
    "verb", [Verb.MINE, Verb.USE, Verb.NAME, Verb.KEEP, Verb.LET_GO, Verb.REMOVE]
)
def test_a_button_of_a_style_that_is_gone_says_so(verb: Verb) -> None:
    before = with_styles(style(5))
    text = ENGLISH.said(StyleGoneError().spoken)
    refused = alert(text)
    assert turn(before, press(verb, 4)) == (before, (refused,))


def test_a_style_is_used_for_the_photo_that_was_sent() -> None:
    before = with_styles(style(4), session=one_picture(question=7))
    state, effects = turn(before, press(Verb.USE, 4))
    assert state.session == Session(content=picture(1), style=picture(40), question=20)
    assert effects[0] == SetButtons(message=7)
    assert set(verbs_of(only(effects, Send).keyboard)) == {
        Verb.PRESET,
        Verb.QUESTION_STRENGTH,
        Verb.SWAP,
    }


def test_a_style_is_used_for_the_next_photo() -> None:
    state, effects = turn(with_styles(style(4)), press(Verb.USE, 4))
    assert state.session == Session(style=picture(40))
    assert only(effects, Send).text == ENGLISH.expected(state.session)


# Names.


def test_the_card_asks_for_a_name() -> None:
    state, effects = turn(with_styles(style(4)), press(Verb.NAME, 4))
    assert state.styles == (ASKED,)
    assert only(effects, Edit).text == ENGLISH.ask_name(MAX_NAME)
    assert data_of(only(effects, Edit).keyboard) == ["mine:4:1"]


def test_the_next_words_are_the_name_and_the_style_is_kept() -> None:
    before = with_styles(ASKED, session=one_picture())
    state, effects = turn(before, words("  Sea \n & sky "))
    named = style(4, name="Sea & sky", kept=True)
    assert state == replace(before, styles=(named,))
    assert effects == (
        Edit(
            text=ENGLISH.card(named),
            message_id=70,
            captioned=True,
            keyboard=keyboards.style(ENGLISH, named, ADA.user_id),
        ),
        Send(text=ENGLISH.named("Sea & sky")),
    )


def test_words_are_no_name_after_the_question_was_left() -> None:
    state, _ = turn(with_styles(ASKED), press(Verb.MINE, 4))
    assert state.styles == (style(4),)
    state, effects = turn(state, words("Hello"))
    assert state.styles == (style(4),)
    assert only(effects, Send).text.startswith(ENGLISH.cannot_use(MessageKind.TEXT))


@pytest.mark.parametrize(
    ("age", "is_name"), [(NAMING_TIME, True), (NAMING_TIME + timedelta(seconds=1), False)]
)
def test_words_that_reply_to_nothing_are_the_name_for_an_hour(
    age: timedelta, is_name: bool
) -> None:
    asked = replace(ASKED, prompted=NOW - age)
    state, _ = turn(with_styles(asked), words("Sea"))
    assert (state.styles[0].name == "Sea") is is_name


def test_a_reply_to_the_question_is_the_name_however_old_that_is() -> None:
    asked = replace(ASKED, prompted=NOW - timedelta(days=3))
    state, _ = turn(with_styles(asked), words("Sea", replied=70))
    assert state.styles == (style(4, name="Sea", kept=True),)


def test_a_reply_to_something_else_is_no_name() -> None:
    before = with_styles(ASKED)
    state, _ = turn(before, words("Sea", replied=71))
    assert state.styles == before.styles


def test_of_two_open_questions_the_later_one_gets_the_next_words() -> None:
    later = style(5, prompt_id=71, prompted=NOW)
    earlier = style(4, prompt_id=70, prompted=NOW - timedelta(minutes=1))
    state, _ = turn(with_styles(later, earlier), words("Sea"))
    assert [one.name for one in state.styles] == ["Sea", None]


def test_a_name_that_is_too_long_is_asked_for_again() -> None:
    before = with_styles(ASKED)
    expected = (before, (Send(text=ENGLISH.name_too_long(MAX_NAME)),))
    assert turn(before, words("x" * (MAX_NAME + 1))) == expected
    state, _ = turn(before, words("x" * MAX_NAME))
    assert state.styles[0].name == "x" * MAX_NAME


def test_a_name_does_not_keep_one_style_too_many() -> None:
    state, effects = turn(with_styles(*KEPT, replace(ASKED, id=9)), words("Sea"))
    assert state.styles == (*KEPT, replace(ASKED, id=9, prompt_id=None, prompted=None))
    assert effects == (Send(text=ENGLISH.error(TOO_MANY)),)


def test_a_kept_style_gets_another_name_however_many_are_kept() -> None:
    asked = replace(KEPT[0], prompt_id=70, prompted=NOW)
    state, _ = turn(with_styles(asked, *KEPT[1:]), words("Sea"))
    assert state.styles == (replace(KEPT[0], name="Sea"), *KEPT[1:])


def test_what_is_no_text_is_no_name() -> None:
    before = with_styles(ASKED)
    state, effects = turn(before, WordsSent(heard=heard(), kind=MessageKind.STICKER))
    assert state.styles == before.styles
    assert of_kind(effects, Edit) == []


def test_in_a_group_the_name_is_acknowledged_as_a_reply() -> None:
    before = state_of(ADA_IN_GROUP, styles=(ASKED,))
    _, effects = turn(before, words("Sea", replied=70, private=False))
    assert only(effects, Send).reply_to == 100


def test_the_name_stands_on_the_buttons_from_then_on() -> None:
    world = World()
    job = world.order(ADA)
    world.command(ADA, "styles")
    world.press(ADA, world.button(ADA, Verb.MINE))
    world.press(ADA, world.button(ADA, Verb.NAME))
    world.say(ADA, "Sea")
    assert [one.picture for one in world.memory.styles[ADA]] == [job.style]
    world.send_photo(ADA)
    button = world.button(ADA, Verb.PICK, str(world.memory.styles[ADA][0].id))
    question = world.chat(ADA)[button.message_id]
    assert question.keyboard[0][0].label == ENGLISH.numbered(1, "Sea")


# A heart on a result.

SHOWN = BotMessage(id=5, role=Role.PHOTO, message_id=50)
LOVED = job(3, state=JobState.DELIVERED, messages=(SHOWN,), style=style(4).picture)
USED = UsedStyle(picture=LOVED.style, thumbnail=b"")


def loved(*styles: Style, one: Job = LOVED, at: int = 50, **parts: Any) -> tuple[Effect, ...]:
    person = parts.pop("person", ADA)
    state = state_of(person, styles=styles, facts=facts_with(replied_job=one))
    return turn(state, ResultLoved(message_id=at, used_style=parts.pop("used", USED)))[1]


def test_a_heart_keeps_the_style_and_says_so_without_a_sound() -> None:
    effects = loved(style(4))
    assert only(effects, NoteStyle) == NoteStyle(used=USED, keep_as="Favourite 1")
    told = Send(text=ENGLISH.kept_for_heart("Favourite 1"), reply_to=50, silent=True)
    assert only(effects, Send) == told


def test_a_style_that_has_a_name_keeps_it_and_each_gets_another() -> None:
    assert only(loved(style(4, name="Sea")), NoteStyle).keep_as == "Sea"
    first = style(1, name="Favourite 1", kept=True)
    assert only(loved(first), NoteStyle).keep_as == "Favourite 2"


def test_in_a_group_a_heart_is_not_talked_about() -> None:
    (effect,) = loved(one=replace(LOVED, person=ADA_IN_GROUP), person=ADA_IN_GROUP)
    assert isinstance(effect, NoteStyle)


def test_who_keeps_too_many_is_told() -> None:
    other = UsedStyle(picture=picture(99), thumbnail=b"")
    effects = loved(*KEPT, used=other)
    assert only(effects, Send).text == ENGLISH.error(TOO_MANY)
    assert not of_kind(effects, NoteStyle)


@pytest.mark.parametrize(
    "effects",
    [
        loved(style(4, kept=True)),
        loved(used=None),
        loved(at=51),
        loved(one=replace(LOVED, person=ADA_IN_GROUP)),
        loved(one=replace(LOVED, options=looks(Options()))),
    ],
    ids=["kept already", "built in", "another message", "somebody else's", "a collage"],
)
def test_other_hearts_change_nothing(effects: tuple[Effect, ...]) -> None:
    assert effects == ()
