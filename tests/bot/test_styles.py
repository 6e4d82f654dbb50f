"""Styles by a button: those that come along, those that were used, and those that people name and keep."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.app import running
from core.jobs.models import JobState
from core.pictures.builtin_styles import builtin_style
from tests.auxil.pictures import jpeg_bytes, opened, painting, photo, png_bytes
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(200, 160))
EVERYTHING = timedelta(seconds=-1)


async def offered(person: Person) -> Entry:
    """A photo is sent; gives the question for the style."""
    await person.send_photo(PHOTO)
    return await person.expect_text("send the style picture", "Or take one of these")


async def painted(atelier: Atelier, person: Person, manner: bytes = MANNER) -> None:
    """A painting in a manner of the person's own, done and remembered."""
    await offered(person)
    await person.send_photo(manner)
    await paint(atelier, person, await person.expect_text("Choose a quality"))


async def paint(atelier: Atelier, person: Person, question: Entry) -> Entry:
    await person.press(question, "Quick")
    result = await person.expect_result()
    await until(lambda: _remembered(atelier))
    return result


async def _remembered(atelier: Atelier) -> bool:
    return not await atelier.store.updates.unhandled()


async def card_of(person: Person, label: str = "1 · ") -> Entry:
    """/styles, and one of them."""
    await person.send_text("/styles")
    await person.press(await person.expect_text("Your styles"), label)
    return await person.expect(
        lambda entry: any("Paint with it" in one.text for one in entry.buttons)
    )


def labels(entry: Entry) -> list[str]:
    return [button.text for button in entry.buttons]


async def test_a_first_try_needs_one_photo(atelier: Atelier, ada: Person) -> None:
    question = await offered(ada)
    assert labels(question) == [
        *("1 · Starlit oil", "2 · Watercolour", "3 · Ink wash"),
        *("4 · Stained glass", "5 · Poster", "6 · Pencil"),
        *("7 · Palette knife", "8 · Mosaic", "9 · Woodblock"),
        *("10 · Pen and chalk", "11 · Colour field", "12 · Marbled paper"),
        "Try six at once",
    ]
    assert [len(row) for row in question.rows] == [3, 3, 3, 3, 1]
    assert opened(await ada.download(question)).width > 1000

    await ada.press(question, "Stained glass")
    chosen = await ada.expect_text("Got it: Stained glass", "Choose a quality")
    assert chosen.message_id == question.message_id
    assert labels(chosen)[-1] == "Swap the two"
    result = await paint(atelier, ada, chosen)

    assert "160 × 120" in result.text
    (job,) = await atelier.store.jobs.in_states()
    assert await atelier.store.pictures.data(job.style.id) == builtin_style("glass")


async def test_what_was_used_is_offered_again_once_and_first(atelier: Atelier, ada: Person) -> None:
    await painted(atelier, ada)
    await painted(atelier, ada, png_bytes(painting(200, 160)))

    question = await offered(ada)
    assert labels(question)[:2] == ["1 · Recent", "2 · Starlit oil"]
    await ada.press(question, "Recent")
    await paint(atelier, ada, await ada.expect_text("Got it: this style", "Choose a quality"))

    first, _, third = await atelier.store.jobs.in_states()
    assert third.style == first.style
    assert labels(await offered(ada))[:2] == ["1 · Recent", "2 · Starlit oil"]


async def test_two_quick_presses_are_one_choice_and_the_pictures_can_be_swapped(
    atelier: Atelier, ada: Person
) -> None:
    question = await offered(ada)
    data = question.button("Pen and chalk").data
    assert data is not None
    for query in [await ada.press_data(question, data) for _ in range(2)]:
        assert await ada.expect_answer(query) == ""
    await ada.press(await ada.expect_text("Got it: Pen and chalk"), "Swap")
    swapped = await ada.expect_text("Swapped")
    assert "600 × 480" in (await paint(atelier, ada, swapped)).text


async def test_a_photo_takes_the_place_of_the_buttons(atelier: Atelier, ada: Person) -> None:
    del atelier
    question = await offered(ada)
    await ada.send_photo(MANNER)
    await ada.expect_text("Choose a quality")
    assert ada.now(question).buttons == []
    query = await ada.press_data(question, f"pick:waves:{ada.user_id}")
    assert "This question is settled" in await ada.expect_alert(query)


async def test_the_next_words_are_the_name_and_the_conversation_goes_on(
    atelier: Atelier, ada: Person
) -> None:
    await painted(atelier, ada)
    question = await offered(ada)
    card = await card_of(ada)
    assert "without a name" in card.text
    await ada.press(card, "Name it")
    await ada.expect_text("What should I call it?")
    await ada.send_text("x" * 25)
    await ada.expect_text("too long")
    await ada.send_text("Ada's <b>\n\tbest</b>")

    named = await ada.expect_text("Ada's <b> best</b>", "I keep it until you remove it")
    await ada.expect_text("It is called Ada's <b> best</b> now")
    assert named.message_id == card.message_id
    await ada.press(question, "Woodblock")
    await ada.expect_text("Got it: Woodblock", "Choose a quality")
    await ada.send_text("hm")
    await ada.expect_text("can't paint from words")
    assert labels(await offered_anew(ada))[0] == "1 · Ada's <b> best</b>"


async def offered_anew(person: Person) -> Entry:
    await person.send_text("/cancel")
    await person.expect_text("dropped your new photos")
    return await offered(person)


async def test_a_name_that_was_left_open_is_not_taken_from_other_words(
    atelier: Atelier, ada: Person
) -> None:
    await painted(atelier, ada)
    await ada.press(await card_of(ada), "Name it")
    await ada.press(await ada.expect_text("What should I call it?"), "Leave it as it is")
    await ada.expect_text("without a name")
    await ada.send_text("hello")
    await ada.expect_text("can't paint from words")


async def test_what_is_kept_stays_and_what_is_removed_says_so(
    atelier: Atelier, ada: Person
) -> None:
    await painted(atelier, ada)
    await painted(atelier, ada, jpeg_bytes(photo(160, 160, seed=5)))
    before = await offered(ada)
    await ada.press(await card_of(ada, "2 · Recent"), "Keep it")
    kept = await ada.expect_text("I keep it until you remove it")
    await atelier.store.housekeeping.clean(results_older_than=EVERYTHING)

    lost = await ada.expect_alert(await ada.press(before, "1 · Recent"))
    assert "do not have this style any more" in lost
    await ada.press(before, "2 · Recent")
    await ada.expect_text("Got it: this style", "Choose a quality")

    await ada.press(kept, "Remove it")
    await ada.expect_text("You have no styles yet")
    await ada.expect_gone(kept)


async def test_a_style_of_ones_own_begins_a_painting(atelier: Atelier, ada: Person) -> None:
    await painted(atelier, ada)
    await ada.press(await card_of(ada), "Paint with it")
    await ada.expect_text("send the photo you want repainted")
    await ada.send_photo(jpeg_bytes(photo(96, 160)))
    result = await paint(atelier, ada, await ada.expect_text("Choose a quality"))
    assert "96 × 160" in result.text


async def test_new_manner_offers_styles_for_the_same_photo(atelier: Atelier, ada: Person) -> None:
    question = await offered(ada)
    await ada.press(question, "Woodblock")
    result = await paint(atelier, ada, await ada.expect_text("Got it: Woodblock"))
    await ada.press(result, "New style")
    await ada.press(await ada.expect_text("Or take one of these"), "Marbled paper")
    await paint(atelier, ada, await ada.expect_text("Got it: Marbled paper"))
    first, second = await atelier.store.jobs.in_states()
    assert second.content == first.content


async def test_in_a_group_only_the_asker_chooses_and_private_styles_stay_private(
    atelier: Atelier, ada: Person, chat: ChatClient
) -> None:
    await painted(atelier, ada)
    here, ben = ada.in_group(), chat.person("Ben").in_group()
    await here.send_text("/styles")
    await here.send_photo(PHOTO, reply_to=await here.expect_text("no styles yet"))
    question = await here.expect_text("Or take one of these")
    assert labels(question)[0] == "1 · Starlit oil"
    query = await ben.press(question, "Woodblock")
    assert "somebody else" in await ben.expect_alert(query)
    await here.press(question, "Woodblock")
    await here.expect_text("Got it: Woodblock")


async def test_buttons_and_an_open_name_outlive_the_process(
    settings: Settings, painter: HeldPainter, ada: Person, chat: ChatClient
) -> None:
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await painted(atelier, ada)
        question = await offered(ada)
        await ada.press(await card_of(ada), "Name it")
        card = await ada.expect_text("What should I call it?")
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        # The name is stored, but before that can be said the process ends.
        await chat.switch_fault("sendMessage", "error", count=10_000)
        await ada.send_text("Sunset", reply_to=card)
        await ada.expect_text("Sunset", "I keep it")
    await chat.clear_faults()
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await ada.expect_text("It is called Sunset now")
        await ada.press(question, "1 · Recent")
        chosen = await ada.expect_text("Got it: Sunset", "Choose a quality")
        await paint(atelier, ada, chosen)


@pytest.mark.usefixtures("atelier")
async def test_buttons_of_nobodys_styles_are_answered(ada: Person) -> None:
    question = await offered(ada)
    for verb in ("pick", "mine", "use", "name", "keep", "letgo", "remove"):
        for argument in ("99", "nonsense"):
            query = await ada.press_data(question, f"{verb}:{argument}:{ada.user_id}")
            assert "do not have this style any more" in await ada.expect_alert(query)
    picture = Image.open(io.BytesIO(await ada.download(ada.now(question))))
    assert picture.width > 1000


# Six styles at once.


async def six_ways(person: Person) -> Entry:
    """A photo in six styles, from the sheet."""
    await person.press(await offered(person), "Try six at once")
    return await person.expect_text("Your photo, six ways")


async def test_six_styles_are_one_picture_and_each_leads_to_a_painting(
    atelier: Atelier, ada: Person
) -> None:
    collage = await six_ways(ada)

    assert (collage.kind, [len(row) for row in collage.rows]) == ("photo", [3, 3, 2])
    shown = opened(await ada.download(collage))
    assert shown.width > 2.5 * 256
    assert shown.height > 1.4 * 192

    await ada.press(collage, "3 · Ink wash")
    result = await ada.expect(lambda entry: entry.kind == "photo" and "→" in entry.text)
    assert "160 × 120" in result.text
    first, second = await atelier.store.jobs.in_states()
    assert second.content == first.content
    assert await atelier.store.pictures.data(second.style.id) == builtin_style("ink")


async def test_the_other_six_follow_at_a_press(atelier: Atelier, ada: Person) -> None:
    collage = await six_ways(ada)
    await ada.press(collage, "Six others")
    others = await ada.expect(
        lambda entry: any(one.text == "1 · Palette knife" for one in entry.buttons)
    )

    assert others.message_id != collage.message_id
    first, second = await atelier.store.jobs.in_states()
    assert not {*first.options.collage} & {*second.options.collage}


async def test_six_styles_can_be_cancelled_while_they_are_painted(
    atelier: Atelier, painter: HeldPainter, ada: Person
) -> None:
    question = await offered(ada)
    painter.hold()
    await ada.press(question, "Try six at once")
    status = await ada.expect_text("Painting · Six styles", "%")
    assert status.message_id == question.message_id
    assert "loss" not in status.text
    await ada.press(status, "Cancel")
    await ada.expect_text("Cancelled")

    (job,) = await atelier.store.jobs.in_states()
    assert job.state is JobState.CANCELLED


async def test_six_styles_are_painted_anew_after_a_restart(
    settings: Settings, painter: HeldPainter, ada: Person
) -> None:
    painter.hold()
    async with running(settings, engine=engine_of(painter), overrides=BRISK):
        await ada.press(await offered(ada), "Try six at once")
        await ada.expect_text("Painting · Six styles", "%")
    painter.release()
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await ada.expect_text("Your photo, six ways")
        (job,) = await atelier.store.jobs.in_states()
        assert job.attempts == 1


async def test_who_is_forgotten_leaves_no_collage(atelier: Atelier, ada: Person) -> None:
    collage = await six_ways(ada)
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("Shall I forget you?"), "Delete everything")
    await ada.expect_text("I know nothing about you any more")

    assert await atelier.store.jobs.in_states() == []
    query = await ada.press(collage, "3 · Ink wash")
    assert "don't have this painting any more" in await ada.expect_alert(query)
    await ada.expect(lambda entry: entry.message_id == collage.message_id and not entry.buttons)
