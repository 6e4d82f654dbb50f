"""/forget asks first, and then leaves nothing behind."""

from __future__ import annotations

import pytest

from bot.conversation.effects import Delete, Edit, ForgetPerson, Send
from bot.conversation.turn import turn
from bot.messages.keyboards import NO, YES, Verb
from bot.messages.languages import ENGLISH
from core.jobs.preferences import Preferences
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    BEN,
    BEN_IN_GROUP,
    both_pictures,
    command,
    data_of,
    facts_with,
    job,
    notice,
    of_kind,
    only,
    press,
    state_of,
    style,
)
from tests.auxil.world import World


def test_forget_asks_first() -> None:
    before = state_of(session=both_pictures())
    state, effects = turn(before, command("forget"))
    question = only(effects, Send)
    assert state == before
    assert question.text == ENGLISH.ask_forget()
    assert data_of(question.keyboard) == ["forget:yes:1", "forget:no:1"]


def test_no_keeps_everything() -> None:
    before = state_of(session=both_pictures(), styles=(style(4),))
    assert turn(before, press(Verb.FORGET, NO)) == (
        before,
        (Edit(text=ENGLISH.kept(), message_id=70), notice()),
    )


def test_yes_forgets_the_person_in_their_own_language_and_takes_away_what_leads_nowhere() -> None:
    before = state_of(
        client_language="zh-hans",
        preferences=Preferences(strength=0.7),
        session=both_pictures(),
        styles=(style(4),),
        jobs=(job(3),),
        facts=facts_with(
            unsettled=((ADA.chat_id, 71, True), (ADA_IN_GROUP.chat_id, 72, False)),
        ),
    )
    state, effects = turn(before, press(Verb.FORGET, YES))
    outdated = ENGLISH.outdated()
    assert state == state_of(facts=before.facts)
    assert effects == (
        ForgetPerson(),
        Delete(message_id=71, chat_id=ADA.chat_id, captioned=True, instead=outdated),
        Delete(message_id=72, chat_id=ADA_IN_GROUP.chat_id, instead=outdated),
        Edit(text=before.texts.forgotten(), message_id=70),
        notice(),
    )


@pytest.fixture
def world() -> World:
    """Ada has a job, a question and a style in both her chats; Ben has a question in the group."""
    world = World()
    for person in (ADA, ADA_IN_GROUP):
        world.order(person)
        world.send_photo(person)
    world.send_photo(BEN_IN_GROUP)
    world.command(ADA, "forget")
    return world


def test_after_it_nothing_is_known(world: World) -> None:
    world.press(ADA, world.button(ADA, Verb.FORGET, YES))
    memory = world.memory
    assert list(memory.sessions) == [BEN_IN_GROUP]
    assert (memory.jobs, memory.styles, memory.client_languages) == ({}, {}, {})
    assert ADA.user_id not in memory.preferences


def test_after_it_the_chats_show_no_button_of_the_persons(world: World) -> None:
    world.press(ADA, world.button(ADA, Verb.FORGET, YES))
    assert world.screens.shown_buttons(ADA.chat_id) == []
    left = world.screens.shown_buttons(ADA_IN_GROUP.chat_id)
    assert {button.data.rpartition(":")[2] for button in left} == {str(BEN.user_id)}


def test_what_waited_for_the_person_is_not_sent_any_more(world: World) -> None:
    world.screens.offline = True
    world.command(ADA, "help")
    world.finish_all()
    world.press(ADA, world.button(ADA, Verb.FORGET, YES))
    world.go_online()
    texts = [message.text for message in world.chat(ADA).values()]
    assert texts[-1] == ENGLISH.forgotten()
    assert ENGLISH.help(20) not in texts


def test_being_forgotten_twice_at_once_is_being_forgotten_once(world: World) -> None:
    button = world.button(ADA, Verb.FORGET, YES)
    world.screens.offline = True
    world.press(ADA, button)
    effects = world.press(ADA, button)
    world.go_online()
    assert of_kind(effects, Delete) == []
    assert world.screens.shown_buttons(ADA.chat_id) == []


def test_a_button_from_before_leads_nowhere(world: World) -> None:
    old = [button for button in world.screens.buttons if button.data.endswith(f":{ADA.user_id}")]
    world.press(ADA, world.button(ADA, Verb.FORGET, YES))
    for button in old:
        verb = button.data.partition(":")[0]
        expected = verb not in {Verb.FORGET, Verb.SETTINGS, Verb.DROP}
        person = ADA if button.chat_id == ADA.chat_id else ADA_IN_GROUP
        assert world.would_refuse(person, button) is expected
