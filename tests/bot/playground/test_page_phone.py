"""The page as wide as a phone, on one and in the strip that shows the same at a desk: all of it fits, and fingers hit it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from playwright.async_api import expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ParseMode

from tests.auxil.pictures import encoded
from tests.auxil.stage import ADA, picture

if TYPE_CHECKING:
    from playwright.async_api import Locator, ViewportSize

    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDTH: Final = 390
PHONE: Final[ViewportSize] = {"width": WIDTH, "height": 844}
DESK: Final[ViewportSize] = {"width": 1100, "height": 844}

# What is wrong within a part of the page: what sticks out or is cut, and what is too small to be tapped. Links within a
# sentence are as high as its lines, and a hidden input is tapped by its label.
WRONG: Final = """async (root) => {
    await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined)));
    const frame = root.getBoundingClientRect();
    const wrong = [];
    for (const each of [root, ...root.querySelectorAll("*")]) {
        if (!each.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        const style = getComputedStyle(each);
        const box = each.getBoundingClientRect();
        const say = (what) => wrong.push(`${what}: ${each.tagName} ${each.className} ${each.textContent.slice(0, 40)}`);
        if (each.closest("svg, .sr-only") || style.display === "inline" || style.pointerEvents === "none") continue;
        if (box.width && (box.left < frame.left - 0.5 || box.right > frame.right + 0.5)) say("sticks out");
        const ellipsis = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
        if (!ellipsis && each.scrollWidth > each.clientWidth + 1 && style.overflowX !== "visible") say("is cut");
        if (each.matches(".key") && each.scrollHeight > each.clientHeight + 1) say("is cut");
        const tapped = each.matches("button, a, select, textarea, summary, input, label:has(input), [role=option], [role=slider]");
        if (tapped && Math.min(box.width, box.height) < 39.5 && !each.matches("label input")) say(`${box.width} x ${box.height}`);
    }
    return wrong;
}"""


@pytest_asyncio.fixture(params=["phone", "strip"], loop_scope="session")
async def narrow(stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """The page on a phone, or in a wide window that shows the chat as on one."""
    await stage.page.set_viewport_size(PHONE if request.param == "phone" else DESK)
    if request.param == "strip":
        await stage.page.get_by_role("button", name="Chat: as wide as the window").click()
    return stage


async def test_a_conversation_fits_a_phone(narrow: Stage) -> None:
    await narrow.choose_files(picture(size=(400, 300)))
    assert await _wrong(narrow.compose) == []
    await narrow.compose.get_by_role("button", name="Send").click()
    sent = await narrow.heard_message()
    await narrow.bot.set_message_reaction(ADA, sent.message_id, "👀")
    names = "Starlit oil,Watercolour,Ink wash,Stained glass,Poster,Pencil,Palette knife,Mosaic,Woodblock,Pen and chalk,Colour field,Marbled paper"
    styles = [f"{number} · {name}" for number, name in enumerate(names.split(","), 1)]
    sheet = [styles[first : first + 3] for first in range(0, len(styles), 3)]
    strengths = [["10 %", "30 %", "50 %", "70 %", "90 %", "100 %"], ["Back"]]
    quote = (
        "Style loss 100 → 4.76\nContent loss 0.2\n20 evaluations, 451 × 300 pixels\ncuda, float32"
    )
    caption = f"<b>Your photo in Watercolour</b>\n<blockquote expandable>{quote}</blockquote>"
    await narrow.bot.send_photo(
        ADA, encoded(900, 1000), caption="Take one:", reply_markup=_keys(sheet)
    )
    await narrow.bot.send_photo(
        ADA,
        encoded(400, 300),
        caption=caption,
        parse_mode=ParseMode.HTML,
        reply_to_message_id=sent.message_id,
        reply_markup=_keys(strengths),
    )
    await narrow.bot.send_document(
        ADA, b"x", filename=f"{'atelier-' * 9}.png", caption="long " * 99
    )
    await expect(narrow.rows).to_have_count(4)
    await expect(narrow.rows.first.get_by_role("button", name="👀")).to_be_visible()

    chat = narrow.page.get_by_role("main")
    box = await chat.bounding_box()
    assert box is not None
    assert box["width"] == WIDTH
    assert await _wrong(chat) == []

    quoted = narrow.page.locator(".expandable")
    folded = await quoted.evaluate("(quote) => quote.clientHeight")
    await narrow.page.get_by_role("button", name="The whole quote").click()
    assert await quoted.evaluate("(quote) => quote.clientHeight") > folded
    assert await _wrong(chat) == []

    for name in ("Photo: Take one:", "Photo: Your photo in Watercolour"):
        await narrow.page.get_by_role("button", name=name).click()
        viewer = narrow.page.get_by_role("dialog", name="Picture")
        await expect(viewer.locator("img").first).to_be_visible()
        assert await _wrong(viewer) == []
        shown = await viewer.bounding_box()
        assert shown is not None
        assert (shown["x"], shown["width"]) == (box["x"], WIDTH)
        await narrow.page.keyboard.press("Escape")


async def test_the_commands_and_the_introduction_fit_a_phone(narrow: Stage) -> None:
    await narrow.bot.set_my_description("I repaint one photo in the style of another. " * 5)
    await narrow.bot.set_my_commands(
        [(f"command{number}", "What it does. " * 5) for number in range(9)]
    )
    await expect(narrow.page.locator(".welcome .sample")).to_have_count(3)
    chat = narrow.page.get_by_role("main")
    assert await _wrong(chat) == []

    await narrow.page.get_by_role("button", name="Menu").click()

    assert await _wrong(chat) == []
    await narrow.page.keyboard.press("Escape")
    await narrow.page.locator("#chat-title").click()
    assert await _wrong(narrow.page.locator("#profile")) == []


async def test_all_that_is_beside_the_chat_fits_a_phone(stage: Stage) -> None:
    await stage.page.set_viewport_size(PHONE)
    await stage.page.locator("#open-sidebar").click()
    sidebar = stage.page.locator("#sidebar")
    await expect(sidebar).to_be_in_viewport(ratio=1)
    assert await _wrong(sidebar) == []

    for panel in ("The bot here", "Faults"):
        await sidebar.get_by_text(panel).click()
        assert await _wrong(sidebar) == []


async def test_the_strip_is_chosen_by_keyboard_and_outlives_a_reload(stage: Stage) -> None:
    chat = stage.page.get_by_role("main")
    wide = stage.page.get_by_role("button", name="Chat: as wide as the window")
    while not await wide.evaluate("(button) => button === document.activeElement"):
        await stage.page.keyboard.press("Tab")
    await stage.page.keyboard.press("Enter")
    strip = stage.page.get_by_role("button", name="Chat: as on a phone")
    await expect(strip).to_be_focused()

    await stage.page.reload()
    await stage.connected()

    assert await chat.evaluate("(chat) => chat.clientWidth") == WIDTH
    await strip.click()
    assert await chat.evaluate("(chat) => chat.clientWidth") > WIDTH


async def _wrong(part: Locator) -> object:
    return await part.evaluate(WRONG)


def _keys(rows: list[list[str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each, callback_data=each) for each in row] for row in rows]
    )
