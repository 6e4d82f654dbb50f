"""Photo, photo, preset, picture: what a person sees, over real HTTP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.messages.languages import Languages
from bot.playground.faults import Fault, FaultKind
from tests.auxil.pictures import jpeg_bytes, painting, photo, png_bytes
from tests.bot.conftest import BRISK

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

pytestmark = pytest.mark.usefixtures("atelier")

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))
LANGUAGES = Languages()


@pytest.fixture
def unintroduced() -> None:
    """Here the bot says who it is, as always."""


async def ask_for_preset(person: Person) -> Entry:
    await person.send_photo(PHOTO)
    await person.expect_text("send the style picture")
    await person.send_photo(MANNER)
    return await person.expect_text("Choose a quality")


async def test_start_says_hello_and_what_to_do(ada: Person) -> None:
    await ada.send_text("/start")
    hello = await ada.expect_text("Welcome to Atelier")
    assert "send the photo you want repainted" in hello.text


async def test_two_photos_become_a_picture_with_losses(ada: Person) -> None:
    question = await ask_for_preset(ada)
    await ada.press(question, "Quick")

    result = await ada.expect(
        lambda entry: entry.kind == "photo" and "Style loss" in entry.text and "→" in entry.text
    )

    assert result.message_id == question.message_id
    for part in ("Content loss", "Quick", "160 × 120", "20 evaluations", "on stub"):
        assert part in result.text
    assert Image.open(io.BytesIO(await ada.download(result))).size == (160, 120)


async def test_the_status_message_moves_and_becomes_the_result(
    ada: Person, chat: ChatClient, painter: HeldPainter
) -> None:
    painter.hold()
    question = await ask_for_preset(ada)
    await ada.press(question, "Balanced")
    status = await ada.expect(
        lambda entry: entry.kind == "photo" and "Evaluation 2 of" in entry.text
    )
    assert status.message_id == question.message_id
    assert "Style loss" in status.text
    assert [button.text for button in status.buttons] == ["Quick", "Fine", "Change", "Cancel"]
    painter.release()
    assert (await ada.expect_result()).message_id == status.message_id
    assert [entry.message_id for entry in ada.said][-1:] == [status.message_id]
    calls = (await chat.counters())["calls"]
    assert calls.keys().isdisjoint({"deleteMessage", "sendDocument"})


async def test_a_running_job_is_cancelled_by_its_button(ada: Person, painter: HeldPainter) -> None:
    painter.hold()
    await ada.press(await ask_for_preset(ada), "Quick")
    status = await ada.expect_text("Evaluation 2 of")
    await ada.press(status, "Cancel")
    ended = await ada.expect_text("Cancelled")
    assert ended.message_id == status.message_id
    assert [button.text for button in ended.buttons] == ["Go on"]


async def test_cancel_command_stops_the_job(ada: Person, painter: HeldPainter) -> None:
    painter.hold()
    await ada.press(await ask_for_preset(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await ada.send_text("/cancel")
    await ada.expect_text("Cancelled")
    await ada.press(await ask_for_preset(ada), "Balanced")
    # The first one would stand in its way.
    await ada.expect_text("Balanced", "Evaluation 2 of")


async def test_cancel_asks_which_where_both_are_going_on(ada: Person, painter: HeldPainter) -> None:
    painter.hold()
    await ada.press(await ask_for_preset(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_text("/cancel")
    choice = await ada.expect_text("Which shall I drop?")
    await ada.press(choice, "Drop the new photos")
    await ada.expect_text("I've dropped your new photos")
    await ada.send_text("/status")
    status = await ada.expect(lambda entry: entry.kind == "text" and "Painting" in entry.text)
    await ada.expect(lambda entry: entry.message_id == status.message_id and entry.kind == "photo")


async def test_help_is_answered_while_a_transfer_runs_and_the_next_conversation_begins(
    ada: Person, painter: HeldPainter
) -> None:
    painter.hold()
    await ada.press(await ask_for_preset(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await ada.send_text("/help")
    await ada.expect_text("How it works")
    second = await ask_for_preset(ada)
    await ada.press(second, "Fine")
    waiting = await ada.expect_text("In the queue")
    assert "Fine" in waiting.text
    painter.release()
    await ada.expect_result()
    await ada.expect_result()


async def test_pictures_sent_as_files_are_taken(ada: Person) -> None:
    await ada.send_file(png_bytes(photo(200, 100)), name="holiday.png")
    await ada.expect_text("send the style picture")
    await ada.send_file(MANNER, name="manner.jpg")
    await ada.press(await ada.expect_text("Choose a quality"), "Quick")
    result = await ada.expect_result()
    assert Image.open(io.BytesIO(await ada.download(result))).size == (200, 100)


async def test_an_album_is_photo_and_manner_and_asked_about_once(ada: Person) -> None:
    await ada.send_album([PHOTO, MANNER])
    question = await ada.expect_text("Choose a quality")
    assert len(ada.said) == 1
    await ada.press(question, "Quick")
    result = await ada.expect(lambda entry: entry.kind == "photo" and "→" in entry.text)
    assert "160 × 120" in result.text


async def test_an_album_whose_second_photo_is_slow_is_asked_about_once(
    ada: Person, playground: Playground
) -> None:
    for seconds in (0, 3 * BRISK.album_quiet):
        playground.faults.add(Fault(method="download", kind=FaultKind.SLOW, seconds=seconds))
    await ada.send_album([PHOTO, MANNER])
    await ada.expect_text("Choose a quality")
    assert len(ada.said) == 1


async def test_a_photo_that_flood_control_withholds_is_asked_for_again(
    ada: Person, playground: Playground
) -> None:
    playground.faults.add(Fault(method="download", kind=FaultKind.FLOOD, seconds=1))
    await ada.send_photo(PHOTO)
    await ada.expect_text("couldn't fetch this picture", "send it again")


async def test_of_a_larger_album_the_first_is_painted_with_the_others_as_styles(
    ada: Person,
) -> None:
    await ada.send_album([PHOTO, MANNER, jpeg_bytes(photo(96, 96))])
    question = await ada.expect_text("I blend the other pictures as styles", "Choose a quality")
    await ada.press(question, "Quick")
    result = await ada.expect(lambda entry: "160 × 120" in entry.text and "→" in entry.text)
    await ada.press_under_more(result, "Swap")
    await ada.expect(lambda entry: "128 × 128" in entry.text and "→" in entry.text)


async def test_a_photo_instead_of_a_button_replaces_the_manner_and_says_so(ada: Person) -> None:
    first = await ask_for_preset(ada)
    await ada.send_photo(MANNER)
    second = await ada.expect_text("the style is now this picture", "Choose a quality")
    assert ada.now(first).buttons == []
    assert len(second.buttons) == 6


async def test_swapping_exchanges_photo_and_manner(ada: Person) -> None:
    question = await ask_for_preset(ada)
    await ada.press(question, "Swap")
    swapped = await ada.expect_text("Swapped")
    await ada.press(swapped, "Quick")
    result = await ada.expect(lambda entry: entry.kind == "photo" and "→" in entry.text)
    assert "128 × 128" in result.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("animated_sticker", "can't read stickers that move"),
        ("voice", "can't listen"),
        ("video", "can't take videos"),
        ("location", "can't use a location"),
        ("contact", "can't use this"),
    ],
)
async def test_what_is_no_picture_gets_a_sentence_and_loses_nothing(
    ada: Person, kind: str, words: str
) -> None:
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_other(kind)
    await ada.expect_text(words, "send the style picture")
    await ada.send_photo(MANNER)
    await ada.expect_text("Choose a quality")


async def test_words_while_buttons_are_out_repeat_the_question(ada: Person) -> None:
    first = await ask_for_preset(ada)
    await ada.send_text("hm")
    again = await ada.expect_text("can't paint from words", "Choose a quality")
    query = await ada.press_data(first, f"preset:quick:{ada.user_id}")
    assert "This question is settled" in await ada.expect_alert(query)
    await ada.press(again, "Quick")
    await ada.expect_result()


async def test_five_presses_are_one_job_and_all_are_answered(
    ada: Person, painter: HeldPainter
) -> None:
    painter.hold()
    question = await ask_for_preset(ada)
    queries = [await ada.press_data(question, f"preset:quick:{ada.user_id}") for _ in range(5)]
    for query in queries:
        assert "earlier" not in await ada.expect_answer(query)
    await ada.send_text("/status")
    await ada.expect_gone(question)
    shown = [
        entry for entry in ada.said if any("cancel:" in (one.data or "") for one in entry.buttons)
    ]
    assert len(shown) <= 1


async def test_foreign_and_made_up_buttons_are_answered(ada: Person) -> None:
    question = await ask_for_preset(ada)
    for data, words in (
        ("nonsense", "an older version of me"),
        ("preset:enormous:" + str(ada.user_id), "an older version of me"),
        (f"cancel:99:{ada.user_id}", "don't have this painting any more"),
        (f"again:1:{ada.user_id}", "don't have this painting any more"),
    ):
        query = await ada.press_data(question, data)
        assert words in await ada.expect_alert(query)
    query = await ada.press_data(question, "preset:quick:1")
    assert "somebody else" in await ada.expect_alert(query)
    await ada.press(question, "Quick")
    await ada.expect_result()


async def test_in_a_group_each_has_a_conversation_and_buttons_of_their_own(
    chat: ChatClient,
) -> None:
    ada, mei = chat.person("Ada").in_group(), chat.person("Mei").in_group()
    await ada.send_text("/start")
    hello = await ada.expect_text("Welcome")
    await ada.send_photo(PHOTO, reply_to=hello)
    ask = await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER, reply_to=ask)
    question = await ada.expect_text("Choose a quality")
    query = await mei.press_data(question, f"preset:quick:{ada.user_id}")
    assert "这是别人的按钮" in await mei.expect_alert(query)
    await ada.press(question, "Quick")
    await ada.expect_result()


async def test_an_unknown_command_is_told(ada: Person) -> None:
    await ada.send_text("/dance")
    await ada.expect_text("don't know this command", "/help")


async def test_every_command_of_every_menu_is_understood_where_it_is_shown(
    atelier: Atelier, playground: Playground, chat: ChatClient
) -> None:
    await atelier.introduced
    menus = playground.world.identity.menus()
    speakers = {"": "Ada", "zh": "Mei", "es": "Sol", "ru": "Vera", "ar": "Nur"}
    assert set(menus) == {
        (scope, language) for scope in ("default", "all_group_chats") for language in speakers
    }
    for (scope, language), commands in menus.items():
        somebody = chat.person(speakers[language])
        where = {"default": somebody, "all_group_chats": somebody.in_group()}[scope]
        unknown = LANGUAGES.texts_for(language).unknown_command()
        for one in commands:
            where.catch_up()
            await where.send_text(f"/{one.command}")
            answer = await where.expect(lambda _: True, what=f"an answer to /{one.command}")
            assert unknown not in answer.text, f"/{one.command} in {scope} for {where.name}"


async def test_commands_and_descriptions_are_set(atelier: Atelier, chat: ChatClient) -> None:
    await atelier.introduced
    state = await chat.get("/client/state")
    assert [one["command"] for one in state["bot"]["commands"]] == [
        "start",
        "help",
        "status",
        "styles",
        "paint",
        "cancel",
        "settings",
        "privacy",
        "forget",
    ]
    group = chat.chats["Atelier friends"]["id"]
    in_group = [one["command"] for one in state["bot"]["for_chat"][str(group)]["commands"]]
    assert in_group == ["paint", "status", "cancel", "settings", "help"]
    assert "Repaints" in state["bot"]["short_description"]
