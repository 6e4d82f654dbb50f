"""Inline queries: people write the bot's name in any chat, the bot offers results, and one is chosen."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from bot.playground.telegram_objects import ApiKeyboard, ApiObject, ApiSender

if TYPE_CHECKING:
    from bot.playground.telegram_objects import ApiMessage, ApiUser

KEPT: Final = 200
"""How many of the newest queries can be answered, and their results chosen."""


class ApiInlineQuery(ApiObject):
    """What somebody writes behind the bot's name."""

    id: str
    sender: ApiSender
    query: str
    offset: str
    chat_type: str


class ApiTextContent(ApiObject):
    """The text that is sent if a result is chosen."""

    message_text: str
    parse_mode: str | None = None


class ApiInlineResult(ApiObject):
    """What the bot offers: a photo that Telegram has, or an article, which is sent as a text."""

    type: str
    id: str
    title: str | None = None
    description: str | None = None
    photo_file_id: str | None = None
    caption: str | None = None
    parse_mode: str | None = None
    input_message_content: ApiTextContent | None = None
    reply_markup: ApiKeyboard | None = None


class ApiResultsButton(ApiObject):
    """A button above the results."""

    text: str
    start_parameter: str | None = None


class InlineAnswer(ApiObject):
    """What the bot answered."""

    results: list[ApiInlineResult]
    next_offset: str = ""
    button: ApiResultsButton | None = None
    cache_time: Annotated[int, Field(ge=0)] = 300
    is_personal: bool = False


class InlineQueries:
    """The newest queries, in memory: nobody answers one of an earlier start.

    Attributes:
        on: Whether inline mode is switched on at @BotFather.
    """

    def __init__(self) -> None:
        self.on = True
        self._answers: dict[str, asyncio.Future[InlineAnswer]] = {}
        self._guests: dict[str, ApiMessage] = {}

    def ask(self, person: ApiUser, text: str, offset: str, chat_type: str) -> ApiInlineQuery:
        """A new query."""
        query = ApiInlineQuery(
            id=str(secrets.randbits(62)),
            sender=person,
            query=text,
            offset=offset,
            chat_type=chat_type,
        )
        self._answers[query.id] = asyncio.get_running_loop().create_future()
        for old in list(self._answers)[:-KEPT]:
            self._answers.pop(old).cancel()
        return query

    def ask_as_guest(self, message: ApiMessage) -> ApiMessage:
        """The message of a chat without the bot in which somebody names it, as the bot gets it."""
        query_id = str(secrets.randbits(62))
        self._guests[query_id] = message
        for old in list(self._guests)[:-KEPT]:
            del self._guests[old]
        return message.model_copy(update={"guest_query_id": query_id})

    def take_guest(self, query_id: str) -> ApiMessage | None:
        """The message that the bot answers as a guest, once; None if it is unknown or answered already."""
        return self._guests.pop(query_id, None)

    def answer(self, query_id: str, answer: InlineAnswer) -> bool:
        """The bot's answer; False if the query is unknown or answered already."""
        waiting = self._answers.get(query_id)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(answer)
        return True

    async def answer_to(self, query_id: str, *, within: float) -> InlineAnswer | None:
        """Wait for an answer; None if none comes in so many seconds."""
        done, _ = await asyncio.wait([self._answers[query_id]], timeout=within)
        return next(iter(done)).result() if done else None

    def result(self, query_id: str, result_id: str) -> ApiInlineResult | None:
        """A result of an answered query."""
        waiting = self._answers.get(query_id)
        results: list[Any] = waiting.result().results if waiting and waiting.done() else []
        return next((one for one in results if one.id == result_id), None)
