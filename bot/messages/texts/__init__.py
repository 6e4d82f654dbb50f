"""Every sentence that the bot says, as HTML, in one language.

The English sentences are the message ids of the gettext catalogues in ``bot/locales``. What people or files
bring in (names, errors) is escaped here and nowhere else. A module a subject; ``Texts`` has them all.
"""

from __future__ import annotations

from bot.messages.texts.about_texts import Introduction
from bot.messages.texts.privacy_texts import Privacy
from bot.messages.texts.problem_texts import Troubles
from bot.messages.texts.progress_texts import Status
from bot.messages.texts.question_texts import Conversation
from bot.messages.texts.repaint_texts import Again
from bot.messages.texts.result_texts import Results
from bot.messages.texts.settings_texts import Choices
from bot.messages.texts.style_texts import Styles

__all__ = ["Texts"]


class Texts(Introduction, Conversation, Status, Results, Again, Styles, Choices, Privacy, Troubles):
    """The bot's words in one language."""
