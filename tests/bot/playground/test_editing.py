"""Messages that change or go, through PTB's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message
from telegram.error import BadRequest

from tests.auxil.pictures import encoded

if TYPE_CHECKING:
    from telegram import Bot

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

ADA = 11
KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])


async def test_a_text_is_edited_in_place_and_loses_its_keyboard(bot: Bot, ada: Person) -> None:
    sent = await bot.send_message(ADA, "before", reply_markup=KEYBOARD)

    edited = await bot.edit_message_text("<b>after</b>", ADA, sent.message_id, parse_mode="HTML")
    entry = await ada.expect_text("after")

    assert isinstance(edited, Message)
    assert edited.edit_date is not None
    assert entry.message_id == sent.message_id
    assert (entry.html, entry.edited, entry.rows) == ("<b>after</b>", True, [])


async def test_the_same_again_is_refused(bot: Bot) -> None:
    sent = await bot.send_message(ADA, "same", reply_markup=KEYBOARD)

    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("same", ADA, sent.message_id, reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(ADA, sent.message_id, reply_markup=KEYBOARD)


async def test_a_photo_is_replaced_with_its_caption(bot: Bot, ada: Person) -> None:
    sent = await bot.send_photo(ADA, encoded(64, 48), caption="10 of 300")

    await bot.edit_message_media(
        InputMediaPhoto(encoded(32, 32), caption="20 of 300"), ADA, sent.message_id
    )

    entry = await ada.expect_text("20 of 300")
    assert entry.media is not None
    assert (entry.media.width, entry.media.height) == (32, 32)


async def test_a_text_may_become_a_photo(bot: Bot, ada: Person) -> None:
    sent = await bot.send_message(ADA, "waiting")

    await bot.edit_message_media(InputMediaPhoto(encoded()), ADA, sent.message_id)

    assert (await ada.expect_kind("photo")).text == ""


async def test_replaced_previews_do_not_pile_up(bot: Bot, playground: Playground) -> None:
    sent = await bot.send_photo(ADA, encoded())
    first = playground.world.files.find(sent.photo[0].file_id)

    for number in range(70):
        media = InputMediaPhoto(encoded(), caption=str(number))
        await bot.edit_message_media(media, ADA, sent.message_id)

    assert first is not None
    assert playground.world.files.find(first.file_id) is None


async def test_a_caption_is_edited_where_there_is_one(bot: Bot) -> None:
    photo = await bot.send_photo(ADA, encoded(), caption="before")
    text = await bot.send_message(ADA, "before")

    edited = await bot.edit_message_caption(ADA, photo.message_id, caption="after")

    assert isinstance(edited, Message)
    assert edited.caption == "after"
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(ADA, text.message_id, caption="after")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("after", ADA, photo.message_id)


async def test_only_own_messages_that_exist_are_edited(bot: Bot, ada: Person) -> None:
    theirs = await ada.send_text("mine")

    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", ADA, 999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", ADA, theirs.message_id)


async def test_a_deleted_message_is_gone_for_everybody(bot: Bot, ada: Person) -> None:
    sent = await bot.send_message(ADA, "oops")
    entry = await ada.expect_text("oops")

    await bot.delete_message(ADA, sent.message_id)
    await ada.expect_gone(entry)

    assert ada.entries == []
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(ADA, sent.message_id)


async def test_after_48_hours_a_message_cannot_be_deleted_but_still_edited(
    bot: Bot, playground: Playground
) -> None:
    old, older = await bot.send_message(ADA, "old"), await bot.send_message(ADA, "older")
    playground.world.age(ADA, 48 * 3600 - 60)
    assert await bot.delete_message(ADA, old.message_id)
    playground.world.age(ADA, 120)

    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(ADA, older.message_id)
    await bot.edit_message_text("over", ADA, older.message_id)


async def test_numbers_of_deleted_messages_are_not_given_again(bot: Bot) -> None:
    sent = await bot.send_message(ADA, "oops")
    await bot.delete_message(ADA, sent.message_id)

    assert (await bot.send_message(ADA, "again")).message_id == sent.message_id + 1


async def test_others_messages_in_a_group_stay(bot: Bot, client: ChatClient) -> None:
    ben = client.person("Ben").in_group()
    theirs = await ben.send_text("mine")
    own = await bot.send_message(ben.chat_id, "own")

    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(ben.chat_id, theirs.message_id)
    assert await bot.delete_message(ben.chat_id, own.message_id)
    await ben.expect_gone(await ben.expect_text("own"))
    assert [entry.text for entry in ben.entries] == ["mine"]
