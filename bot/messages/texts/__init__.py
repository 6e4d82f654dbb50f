"""Every sentence that the bot says, as HTML, in one language.

The English sentences are the message ids of the gettext catalogues in ``bot/messages/locales``. Names and errors that
people or files bring in are escaped here and nowhere else. Each subject has a module; ``Texts`` has them all.
"""

from __future__ import annotations

from bot.messages.texts.about_texts import AboutTexts
from bot.messages.texts.admin_texts import AdminTexts
from bot.messages.texts.place_texts import PlaceTexts
from bot.messages.texts.privacy_texts import PrivacyTexts
from bot.messages.texts.problem_texts import ProblemTexts
from bot.messages.texts.progress_texts import ProgressTexts
from bot.messages.texts.question_texts import QuestionTexts
from bot.messages.texts.repaint_texts import RepaintTexts
from bot.messages.texts.result_texts import ResultTexts
from bot.messages.texts.settings_texts import SettingsTexts
from bot.messages.texts.share_texts import ShareTexts
from bot.messages.texts.style_texts import StyleTexts
from bot.messages.texts.wish_texts import WishTexts

__all__ = ["Texts"]


class Texts(
    AboutTexts,
    QuestionTexts,
    ProgressTexts,
    ResultTexts,
    RepaintTexts,
    StyleTexts,
    WishTexts,
    ShareTexts,
    SettingsTexts,
    PrivacyTexts,
    PlaceTexts,
    ProblemTexts,
    AdminTexts,
):
    """The bot's words in one language."""
