"""Everything that is taken as a picture besides photos and files: stickers, what moves, and what somebody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.auxil.pictures import animated_bytes, encode, jpeg_bytes, painting, photo
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.playground.server import Playground
    from core.jobs.models import SentPicture
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

pytestmark = pytest.mark.usefixtures("atelier")

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(256)
FIRST = "I took its first frame."
STYLE = "send the style picture"
BOTH = "Choose a quality"
CONTENT = "send the photo you want"


async def session_of(atelier: Atelier, person: Person) -> SentPicture:
    """The photo that a person's conversation has."""
    (of,) = await atelier.store.sessions.chats_of(person.user_id)
    content = (await atelier.store.sessions.get(of)).content
    assert content is not None
    return content


async def test_a_still_sticker_is_a_picture(ada: Person, atelier: Atelier) -> None:
    await ada.send_other("sticker", encode(photo(512, 384), "WEBP"), name="cat.webp")
    assert FIRST not in (await ada.expect_text(STYLE)).text
    content = await session_of(atelier, ada)
    assert (content.width, content.height) == (512, 384)


@pytest.mark.parametrize("kind", ["animated_sticker", "video_sticker"])
async def test_a_sticker_that_moves_is_refused_in_words(ada: Person, kind: str) -> None:
    await ada.send_other(kind)
    await ada.expect_text("I can't read stickers that move.", CONTENT)


async def test_the_still_of_a_live_photo_is_the_picture(ada: Person, atelier: Atelier) -> None:
    await ada.send_other("live_photo", MP4, PHOTO)
    assert FIRST not in (await ada.expect_text(STYLE)).text
    content = await session_of(atelier, ada)
    assert (content.width, content.height) == (160, 120)


async def test_of_an_animation_the_first_picture_is_taken_in_its_full_size(
    ada: Person, atelier: Atelier
) -> None:
    frames = [photo(480, 360, seed=seed) for seed in range(2)]
    gif = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    await ada.send_other("animation", gif, name="wave.gif")
    await ada.expect_text(FIRST, STYLE)
    content = await session_of(atelier, ada)
    assert (content.width, content.height) == (480, 360)


async def test_of_a_film_the_thumbnail_has_to_do(ada: Person, atelier: Atelier) -> None:
    await ada.send_other("animation", MP4, jpeg_bytes(photo(640, 480)), name="wave.mp4")
    await ada.expect_text(FIRST, STYLE)
    content = await session_of(atelier, ada)
    assert (content.width, content.height) == (320, 240)


async def test_a_film_without_a_thumbnail_is_refused_in_words(ada: Person) -> None:
    await ada.send_other("animation", MP4, name="wave.mp4")
    await ada.expect_text("I can't open this animation.", CONTENT)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
async def test_of_an_animated_file_the_first_picture_is_taken(
    ada: Person, image_format: str
) -> None:
    await ada.send_file(animated_bytes(image_format), name=f"wave.{image_format.lower()}")
    await ada.expect_text(FIRST, STYLE)
    await ada.send_photo(MANNER)
    await ada.expect_text(BOTH)
    await ada.send_file(animated_bytes(image_format), name=f"wave.{image_format.lower()}")
    question = await ada.expect_text(FIRST, "the style is now", BOTH)
    await ada.press(question, "Quick")
    await ada.expect(lambda one: one.kind == "photo" and "96 × 72" in one.text)


@pytest.mark.parametrize("words", ["/paint", "this one, please"])
async def test_in_private_an_answer_to_an_earlier_picture_gives_it_again(
    ada: Person, words: str
) -> None:
    earlier = await ada.send_photo(PHOTO)
    await ada.expect_text(STYLE)
    await ada.send_text("/cancel")
    await ada.expect_text("dropped your new photos")
    await ada.send_text(words, reply_to=earlier)
    await ada.expect_text(STYLE)


async def test_words_about_the_picture_that_the_bot_has_already_are_words(ada: Person) -> None:
    content = await ada.send_photo(PHOTO)
    await ada.expect_text(STYLE)
    await ada.send_text("like van Gogh", reply_to=content)
    await ada.expect_text("can't paint from words", STYLE)
    await ada.send_text("/paint", reply_to=content)
    await ada.expect_text(BOTH)


async def test_words_about_a_picture_of_the_bots_are_words_and_paint_takes_it(ada: Person) -> None:
    await ada.send_album([PHOTO, MANNER])
    await ada.press(await ada.expect_text(BOTH), "Quick")
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    await ada.send_text("wonderful", reply_to=result)
    await ada.expect_text("can't paint from words")
    await ada.send_text("/paint", reply_to=result)
    await ada.expect_text(STYLE)


@pytest.mark.parametrize("words", ["/paint", "@atelier_bot", "this one"])
async def test_a_picture_of_another_chat_is_taken_by_answering_it(
    ada: Person, chat: ChatClient, playground: Playground, words: str
) -> None:
    playground.world.group_privacy = words != "@atelier_bot"
    bens = await chat.person("Ben").in_group().send_photo(PHOTO, caption="our holiday")
    await ada.send_text(words, reply_to=bens, quote="holiday")
    await ada.expect_text(STYLE)
    group = ada.in_group()
    if words == "this one":
        await group.send_text(words, reply_to=await ada.send_photo(PHOTO))
        await group.send_text("/help")
        await group.expect_text("How it works")
        assert len(group.said) == 1
        return
    sent = await ada.send_other("live_photo", MP4, MANNER)
    await group.send_text(words, reply_to=sent)
    question = await group.expect_text(STYLE)
    assert question.reply_to is not None
    assert question.reply_to.text == words


@pytest.mark.parametrize("kind", ["sticker", "animation"])
async def test_in_a_group_a_sticker_about_a_picture_of_the_bots_is_a_comment(
    ada: Person, kind: str
) -> None:
    ada = ada.in_group()
    await ada.send_photo(PHOTO, caption="/paint")
    question = await ada.expect_text(STYLE)
    await ada.send_other(kind, reply_to=question)
    await ada.press(await ada.expect_text(BOTH), "Quick")
    result = await ada.expect_result()
    await ada.send_other(kind, reply_to=result)
    await ada.send_text("/help")
    await ada.expect_text("How it works")
    assert ada.said[-2].message_id == result.message_id


async def test_the_profile_photo_is_taken_at_a_press(ada: Person, atelier: Atelier) -> None:
    await ada.send_text("/start")
    query = await ada.press(await ada.expect_text(CONTENT), "Use my profile photo")
    assert await ada.expect_answer(query) == ""
    await ada.expect_text(STYLE)
    content = await session_of(atelier, ada)
    assert max(content.width, content.height) > 320, "the largest of its sizes"
    await ada.send_photo(MANNER)
    await ada.press(await ada.expect_text(BOTH), "Quick")
    await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)


async def test_who_has_no_profile_photo_hears_so(chat: ChatClient) -> None:
    ben = chat.person("Ben")
    await ben.send_text("/start")
    await ben.press(await ben.expect_text(CONTENT), "Use my profile photo")
    await ben.expect_text("I can't see a profile photo of yours.", CONTENT)


async def test_the_press_is_answered_while_the_profile_photo_is_being_fetched(
    ada: Person, chat: ChatClient
) -> None:
    await ada.send_text("/start")
    asked = await ada.expect_text(CONTENT)
    await chat.switch_fault("getUserProfilePhotos", "slow", seconds=10 * PATIENCE)
    query = await ada.press(asked, "Use my profile photo")
    assert await ada.expect_answer(query) == ""
    await chat.clear_faults()
    await ada.send_text("/help")
    await ada.expect_text("How it works")


async def test_in_a_group_nobodys_profile_photo_is_offered(ada: Person) -> None:
    ada = ada.in_group()
    await ada.send_text("/paint")
    assert (await ada.expect_text(CONTENT)).buttons == []
