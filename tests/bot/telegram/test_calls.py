"""Effects: as rows of the outbox, and as what a chat shows of them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, get_args

import pytest

from bot.conversation.effects import (
    Attachment,
    Delete,
    Edit,
    Film,
    LossCurve,
    OutboxEffect,
    Refusal,
    ResultImage,
    Resume,
    Send,
    SetButtons,
    SheetTile,
    StyleImage,
    StyleSheet,
    outbox_effects,
)
from bot.messages.inline_keyboard import Button, Emphasis
from core.jobs.models import Role
from core.pictures.builtin_styles import BUILTIN_STYLES
from tests.auxil.chats import kinds, labels, messages, texts
from tests.auxil.pictures import jpeg_bytes, painting
from tests.auxil.sending import ADA, MEI, Sending
from tests.auxil.sessions import a_picture

if TYPE_CHECKING:
    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

KEYBOARD = (
    (Button("One", "one"), Button("Zwei, 三", "two", Emphasis.PRIMARY)),
    (Button("Three", "three", Emphasis.DANGER),),
)
SHEET = StyleSheet((SheetTile("A <style>", style_id=3), SheetTile("Waves", builtin="waves")))
BUILTIN_SHEET = StyleSheet(tuple(SheetTile(name, builtin=name) for name in BUILTIN_STYLES))
STYLE = StyleImage(builtin=BUILTIN_STYLES[0])
ATTACHMENTS: tuple[Attachment, ...] = (
    SHEET,
    StyleImage(picture_id=4),
    STYLE,
    ResultImage(5),
    ResultImage(5, as_file=True),
    LossCurve(5, ("style", "样式", "content", "evaluation", "scale")),
    Film(5),
    Film(5, compare=True),
    Film(5, as_file=True),
)
SEND = Send(
    text="<b>Größe</b> 三\n",
    message=1,
    role=Role.STATUS,
    keyboard=KEYBOARD,
    attachment=SHEET,
    reply_to=2,
    topic=7,
    chat_id=-3,
    silent=True,
    force_reply=True,
    once=True,
    job_id=3,
    delivers=True,
    announcement=True,
    delay=0.5,
    refused=(Refusal.PHOTOS, Refusal.TOPIC),
)
EDIT = Edit(
    text="text",
    message=1,
    message_id=2,
    captioned=True,
    keyboard=KEYBOARD,
    attachment=STYLE,
    otherwise=SEND,
    job_id=4,
    delivers=True,
)
DELETE = Delete(message=1, message_id=2, captioned=True, chat_id=-3, instead="over")
EFFECTS: tuple[OutboxEffect, ...] = (
    SEND,
    *(replace(SEND, attachment=attachment) for attachment in ATTACHMENTS),
    Send(text=""),
    EDIT,
    Edit(text=""),
    SetButtons(message=1, keyboard=KEYBOARD),
    SetButtons(message=1),
    DELETE,
    *(Resume(what=what) for what in ("question", "status", "unanswered", "end")),
)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.kind)
def test_an_effect_survives_the_outbox(effect: OutboxEffect) -> None:
    assert outbox_effects.validate_json(outbox_effects.dump_json(effect)) == effect


def test_every_kind_of_effect_and_attachment_is_tried() -> None:
    assert {type(effect) for effect in EFFECTS} == set(get_args(OutboxEffect))
    assert {type(one) for one in ATTACHMENTS} == set(get_args(get_args(Attachment)[0]))


@pytest.mark.parametrize("effect", [SEND, EDIT, DELETE])
def test_every_field_is_tried(effect: Send | Edit | Delete) -> None:
    same = [one.name for one in fields(effect) if getattr(effect, one.name) == one.default]
    assert same == ["kind"]


@pytest.mark.parametrize("attachment", [None, BUILTIN_SHEET, STYLE])
async def test_a_message_has_everything_that_was_decided(
    playground: Playground, sending: Sending, ada: Person, attachment: Attachment | None
) -> None:
    asked = await ada.send_text("a question")
    effect = Send(
        text="<b>bold</b> &lt;", keyboard=KEYBOARD, attachment=attachment, reply_to=asked.message_id
    )
    await sending.commit(effect, replace(effect, silent=True, keyboard=(), reply_to=None))
    await sending.all_sent()
    _, first, second = messages(playground)
    assert (first.text or first.caption) == "bold <"
    assert bool(first.photo) == (attachment is not None)
    assert first.reply_markup is not None
    rows = [
        [(button.text, button.callback_data, button.style) for button in row]
        for row in first.reply_markup.inline_keyboard
    ]
    assert rows == [[(one.label, one.data, one.emphasis) for one in row] for row in KEYBOARD]
    assert first.reply_to_message is not None
    assert first.reply_to_message.message_id == asked.message_id
    assert (first.silent, second.silent) == (False, True)
    assert (second.reply_markup, second.reply_to_message) == (None, None)


async def test_an_answer_to_a_message_that_is_gone_is_sent_without_it(
    playground: Playground, sending: Sending
) -> None:
    await sending.commit(Send(text="an answer", reply_to=99))
    await sending.all_sent()
    (message,) = messages(playground)
    assert (message.text, message.reply_to_message) == ("an answer", None)


async def test_a_question_may_ask_the_client_for_a_reply(
    playground: Playground, sending: Sending
) -> None:
    await sending.commit(Send(text="a name", force_reply=True))
    await sending.all_sent()
    assert messages(playground)[0].forces_reply


@pytest.mark.parametrize("before", [None, BUILTIN_SHEET])
async def test_an_edit_changes_words_buttons_and_picture(
    playground: Playground, sending: Sending, chat: ChatClient, before: Attachment | None
) -> None:
    message = await sending.new_message()
    first = Send(text="1", message=message, role=Role.QUESTION, attachment=before)
    await sending.commit(first)
    for number, attachment in enumerate((None, STYLE, None), start=2):
        edit = Edit(text=f"{number}", message=message, keyboard=KEYBOARD, attachment=attachment)
        await sending.commit(edit)
        await sending.all_sent()
        shows = before is not None or number > 2
        assert texts(playground) == [f"{number}"]
        assert kinds(playground) == ["photo" if shows else "text"]
        assert labels(messages(playground)[0]) == ["One", "Zwei, 三", "Three"]
    # Each was taken at the first try, since it was known what the message shows.
    assert (await chat.counters())["refused"] == {}


async def test_buttons_are_changed_and_taken_away(playground: Playground, sending: Sending) -> None:
    message = await sending.new_message()
    await sending.commit(Send(text="1", message=message, role=Role.QUESTION, keyboard=KEYBOARD))
    await sending.all_sent()
    for keyboard in (KEYBOARD[1:], ()):
        await sending.commit(SetButtons(message=message, keyboard=keyboard))
        await sending.all_sent()
        assert labels(messages(playground)[0]) == [one.label for row in keyboard for one in row]


@pytest.mark.parametrize("has_row", [True, False])
async def test_a_message_is_deleted(
    playground: Playground, sending: Sending, has_row: bool
) -> None:
    message = await sending.new_message()
    await sending.commit(Send(text="1", message=message, role=Role.QUESTION), Send(text="2"))
    await sending.all_sent()
    message_id = await sending.message_id(message)
    await sending.commit(Delete(message=message) if has_row else Delete(message_id=message_id))
    await sending.all_sent()
    assert texts(playground) == ["2"]


@pytest.mark.parametrize("has_row", [True, False])
@pytest.mark.parametrize("attachment", [None, STYLE])
async def test_a_message_that_is_too_old_to_be_deleted_says_so_and_has_no_buttons(
    playground: Playground, sending: Sending, attachment: StyleImage | None, has_row: bool
) -> None:
    message = await sending.new_message()
    sent = Send(
        text="1", message=message, role=Role.QUESTION, keyboard=KEYBOARD, attachment=attachment
    )
    await sending.commit(sent)
    await sending.all_sent()
    playground.world.age(ADA.chat_id, 48 * 3600 + 60)
    number, captioned = await sending.message_id(message), attachment is not None
    delete = (
        Delete(message=message, instead="over")
        if has_row
        else Delete(message_id=number, captioned=captioned, instead="over")
    )
    await sending.commit(delete)
    await sending.all_sent()
    (left,) = messages(playground)
    assert (texts(playground), labels(left)) == (["over"], [])


async def test_a_message_in_another_chat_is_deleted(
    playground: Playground, sending: Sending
) -> None:
    await sending.commit(Send(text="1"), person=MEI)
    await sending.all_sent()
    (message,) = messages(playground, MEI.chat_id)
    await sending.commit(Delete(message_id=message.message_id, chat_id=MEI.chat_id))
    await sending.all_sent()
    assert texts(playground, MEI.chat_id) == []


async def test_a_sheet_shows_the_styles_that_are_still_there(
    playground: Playground, sending: Sending
) -> None:
    gone = SheetTile("gone", style_id=99)
    await sending.commit(Send(text="some", attachment=StyleSheet((gone, *BUILTIN_SHEET.tiles))))
    await sending.commit(Send(text="none", attachment=StyleSheet((gone,))))
    await sending.all_sent()
    assert sorted(kinds(playground)) == ["photo", "text"]
    assert any("do not have this style any more" in text for text in texts(playground))


async def test_a_style_of_the_person_is_shown_smaller(
    playground: Playground, sending: Sending
) -> None:
    picture = jpeg_bytes(painting().resize((1500, 1200)))
    stored = await a_picture(sending.store, ADA, picture, size=(1500, 1200))
    await sending.commit(Send(text="mine", attachment=StyleImage(picture_id=stored.id)))
    await sending.all_sent()
    sizes = messages(playground)[0].photo
    assert sizes is not None
    assert (sizes[-1].width, sizes[-1].height) == (1000, 800)
