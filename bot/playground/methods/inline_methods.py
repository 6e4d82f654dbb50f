"""The method by which the bot answers inline queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from bot.playground.api_errors import QUERY_TOO_OLD, bad_request
from bot.playground.inline_queries import ApiInlineResult, ApiResultsButton, InlineAnswer
from bot.playground.methods.method_call import FromJson, MethodCall
from bot.playground.methods.method_context import checked_keyboard, message_text

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext

MOST_RESULTS: Final = 50
_START_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AnswerInlineQueryCall(MethodCall):
    """The parameters of answerInlineQuery; ``cache_time`` in seconds."""

    inline_query_id: str
    results: Annotated[list[ApiInlineResult], FromJson]
    cache_time: int = Field(default=300, ge=0)
    is_personal: bool = False
    next_offset: str = ""
    button: Annotated[ApiResultsButton | None, FromJson] = None


async def answer_inline_query(context: MethodContext, call: AnswerInlineQueryCall) -> bool:
    """Answer an inline query; each takes one answer."""
    if len(call.results) > MOST_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    if len({one.id for one in call.results}) < len(call.results):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(call.next_offset.encode()) > 64:
        raise bad_request("NEXT_OFFSET_INVALID")
    button = call.button
    if button is not None and not _START_PARAMETER.fullmatch(button.start_parameter or ""):
        raise bad_request("START_PARAM_INVALID")
    for result in call.results:
        _check(context, result)
    answer = InlineAnswer.model_validate(
        call.model_dump(include=set(InlineAnswer.model_fields), by_alias=True)
    )
    if not context.world.inline_queries.answer(call.inline_query_id, answer):
        raise bad_request(QUERY_TOO_OLD)
    return True


class AnswerGuestQueryCall(MethodCall):
    """The parameters of answerGuestQuery."""

    guest_query_id: str
    result: Annotated[ApiInlineResult, FromJson]


async def answer_guest_query(context: MethodContext, call: AnswerGuestQueryCall) -> dict[str, str]:
    """Answer, once, a message of a chat of which the bot is no member."""
    _check(context, call.result)
    message = context.world.inline_queries.take_guest(call.guest_query_id)
    if message is None:
        raise bad_request(QUERY_TOO_OLD)
    sent = context.world.post_result(
        message.chat.id,
        context.world.bot,
        call.result,
        reply_to=message,
        guest_bot_caller_user=message.sender,
    )
    return {"inline_message_id": f"{sent.chat.id}_{sent.message_id}"}


def _check(context: MethodContext, result: ApiInlineResult) -> None:
    """Refuse what Telegram refuses of the two kinds of results that the playground knows."""
    if not 1 <= len(result.id.encode()) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    checked_keyboard(result.reply_markup)
    if result.type == "photo":
        if context.world.files.find(result.photo_file_id or "") is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
    elif result.type != "article":
        raise bad_request("unsupported inline query result type")
    elif not result.title or result.input_message_content is None:
        raise bad_request("can't parse inline query result: message content is not specified")
    else:
        content = result.input_message_content
        message_text(content.message_text, content.parse_mode)
