"""Inline keyboards in the page: pressed, waiting, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup

from tests.auxil.stage import ADA, GROUP

if TYPE_CHECKING:
    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each, callback_data=each) for each in labels]]
    )


async def pressed(stage: Stage) -> CallbackQuery:
    query = (await stage.heard()).callback_query
    assert query is not None
    return query


async def test_a_pressed_button_waits_for_its_answer(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "How?", reply_markup=keyboard("Quick", "Fine"))
    quick = stage.page.get_by_role("button", name="Quick")

    await quick.click()
    query = await pressed(stage)

    assert query.data == "Quick"
    await expect(quick).to_have_attribute("aria-busy", "true")
    await query.answer()
    await expect(quick).not_to_have_attribute("aria-busy", "true")


async def test_a_button_that_waits_is_not_pressed_again(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "How?", reply_markup=keyboard("Quick", "Fine"))
    await stage.page.get_by_role("button", name="Quick").dblclick()
    await stage.page.get_by_role("button", name="Fine").click()

    heard = [(await pressed(stage)).data for _ in range(2)]

    assert heard == ["Quick", "Fine"]


async def test_a_short_answer_passes_by(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "How?", reply_markup=keyboard("Quick"))
    await stage.page.get_by_role("button", name="Quick").click()

    await (await pressed(stage)).answer("Quick it is")

    await expect(stage.page.locator("#toasts")).to_have_text("Quick it is")
    await expect(stage.page.locator("#alert")).to_be_hidden()


async def test_an_alert_stays_until_it_is_read(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "How?", reply_markup=keyboard("Fine"))
    await stage.page.get_by_role("button", name="Fine").click()

    await (await pressed(stage)).answer("That takes four minutes", show_alert=True)

    alert = stage.page.get_by_role("alertdialog")
    await expect(alert).to_contain_text("That takes four minutes")
    await stage.page.keyboard.press("Enter")
    await expect(alert).to_be_hidden()


async def test_an_answer_to_somebody_else_is_not_shown(stage: Stage) -> None:
    await stage.page.get_by_role("button", name="Atelier friends").click()
    await stage.bot.send_message(GROUP, "How?", reply_markup=keyboard("Quick"))
    await stage.page.get_by_role("button", name="Quick").click()
    query = await pressed(stage)
    await stage.page.get_by_role("radio", name="Ben").check()

    await query.answer("For Ada alone")
    await stage.bot.send_message(GROUP, "for all")

    await expect(stage.rows.last).to_contain_text("for all")
    await expect(stage.page.locator("#toasts")).to_be_empty()


async def test_an_edit_that_keeps_a_button_keeps_the_focus_on_it(stage: Stage) -> None:
    said = await stage.bot.send_message(ADA, "1 of 9", reply_markup=keyboard("Pause", "Cancel"))
    await stage.page.get_by_role("button", name="Cancel").focus()

    await said.edit_text("2 of 9", reply_markup=keyboard("Faster", "Cancel"))

    await expect(stage.page.get_by_role("button", name="Faster")).to_be_visible()
    await expect(stage.page.get_by_role("button", name="Cancel")).to_be_focused()


async def test_the_newest_buttons_are_a_few_steps_back_from_the_message_field(stage: Stage) -> None:
    for number in range(9):
        await stage.bot.send_message(ADA, str(number), reply_markup=keyboard(f"{number}", "Cancel"))
    await expect(stage.rows).to_have_count(9)
    await stage.page.get_by_role("combobox", name="Message").focus()
    newest = stage.rows.last.get_by_role("button", name="Cancel")

    for _ in range(6):
        await stage.page.keyboard.press("Shift+Tab")
        if await newest.evaluate("(button) => button === document.activeElement"):
            break
    await stage.page.keyboard.press("Enter")

    assert (await pressed(stage)).data == "Cancel"


async def test_a_press_that_the_server_refuses_is_explained(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "How?", reply_markup=keyboard("Quick"))
    quick = stage.page.get_by_role("button", name="Quick")
    await stage.page.route(
        "**/client/press", lambda route: route.fulfill(status=400, json={"error": "too late"})
    )

    await quick.click()

    await expect(stage.page.locator("#toasts")).to_have_text("too late")
    await expect(quick).not_to_have_attribute("aria-busy", "true")


async def test_a_link_button_opens_elsewhere(stage: Stage) -> None:
    button = InlineKeyboardButton("Read more", url="https://example.org/")
    await stage.bot.send_message(ADA, "Help", reply_markup=InlineKeyboardMarkup([[button]]))

    link = stage.page.get_by_role("link", name="Read more")

    await expect(link).to_have_attribute("href", "https://example.org/")
    await expect(link).to_have_attribute("target", "_blank")


async def test_a_button_has_the_colour_of_its_meaning(stage: Stage) -> None:
    rows = [
        [InlineKeyboardButton(style, callback_data=style, style=style)]
        for style in ("primary", "danger")
    ]
    rows.append([InlineKeyboardButton("plain", callback_data="plain")])
    await stage.bot.send_message(ADA, "How?", reply_markup=InlineKeyboardMarkup(rows))
    keys = stage.page.locator("button.key")
    await expect(keys).to_have_count(3)

    colours = await keys.evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )

    assert len(set(colours)) == 3
