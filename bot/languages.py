"""Which language each person is spoken to in."""

from __future__ import annotations

import gettext
from typing import TYPE_CHECKING, Final

from bot.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = Texts(gettext.NullTranslations())


class Languages:
    """The texts of each person, by what their client speaks."""

    def __init__(self) -> None:
        self._texts: Mapping[str, Texts] = {"en": ENGLISH}
        self._codes: dict[int, str] = {}

    def of(self, user_id: int, language_code: str | None = None) -> Texts:
        """A person's texts; ``language_code`` (IETF) is remembered when it is given."""
        if language_code is not None:
            self._codes[user_id] = language_code
        return self._texts.get(self._codes.get(user_id, "en"), ENGLISH)

    def forget(self, user_id: int) -> None:
        """Know nothing of a person any more."""
        self._codes.pop(user_id, None)
