"""The playground and the driver together, with PTB's Application in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.auxil.pictures import encoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person


async def greet(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Quick", callback_data="quick")]])
    assert update.effective_message is not None
    await update.effective_message.reply_html("Hello, <b>you</b>", reply_markup=keyboard)


async def return_photo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    assert message is not None
    file = await message.photo[-1].get_file()
    content = bytes(await file.download_as_bytearray())
    await message.reply_photo(content, caption="yours", do_quote=True)


async def acknowledge(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer("Noted", show_alert=True)
    await query.edit_message_text(f"You chose {query.data}")


@pytest.fixture
async def application(
    playground: Playground,
) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    built = (
        ApplicationBuilder()
        .token(playground.token)
        .base_url(playground.api_url + "/bot")
        .base_file_url(playground.api_url + "/file/bot")
        .build()
    )
    built.add_handlers(
        [
            CommandHandler("start", greet),
            MessageHandler(filters.PHOTO, return_photo),
            CallbackQueryHandler(acknowledge),
        ]
    )
    async with built:
        await built.start()
        assert built.updater is not None
        await built.updater.start_polling()
        yield built
        await built.updater.stop()
        await built.stop()


@pytest.mark.usefixtures("application")
async def test_a_conversation_reads_like_one(ada: Person) -> None:
    await ada.send_text("/start")
    hello = await ada.expect_text("Hello, you")
    query = await ada.press(hello, "Quick")
    assert await ada.expect_alert(query) == "Noted"
    chosen = await ada.expect_text("You chose quick")
    await ada.send_photo(encoded(640, 480))
    photo = await ada.expect_kind("photo")

    assert chosen.message_id == hello.message_id
    assert photo.text == "yours"
    assert ada.transcript() == (
        "1. Ada: /start\n"
        "2. Atelier: You chose quick\n"
        "3. Ada: [photo 640×480]\n"
        "4. Atelier (to Ada's 3): [photo 640×480] yours"
    )


@pytest.mark.usefixtures("application")
async def test_people_talk_side_by_side(client: ChatClient) -> None:
    ada, mei = client.person("Ada"), client.person("Mei")

    await ada.send_text("/start")
    await mei.in_group().send_text("/start")

    assert (await ada.expect_text("Hello")).chat_id == ada.chat_id
    assert (await mei.in_group().expect_text("Hello")).chat_id == mei.in_group().chat_id
    assert mei.entries == []


async def test_waiting_in_vain_shows_the_chat(ada: Person) -> None:
    await ada.send_text("anybody there?")

    with pytest.raises(AssertionError, match=r"waited 0\.05 s for .*\n1\. Ada: anybody there\?"):
        await ada.expect_text("yes", timeout=0.05)
