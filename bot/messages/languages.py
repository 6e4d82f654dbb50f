"""The languages that the bot speaks."""

from __future__ import annotations

import gettext
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polib

from bot.messages.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "atelier"
SOURCE: Final = "en"
"""The language of the texts in the program, which has no catalogue."""

ENGLISH: Final = Texts(gettext.NullTranslations())


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
    """All languages, by code.

    Args:
        texts: The texts of each language; those of the catalogues by default.
    """

    def __init__(self, texts: Mapping[str, Texts] | None = None) -> None:
        self.texts: Mapping[str, Texts] = read_catalogues() if texts is None else texts

    @property
    def names(self) -> dict[str, str]:
        """What the speakers of each language call it, by code."""
        return {code: texts.own_name() for code, texts in self.texts.items()}

    def texts_for(self, language: str | None) -> Texts:
        """The texts in the language that comes nearest to an IETF tag; in English if there is none."""
        return self.texts[nearest(language or SOURCE, self.texts)]


def nearest(wanted: str, available: Mapping[str, object]) -> str:
    """The language that comes nearest to an IETF tag: itself, else one that shares its first part, else English.

    So whoever reads Chinese of any kind (``zh``, ``zh-CN``, ``zh-hant``) gets the Chinese that there is.
    """
    tag = wanted.replace("_", "-").lower()
    if tag in available:
        return tag
    primary = tag.partition("-")[0]
    return next((code for code in available if code.partition("-")[0] == primary), SOURCE)
