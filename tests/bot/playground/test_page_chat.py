"""Words between a person and the bot, as the page shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from playwright.async_api import expect
from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
)

from tests.auxil.pictures import encoded
from tests.auxil.stage import ADA, GROUP, MEI

if TYPE_CHECKING:
    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_empty_chat_introduces_the_bot_and_starts_it(stage: Stage) -> None:
    await stage.bot.set_my_description("I repaint photos.")
    welcome = stage.page.get_by_role("region", name="About the bot")
    await expect(welcome).to_contain_text("I repaint photos.")
    await expect(welcome.get_by_role("heading", name="Atelier")).to_be_visible()

    await welcome.get_by_role("button", name="Start").click()

    assert (await stage.heard_message()).text == "/start"
    await expect(welcome).to_have_count(0)


async def test_enter_sends_and_shift_enter_begins_a_line(stage: Stage) -> None:
    await stage.page.get_by_role("combobox", name="Message").click()
    await stage.page.keyboard.type("one")
    await stage.page.keyboard.press("Shift+Enter")
    await stage.page.keyboard.type("two")
    await stage.page.keyboard.press("Enter")

    assert (await stage.heard_message()).text == "one\ntwo"
    await expect(stage.rows).to_have_count(1)
    await expect(stage.page.get_by_role("combobox", name="Message")).to_have_value("")


async def test_what_people_write_is_text_and_the_bot_s_marks_are_marks(stage: Stage) -> None:
    await stage.write("<img src=x onerror=alert(1)>")
    await stage.heard()
    await stage.bot.send_message(
        ADA, "<b>bold</b> <a href='https://example.org/'>link</a>", parse_mode="HTML"
    )

    await expect(stage.rows.first).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(stage.rows.last.locator("b")).to_have_text("bold")
    await expect(stage.rows.last.get_by_role("link")).to_have_attribute(
        "rel", "noopener noreferrer"
    )


async def test_html_that_nobody_expected_loses_its_teeth(stage: Stage) -> None:
    html = '<a href="javascript:alert(1)">a</a><img src=x onerror="alert(1)"><b onclick="alert(1)" class="x">b</b>'

    shown = await stage.page.evaluate(
        """async (html) => {
            const { richText } = await import("/static/richtext.js");
            const box = document.createElement("div");
            box.append(richText(html));
            return box.innerHTML;
        }""",
        html,
    )

    assert shown == "<span>a</span><span></span><b>b</b>"
    stage.mishaps.clear()  # The policy of the page has refused the handlers, too.


async def test_a_reply_quotes_and_its_quote_leads_back(stage: Stage) -> None:
    asked = await stage.bot.send_message(ADA, "Which style?")
    for number in range(30):
        await stage.bot.send_message(ADA, f"line {number}")
    await stage.rows.first.hover()
    await stage.rows.first.get_by_role("button", name="Reply").click()
    await expect(stage.page.locator("#reply-bar")).to_contain_text("Which style?")

    await stage.write("The waves")

    message = await stage.heard_message()
    assert message.reply_to_message is not None
    assert message.reply_to_message.message_id == asked.message_id
    await expect(stage.rows.first).not_to_be_in_viewport()
    await stage.rows.last.get_by_role("button", name="In reply to Atelier").click()
    await expect(stage.rows.first).to_be_in_viewport()


async def test_escape_gives_a_reply_up(stage: Stage) -> None:
    await stage.bot.send_message(ADA, "Which style?")
    await stage.rows.first.locator(".text").dblclick()
    await expect(stage.page.locator("#reply-bar")).to_be_visible()

    await stage.page.keyboard.press("Escape")
    await stage.write("never mind")

    assert (await stage.heard_message()).reply_to_message is None


async def test_an_edit_changes_the_bubble_where_it_stands(stage: Stage) -> None:
    said = await stage.bot.send_message(ADA, "0 %")
    bubble = await stage.rows.first.element_handle()

    await said.edit_text("50 %")

    await expect(stage.rows.first).to_contain_text("50 %")
    await expect(stage.rows.first).to_contain_text("edited")
    assert await stage.rows.first.evaluate("(now, before) => now === before", bubble)


async def test_a_deleted_message_goes(stage: Stage) -> None:
    said = await stage.bot.send_message(ADA, "soon gone")
    await expect(stage.rows).to_have_count(1)

    await said.delete()

    await expect(stage.rows).to_have_count(0)


async def test_another_person_has_a_chat_of_their_own(stage: Stage) -> None:
    await stage.write("I am Ada")
    await stage.heard()

    await stage.page.get_by_role("radio", name="Mei").check()
    await expect(stage.rows).to_have_count(0)
    await stage.write("I am Mei")

    message = await stage.heard_message()
    assert message.from_user is not None
    assert message.from_user.first_name == "Mei"
    assert message.chat.id == MEI


async def test_in_a_group_everybody_has_a_name_and_commands_name_the_bot(stage: Stage) -> None:
    await stage.bot.set_my_commands([("help", "How this works")])
    await stage.page.get_by_role("button", name="Atelier friends").click()
    await stage.page.get_by_role("button", name="Menu").click()
    await stage.commands.filter(has_text="/help").click()
    heard = await stage.heard_message()

    await stage.bot.send_message(GROUP, "Hello all")
    await stage.page.get_by_role("radio", name="Ben").check()

    assert heard.chat.id == GROUP
    assert heard.text == "/help@atelier_bot"
    await expect(stage.page.locator("#chat-name")).to_have_text("Atelier friends")
    await expect(stage.rows.first.locator(".sender")).to_have_text("Ada")
    await expect(stage.rows.last.locator(".sender")).to_have_text("Atelier")


async def test_a_message_elsewhere_is_counted_until_it_is_read(stage: Stage) -> None:
    group = stage.page.get_by_role("button", name="Atelier friends")

    await stage.bot.send_message(GROUP, "Psst")
    await expect(group).to_contain_text("1")
    await expect(stage.page).to_have_title("(1) Atelier playground")

    await group.click()
    await expect(stage.page).to_have_title("Atelier playground")


async def test_a_slash_offers_commands_by_their_beginning(stage: Stage) -> None:
    await stage.bot.set_my_commands([("start", "Begin"), ("styles", "Built-in"), ("help", "How")])
    draft = stage.page.get_by_role("combobox", name="Message")
    options = stage.commands
    await draft.press_sequentially("/st")
    await expect(options).to_have_count(2)

    await draft.press("ArrowDown")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await draft.press("Enter")

    assert (await stage.heard_message()).text == "/styles"
    await expect(draft).to_have_value("")


async def test_escape_closes_the_menu(stage: Stage) -> None:
    await stage.bot.set_my_commands([("start", "Begin")])
    await stage.page.get_by_role("button", name="Menu").click()
    await expect(stage.commands).to_have_count(1)

    await stage.page.keyboard.press("Escape")

    await expect(stage.commands).to_have_count(0)


async def test_somebody_who_reads_above_is_not_pulled_down(stage: Stage) -> None:
    for number in range(30):
        await stage.bot.send_message(ADA, f"line {number}")
    await expect(stage.rows.last).to_be_in_viewport()
    await stage.page.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
    below = stage.page.get_by_role("button", name=re.compile("To the newest message"))
    await expect(below).to_be_visible()

    await stage.bot.send_message(ADA, "the newest")
    await expect(below).to_have_text("1")
    await expect(stage.rows.last).not_to_be_in_viewport()

    await below.click()
    await expect(stage.rows.last).to_be_in_viewport()


async def test_a_burst_that_outruns_the_scrolling_is_caught_up_with(stage: Stage) -> None:
    for number in range(30):
        await stage.bot.send_message(ADA, f"line {number}")
    await expect(stage.rows.last).to_be_in_viewport()
    # What a burst does: the log has grown by more than a screen, and a step of its scrolling reports where it is.
    await stage.page.locator("#log").evaluate(
        "(log) => { log.style.paddingBottom = '900px'; log.dispatchEvent(new Event('scroll')); }"
    )

    await stage.bot.send_message(ADA, "the newest")
    await stage.page.locator("#log").evaluate("(log) => log.style.removeProperty('padding-bottom')")

    await expect(stage.rows).to_have_count(31)
    await expect(stage.rows.last).to_be_in_viewport()
    await expect(stage.page.locator("#to-bottom")).to_be_hidden()


async def test_a_click_gives_a_heart_and_another_takes_it_back(stage: Stage) -> None:
    await stage.bot.get_updates(allowed_updates=["message_reaction"])
    sent = await stage.bot.send_message(ADA, "a result")
    heart = stage.rows.last.get_by_role("group", name="Reactions").get_by_role("button")

    await stage.rows.last.get_by_role("button", name="Give a heart").click()
    await expect(heart).to_have_attribute("aria-pressed", "true")
    given = (await stage.heard()).message_reaction
    assert given is not None
    assert (given.message_id, len(given.new_reaction)) == (sent.message_id, 1)

    await heart.click()
    await expect(heart).to_have_count(0)


async def test_the_bot_s_reactions_are_seen(stage: Stage) -> None:
    await stage.write("hello")
    message = await stage.heard_message()
    await stage.bot.set_message_reaction(ADA, message.message_id, "👀")
    shown = stage.rows.last.get_by_role("group", name="Reactions").get_by_role("button")
    await expect(shown).to_have_text("👀")
    await expect(shown).to_have_attribute("aria-pressed", "false")


async def test_a_link_to_the_bot_is_followed_in_the_private_chat(stage: Stage) -> None:
    link = f"https://t.me/{stage.bot.username}?start=style_x-Y_1"
    await stage.bot.send_message(GROUP, link)
    await stage.page.get_by_role("button", name=re.compile("Atelier friends")).click()

    await stage.rows.last.get_by_role("link").click()

    heard = await stage.heard_message()
    assert (heard.text, heard.chat_id) == ("/start style_x-Y_1", ADA)


async def test_what_is_shared_is_ready_to_be_sent_and_what_is_copied_is_on_the_clipboard(
    stage: Stage,
) -> None:
    await stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = f"https://t.me/{stage.bot.username}?start=style_x"
    shared = "https://t.me/share/url?" + urlencode({"url": link, "text": "Try this:"})
    row = [
        InlineKeyboardButton("Send it", url=shared),
        InlineKeyboardButton("Copy it", copy_text=CopyTextButton(link)),
    ]
    await stage.bot.send_message(ADA, "A link", reply_markup=InlineKeyboardMarkup([row]))

    await stage.rows.last.get_by_role("button", name="Copy it").click()
    await expect(stage.page.locator(".toast", has_text="Copied.")).to_be_visible()
    assert await stage.page.evaluate("navigator.clipboard.readText()") == link
    await stage.rows.last.get_by_role("link", name="Send it").click()

    draft = stage.page.get_by_role("combobox", name="Message")
    await expect(draft).to_have_value(f"Try this:\n{link}")


async def test_who_writes_the_bot_s_name_is_shown_what_it_offers(stage: Stage) -> None:
    sent = await stage.bot.send_photo(ADA, encoded())
    await stage.page.get_by_role("combobox", name="Message").fill(f"@{stage.bot.username} gla")
    query = (await stage.heard()).inline_query
    assert query is not None
    assert query.query == "gla"
    photo = InlineQueryResultCachedPhoto("p", sent.photo[-1].file_id, title="My glass")
    await query.answer([photo], button=InlineQueryResultsButton("Paint", start_parameter="paint"))
    offered = stage.page.get_by_role("group", name="What the bot offers")
    await expect(offered.get_by_role("button")).to_have_count(2)

    await offered.get_by_role("button", name="My glass").click()

    heard = await stage.heard_message()
    assert heard.via_bot is not None
    assert heard.photo
    await expect(stage.rows).to_have_count(2)
    await expect(offered).to_be_hidden()
    await expect(stage.page.get_by_role("combobox", name="Message")).to_have_value("")
