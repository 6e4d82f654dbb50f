"""What an edit of a message changes in the page: its own bubble, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto

from tests.auxil.pictures import encoded
from tests.auxil.stage import ADA, picture

if TYPE_CHECKING:
    from telegram import Message

    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

EDITS: Final = 20

# Writes down everything in the page that changes outside the newest message; the chat's last words in the list may.
WATCH: Final = """() => {
    const newest = [...document.querySelectorAll(".log .row")].at(-1);
    const harmless = (node) => newest.contains(node) || node.closest?.("#chats .names > span");
    window.touched = [];
    new MutationObserver((changes) => {
        for (const { target, type, attributeName, oldValue } of changes) {
            const same = type === "attributes" && target.getAttribute(attributeName) === oldValue;
            if (!same && !harmless(target)) window.touched.push(`${type} of ${target.outerHTML}`);
        }
    }).observe(document.documentElement, { subtree: true, childList: true, attributeOldValue: true, characterData: true });
}"""


async def test_twenty_edits_touch_no_other_bubble_and_no_focus_scroll_or_selection(
    stage: Stage,
) -> None:
    await stage.bot.send_photo(ADA, encoded(), caption="an earlier result")
    await stage.bot.send_message(
        ADA, "words that somebody selects", reply_markup=_keyboard("Quick")
    )
    for number in range(12):
        await stage.bot.send_message(ADA, f"line {number}")
    status = await stage.bot.send_photo(
        ADA, encoded(), caption="0 of 20", reply_markup=_keyboard("0", "Cancel")
    )
    await expect(stage.rows).to_have_count(15)
    await expect(stage.rows.last).to_have_attribute("aria-live", "off")
    log = stage.page.get_by_role("log", name="Messages")
    await log.evaluate("(log) => log.scrollTo({ top: 40, behavior: 'instant' })")
    await expect(stage.page.get_by_role("button", name="To the newest message")).to_be_visible()
    await (
        stage.rows.nth(1)
        .locator(".text")
        .evaluate("(text) => getSelection().selectAllChildren(text)")
    )
    selected = await stage.page.evaluate("String(getSelection())")
    cancel = stage.page.get_by_role("button", name="Cancel")
    await cancel.evaluate("(button) => button.focus({ preventScroll: true })")
    await stage.page.evaluate(WATCH)

    await _edit_often(status)

    await expect(stage.rows.last).to_contain_text(f"{EDITS} of {EDITS}")
    assert await stage.page.evaluate("window.touched") == []
    assert await log.evaluate("(log) => log.scrollTop") == 40
    assert "words that somebody selects" in selected
    assert await stage.page.evaluate("String(getSelection())") == selected
    await expect(cancel).to_be_focused()


async def test_an_open_comparison_stays_as_it_is_while_another_message_is_edited(
    stage: Stage,
) -> None:
    await stage.choose_files(picture())
    await stage.compose.get_by_role("button", name="Send").click()
    sent = await stage.heard_message()
    await stage.bot.send_photo(ADA, encoded(), caption="done", reply_to_message_id=sent.message_id)
    status = await stage.bot.send_photo(ADA, encoded(), caption="0 of 20")
    await stage.page.get_by_role("button", name="Photo: done").click()
    slider = stage.page.get_by_role("slider")
    await stage.page.keyboard.press("PageUp")
    shown = await slider.element_handle()

    await _edit_often(status)

    await expect(stage.rows.last).to_contain_text(f"{EDITS} of {EDITS}")
    assert await slider.evaluate("(now, before) => now === before", shown)
    await expect(slider).to_have_attribute("aria-valuenow", "60")
    await expect(slider).to_be_focused()


async def test_a_message_that_becomes_a_result_can_be_compared_and_is_named_anew(
    stage: Stage,
) -> None:
    await stage.choose_files(picture())
    await stage.compose.get_by_role("button", name="Send").click()
    sent = await stage.heard_message()
    collage = encoded(400, 100)
    status = await stage.bot.send_photo(
        ADA, collage, caption="painting", reply_to_message_id=sent.message_id
    )
    tile = stage.rows.last.locator(".photo")
    await expect(tile).not_to_contain_text("Before / after")

    await status.edit_media(InputMediaPhoto(encoded(), caption="done"))

    await expect(tile).to_contain_text("Before / after")
    await expect(tile).to_have_accessible_name("Photo: done. Open large")


async def test_an_edit_leaves_a_bubble_joined_to_the_one_above(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "one")
    said = await stage.bot.send_message(ADA, "two")
    await expect(stage.rows.last).to_contain_class("follows")

    await said.edit_text("three")

    await expect(stage.rows.last).to_contain_text("three")
    await expect(stage.rows.last).to_contain_class("follows")


async def _edit_often(status: Message) -> None:
    for number in range(1, EDITS + 1):
        done = InputMediaPhoto(
            encoded(colour=f"#{number * 12:02x}4080"), caption=f"{number} of {EDITS}"
        )
        await status.edit_media(done, reply_markup=_keyboard(str(number), "Cancel"))


def _keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each, callback_data=each) for each in labels]]
    )
