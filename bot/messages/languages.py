"""Which language each person is spoken to in."""

from __future__ import annotations

import gettext
import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polib

from bot.messages.texts import Texts
from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.jobs.store import Store

log = logging.getLogger(__name__)

LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "atelier"
SOURCE: Final = "en"
"""The language of the texts in the program, which has no catalogue."""

ENGLISH: Final = Texts(gettext.NullTranslations())

_HEARD: Final = "client_language"


def read_catalogue(path: Path) -> Texts:
    """The texts of one language, from its translators' file."""
    # Compiled here and not in the build, so that a language is one file, and an edited one needs a restart only.
    return Texts(gettext.GNUTranslations(io.BytesIO(polib.pofile(str(path)).to_binary())))


def read_catalogues() -> dict[str, Texts]:
    """All languages by their code (IETF, in lower case), English first."""
    files = {path.parts[-3]: path for path in sorted(LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))}
    return {SOURCE: ENGLISH} | {
        name.replace("_", "-").lower(): read_catalogue(path) for name, path in files.items()
    }


class Languages:
    """The texts of each person: in the language they chose, else in the one of their Telegram client.

    Args:
        store: Remembers the clients' languages, so that after a restart everybody is still understood.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._texts: Mapping[str, Texts] = read_catalogues()
        self._heard: dict[int, str] = {}
        self._chosen: dict[int, str] = {}

    @property
    def texts(self) -> Mapping[str, Texts]:
        """All languages, by code."""
        return self._texts

    @property
    def available(self) -> dict[str, str]:
        """All languages: the code, and what its speakers call it."""
        return {code: texts.own_name() for code, texts in self._texts.items()}

    async def restore(self) -> None:
        """Know what an earlier process heard."""
        self._heard = await self._store.values_of_people(_HEARD)

    async def hear(self, user_id: int, client: str) -> None:
        """Remember the language of a person's client (an IETF tag, as Telegram tells it)."""
        if self._heard.get(user_id) == client:
            return
        self._heard[user_id] = client
        try:
            await self._store.set_value_of_person(user_id, _HEARD, client)
        except StoreError as error:
            log.warning("The language of a client could not be kept: %s", error)

    def choose(self, user_id: int, code: str | None) -> None:
        """Speak to a person in one of ``available`` whatever their client speaks; None for the client's."""
        if code is None:
            self._chosen.pop(user_id, None)
        else:
            self._chosen[user_id] = code

    def of(self, user_id: int, client: str | None = None) -> Texts:
        """A person's texts; ``client`` is the language of their client where it is at hand."""
        wanted = self._chosen.get(user_id) or client or self._heard.get(user_id) or SOURCE
        return self._texts[nearest(wanted, self._texts)]

    def forget(self, user_id: int) -> None:
        """Know nothing of a person any more."""
        self._heard.pop(user_id, None)
        self._chosen.pop(user_id, None)


def nearest(wanted: str, available: Mapping[str, object]) -> str:
    """The language that comes nearest to an IETF tag: itself, else one that shares its first part, else English.

    So whoever reads Chinese of any kind (``zh``, ``zh-CN``, ``zh-hant``) gets the Chinese that there is.
    """
    tag = wanted.replace("_", "-").lower()
    if tag in available:
        return tag
    primary = tag.partition("-")[0]
    return next((code for code in available if code.partition("-")[0] == primary), SOURCE)
