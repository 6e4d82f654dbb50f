"""Which place a picture takes, whatever order Telegram delivers in, and which question follows."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import Send, SetButtons, SheetTile, StyleSheet
from bot.conversation.events import PictureSent, PictureTrouble
from bot.conversation.picture_places import Remark, swap, take
from bot.conversation.state import Policy
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from core.jobs.models import EMPTY_SESSION, Role, Session, Step
from core.jobs.preferences import Preferences
from core.jobs.store import Store
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.pictures.notes import Note
from core.sentences import sentence
from core.style.options import Preset
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    both_pictures,
    data_of,
    facts_with,
    heard,
    one_picture,
    only,
    picture,
    state_of,
    style,
    verbs_of,
)
from tests.auxil.world import World

if TYPE_CHECKING:
    from pathlib import Path

PAIR = Session(content=picture(4, "album"), style=picture(5, "album"))


def sent(number: int, *, private: bool = True, album: str | None = None) -> PictureSent:
    return PictureSent(
        heard=heard(number, private=private), picture=picture(number, album), album=album
    )


def test_the_first_picture_is_the_content_and_the_second_the_style() -> None:
    session, remark = take(EMPTY_SESSION, picture(1))
    assert (session.step, remark) == (Step.STYLE, Remark.NONE)
    session, remark = take(session, picture(2))
    assert (session, remark) == (Session(content=picture(1), style=picture(2)), Remark.NONE)


def test_what_is_missing_of_a_picture_is_said_before_the_question() -> None:
    event = replace(sent(1), notes=(Note.FIRST_PAGE, Note.CUT_OFF))

    _, effects = turn(state_of(), event)

    text = only(effects, Send).text
    assert text.startswith("The file breaks off early, so a strip at one edge is missing")
    assert "The file has several pages; I use the first." in text
    assert ENGLISH.ask_style() in text


def test_what_is_missing_of_a_picture_in_an_album_is_said_beside_the_question() -> None:
    event = replace(sent(1, album="a"), notes=(Note.LESS_DETAIL, "unheard of"))

    _, effects = turn(state_of(), event)

    said, question = (effect.text for effect in effects if isinstance(effect, Send))
    assert said == "The file breaks off early, so the finest detail is missing in places."
    assert question.startswith(ENGLISH.ask_style())


def test_a_third_picture_replaces_the_style() -> None:
    session, remark = take(Session(content=picture(1), style=picture(2)), picture(3))
    assert session == Session(content=picture(1), style=picture(3))
    assert remark is Remark.REPLACED_STYLE


def test_a_picture_for_a_style_that_was_chosen_before_is_the_content() -> None:
    session, remark = take(Session(style=picture(2)), picture(3))
    assert (session, remark) == (Session(content=picture(3), style=picture(2)), Remark.NONE)


@pytest.mark.parametrize("order", list(permutations([4, 5])))
@pytest.mark.parametrize(
    "before",
    [EMPTY_SESSION, Session(content=picture(1)), Session(content=picture(1), style=picture(2))],
)
def test_an_album_is_a_pair_in_message_order_whatever_came_before(
    before: Session, order: tuple[int, ...]
) -> None:
    session = before
    for number in order:
        session, remark = take(session, picture(number, "album"))
    assert session == PAIR
    assert (remark is Remark.REPLACED_ALL) == (before != EMPTY_SESSION)


@pytest.mark.parametrize("order", list(permutations([4, 5, 6, 7])))
def test_of_a_larger_album_the_first_is_the_photo_and_the_others_are_styles(
    order: tuple[int, ...],
) -> None:
    session = EMPTY_SESSION
    for number in order:
        session, _ = take(session, picture(number, "album"))
    further = (picture(6, "album"), picture(7, "album"))
    assert session == replace(PAIR, further=further)


@pytest.mark.parametrize("order", [(4, 5, 6, 7), (7, 6, 5, 4), (6, 4, 7, 5)])
async def test_an_album_survives_a_restart_between_any_two_of_its_pictures(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    for number in order:
        async with await Store.open(tmp_path / "atelier.db") as store:
            came = await store.pictures.add(
                ADA, b"photo", message_id=number, size=(640, 480), album="album"
            )
            session, _ = take(await store.sessions.get(ADA), came)
            await store.sessions.save(ADA, session)
    async with await Store.open(tmp_path / "atelier.db") as store:
        session = await store.sessions.get(ADA)
    taken = [session.content, session.style, *session.further]
    assert [one.message_id for one in taken if one is not None] == [4, 5, 6, 7]


@pytest.mark.parametrize("order", [range(1, 11), range(10, 0, -1)])
def test_of_the_largest_album_four_are_styles(order: range) -> None:
    session = EMPTY_SESSION
    for number in order:
        session, _ = take(session, picture(number, "album"))
    taken = (session.content, session.style, *session.further)
    assert taken == tuple(picture(number, "album") for number in range(1, 6))


def test_a_single_style_takes_the_place_of_all_that_an_album_brought() -> None:
    before = replace(PAIR, further=(picture(6, "album"),))
    assert take(before, picture(7))[0] == replace(PAIR, style=picture(7))


@pytest.mark.parametrize("asks", [True, False])
def test_whoever_had_sent_a_photo_hears_that_an_album_is_painted_instead(*, asks: bool) -> None:
    world = World()
    world.memory.preferences[ADA.user_id] = Preferences(ask=asks)
    world.send_photo(ADA)
    for _ in range(3):
        world.send_photo(ADA, "album")
    said = [one.text for one in world.chat(ADA).values()]
    assert [text for text in said if ENGLISH.album_instead() in text] == [ENGLISH.album_instead()]


def test_a_picture_of_another_album_is_one_more_picture() -> None:
    session, remark = take(PAIR, picture(6, "another"))
    assert session == replace(PAIR, style=picture(6, "another"))
    assert remark is Remark.REPLACED_STYLE


def test_swapping_twice_changes_nothing() -> None:
    session = Session(content=picture(1), style=picture(2))
    assert swap(session).content == picture(2)
    assert swap(swap(session)) == session


def test_after_the_photo_a_style_is_asked_for_with_the_persons_styles_and_the_built_in_ones() -> (
    None
):
    mine = style(4, name="Waves")
    state, effects = turn(state_of(styles=(mine,)), sent(1))
    question = only(effects, Send)
    builtin = [SheetTile(ENGLISH.builtin_name(name), builtin=name) for name in BUILTIN_STYLES]
    assert state.session == Session(content=picture(1), question=20)
    assert (question.message, question.role) == (20, Role.QUESTION)
    assert question.attachment == StyleSheet((SheetTile("Waves", style_id=4), *builtin))
    assert data_of(question.keyboard) == [
        *(f"pick:{name}.20:{ADA.user_id}" for name in ("4", *BUILTIN_STYLES)),
        f"looks:.20:{ADA.user_id}",
    ]


def test_after_the_style_a_preset_is_asked_for_with_how_long_each_takes() -> None:
    facts = facts_with(
        estimate=lambda options, _size: 60.0 if options.preset is Preset.QUICK else None
    )
    state, effects = turn(state_of(session=one_picture(), facts=facts), sent(2))
    question = only(effects, Send)
    assert state.session == Session(content=picture(1), style=picture(2), question=20)
    assert question.text == ENGLISH.ask_preset()
    assert question.keyboard[0][0].label == ENGLISH.preset_button(Preset.QUICK, 60.0)
    assert question.keyboard[1][0].label == ENGLISH.preset_button(Preset.BALANCED, None)
    assert verbs_of(question.keyboard) == [Verb.PRESET] * 4 + [Verb.QUESTION_STRENGTH, Verb.SWAP]


def test_the_question_for_a_preset_shows_the_settings_that_matter_and_the_usual_preset_first() -> (
    None
):
    preferences = Preferences(ask=True, preset=Preset.FINE, strength=0.7)
    _, effects = turn(state_of(session=one_picture(), preferences=preferences), sent(2))
    question = only(effects, Send)
    assert question.text == f"{ENGLISH.ask_preset()}\n{ENGLISH.in_force(preferences)}"
    usual = ENGLISH.usual_button(ENGLISH.preset_button(Preset.FINE, None))
    assert question.keyboard[0][0].label == usual


def test_a_third_picture_is_said_to_be_the_style_and_the_old_question_loses_its_buttons() -> None:
    state, effects = turn(state_of(session=both_pictures(question=7)), sent(3))
    assert effects[0] == SetButtons(message=7)
    assert only(effects, Send).text == ENGLISH.ask_preset(replaced=True)
    assert state.session == Session(content=picture(1), style=picture(3), question=20)


def test_an_albums_question_waits_for_its_last_picture() -> None:
    facts = facts_with(policy=Policy(album_quiet=0.4))
    _, effects = turn(state_of(facts=facts), sent(1, album="album"))
    assert only(effects, Send).delay == 0.4


def test_an_album_of_two_leads_to_one_question() -> None:
    world = World()
    world.send_photo(ADA, "album")
    world.send_photo(ADA, "album")
    assert world.chat(ADA) == {}
    world.pass_time(1.0)
    (question,) = world.chat(ADA).values()
    assert question.text == ENGLISH.ask_preset()
    assert verbs_of(question.keyboard) == [Verb.PRESET] * 4 + [Verb.QUESTION_STRENGTH, Verb.SWAP]


def test_an_album_of_three_is_told_what_becomes_of_it() -> None:
    world = World()
    for _ in range(3):
        world.send_photo(ADA, "album")
    world.pass_time(1.0)
    (question,) = world.chat(ADA).values()
    session = world.memory.session(ADA)
    assert question.text == f"{ENGLISH.blended_album(2)}\n{ENGLISH.expected(session)}"


def test_two_photos_lead_to_two_questions_of_which_one_has_buttons() -> None:
    world = World()
    world.send_photo(ADA)
    world.send_photo(ADA)
    first, second = world.chat(ADA).values()
    assert first.keyboard == ()
    assert verbs_of(second.keyboard) == [Verb.PRESET] * 4 + [Verb.QUESTION_STRENGTH, Verb.SWAP]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (PictureTrouble(), ENGLISH.download_failed()),
        (PictureTrouble(reason=sentence("It is <too> small.")), "It is &lt;too&gt; small."),
        (
            PictureTrouble(limit=30, window=60.0, wait=20.0),
            ENGLISH.too_many_pictures(30, 60.0, 20.0),
        ),
    ],
)
def test_a_picture_that_is_not_taken_changes_no_picture_and_the_question_is_asked_again(
    trouble: PictureTrouble, words: str
) -> None:
    before = both_pictures(question=7)
    state, effects = turn(state_of(session=before), PictureSent(heard=heard(), trouble=trouble))
    question = only(effects, Send)
    assert effects == (SetButtons(message=7), question)
    assert question.text == f"{words}\n\n{ENGLISH.expected(before)}"
    assert state.session == replace(before, question=20, question_message_id=None)


def test_a_picture_that_is_passed_over_leads_to_nothing() -> None:
    before = state_of(session=both_pictures())
    assert turn(before, PictureSent(heard=heard())) == (before, ())


def test_in_a_group_a_question_answers_the_picture_and_says_how_the_next_one_reaches_the_bot() -> (
    None
):
    _, effects = turn(state_of(ADA_IN_GROUP), sent(1, private=False))
    question = only(effects, Send)
    assert question.reply_to == 1
    assert ENGLISH.answer_here() in question.text
    assert not question.force_reply


def test_in_a_group_the_question_for_a_photo_opens_a_reply() -> None:
    trouble = PictureSent(heard=heard(9, private=False), trouble=PictureTrouble())
    _, effects = turn(state_of(ADA_IN_GROUP), trouble)
    question = only(effects, Send)
    assert (question.reply_to, question.force_reply, question.message) == (9, True, None)


def test_in_a_private_chat_a_question_answers_the_photo_whichever_picture_came_last() -> None:
    _, effects = turn(state_of(), sent(1))
    assert only(effects, Send).reply_to == 1
    _, effects = turn(state_of(session=Session(content=picture(1))), sent(2))
    assert only(effects, Send).reply_to == 1
