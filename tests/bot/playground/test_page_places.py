"""The forum on the page, and what people do there about the bot: topics, rights, blocking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from bot.playground.chat_rooms import FORUM_ID
from tests.auxil.stage import ADA, GROUP

if TYPE_CHECKING:
    from tests.auxil.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_topic_is_opened_and_shows_what_is_written_in_it(stage: Stage) -> None:
    page = stage.page
    await page.get_by_role("button", name="Atelier forum").click()
    await page.get_by_text("The bot here").click()
    await page.get_by_role("textbox", name="Topic").fill("Portraits")
    await page.get_by_role("button", name="Open", exact=True).click()
    chosen = page.get_by_role("combobox", name="Topic")
    await expect(chosen.locator("option:checked")).to_have_text("Portraits")
    opened = await stage.heard_message()
    await stage.write("/paint")
    asked = await stage.heard_message()
    topic = opened.message_thread_id
    assert (asked.message_thread_id, asked.is_topic_message) == (topic, True)

    await stage.bot.send_message(FORUM_ID, "in the topic", message_thread_id=topic)
    await stage.bot.send_message(FORUM_ID, "in General")
    await expect(stage.rows.last).to_contain_text("in the topic")
    await chosen.select_option("General")
    await expect(stage.rows).to_have_count(1)
    await expect(stage.rows.last).to_contain_text("in General")


async def test_a_topic_is_closed_reopened_and_deleted(stage: Stage) -> None:
    page, rules = stage.page, stage.playground.world.rules
    topic = stage.playground.world.open_topic(FORUM_ID, "Portraits")
    await page.get_by_role("button", name="Atelier forum").click()
    chosen = page.get_by_role("combobox", name="Topic")
    await chosen.select_option("Portraits")
    await page.get_by_text("The bot here").click()
    await page.get_by_role("button", name="Close this one").click()
    await expect(chosen.locator("option:checked")).to_have_text("Portraits (closed)")
    assert rules.is_closed(FORUM_ID, topic)
    await page.get_by_role("button", name="Reopen this one").click()
    await expect(chosen.locator("option:checked")).to_have_text("Portraits")
    assert not rules.is_closed(FORUM_ID, topic)
    await page.get_by_role("button", name="Delete").click()
    await expect(chosen.locator("option:checked")).to_have_text("General")
    assert rules.topics(FORUM_ID) == {}


async def test_a_group_forbids_photos_and_removes_the_bot(stage: Stage) -> None:
    page, rules = stage.page, stage.playground.world.rules
    await page.get_by_role("button", name="Atelier friends").click()
    await page.get_by_text("The bot here").click()
    photos = page.get_by_role("checkbox", name="photos")
    await photos.uncheck()
    await expect(photos).not_to_be_checked()
    assert rules.forbidden(GROUP) == {"photos"}
    await page.get_by_role("button", name="Remove the bot").click()
    await expect(page.get_by_role("button", name="Add the bot")).to_be_visible()
    assert rules.blocked == {GROUP}
    await expect(stage.rows.last).to_contain_text("The bot was removed.")


async def test_a_person_blocks_the_bot_and_unblocks_it(stage: Stage) -> None:
    page = stage.page
    await expect(page.get_by_role("combobox", name="Topic")).to_have_count(0)
    await page.get_by_text("The bot here").click()
    await page.get_by_role("button", name="Block the bot").click()
    await page.get_by_role("button", name="Unblock the bot").click()
    changes = [(await stage.heard()).my_chat_member for _ in range(2)]
    assert [one and one.chat.id for one in changes] == [ADA, ADA]
