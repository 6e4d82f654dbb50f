"""The page when the server comes and goes, and the faults that anybody may switch on."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from bot.playground.server import Playground
from tests.auxil.ptb import connected
from tests.auxil.stage import ADA, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Route

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_reload_finds_the_chat_again(stage: Stage) -> None:
    await stage.page.get_by_role("radio", name="Mei").check()
    await stage.page.get_by_role("button", name="Atelier friends").click()
    await stage.write("/remember me")

    await stage.page.reload()
    await stage.connected()

    await expect(stage.page.get_by_role("radio", name="Mei")).to_be_checked()
    await expect(stage.rows).to_have_count(1)
    await expect(stage.rows.first).to_contain_text("/remember me")


async def test_the_page_comes_back_with_the_server(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    async with Playground(folder=tmp_path) as first, connected(first) as bot:
        stage = Stage(first, bot, page)
        await stage.open()
        await bot.send_message(ADA, "before")
        await expect(stage.rows).to_have_count(1)
    await expect(page.get_by_text("The connection is lost")).to_be_visible()

    async with (
        Playground(port=first.port, token=first.token, folder=tmp_path) as second,
        connected(second) as bot,
    ):
        await bot.send_message(ADA, "after")
        await expect(stage.rows).to_have_count(2)
        await expect(stage.rows.last).to_contain_text("after")
        await expect(page.locator("#banner")).to_be_hidden()
        await context.close()


async def test_a_server_that_forgot_everything_empties_the_chat(browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    async with Playground() as first, connected(first) as bot:
        stage = Stage(first, bot, page)
        await stage.open()
        await bot.send_message(ADA, "before")
        await expect(stage.rows).to_have_count(1)

    async with Playground(port=first.port):
        await expect(stage.rows).to_have_count(0)
        await expect(page.get_by_role("region", name="About the bot")).to_be_visible()
        await context.close()


async def test_a_text_that_could_not_be_sent_is_still_there(stage: Stage) -> None:
    await stage.page.route("**/client/send", lambda route: route.abort())

    await stage.write("do not lose me")

    await expect(stage.page.locator("#toasts")).to_contain_text("Not sent")
    await expect(stage.page.get_by_role("combobox", name="Message")).to_have_value("do not lose me")


async def test_what_is_sent_while_the_page_is_loading_is_sent_once_it_has(stage: Stage) -> None:
    asked: asyncio.Queue[Route] = asyncio.Queue()
    await stage.page.route("**/client/state", asked.put)
    await stage.page.reload()
    state = await asked.get()

    await stage.write("no patience")
    await stage.page.keyboard.press("Enter")
    await expect(stage.page.get_by_role("combobox", name="Message")).to_have_value("no patience")
    await state.continue_()

    await expect(stage.rows).to_have_text([re.compile("no patience")])
    assert (await stage.heard_message()).text == "no patience"
    await expect(stage.page.get_by_role("combobox", name="Message")).to_have_value("")


async def test_one_click_sends_a_sample_photo_and_then_its_style(stage: Stage) -> None:
    await stage.page.locator(".welcome").get_by_role("button", name="A cat under the stars").click()

    photos = [(await stage.heard_message()).photo for _ in range(2)]

    assert [(sizes[-1].width, sizes[-1].height) for sizes in photos] == [(451, 300), (600, 480)]
    await expect(stage.rows.locator(".photo")).to_have_count(2)


async def test_a_sample_is_credited_where_it_stands(stage: Stage) -> None:
    samples = stage.page.get_by_role("region", name="Try a pair")

    await expect(samples).to_contain_text("Stefan van der Walt, CC0")


async def test_a_fault_is_switched_on_and_off(stage: Stage) -> None:
    await stage.page.get_by_text("Faults").click()
    form = stage.page.locator("#fault-form")
    await form.get_by_label("Method").fill("sendPhoto")
    await form.get_by_label("Fault").select_option("too many requests")
    await form.get_by_label("Seconds").fill("7")
    await form.get_by_role("button", name="Switch on").click()

    active = stage.page.locator("#active-faults")
    await expect(active).to_have_text("sendPhoto: too many requests, 3 left")
    (fault,) = stage.playground.faults.waiting
    assert (fault.method, fault.kind, fault.seconds) == ("sendPhoto", "flood", 7)

    await form.get_by_role("button", name="Clear").click()
    await expect(active).to_have_text("")
    assert stage.playground.faults.waiting == []
