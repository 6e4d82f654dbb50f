"""Pictures and files, sent and shown by the page."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.async_api import expect
from telegram import InputMediaPhoto

from tests.auxil.pictures import encoded
from tests.auxil.stage import ADA, LOADED, picture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Files cannot be dragged from outside into a headless window; the event that the page would get can be made.
GIVE_FILE = """
([kind, selector, name, mime, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: mime }));
    const options = { bubbles: true, cancelable: true };
    const event = kind === "paste"
        ? new ClipboardEvent(kind, { ...options, clipboardData: transfer })
        : new DragEvent(kind, { ...options, dataTransfer: transfer });
    document.querySelector(selector).dispatchEvent(event);
}
"""


SIZE = "(tile) => [tile.offsetTop, tile.offsetWidth, tile.offsetHeight]"


async def give_file(stage: Stage, kind: str, selector: str, name: str = "photo.jpg") -> None:
    file = picture(name)
    data = base64.b64encode(file["buffer"]).decode()
    await stage.page.evaluate(GIVE_FILE, [kind, selector, name, file["mimeType"], data])


async def test_a_webp_can_go_as_a_sticker_and_other_files_cannot(stage: Stage) -> None:
    as_sticker = stage.compose.get_by_role("radio", name="As sticker")
    await stage.choose_files(picture())
    await expect(as_sticker).to_be_disabled()
    await stage.compose.get_by_role("button", name="Cancel").click()
    webp = encoded(512, 512, image_format="WEBP")
    await stage.choose_files({"name": "cat.webp", "mimeType": "image/webp", "buffer": webp})
    await as_sticker.check(force=True)
    await stage.compose.get_by_role("button", name="Send").click()

    message = await stage.heard_message()

    assert message.sticker is not None
    assert (message.sticker.width, message.sticker.is_animated) == (512, False)
    await expect(stage.rows.last.get_by_alt_text("Sticker")).to_be_visible()


async def test_a_picked_photo_goes_with_its_caption(stage: Stage) -> None:
    await stage.choose_files(picture())
    await expect(stage.compose.get_by_role("heading")).to_have_text("Send a photo")
    await stage.compose.get_by_label("Caption").fill("the harbour")
    await stage.page.keyboard.press("Enter")

    message = await stage.heard_message()

    assert message.photo
    assert message.caption == "the harbour"
    await expect(stage.compose).to_be_hidden()
    await expect(stage.rows.last.get_by_role("button", name="Photo: the harbour")).to_be_visible()


async def test_a_file_keeps_its_bytes_and_its_name(stage: Stage) -> None:
    chosen = picture("harbour.png")
    await stage.choose_files(chosen)
    await stage.compose.get_by_role("radio", name="As file").check()
    await stage.compose.get_by_role("button", name="Send").click()

    document = (await stage.heard_message()).document

    assert document is not None
    assert document.file_name == "harbour.png"
    downloaded = await (await document.get_file()).download_as_bytearray()
    assert bytes(downloaded) == chosen["buffer"]


async def test_what_is_no_picture_can_only_go_as_a_file(stage: Stage) -> None:
    await stage.choose_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"})

    await expect(stage.compose.get_by_role("radio", name="As photo")).to_be_disabled()
    await stage.compose.get_by_role("button", name="Send").click()

    document = (await stage.heard_message()).document
    assert document is not None
    assert document.file_name == "notes.txt"


async def test_several_photos_are_one_album_in_one_bubble(stage: Stage) -> None:
    await stage.choose_files(*(picture(f"{number}.jpg") for number in range(4)))
    await stage.compose.get_by_role("button", name="Leave out 3.jpg").click()
    await stage.compose.get_by_role("button", name="Send").click()

    messages = [await stage.heard_message() for _ in range(3)]

    assert len({message.media_group_id for message in messages}) == 1
    await expect(stage.rows).to_have_count(1)
    await expect(stage.rows.locator(".photo")).to_have_count(3)


async def test_an_album_holds_ten(stage: Stage) -> None:
    await stage.choose_files(*(picture(f"{number}.jpg", size=(8, 8)) for number in range(12)))

    await expect(stage.compose.locator(".preview")).to_have_count(10)
    await expect(stage.compose.locator("#compose-hint")).to_contain_text("2 left out")


async def test_nothing_is_sent_when_the_sheet_is_closed(stage: Stage) -> None:
    await stage.choose_files(picture())
    await expect(stage.compose).to_be_visible()

    await stage.page.keyboard.press("Escape")
    await stage.write("only words")

    assert (await stage.heard_message()).text == "only words"


async def test_a_dropped_file_goes_as_the_zone_says(stage: Stage) -> None:
    await give_file(stage, "dragenter", "#log")
    await expect(stage.page.get_by_text("to send as files, uncompressed")).to_be_visible()

    await give_file(stage, "drop", ".drop-zone[data-as=document]")
    await stage.compose.get_by_role("button", name="Send").click()

    assert (await stage.heard_message()).document is not None
    await expect(stage.page.locator("#drop")).to_be_hidden()


async def test_a_pasted_picture_is_offered_as_a_photo(stage: Stage) -> None:
    await give_file(stage, "paste", "#draft", name="clipboard.png")
    await stage.compose.get_by_role("button", name="Send").click()

    assert (await stage.heard_message()).photo


async def test_a_refused_upload_is_explained_and_not_lost(stage: Stage) -> None:
    await stage.choose_files(
        {"name": "torn.jpg", "mimeType": "image/jpeg", "buffer": b"not a jpeg"}
    )
    await stage.compose.get_by_role("button", name="Send").click()

    await expect(stage.page.locator("#toasts")).to_contain_text("torn.jpg is no picture")
    await expect(stage.compose.locator(".preview")).to_have_count(1)


async def test_a_document_of_the_bot_downloads_under_its_name(stage: Stage, tmp_path: Path) -> None:
    await stage.bot.send_document(ADA, b"every byte", filename="painting.tiff")

    async with stage.page.expect_download() as download:
        await stage.page.get_by_role("link", name="Download painting.tiff").click()

    saved = tmp_path / "saved"
    await (await download.value).save_as(saved)
    assert (await download.value).suggested_filename == "painting.tiff"
    assert saved.read_bytes() == b"every byte"


async def test_an_animation_moves_by_itself(stage: Stage) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("#c03020", "#2030c0")]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)

    await stage.bot.send_animation(ADA, gif.getvalue(), filename="evolution.gif", caption="How")

    await expect(stage.rows.locator(".moving")).to_contain_text("GIF")
    assert await stage.rows.locator(".moving .layer").evaluate(
        "(layer) => layer.tagName === 'IMG' || (layer.loop && layer.muted && layer.autoplay)"
    )


async def test_a_new_preview_fades_in_where_the_old_one_stood(stage: Stage) -> None:
    said = await stage.bot.send_photo(ADA, encoded(60, 40, colour="#203040"), caption="1 of 9")
    tile = stage.rows.first.locator(".photo")
    await expect(tile).to_be_visible()
    box = await tile.evaluate(SIZE)
    first = await tile.locator("img").get_attribute("src")
    assert first

    await said.edit_media(InputMediaPhoto(encoded(240, 160, colour="#c0a040"), caption="2 of 9"))

    await expect(stage.rows.first).to_contain_text("2 of 9")
    await expect(tile.locator("img").last).not_to_have_attribute("src", first)
    await expect(tile.locator("img")).to_have_count(1)
    assert await tile.evaluate(SIZE) == box


async def test_a_picture_opens_large_and_arrows_leaf_through_all(stage: Stage) -> None:
    for number in range(3):
        await stage.bot.send_photo(ADA, encoded(), caption=f"picture {number}")
    second = stage.page.get_by_role("button", name="Photo: picture 1")
    lightbox = stage.page.get_by_role("dialog", name="Picture")
    await second.click()
    await expect(lightbox).to_contain_text("picture 1")
    await expect(lightbox).to_contain_text("2 of 3")

    await stage.page.keyboard.press("ArrowRight")
    await expect(lightbox).to_contain_text("picture 2")
    await stage.page.keyboard.press("ArrowLeft")
    await stage.page.keyboard.press("ArrowLeft")
    await expect(lightbox).to_contain_text("picture 0")

    await stage.page.keyboard.press("Escape")
    await expect(lightbox).to_be_hidden()
    await expect(second).to_be_focused()


async def test_the_lightbox_keeps_the_focus_to_itself(stage: Stage) -> None:
    await stage.bot.send_photo(ADA, encoded())
    await stage.rows.first.locator(".photo").click()

    for _ in range(6):
        await stage.page.keyboard.press("Tab")
        assert await stage.page.evaluate(
            "document.activeElement === document.body || Boolean(document.activeElement.closest('#lightbox'))"
        )


async def test_a_result_is_compared_with_its_photo_by_keyboard(stage: Stage) -> None:
    await stage.choose_files(picture())
    await stage.compose.get_by_role("button", name="Send").click()
    sent = await stage.heard_message()
    await stage.bot.send_photo(ADA, encoded(), caption="done", reply_to_message_id=sent.message_id)

    await stage.page.get_by_role("button", name="Photo: done").click()
    slider = stage.page.get_by_role("slider", name="Before and after")
    await expect(slider).to_be_focused()
    await expect(slider).to_have_attribute("aria-valuenow", "50")

    await stage.page.keyboard.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuenow", "52")
    await stage.page.keyboard.press("PageDown")
    await expect(slider).to_have_attribute("aria-valuetext", "42 % photo, 58 % painting")
    await stage.page.keyboard.press("End")
    await expect(slider).to_have_attribute("aria-valuenow", "100")


async def test_a_result_that_answers_a_command_is_compared_with_the_photo_that_was_answered(
    stage: Stage,
) -> None:
    await stage.choose_files(picture())
    await stage.compose.get_by_role("button", name="Send").click()
    await stage.heard_message()
    await stage.rows.last.hover()
    await stage.rows.last.get_by_role("button", name="Reply").click()
    await stage.write("/paint")
    command = await stage.heard_message()

    await stage.bot.send_photo(ADA, encoded(), reply_to_message_id=command.message_id)

    await expect(stage.rows.last).to_contain_text("Before / after")


async def test_a_collage_of_a_photo_is_not_laid_over_it(stage: Stage) -> None:
    await stage.choose_files(picture())
    await stage.compose.get_by_role("button", name="Send").click()
    sent = await stage.heard_message()
    wide = encoded(400, 100)
    await stage.bot.send_photo(ADA, wide, caption="six ways", reply_to_message_id=sent.message_id)

    await stage.page.get_by_role("button", name="Photo: six ways").click()
    lightbox = stage.page.get_by_role("dialog", name="Picture")
    await expect(lightbox.locator("figure img")).to_be_visible()
    await expect(stage.page.get_by_role("slider")).to_have_count(0)


async def test_the_slider_follows_the_pointer(stage: Stage) -> None:
    await stage.choose_files(picture())
    await stage.compose.get_by_role("button", name="Send").click()
    sent = await stage.heard_message()
    await stage.bot.send_photo(ADA, encoded(), caption="done", reply_to_message_id=sent.message_id)
    await stage.page.get_by_role("button", name="Photo: done").click()

    slider = stage.page.locator(".slider")
    await slider.hover()  # which waits until it stays where it is
    assert await slider.locator("img").evaluate_all(LOADED)
    box = await slider.bounding_box()
    assert box is not None
    await stage.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    await stage.page.mouse.down()
    await stage.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 120)
    await stage.page.mouse.up()

    await expect(stage.page.get_by_role("slider")).to_have_attribute("aria-valuenow", "25")


async def test_a_picture_that_is_edited_while_it_is_open_changes_there_too(stage: Stage) -> None:
    said = await stage.bot.send_photo(ADA, encoded(), caption="1 of 9")
    await stage.rows.first.locator(".photo").click()
    lightbox = stage.page.get_by_role("dialog", name="Picture")
    before = await lightbox.locator("figure img").get_attribute("src")

    await said.edit_media(InputMediaPhoto(encoded(colour="#c0a040"), caption="2 of 9"))

    await expect(lightbox).to_contain_text("2 of 9")
    assert await lightbox.locator("figure img").get_attribute("src") != before
