"""The page on other screens, in other colours, and for people who do not look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from tests.auxil.stage import ADA

if TYPE_CHECKING:
    from playwright.async_api import ViewportSize

    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

BACKGROUND = "getComputedStyle(document.querySelector('.chat-head')).backgroundColor"
PHONE: ViewportSize = {"width": 360, "height": 740}

OVERHANG = "[document.documentElement, document.querySelector('#log')].map((each) => each.scrollWidth - each.clientWidth)"

WEIGHTS = """(size) => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/static/"))
    .map((each) => each[size])"""
HEAD_ONLY = 300
"""What browsers count for an answer without a body."""

# The W3C's accessible names, as far as this page's controls get theirs.
NAMELESS = """
() => [...document.querySelectorAll("button, a[href], input:not([hidden]), select, textarea, [role=slider]")]
    .filter((each) => each.checkVisibility())
    .filter((each) => !(each.ariaLabel || each.textContent.trim() || each.labels?.length || each.title))
    .map((each) => each.outerHTML)
"""


async def test_the_page_is_dark_where_the_system_is(stage: Stage) -> None:
    light = await stage.page.evaluate(BACKGROUND)

    await stage.page.emulate_media(color_scheme="dark")

    assert light == "rgb(255, 255, 255)"
    assert await stage.page.evaluate(BACKGROUND) == "rgb(26, 32, 41)"


async def test_chosen_colours_outlive_a_reload(stage: Stage) -> None:
    button = stage.page.get_by_role("button", name="Colours")
    await button.click()
    await button.click()
    await expect(button).to_have_accessible_name("Colours: dark")

    await stage.page.reload()

    assert await stage.page.evaluate(BACKGROUND) == "rgb(26, 32, 41)"


async def test_a_phone_shows_the_chat_and_the_rest_behind_a_button(stage: Stage) -> None:
    await stage.page.set_viewport_size(PHONE)
    sidebar = stage.page.locator("#sidebar")
    opener = stage.page.locator("#open-sidebar")
    await expect(sidebar).to_be_hidden()

    await opener.click()
    await expect(sidebar).to_be_visible()
    await stage.page.get_by_role("button", name="Atelier friends").click()

    await expect(sidebar).to_be_hidden()
    await expect(stage.page.locator("#chat-name")).to_have_text("Atelier friends")


async def test_long_words_and_many_buttons_stay_within_a_phone(stage: Stage) -> None:
    await stage.page.set_viewport_size(PHONE)
    labels = ["A label that is rather long for a button", *map(str, range(7))]
    rows = [[InlineKeyboardButton(label, callback_data=label)] for label in labels]
    rows.append([InlineKeyboardButton(label, callback_data=f"again {label}") for label in labels])
    await stage.bot.send_message(ADA, "wide" * 200, reply_markup=InlineKeyboardMarkup(rows))
    await expect(stage.rows).to_have_count(1)

    assert await stage.page.evaluate(OVERHANG) == [0, 0]


async def test_the_bot_s_introduction_fits_a_phone(stage: Stage) -> None:
    await stage.bot.set_my_description("I repaint one photo in the style of another. " * 5)
    await stage.page.set_viewport_size(PHONE)
    await expect(stage.page.locator(".welcome .sample")).to_have_count(3)

    assert await stage.page.evaluate(OVERHANG) == [0, 0]


async def test_every_control_has_a_name(stage: Stage) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Quick", callback_data="q")]])
    await stage.bot.send_message(ADA, "How?", reply_markup=keyboard)
    await stage.page.get_by_text("Faults").click()

    assert await stage.page.evaluate(NAMELESS) == []


async def test_new_messages_are_read_out_and_their_edits_are_not(stage: Stage) -> None:
    log = stage.page.get_by_role("log", name="Messages")
    await expect(log).to_have_attribute("aria-live", "polite")

    said = await stage.bot.send_message(ADA, "1 of 9")

    await expect(stage.rows.first).to_have_attribute("aria-live", "off")
    await said.edit_text("2 of 9")
    await expect(stage.rows.first).to_contain_text("2 of 9")
    await expect(stage.rows.first).to_have_attribute("aria-live", "off")


async def test_the_tab_key_leads_from_the_chats_to_the_message(stage: Stage) -> None:
    await stage.page.keyboard.press("Tab")
    await expect(stage.page.get_by_role("link", name="Skip to the message field")).to_be_focused()

    await stage.page.keyboard.press("Enter")
    await stage.page.keyboard.type("typed")

    await expect(stage.page.get_by_role("combobox", name="Message")).to_have_value("typed")


async def test_who_wants_stillness_gets_it(stage: Stage) -> None:
    await stage.page.emulate_media(reduced_motion="reduce")

    await stage.bot.send_message(ADA, "hello")

    duration = await stage.rows.first.evaluate("(row) => getComputedStyle(row).animationDuration")
    assert float(duration.removesuffix("s")) < 0.001


async def test_about_the_chat_shows_the_bot_and_its_commands(stage: Stage) -> None:
    await stage.bot.set_my_description("I repaint photos.")
    await stage.bot.set_my_commands([("help", "How this works")])
    await expect(stage.page.get_by_role("button", name="Menu")).to_be_visible()

    await stage.page.locator("#chat-title").click()

    profile = stage.page.locator("#profile")
    await expect(profile).to_contain_text("I repaint photos.")
    await expect(profile).to_contain_text("/help How this works")


async def test_the_page_is_light_without_its_pictures(stage: Stage) -> None:
    weights = await stage.page.evaluate(WEIGHTS, "decodedBodySize")

    assert len(weights) > 20
    assert sum(weights) < 150_000


async def test_a_reload_loads_nothing_that_the_browser_has_kept(stage: Stage) -> None:
    await stage.page.reload()
    await stage.connected()

    moved = await stage.page.evaluate(WEIGHTS, "transferSize")

    assert len(moved) > 20
    assert max(moved) <= HEAD_ONLY


async def test_everything_comes_from_this_server(stage: Stage) -> None:
    names = await stage.page.evaluate(
        "performance.getEntriesByType('resource').map((each) => each.name)"
    )

    assert all(name.startswith(stage.playground.url) for name in names)
