"""New messages through PTB's own client."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from telegram import (
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from tests.auxil.pictures import encoded, opened

if TYPE_CHECKING:
    from telegram import Bot

    from tests.auxil.person import Person

ADA = 11


def moving_gif() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


async def test_html_becomes_entities(bot: Bot) -> None:
    message = await bot.send_message(ADA, "<b>bold</b> 🎨 <code>x</code>", ParseMode.HTML)

    assert message.text == "bold 🎨 x"
    assert message.parse_entities() == {
        MessageEntity(MessageEntity.BOLD, 0, 4): "bold",
        MessageEntity(MessageEntity.CODE, 8, 1): "x",
    }


async def test_a_photo_is_encoded_anew_in_telegrams_sizes_without_its_exif(bot: Bot) -> None:
    picture = Image.new("RGB", (2000, 1000), "red")
    exif = picture.getexif()
    exif[274] = 6  # to be turned by 90 degrees
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)

    message = await bot.send_photo(ADA, buffer.getvalue(), caption="tall")
    file = await message.photo[-1].get_file()
    kept = opened(bytes(await file.download_as_bytearray()))

    sizes = [(size.width, size.height) for size in message.photo]
    assert sizes == [(45, 90), (160, 320), (400, 800), (640, 1280)]
    assert kept.format == "JPEG"
    assert kept.size == (640, 1280)
    assert not kept.getexif()
    assert message.photo[-1].file_size == file.file_size


async def test_a_small_photo_is_not_enlarged(bot: Bot) -> None:
    message = await bot.send_photo(ADA, encoded(200, 100))

    assert [(size.width, size.height) for size in message.photo] == [(90, 45), (200, 100)]


async def test_a_document_keeps_bytes_name_and_type(bot: Bot) -> None:
    content = encoded(640, 480, image_format="PNG")

    message = await bot.send_document(ADA, content, filename="Äpfel 1.png")
    assert message.document is not None
    file = await message.document.get_file()

    assert bytes(await file.download_as_bytearray()) == content
    assert (message.document.file_name, message.document.mime_type) == ("Äpfel 1.png", "image/png")
    assert message.document.thumbnail is not None
    assert (message.document.thumbnail.width, message.document.thumbnail.height) == (320, 240)


async def test_an_animation_says_how_large_it_is(bot: Bot) -> None:
    message = await bot.send_animation(ADA, moving_gif(), filename="x.gif")

    assert message.animation is not None
    assert (message.animation.width, message.animation.height) == (20, 10)
    assert message.document is not None
    assert message.document.file_id == message.animation.file_id


async def test_a_moving_gif_sent_as_document_moves_unless_told_not_to(bot: Bot) -> None:
    moving = await bot.send_document(ADA, moving_gif(), filename="x.gif")
    still = await bot.send_document(
        ADA, moving_gif(), filename="x.gif", disable_content_type_detection=True
    )

    assert moving.animation is not None
    assert still.animation is None


async def test_a_reply_shows_what_it_answers(bot: Bot, ada: Person) -> None:
    question = await ada.send_text("why?")

    message = await bot.send_message(
        ADA, "because", reply_parameters=ReplyParameters(question.message_id)
    )

    assert message.reply_to_message is not None
    assert message.reply_to_message.text == "why?"


async def test_a_reply_to_nothing_is_refused_unless_allowed(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(ADA, "x", reply_parameters=ReplyParameters(999))

    lenient = ReplyParameters(999, allow_sending_without_reply=True)
    assert (await bot.send_message(ADA, "x", reply_parameters=lenient)).reply_to_message is None
