"""The styles to choose from, as one picture with numbers and the buttons that go with it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core.jobs.job_errors import StoreError, StyleGoneError
from core.pictures.builtin_styles import BUILTIN_STYLES, builtin_style
from core.pictures.codec import read_picture, to_jpeg
from core.pictures.picture_errors import PictureError
from core.pictures.thumbnails import alike, thumbnail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages.languages import Languages
    from core.jobs.models import Person, SentPicture, Style
    from core.jobs.store import Store
    from core.render.contact_sheet import SheetEntry

log = logging.getLogger(__name__)

SHOWN_SIDE = 1000
"""Long side in pixels of a style that is shown alone."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Styles to choose from.

    Attributes:
        picture: All of them in one JPEG, numbered from 1.
        labels: What each one's button says and stands for, in order: a pattern's name or a style's number.
    """

    picture: bytes
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A style that was chosen.

    Attributes:
        picture: The picture, for the conversation.
        name: What it is called; None where it has no name.
        shown: A JPEG of it for the chat.
    """

    picture: SentPicture
    name: str | None
    shown: bytes


class Gallery:
    """What each person can choose from.

    Args:
        store: Has the person's styles.
        languages: Who is spoken to how.
    """

    def __init__(self, store: Store, languages: Languages) -> None:
        self._store = store
        self._languages = languages

    async def offer(self, person: Person) -> Sheet:
        """The person's styles, then those that come along."""
        return await self._sheet(person, BUILTIN_STYLES)

    async def own(self, person: Person) -> Sheet | None:
        """The person's styles; None where there are none."""
        return await self._sheet(person, ()) if await self._store.styles(person) else None

    async def take(self, person: Person, argument: str, message_id: int) -> Taken:
        """The style that a button stands for, as a picture of the conversation.

        Args:
            person: Who pressed it, and where.
            argument: As in ``Sheet.labels``.
            message_id: The message with the button: where a style that comes along is said to come from.

        Raises:
            StyleGoneError: It is not kept any more.
            StoreFullError: There is no room for another picture.
        """
        texts = self._languages.of(person.user_id)
        if argument in BUILTIN_STYLES:
            data = await asyncio.to_thread(builtin_style, argument)
            width, height = await asyncio.to_thread(_size, data)
            picture = await self._store.add_picture(
                person, data, message_id=message_id, width=width, height=height
            )
            return Taken(picture, texts.pattern_name(argument), data)
        style = await self.style(person, argument)
        return Taken(style.picture, style.name, await self.shown(style))

    async def style(self, person: Person, argument: str) -> Style:
        """One of the person's own.

        Raises:
            StyleGoneError: It is not kept any more.
        """
        if not argument.isdecimal():
            raise StyleGoneError
        return await self._store.style(person, int(argument))

    async def shown(self, style: Style) -> bytes:
        """A JPEG of a style for the chat.

        Raises:
            PictureGoneError: It was removed meanwhile.
        """
        return await asyncio.to_thread(_reduced, await self._store.picture(style.picture.id))

    async def note(self, person: Person, picture: SentPicture) -> None:
        """Remember that a picture was used as a style; what cannot be remembered is let be."""
        try:
            data = await self._store.picture(picture.id)
            small = await asyncio.to_thread(thumbnail, data)
            if await asyncio.to_thread(_comes_along, small):
                return
            known = await self._store.styles(person)
            same = await asyncio.to_thread(_same_as, small, known)
            await self._store.note_style(person, picture, small, same_as=same)
        except (StoreError, PictureError) as error:
            log.warning("A style could not be remembered: %s", error)

    async def _sheet(self, person: Person, patterns: Sequence[str]) -> Sheet:
        texts = self._languages.of(person.user_id)
        mine = await self._store.styles(person)
        named = [(texts.style_name(style), str(style.id)) for style in mine]
        come_along = tuple((texts.pattern_name(one), one) for one in patterns)
        picture = await asyncio.to_thread(
            _composed, [style.thumbnail for style in mine], [name for name, _ in named], come_along
        )
        labels = (
            (texts.numbered(number, name), argument)
            for number, (name, argument) in enumerate([*named, *come_along], 1)
        )
        return Sheet(picture, tuple(labels))


def _composed(
    thumbnails: Sequence[bytes], names: Sequence[str], patterns: tuple[tuple[str, str], ...]
) -> bytes:
    from core.render.contact_sheet import SheetEntry, contact_sheet  # noqa: PLC0415 - its fonts are slow to import

    if not thumbnails:
        return _of_patterns(patterns)
    return contact_sheet([*map(SheetEntry, thumbnails, names), *_pattern_tiles(patterns)])


# What newcomers see is the same for all who speak their language. Nobody's own pictures are held on to.
@cache
def _of_patterns(patterns: tuple[tuple[str, str], ...]) -> bytes:
    from core.render.contact_sheet import contact_sheet  # noqa: PLC0415

    return contact_sheet(_pattern_tiles(patterns))


def _pattern_tiles(patterns: tuple[tuple[str, str], ...]) -> list[SheetEntry]:
    from core.render.contact_sheet import SheetEntry  # noqa: PLC0415

    return [SheetEntry(_pattern_thumbnail(pattern), name) for name, pattern in patterns]


@cache
def _pattern_thumbnail(name: str) -> bytes:
    return thumbnail(builtin_style(name))


def _comes_along(small: bytes) -> bool:
    return any(alike(small, _pattern_thumbnail(name)) for name in BUILTIN_STYLES)


def _same_as(small: bytes, styles: Sequence[Style]) -> int | None:
    return next((style.id for style in styles if alike(small, style.thumbnail)), None)


def _reduced(data: bytes) -> bytes:
    return to_jpeg(read_picture(data), quality=88, max_side=SHOWN_SIDE)


def _size(data: bytes) -> tuple[int, int]:
    return read_picture(data).size
