"""What the buttons under a result do."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.jobs import repeat_options as again
from core.jobs.models import JobState
from core.style.options import Colours, Options, Preset
from core.style.style_errors import OutOfMemoryError
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from bot.app import Atelier
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))
BACK_AND_FORTH = Options(preset=Preset.QUICK)


@pytest.fixture
async def result(atelier: Atelier, ada: Person) -> Entry:
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER)
    await ada.press(await ada.expect_text("Choose a quality"), "Quick")
    await ada.expect_result()
    await until(lambda: _delivered(atelier))
    return next(entry for entry in ada.said if entry.kind == "photo" and "→" in entry.text)


@pytest.mark.parametrize(
    ("button", "wanted"),
    [
        ("Softer", replace(BACK_AND_FORTH, strength=0.3)),
        ("Stronger", replace(BACK_AND_FORTH, strength=0.7)),
        ("Finer", replace(BACK_AND_FORTH, preset=Preset.BALANCED)),
        ("colours", replace(BACK_AND_FORTH, colours=Colours.LUMINANCE)),
        ("Swap", BACK_AND_FORTH),
    ],
)
async def test_a_result_is_painted_again_in_another_way(
    ada: Person, result: Entry, atelier: Atelier, button: str, wanted: Options
) -> None:
    press = ada.press if button in {"Softer", "Stronger"} else ada.press_under_more
    await press(result, button)
    await ada.expect(lambda entry: "→" in entry.text and entry.message_id > result.message_id)
    first, second = await atelier.store.jobs.in_states()
    assert second.options == wanted
    assert (second.start_id is not None) == (button in {"Softer", "Stronger", "Finer"})
    swapped = (second.content.id, second.style.id) == (first.style.id, first.content.id)
    assert swapped == (button == "Swap")


async def test_what_failed_is_tried_again_with_the_smallest_preset(
    ada: Person, atelier: Atelier, painter: HeldPainter
) -> None:
    painter.mishap = OutOfMemoryError()
    await ada.send_album([PHOTO, MANNER])
    await ada.press(await ada.expect_text("Choose a quality"), "Balanced")
    failed = await ada.expect_text("This one didn't work out.", "lower quality")
    painter.mishap = None
    await ada.press(failed, "Try again with Quick")
    await ada.expect_result()
    first, second = await atelier.store.jobs.in_states()
    assert (first.options.preset, second.options.preset) == (Preset.BALANCED, Preset.QUICK)
    assert (second.content.id, second.style.id) == (first.content.id, first.style.id)


async def test_a_double_press_is_one_painting(
    ada: Person, result: Entry, atelier: Atelier, painter: HeldPainter
) -> None:
    painter.hold()
    await ada.press(result, "Stronger")
    await ada.expect_text("Evaluation 2 of")
    query = await ada.press(result, "Stronger")
    assert "already" in await ada.expect_answer(query)
    assert len(await atelier.store.jobs.in_states()) == 2


async def test_the_same_manner_takes_a_new_photo(ada: Person, result: Entry) -> None:
    await ada.press_under_more(result, "New photo")
    await ada.expect_text("send the photo you want repainted")
    await ada.send_photo(jpeg_bytes(photo(96, 160)))
    await ada.press(await ada.expect_text("Choose a quality"), "Quick")
    again = await ada.expect(lambda entry: entry.kind == "photo" and "96 × 160" in entry.text)
    assert again.message_id > result.message_id


async def test_the_same_photo_takes_a_new_manner(ada: Person, result: Entry) -> None:
    await ada.press(result, "New style")
    await ada.expect_text("Now send the style picture")
    await ada.send_photo(MANNER)
    question = await ada.expect_text("Choose a quality")
    assert question.message_id > result.message_id


async def test_another_style_is_blended_in(ada: Person, result: Entry, atelier: Atelier) -> None:
    await ada.press_under_more(result, "Blend in another style")
    await ada.expect_text("Send the style to blend in", "Or take one of these")
    await ada.send_photo(jpeg_bytes(painting(96, 96)))
    await ada.press(await ada.expect_text("How much of the new style?"), "More of the new")
    again = await ada.expect(lambda entry: entry.kind == "photo" and "→" in entry.text)
    first, second = await atelier.store.jobs.in_states()
    assert (second.content, second.style) == (first.content, first.style)
    assert len(second.further) == 1
    assert second.options == replace(BACK_AND_FORTH, style_weights=(0.25, 0.75))
    await ada.press(again, "Stronger")
    await until(lambda: _has_jobs(atelier, 3))
    *_, third = await atelier.store.jobs.in_states()
    assert third.styles == second.styles


async def test_before_and_after_is_an_animation(ada: Person, result: Entry) -> None:
    await ada.press_under_more(result, "Before/after")
    film = await ada.expect_kind("animation")
    assert "covers your photo" in film.text
    assert film.reply_to is not None
    assert film.reply_to.message_id == result.message_id
    assert b"ftyp" in (await ada.download(film))[:16]


async def test_how_it_formed_is_an_animation(ada: Person, result: Entry) -> None:
    await ada.press_under_more(result, "How it formed")
    film = await ada.expect_kind("animation")
    assert "first your photo" in film.text
    assert b"ftyp" in (await ada.download(film))[:16]


async def test_the_loss_curve_is_a_picture(ada: Person, result: Entry) -> None:
    await ada.press_under_more(result, "Loss curve")
    curve = await ada.expect(lambda entry: "at each evaluation" in entry.text)
    assert Image.open(io.BytesIO(await ada.download(curve))).width >= 800


async def test_a_film_without_an_answer_is_said_to_be_in_doubt_and_comes_again_when_asked_for(
    ada: Person, result: Entry, chat: ChatClient
) -> None:
    await chat.switch_fault("sendAnimation", "lost_answer")
    await ada.press_under_more(result, "Before/after")
    doubt = await ada.expect_text("may or may not have reached you", "press the same button")
    assert doubt.reply_to is not None
    assert doubt.reply_to.message_id == result.message_id
    assert len([entry for entry in ada.said if entry.kind == "animation"]) == 1
    await ada.press_under_more(result, "Before/after")
    await ada.expect_kind("animation")


async def test_pictures_that_are_gone_are_said_to_be(
    ada: Person, result: Entry, atelier: Atelier
) -> None:
    await ada.press_under_more(result, "Loss curve")
    await ada.expect_text("at each evaluation")
    opened = ada.now(result)
    await atelier.store.housekeeping.clean(results_older_than=timedelta(seconds=-1))
    buttons = ("New photo", "Before/after", "How it formed", "Loss curve", "Back")
    for query in [
        *[await ada.press(result, button) for button in ("Stronger", "More")],
        *[await ada.press(opened, button) for button in buttons],
    ]:
        assert "do not have these pictures any more" in await ada.expect_answer(query)


async def test_more_opens_in_place_and_back_leads_to_the_four_buttons(
    ada: Person, result: Entry
) -> None:
    assert labels(result) == ["Stronger", "Softer", "New style", "More"]
    await ada.press(result, "More")
    await until(lambda: "Back" in labels(ada.now(result)))
    opened = ada.now(result)
    assert (opened.text, opened.kind) == (result.text, "photo")
    assert all(len(row) <= 3 for row in opened.rows)
    await ada.press(opened, "Back")
    await until(lambda: ada.now(result).rows == result.rows)


async def test_the_buttons_of_the_last_version_still_work(
    ada: Person, result: Entry, atelier: Atelier
) -> None:
    for verb in ("softer", "finer", "colours", "turn"):
        await ada.press_data(result, f"{verb}:1:{ada.user_id}")
        await ada.expect_result()
    assert len(await atelier.store.jobs.in_states()) == 5


def test_strength_ends_at_its_ends() -> None:
    steps = [Options(strength=0.5)]
    while (following := again.stronger(steps[-1])) is not None:
        steps.append(following)
    assert [one.strength for one in steps] == [0.5, 0.7, 0.9, 1.0]
    assert again.softer(Options(strength=0.1)) is None


def test_classic_has_no_strength_and_fine_is_the_finest() -> None:
    assert again.stronger(Options(preset=Preset.CLASSIC)) is None
    assert again.finer(Options(preset=Preset.FINE)) is None


def labels(entry: Entry) -> list[str]:
    return [button.text for button in entry.buttons]


async def _has_jobs(atelier: Atelier, count: int) -> bool:
    return len(await atelier.store.jobs.in_states()) == count


async def _delivered(atelier: Atelier) -> bool:
    return bool(await atelier.store.jobs.in_states(JobState.DELIVERED))
