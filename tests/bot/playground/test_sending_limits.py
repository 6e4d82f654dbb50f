"""What Telegram refuses to send, in its own words, through PTB's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, NetworkError

from tests.auxil.pictures import encoded
from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from telegram import Bot

    from bot.playground.server import Playground
    from tests.auxil.person import Person

ADA = 11
GROUP = -4001


@pytest.mark.usefixtures("mistaken")
@pytest.mark.parametrize("length", [4096, 4097])
async def test_a_text_has_at_most_4096_characters_after_parsing(bot: Bot, length: int) -> None:
    html = f"<b>{'x' * length}</b>"
    if length <= 4096:
        assert (await bot.send_message(ADA, html, ParseMode.HTML)).text == "x" * length
    else:
        with pytest.raises(BadRequest, match="Message is too long"):
            await bot.send_message(ADA, html, ParseMode.HTML)


@pytest.mark.usefixtures("mistaken")
async def test_a_caption_has_at_most_1024_characters_after_parsing(bot: Bot) -> None:
    fits = await bot.send_photo(ADA, encoded(), caption=f"<b>{'x' * 1024}</b>", parse_mode="HTML")
    assert fits.caption == "x" * 1024

    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(ADA, encoded(), caption="x" * 1025)


@pytest.mark.usefixtures("mistaken")
@pytest.mark.parametrize("text", ["<b> </b>", " \n"])
async def test_a_text_that_says_nothing_is_refused(bot: Bot, text: str) -> None:
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(ADA, text, ParseMode.HTML)


@pytest.mark.usefixtures("mistaken")
@pytest.mark.parametrize(("data", "fits"), [("é" * 32, True), ("é" * 32 + "x", False)])
async def test_callback_data_has_at_most_64_bytes(bot: Bot, data: str, fits: bool) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])
    if fits:
        assert (await bot.send_message(ADA, "x", reply_markup=keyboard)).reply_markup == keyboard
    else:
        with pytest.raises(BadRequest, match="Button_data_invalid"):
            await bot.send_message(ADA, "x", reply_markup=keyboard)


@pytest.mark.usefixtures("mistaken")
@pytest.mark.parametrize(("style", "known"), [("danger", True), ("red", False)])
async def test_a_button_has_one_of_telegram_s_styles(bot: Bot, style: str, known: bool) -> None:
    button = InlineKeyboardButton("x", callback_data="x", style=style)
    keyboard = InlineKeyboardMarkup([[button]])
    if known:
        sent = await bot.send_message(ADA, "x", reply_markup=keyboard)
        assert sent.reply_markup == keyboard
    else:
        with pytest.raises(BadRequest, match="Invalid button style"):
            await bot.send_message(ADA, "x", reply_markup=keyboard)


@pytest.mark.parametrize(
    ("size", "reason"),
    [((9000, 1001), "Photo_invalid_dimensions"), ((210, 10), "Photo_invalid_dimensions")],
)
async def test_photos_of_odd_shapes_are_refused(
    bot: Bot, size: tuple[int, int], reason: str
) -> None:
    with pytest.raises(BadRequest, match=reason):
        await bot.send_photo(ADA, encoded(*size))


async def test_a_photo_has_at_most_10_mb(bot: Bot) -> None:
    padded = encoded() + bytes(10 << 20)

    with pytest.raises(BadRequest, match=f"size {len(padded)} bytes is too big for a photo"):
        await bot.send_photo(ADA, padded)


async def test_words_are_no_photo(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(ADA, b"once upon a time")


async def test_an_upload_has_at_most_50_mb(bot: Bot) -> None:
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_document(ADA, bytes((50 << 20) + 1), filename="big.bin")


async def test_a_file_over_20_mb_cannot_be_fetched(bot: Bot) -> None:
    message = await bot.send_document(ADA, bytes((20 << 20) + 1), filename="big.bin")
    assert message.document is not None

    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(message.document.file_id)


async def test_an_unknown_file_id_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("nonsense")
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_document(ADA, "nonsense")
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_photo(ADA, "https://example.org/x.jpg")


async def test_an_unknown_chat_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(4242, "x")


async def test_a_person_who_blocked_the_bot_is_not_written_to(bot: Bot, ada: Person) -> None:
    await ada.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(ADA, "x")

    await ada.block(blocked=False)
    assert (await bot.send_message(ADA, "x")).text == "x"


async def test_a_wrong_token_is_not_let_in(playground: Playground) -> None:
    right = playground.token
    playground.token = right[:-1] + ("x" if right[-1] != "x" else "y")

    with pytest.raises(InvalidToken, match="was rejected by the server"):
        await connected(playground).__aenter__()


@pytest.mark.usefixtures("mistaken")
async def test_an_unknown_method_is_not_found(bot: Bot) -> None:
    with pytest.raises(EndPointNotFound, match="sendPigeon"):
        await bot.do_api_request("sendPigeon")
