"""``make screens``: photograph six moments of a conversation as a phone shows them, ``docs/screens``.

The page, the bot and the network are the real ones, in a folder of their own; one browser plays Ada and Mei. Reactions need
a font with emoji (``apt install fonts-noto-color-emoji``).
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.async_api import expect

from bot.messages.keyboards import Verb
from tests.auxil.browser import running_browser
from tests.auxil.pairs import SAMPLES
from tests.auxil.program import running_program
from tests.auxil.stage import ADA, GROUP, MEI

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

SCREENS: Final = Path(__file__).parents[1] / "docs" / "screens"
MOST_BYTES: Final = 1_500_000
"""Of all six together."""
PAIR: Final = "A cat under the stars"
STYLE: Final = "poster"
STYLE_IN_GROUP: Final = "waves"
PHOTO_IN_GROUP: Final = SAMPLES / "coffee.jpg"
_PALETTES: Final = (256, 128, 64)
_PATIENCE: Final = 180_000
"""Milliseconds in which a picture is painted, on a machine that does other things as well."""

_ANOTHER: Final = """([verb, known]) => {
    const buttons = [...document.querySelectorAll(`[data-key*=":${verb}:"]`)];
    return buttons.some(({ dataset }) => !known.includes(dataset.key));
}"""
_SETTLED: Final = """async () => {
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
    await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined)));
}"""


@dataclass
class Phone:
    """What somebody has in the hand.

    Attributes:
        page: The page that it shows.
        results: The results that it has shown, by their buttons.
        shots: The photographs of it, by name.
    """

    page: Page
    results: list[str] = field(default_factory=list)
    shots: dict[str, Image.Image] = field(default_factory=dict)

    @classmethod
    async def of(cls, browser: Browser, address: str, person: int, chat: int) -> Phone:
        """The phone of a person who has opened a chat."""
        context = await browser.new_context(
            viewport={"width": 390, "height": 844},
            device_scale_factor=1.5,
            locale="en-GB",
            reduced_motion="reduce",
        )
        await context.add_init_script(
            f"localStorage['atelier.user'] = {person}; localStorage['atelier.chat'] = {chat};"
        )
        page = await context.new_page()
        page.set_default_timeout(_PATIENCE)
        expect.set_options(timeout=_PATIENCE)
        await page.goto(address)
        await expect(page.locator("html")).to_have_attribute("data-connection", "live")
        return cls(page)

    def buttons(self, verb: Verb, argument: str = "") -> Locator:
        """The buttons that do something."""
        return self.page.locator(f'button.key[data-key*=":{verb}:{argument}"]')

    async def press(self, verb: Verb, argument: str = "") -> None:
        """Press the newest button that does something."""
        await self.buttons(verb, argument).last.click()

    async def painted(self) -> None:
        """Wait until another result stands there with its buttons."""
        await self.page.wait_for_function(_ANOTHER, arg=[Verb.MORE, self.results])
        self.results += await self.buttons(Verb.MORE).evaluate_all(
            "(all) => all.map(({ dataset }) => dataset.key)"
        )

    async def send_photo(self, path: Path) -> None:
        """Pick a photo behind the paper clip, and send it."""
        async with self.page.expect_file_chooser() as chooser:
            await self.page.get_by_role("button", name="Attach photos or files").click()
            await (await chooser.value).set_files([path])
        await self.page.locator("#compose").get_by_role("button", name="Send").click()

    async def answer(self, row: Locator, text: str) -> None:
        """Reply to a message."""
        await row.hover()
        await row.get_by_role("button", name="Reply").click()
        await self.page.get_by_role("combobox", name="Message").fill(text)
        await self.page.keyboard.press("Enter")

    async def photograph(self, name: str, last: Locator | None = None) -> None:
        """Take a photograph, with an element at the lower end of the chat."""
        await self.page.mouse.move(0, 0)
        await self.page.wait_for_timeout(1000)
        if last is not None:
            await last.evaluate(
                "(last) => last.scrollIntoView({ block: 'end', behavior: 'instant' })"
            )
        await self.page.evaluate(_SETTLED)
        # Whoever has just seen the newest message come is not shown the way to it.
        await self.page.locator("#to-bottom").evaluate("(button) => { button.hidden = true; }")
        shot = Image.open(io.BytesIO(await self.page.screenshot()))
        self.shots[name] = shot.convert("RGB")


async def _private(browser: Browser, address: str) -> dict[str, Image.Image]:
    """Ada alone with the bot: from the first visit to a style that she passes on."""
    phone = await Phone.of(browser, address, ADA, ADA)
    await expect(phone.page.locator(".welcome .sample")).to_have_count(3)
    await phone.photograph("first-visit")
    await phone.page.get_by_role("main").get_by_role("button", name=PAIR).click()
    await phone.painted()
    await phone.photograph("first-picture", _row(phone.buttons(Verb.STRONGER).last))
    await phone.press(Verb.STRONGER)
    await phone.painted()
    await phone.photograph("stronger", _row(phone.buttons(Verb.STRONGER).last))
    await phone.press(Verb.NEW_STYLE)
    sheet = phone.buttons(Verb.PICK, STYLE).last
    await expect(sheet).to_be_visible()
    await phone.photograph("another-style", _row(sheet))
    await sheet.click()
    await phone.painted()
    await phone.press(Verb.MORE)
    await phone.press(Verb.SHARE)
    await phone.press(Verb.BACK)
    link = phone.page.locator(".row.in", has_text="start=style_").last
    await expect(link).to_be_visible()
    await phone.photograph("share", link)
    return phone.shots


async def _group(browser: Browser, address: str) -> dict[str, Image.Image]:
    """Mei shows her friends a photo, and Ada has it painted."""
    mei = await Phone.of(browser, address, MEI, GROUP)
    await mei.send_photo(PHOTO_IN_GROUP)
    phone = await Phone.of(browser, address, ADA, GROUP)
    await phone.answer(phone.page.locator(".row.in").last, "/paint@atelier_bot")
    await phone.press(Verb.PICK, STYLE_IN_GROUP)
    await phone.painted()
    await phone.photograph("group", _row(phone.buttons(Verb.STRONGER).last))
    return phone.shots


def _row(button: Locator) -> Locator:
    """The message to which a button belongs."""
    return button.locator("xpath=ancestor::article")


def _save(shots: dict[str, Image.Image], folder: Path) -> None:
    """Write PNG files with as many colours as fit into the bytes that all of them may have."""
    for colours in _PALETTES:
        files = {name: _png(shot, colours) for name, shot in shots.items()}
        if sum(map(len, files.values())) < MOST_BYTES:
            break
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.png").write_bytes(content)
        print(f"{name}.png: {colours} colours, {len(content)} bytes")


def _png(shot: Image.Image, colours: int) -> bytes:
    file = io.BytesIO()
    shot.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


async def _photograph(folder: Path) -> None:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as data:
        program = running_program(Path(data), "run", "--port", "0")
        async with running_browser() as browser, program as address:
            shots = await _private(browser, address) | await _group(browser, address)
    _save(shots, folder)
    print(f"{folder}: {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=SCREENS, help="default: docs/screens")
    asyncio.run(_photograph(parser.parse_args().output))
