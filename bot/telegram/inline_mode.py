"""Inline mode: whoever writes the bot's name in any chat is offered their own results, and styles for others.

In guest mode, which is a bot's own choice at @BotFather as well, such a message is sent, and the bot answers it there once: with
the first offer that fits its words, or with the way to the private chat.

A query changes nothing and is stored nowhere. It is answered at once, within its budget, or not at all.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeAlias

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.error import BadRequest, TelegramError

from bot.conversation.sharing import style_link
from bot.telegram.reading import may_use
from core.jobs.job_errors import StoreError
from core.pictures.builtin_styles import BUILTIN_STYLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import InlineQuery, Message, User
    from telegram.ext import ExtBot

    from bot.conversation.committer import Committer
    from bot.messages.texts import Texts
    from bot.settings import Settings
    from core.jobs.share_repository import SentResult
    from core.jobs.store import Store

Offer: TypeAlias = InlineQueryResultArticle | InlineQueryResultCachedPhoto

log = logging.getLogger(__name__)

PAGE: Final = 20
"""How many offers an answer has; Telegram takes 50."""

MOST_RESULTS: Final = 200
"""How many of a person's results are looked through."""

CACHE_SECONDS: Final = 5
"""How long Telegram may repeat an answer to the same person: a new result should be there when they look again."""

BEGIN: Final = "paint"
"""The parameter of the button that leads to the private chat."""


class InlineMode:
    """Answers inline queries.

    Args:
        bot: PTB's bot.
        store: Has results and links.
        settings: Who may use the bot, and whether this is wanted.
        committer: Knows people's languages.
    """

    def __init__(
        self, bot: ExtBot[str], store: Store, settings: Settings, committer: Committer
    ) -> None:
        self._bot = bot
        self._store = store
        self._settings = settings
        self._committer = committer
        self._on = settings.inline_mode
        if self._on and not bot.bot.supports_inline_queries:
            log.info("INLINE_MODE waits for /setinline at @BotFather.")

    async def answer(self, query: InlineQuery) -> None:
        """Offer what fits a query; a stranger, and everybody where it is switched off, is offered nothing."""
        try:
            if not self._on or not may_use(query.from_user.id, self._settings):
                await self._send(query, [], 0)
                return
            texts = await self._committer.texts_of(
                query.from_user.id, query.from_user.language_code
            )
            photos = await self._photos(query.from_user, texts)
            styles = await self._styles(query.from_user, texts)
            fitting = [one for one in (*photos, *styles) if _fits(one, query.query)]
            button = None if photos and fitting else texts.paint_new_button()
            try:
                await self._send(query, fitting, _number(query.offset), button)
            except BadRequest as error:
                if not photos or "query is too old" in error.message.lower():
                    raise
                # Telegram refuses the whole answer for one photo that it does not keep any more.
                log.info("Results cannot be shown in another chat: %s", error)
                fitting = [one for one in styles if _fits(one, query.query)]
                await self._send(query, fitting, _number(query.offset), texts.paint_new_button())
        except (TelegramError, StoreError) as error:
            log.info("An inline query got no answer: %s", error)

    async def answer_guest(self, message: Message) -> None:
        """Answer somebody who names the bot in a chat of which it is no member."""
        person, query_id = message.from_user, message.guest_query_id
        if not self._on or person is None or query_id is None:
            return
        if not may_use(person.id, self._settings):
            return
        try:
            texts = await self._committer.texts_of(person.id, person.language_code)
            offer = await self._offer_to_guest(message, person, texts)
            await self._bot.answer_guest_query(query_id, offer)
        except (TelegramError, StoreError) as error:
            log.info("A guest message got no answer: %s", error)

    async def _offer_to_guest(self, message: Message, person: User, texts: Texts) -> Offer:
        name = f"@{self._bot.username}".casefold()
        words = " ".join((message.text or message.caption or "").casefold().split(name))
        if words.strip():
            offers = [*await self._photos(person, texts), *await self._styles(person, texts)]
            for offer in offers:
                if _fits(offer, words):
                    return offer
        link = f"https://t.me/{self._bot.username}?start={BEGIN}"
        button = InlineKeyboardButton(texts.paint_new_button(), url=link)
        return InlineQueryResultArticle(
            id=BEGIN,
            title=texts.paint_new_button(),
            input_message_content=InputTextMessageContent(texts.come_to_me()),
            reply_markup=InlineKeyboardMarkup([[button]]),
        )

    async def _send(
        self, query: InlineQuery, offers: Sequence[Offer], start: int, button: str | None = None
    ) -> None:
        page, more = offers[start : start + PAGE], len(offers) > start + PAGE
        await self._bot.answer_inline_query(
            query.id,
            page,
            cache_time=CACHE_SECONDS,
            is_personal=True,
            # PTB makes a list of an empty text; without this parameter there is no further page either.
            next_offset=str(start + PAGE) if more else None,
            button=None
            if button is None
            else InlineQueryResultsButton(button, start_parameter=BEGIN),
        )

    async def _photos(self, person: User, texts: Texts) -> list[Offer]:
        sent = await self._store.shares.results_of(person.id, most=MOST_RESULTS)
        return [_photo(one, texts) for one in sent]

    async def _styles(self, person: User, texts: Texts) -> list[Offer]:
        """The styles that the person shares already, so that no query shares one; and the built-in ones."""
        if not self._settings.share_styles:
            return []
        shared = await self._store.shares.links_of(person.id)
        named = [(code, name or texts.unnamed_style()) for code, name in shared]
        named += [(name, texts.builtin_name(name)) for name in BUILTIN_STYLES]
        return [self._style(code, name, texts) for code, name in named]

    def _style(self, code: str, name: str, texts: Texts) -> Offer:
        link = style_link(self._bot.username, code)
        button = InlineKeyboardButton(texts.paint_with_it_button(), url=link)
        return InlineQueryResultArticle(
            id=f"style-{code}",
            title=name,
            description=texts.offer_style(),
            input_message_content=InputTextMessageContent(texts.style_offer(name)),
            reply_markup=InlineKeyboardMarkup([[button]]),
        )


def _photo(sent: SentResult, texts: Texts) -> Offer:
    return InlineQueryResultCachedPhoto(
        id=f"result-{sent.job_id}",
        photo_file_id=sent.file_id,
        title=sent.style_name or texts.unnamed_result(),
        description=f"{texts.preset_name(sent.options.named_preset)} · {sent.created:%Y-%m-%d}",
    )


def _fits(offer: Offer, words: str) -> bool:
    """Whether each word of a query stands in what is shown of an offer."""
    shown = f"{offer.title} {offer.description}".casefold()
    return all(word in shown for word in words.casefold().split())


def _number(offset: str) -> int:
    return int(offset) if offset.isdecimal() else 0
