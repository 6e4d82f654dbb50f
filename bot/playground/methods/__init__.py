"""The methods of the Bot API that the playground answers: one model of parameters and one function each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.playground.errors import ApiError
from bot.playground.methods import editing, identity, lookups, sending, updates
from bot.playground.methods.call import Call, ToChat
from bot.playground.schema import ChatType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.playground.files import Upload
    from bot.playground.methods.api import Api

C = TypeVar("C", bound=Call)


@dataclass(frozen=True)
class Method:
    """How a call is read and answered."""

    model: type[Call]
    handler: Callable[[Api, Any], Awaitable[object]]


def _pair(model: type[C], handler: Callable[[Api, C], Awaitable[object]]) -> tuple[str, Method]:
    return model.__name__.lower(), Method(model, handler)


# By the name in lower case: Telegram minds no capitals here.
METHODS: Final = dict([
    _pair(identity.GetMe, identity.get_me),
    _pair(identity.GetMyCommands, identity.get_my_commands),
    _pair(identity.SetMyCommands, identity.set_my_commands),
    _pair(identity.GetMyDescription, identity.get_my_description),
    _pair(identity.SetMyDescription, identity.set_my_description),
    _pair(identity.GetMyShortDescription, identity.get_my_short_description),
    _pair(identity.SetMyShortDescription, identity.set_my_short_description),
    _pair(identity.SetChatMenuButton, identity.set_chat_menu_button),
    _pair(updates.GetUpdates, updates.get_updates),
    _pair(updates.SetWebhook, updates.set_webhook),
    _pair(updates.DeleteWebhook, updates.delete_webhook),
    _pair(updates.GetWebhookInfo, updates.get_webhook_info),
    _pair(sending.SendMessage, sending.send_message),
    _pair(sending.SendPhoto, sending.send_photo),
    _pair(sending.SendDocument, sending.send_document),
    _pair(sending.SendAnimation, sending.send_animation),
    _pair(editing.EditMessageText, editing.edit_message_text),
    _pair(editing.EditMessageCaption, editing.edit_message_caption),
    _pair(editing.EditMessageMedia, editing.edit_message_media),
    _pair(editing.EditMessageReplyMarkup, editing.edit_message_reply_markup),
    _pair(editing.DeleteMessage, editing.delete_message),
    _pair(lookups.GetFile, lookups.get_file),
    _pair(lookups.GetChatMember, lookups.get_chat_member),
    _pair(lookups.AnswerCallbackQuery, lookups.answer_callback_query),
])  # fmt: skip


async def call_method(
    api: Api, name: str, parameters: Mapping[str, object], uploads: dict[str, Upload]
) -> object:
    """Answer one call.

    Raises:
        ApiError: What Telegram would say to a call that it refuses.
    """
    method = METHODS.get(name.lower())
    if method is None:
        raise ApiError(404, "Not Found")
    call = method.model.read(parameters, uploads)
    if isinstance(call, ToChat):
        is_group = api.room(call.chat_id).chat.type is not ChatType.PRIVATE
        api.flood.admit(call.chat_id, group=is_group)
    return await method.handler(api, call)
