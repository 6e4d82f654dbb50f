"""What the scenes have in common. Each is played in two languages or in all, by somebody whose Telegram speaks it.

Whoever changes what the bot says reads the transcripts anew: ``make transcripts``, then ``git diff``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from bot.messages.keyboards import Verb
from bot.messages.languages import nearest, read_catalogues
from core.jobs.models import Session
from core.style.options import Preset
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.refusals import assert_nothing_refused
from tests.auxil.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.messages.texts import Texts
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO: Final = jpeg_bytes(photo(96, 72))
OTHER: Final = jpeg_bytes(photo(72, 96, seed=5))
MANNER: Final = jpeg_bytes(painting(80, 80))

BEGINNING: Final = Session()
HELD: Final = 33.3
"""The style loss at the evaluation where a held painter stays."""
DONE: Final = "→"
VARYING: Final = (
    r"About (.+) left",
    r"还要大约 (.+)",
    r"Quedan unos (.+)",
    r"Осталось примерно (.+)",
    r"بقي نحو (.+)",
    r"· \u2066?(\d+) ?%",
    r"Done in about (.+)\.",
    r"大约 (.+)后完成",
    r"come back in about (.+)\.",
    r"请(大约 .+)再来",
    r"start[= ]style_([\w-]{22})",
    r"\[photo (384×\d+|1\d\d\d×\d+)\]",
)
"""What depends on this machine: how quick it is, and its fonts, which the sheets of styles are set in."""

LANGUAGES: Final = read_catalogues()
SPEAKERS: Final = {"en": "Ada", "zh-hans": "Mei", "es": "Sol", "ru": "Vera", "ar": "Nur"}
IN_ALL_LANGUAGES: Final = pytest.mark.parametrize("code", LANGUAGES, indirect=True)
"""Marks a scene that is played in every language; the others are played in two, to be quick."""


@pytest.fixture(params=["en", "zh-hans"])
def code(request: pytest.FixtureRequest) -> str:
    """A language."""
    return str(request.param)


@pytest.fixture
def texts(code: str) -> Texts:
    """Its texts."""
    return LANGUAGES[code]


@pytest.fixture
def guest(code: str, chat: ChatClient) -> Person:
    """Somebody whose Telegram speaks it."""
    person = chat.person(SPEAKERS[code])
    assert nearest(str(chat.users[person.name]["language_code"]), LANGUAGES) == code
    return person


class Play(Scene):
    """A scene with the turns that occur in many."""

    def __init__(
        self, name: str, code: str, guest: Person, texts: Texts, painter: HeldPainter
    ) -> None:
        super().__init__(name.capitalize(), VARYING)
        self.file = f"{code}/{name.replace(' ', '-')}"
        self.guest = guest
        self.texts = texts
        self.painter = painter

    async def gives_both(self) -> Entry:
        """Send the photo and the manner in one album; the question that follows."""
        await self.sends_album(self.guest, [PHOTO, MANNER])
        return await self.hears(self.guest, self.texts.ask_preset())

    async def has_painted(self, entry: Entry, verb: Verb, argument: str = "") -> Entry:
        """Press a button that begins a painting, look on, and get the result."""
        status = await self.looks_on(entry, verb, argument)
        return await self.gets_result(status)

    async def has_painted_six(self, entry: Entry, verb: Verb) -> Entry:
        """Press a button for six styles at once, look on, and get the collage."""
        self.painter.hold()
        await self.presses(self.guest, entry, verb)
        status = await self.hears(self.guest, self.texts.bar(0.1), kind="photo")
        self.painter.release()
        collage = await self.hears(self.guest, self.texts.looks_caption(), kind="photo")
        assert collage.message_id == status.message_id
        return collage

    async def opens_more(self, result: Entry) -> Entry:
        """Press "More" under a result; the same message with what that opens."""
        await self.presses(self.guest, result, Verb.MORE)
        return await self.hears(self.guest, DONE)

    async def looks_on(
        self, entry: Entry, verb: Verb = Verb.PRESET, argument: str = Preset.QUICK
    ) -> Entry:
        """Press a button that begins a painting; its progress, held in the middle."""
        self.painter.hold()
        await self.presses(self.guest, entry, verb, argument)
        return await self.hears(self.guest, self.texts.loss(HELD), kind="photo")

    async def gets_result(self, status: Entry) -> Entry:
        """Let the painter go on: the progress message becomes the picture."""
        self.painter.release()
        result = await self.hears(self.guest, DONE, kind="photo")
        assert result.message_id == status.message_id
        return result

    def ends(self) -> None:
        """Nothing was said to the guest that the scene does not show, and all of it reads as it did."""
        self.has_all(self.guest)
        self.must_match(self.file)


@pytest.fixture
async def nothing_refused(chat: ChatClient) -> AsyncIterator[None]:
    """Fails the scene if it holds a call that Telegram refuses as a matter of course."""
    yield
    await assert_nothing_refused(chat)


@pytest.fixture
def play(
    request: pytest.FixtureRequest, code: str, guest: Person, texts: Texts, painter: HeldPainter
) -> Play:
    """The scene that the test is named after."""
    name = request.function.__name__.removeprefix("test_").replace("_", " ")
    return Play(name, code, guest, texts, painter)
