"""A page in a real browser, the playground behind it, and the bot's side in the test's own hands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.async_api import Locator, Page, expect

from tests.auxil.pictures import encoded
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import FilePayload
    from telegram import Bot, Message, Update

    from bot.playground.server import Playground

LOADED = """async (pictures) => {
    await Promise.all(pictures.map((picture) => picture.decode()));
    return pictures.every((picture) => picture.naturalWidth > 0);
}"""
"""For ``evaluate_all`` of pictures: waits until they can be seen; whether they can."""

ADA, MEI, BEN, NUR, GROUP = 11, 12, 13, 16, -4001


@dataclass
class Stage:
    """What a test of the page acts with; ``bot`` speaks when the test says so and hears by ``heard``."""

    playground: Playground
    bot: Bot
    page: Page
    mishaps: list[str] = field(default_factory=list)
    _offset: int = 0

    async def open(self) -> None:
        """Load the page and wait until it is connected; whatever goes wrong in it is written down."""
        self.page.on("pageerror", lambda error: self.mishaps.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.mishaps.append(said.text) if "Content Security" in said.text else None
            ),
        )
        await self.page.goto(self.playground.url)
        await self.connected()

    async def connected(self) -> None:
        """Wait for the stream of events."""
        await expect(self.page.locator("html")).to_have_attribute("data-connection", "live")

    async def heard(self) -> Update:
        """The next update that the bot gets."""
        updates = await self.bot.get_updates(offset=self._offset, limit=1, timeout=int(PATIENCE))
        assert updates, "the bot has heard nothing"
        self._offset = updates[0].update_id + 1
        return updates[0]

    async def heard_message(self) -> Message:
        """The next message that the bot gets."""
        message = (await self.heard()).message
        assert message is not None
        return message

    async def write(self, text: str) -> None:
        """Type a message and send it."""
        await self.page.get_by_role("combobox", name="Message").fill(text)
        await self.page.keyboard.press("Enter")

    async def choose_files(self, *files: FilePayload) -> None:
        """Pick files behind the paper clip."""
        async with self.page.expect_file_chooser() as chooser:
            await self.page.get_by_role("button", name="Attach photos or files").click()
        await (await chooser.value).set_files(list(files))

    @property
    def rows(self) -> Locator:
        """The bubbles with their keyboards, oldest first."""
        return self.page.locator(".log .row")

    @property
    def commands(self) -> Locator:
        """The lines of the commands menu, while it is open."""
        return self.page.get_by_role("listbox", name="Commands").get_by_role("option")

    @property
    def compose(self) -> Locator:
        """The sheet in which files are looked at before they are sent."""
        return self.page.locator("#compose")


def picture(
    name: str = "photo.jpg", colour: str = "#a05030", size: tuple[int, int] = (90, 60)
) -> FilePayload:
    """A small picture as a file chooser takes it."""
    image_format, mime = ("PNG", "image/png") if name.endswith(".png") else ("JPEG", "image/jpeg")
    return {
        "name": name,
        "mimeType": mime,
        "buffer": encoded(*size, colour=colour, image_format=image_format),
    }
