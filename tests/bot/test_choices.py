"""/settings, as a person uses it: what is chosen holds for the next painting, and outlives the bot."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.app import running
from tests.auxil.painters import HeldPainter
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))


async def ask(person: Person) -> Entry:
    """The question for the preset."""
    await person.send_photo(PHOTO)
    await person.expect_text("send the style picture")
    await person.send_photo(MANNER)
    return await person.expect_text("Choose a quality")


async def choose(person: Person, *choices: tuple[str, str]) -> Entry:
    """Open the settings, choose, and give the message back as it stands then."""
    await person.send_text("/settings")
    menu = await person.expect_text("Settings")
    for setting, value in choices:
        await press(person, menu, setting)
        await press(person, menu, value)
    return person.now(menu)


async def press(person: Person, menu: Entry, label: str) -> str:
    """Press a button of the menu as it stands, and wait for the answer and for the change."""
    before = person.now(menu)
    answer = await person.expect_answer(await person.press(before, label))
    await until(lambda: person.now(menu) != before)
    return answer


def labels(entry: Entry) -> list[str]:
    return [button.text for button in entry.buttons]


@pytest.mark.usefixtures("atelier")
async def test_the_menu_is_one_message_that_changes_in_place(ada: Person) -> None:
    await ada.send_text("/settings")
    menu = await ada.expect_text("Settings")
    assert labels(menu) == [
        "Quality: none in particular",
        "Ask before painting: yes",
        "Strength: 50 %",
        "Colours: the style's",
        "Style size: normal",
        "Results: photo only",
        "Sound: results only",
        "Language: as in Telegram",
        "Done",
    ]
    await press(ada, menu, "Strength")
    assert "How much of the style" in ada.now(menu).text
    assert "✓ 50 %" in labels(ada.now(menu))
    assert await press(ada, menu, "90 %") == "Saved."
    assert "Strength: 90 %" in labels(ada.now(menu))
    await press(ada, menu, "Strength")
    assert "✓ 90 %" in labels(ada.now(menu))
    await press(ada, menu, "Back")
    await press(ada, menu, "Done")
    assert ada.now(menu).buttons == []
    assert "Strength: 90 %" in ada.now(menu).text
    assert len(ada.said) == 1


async def test_what_is_chosen_holds_for_new_paintings_and_the_question_says_so(
    ada: Person, atelier: Atelier
) -> None:
    await choose(ada, ("Quality", "Fine"), ("Strength", "70 %"), ("Colours", "my photo's"))
    question = await ask(ada)
    assert "Strength 70 %, colours my photo's" in question.text
    assert labels(question)[0].startswith("As usual: Fine")
    assert sum("Fine" in label for label in labels(question)) == 1
    await ada.press(question, "As usual")
    await ada.expect_result()
    job = await atelier.store.jobs.get(1)
    assert job is not None
    assert job.options.to_dict() == {"preset": "fine", "strength": 0.7, "colours": "luminance"}


async def test_words_after_results_paint_the_answered_one_once_more_or_else_the_newest(
    ada: Person, atelier: Atelier
) -> None:
    results = []
    for _ in range(2):
        await ada.press(await ask(ada), "Quick")
        results.append(await ada.expect_result())
    await ada.send_text("stronger")
    await ada.expect_text("Understood: strength 70 %.")
    await ada.expect_result()
    await ada.send_text("very soft", reply_to=results[0])
    await ada.expect_text("Understood: strength 10 %.")
    await ada.expect_result()
    first, second, newest, answered = [await atelier.store.jobs.require(n) for n in range(1, 5)]
    assert (newest.content, newest.options.strength) == (second.content, 0.7)
    assert (answered.content, answered.options.strength) == (first.content, 0.1)


@pytest.mark.usefixtures("atelier")
async def test_who_chose_nothing_is_not_told_of_settings(ada: Person) -> None:
    question = await ask(ada)
    assert question.text == "I have both pictures. Choose a quality:"
    assert not any("As usual" in label for label in labels(question))


async def test_a_question_that_is_out_follows_a_change_and_stays_valid(
    ada: Person, atelier: Atelier
) -> None:
    question = await ask(ada)
    await choose(ada, ("Strength", "30 %"))
    await ada.expect_text("Strength 30 %")
    assert "Strength 30 %" in ada.now(question).text
    await ada.press(ada.now(question), "Quick")
    await ada.expect_result()
    job = await atelier.store.jobs.get(1)
    assert job is not None
    assert job.options.strength == 0.3


@pytest.mark.usefixtures("atelier")
async def test_a_running_painting_goes_on_as_it_was_asked_for(
    ada: Person, painter: HeldPainter
) -> None:
    painter.hold()
    await choose(ada, ("Results", "photo and file"))
    await ada.press(await ask(ada), "Quick")
    await ada.expect_text("Evaluation 2 of")
    await choose(ada, ("Results", "file only"))
    painter.release()
    await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    await ada.expect_text("The same picture, uncompressed")


@pytest.mark.usefixtures("atelier")
async def test_the_file_of_a_photo_comes_once_at_a_press(ada: Person) -> None:
    await ada.press(await ask(ada), "Quick")
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    queries = [await ada.press_under_more(result, "Full quality") for _ in range(3)]
    file = await ada.expect_kind("document")
    assert Image.open(io.BytesIO(await ada.download(file))).format == "PNG"
    answers = [await ada.expect_answer(query) for query in queries]
    assert answers == ["One moment…"] + ["I've sent the file already."] * 2
    assert [entry.kind for entry in ada.said].count("document") == 1
    await until(lambda: "Full quality" not in labels(ada.now(result)))


@pytest.mark.usefixtures("atelier")
async def test_a_language_holds_at_once_and_in_the_open_menu(ada: Person) -> None:
    menu = await choose(ada, ("Language", "简体中文"))
    assert "设置" in menu.text
    await ada.send_text("/status")
    await ada.expect_text("照片")
    await press(ada, menu, "语言")
    await press(ada, menu, "Telegram")
    assert "Settings" in ada.now(menu).text


async def test_choices_outlive_the_bot_and_an_old_menu_still_works(
    ada: Person, settings: Settings
) -> None:
    async with running(settings, engine=engine_of(HeldPainter()), overrides=BRISK):
        menu = await choose(ada, ("Results", "file only"), ("Language", "简体中文"))
    async with running(settings, engine=engine_of(HeldPainter()), overrides=BRISK):
        await press(ada, menu, "语言")
        await press(ada, menu, "English")
        assert "Results: file only" in labels(ada.now(menu))


@pytest.mark.usefixtures("atelier")
async def test_in_a_group_everybody_has_their_own(chat: ChatClient) -> None:
    ada, ben = chat.person("Ada").in_group(), chat.person("Ben").in_group()
    await ada.send_text("/settings@atelier_bot")
    menu = await ada.expect_text("Settings")
    query = await ben.press(menu, "Strength")
    assert "somebody else" in await ben.expect_alert(query)
    assert ada.now(menu) == menu


@pytest.mark.usefixtures("atelier")
async def test_what_was_never_offered_is_refused(ada: Person) -> None:
    await ada.send_text("/settings")
    menu = await ada.expect_text("Settings")
    for argument in ("strength=7", "preset=enormous", "taste", "sound=loud"):
        query = await ada.press_data(menu, f"settings:{argument}:{ada.user_id}")
        assert "My settings have changed" in await ada.expect_alert(query)
    await ada.send_text("/settings")
    assert "Strength: 50 %" in labels(await ada.expect_text("They hold for"))
