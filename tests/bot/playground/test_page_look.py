"""The page on other screens, in other colours, and for people who do not look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from tests.auxil.pictures import encoded
from tests.auxil.stage import ADA, GROUP, NUR, picture

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

# Texts that are hard to read: WCAG's contrast of each with all that lies behind it, of which a photo is taken for white.
FAINT = """(root) => {
    const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (colours) => {
        for (const colour of ["#fff", ...colours]) {
            paper.fillStyle = colour;
            paper.fillRect(0, 0, 1, 1);
        }
        const [red, green, blue] = [...paper.getImageData(0, 0, 1, 1).data].map((value) => {
            return value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        if (!element) return [];
        const own = getComputedStyle(element).backgroundColor;
        return [...behind(element.parentElement), ...(element.matches(".photo, .moving, .slider") ? ["#fff"] : []), own];
    };
    const faint = [];
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { parentElement: element, nodeValue } = texts.currentNode;
        if (!nodeValue.trim() || element.closest(":disabled, .sr-only, option, datalist, noscript, script")) continue;
        if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const colours = behind(element);
        const [dark, light] = [luminance(colours), luminance([...colours, color])].sort((a, b) => a - b);
        const contrast = (light + 0.05) / (dark + 0.05);
        const large = parseFloat(fontSize) >= (fontWeight >= 600 ? 18.66 : 24);
        if (contrast < (large ? 3 : 4.5)) faint.push(`${contrast.toFixed(2)}: ${element.className} ${nodeValue.slice(0, 40)}`);
    }
    return faint;
}"""

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_enough_to_be_read(
    stage: Stage, scheme: Literal["light", "dark"]
) -> None:
    await stage.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await stage.bot.set_my_commands([("help", "How this works")])
    await expect(stage.page.get_by_role("button", name="Menu")).to_be_visible()
    assert await stage.page.locator("body").evaluate(FAINT) == []
    for panel in ("The bot here", "Faults"):
        await stage.page.get_by_text(panel).click()
    await stage.write("/words of my own")
    marks = "<b>b</b> <code>code</code> <pre>pre</pre> @ada <a href='https://example.org'>a</a>"
    keys = [InlineKeyboardButton(one, callback_data=one) for one in ("plain", "busy")]
    keys += [
        InlineKeyboardButton(one, callback_data=one, style=one)
        for one in ("primary", "success", "danger")
    ]
    said = await stage.bot.send_message(
        ADA,
        f"{marks}<blockquote>quote</blockquote>",
        "HTML",
        reply_markup=InlineKeyboardMarkup([keys]),
    )
    await stage.bot.send_photo(ADA, encoded(), reply_to_message_id=said.message_id)
    await stage.bot.send_document(ADA, b"x", filename="painting.tiff")
    await stage.bot.send_message(GROUP, "unread")
    await expect(stage.rows).to_have_count(4)
    await stage.rows.last.get_by_role("button", name="Reply", exact=True).click()
    await stage.page.get_by_role("button", name="busy").click()
    await stage.page.get_by_role("button", name="Menu").click()
    assert await stage.page.locator("body").evaluate(FAINT) == []

    await stage.page.get_by_role("button", name="Photo from Atelier").click()
    assert await stage.page.locator("#lightbox").evaluate(FAINT) == []
    await stage.page.keyboard.press("Escape")
    await stage.choose_files(picture())
    assert await stage.compose.evaluate(FAINT) == []
    await stage.page.keyboard.press("Escape")
    await stage.page.get_by_role("button", name="Atelier friends").click()
    assert await stage.page.locator("body").evaluate(FAINT) == []


async def test_what_is_written_from_right_to_left_keeps_its_time_and_its_lines_in_order(
    stage: Stage,
) -> None:
    await stage.page.get_by_role("radio", name="Nur").check()
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("أقوى", callback_data="stronger")]])
    await stage.bot.send_message(
        NUR, "الصورة نفسها من دون ضغط، وهي أكبر من غيرها", reply_markup=keyboard
    )
    text = stage.rows.last.locator(".text")
    buttons = stage.rows.last.get_by_role("group", name="Buttons")
    await expect(text).to_have_css("direction", "rtl")
    for part in (text, buttons):
        await expect(part).to_have_attribute("lang", "ar")
    gap = await text.evaluate(
        """(text) => {
            const words = document.createRange();
            words.selectNode(text.firstChild);
            return [...words.getClientRects()].at(-1).left - text.querySelector(".meta").getBoundingClientRect().right;
        }"""
    )
    assert gap >= 8

    await buttons.get_by_role("button").click()
    query = (await stage.heard()).callback_query
    assert query is not None
    await query.answer("تم الحفظ.")
    stop_is_left = await stage.page.locator(".toast").evaluate(
        """(toast) => {
            const at = (index) => {
                const letter = document.createRange();
                letter.setStart(toast.firstChild, index);
                letter.setEnd(toast.firstChild, index + 1);
                return letter.getBoundingClientRect().left;
            };
            return at(toast.textContent.length - 1) < at(0);
        }"""
    )
    assert stop_is_left

    caption = "صورتك، 20 ث\nخسارة 4.13"
    await stage.bot.send_photo(NUR, encoded(), caption=caption)
    await stage.page.get_by_role("button", name="Photo: صورتك").click()
    shown = stage.page.locator("#lightbox-caption")
    assert await shown.inner_text() == caption


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
