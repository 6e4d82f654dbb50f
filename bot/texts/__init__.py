"""Every sentence that the bot says, as HTML, in one language.

The English sentences are the message ids of the gettext catalogues in ``bot/locales``. What people or files
bring in (names, errors) is escaped here and nowhere else. A module a subject; ``Texts`` has them all.
"""

from __future__ import annotations

from bot.texts.again import Again
from bot.texts.choices import Choices
from bot.texts.conversation import Conversation
from bot.texts.introduction import Introduction
from bot.texts.privacy import Privacy
from bot.texts.results import Results
from bot.texts.status import Status
from bot.texts.styles import Styles
from bot.texts.troubles import Troubles

__all__ = ["Texts"]


class Texts(Introduction, Conversation, Status, Results, Again, Styles, Choices, Privacy, Troubles):
    """The bot's words in one language."""
