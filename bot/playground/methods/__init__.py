"""The methods of the Bot API that the playground knows: each has a model of its parameters and a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.playground.api_errors import ApiError
from bot.playground.methods import (
    edit_methods,
    identity_methods,
    inline_methods,
    lookup_methods,
    reaction_methods,
    send_methods,
    update_methods,
)
from bot.playground.methods.method_call import ChatCall, MethodCall
from bot.playground.telegram_objects import ChatType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.playground.chat_files import UploadedFile
    from bot.playground.methods.method_context import MethodContext


@dataclass(frozen=True)
class ApiMethod:
    """The model that reads the parameters, and the function that answers the call."""

    model: type[MethodCall]
    handler: Callable[[MethodContext, Any], Awaitable[object]]


# By the name in lower case: Telegram ignores the case of method names.
METHODS: Final = {
    "getme": ApiMethod(identity_methods.GetMeCall, identity_methods.get_me),
    "getmycommands": ApiMethod(
        identity_methods.GetMyCommandsCall, identity_methods.get_my_commands
    ),
    "setmycommands": ApiMethod(
        identity_methods.SetMyCommandsCall, identity_methods.set_my_commands
    ),
    "getmydescription": ApiMethod(
        identity_methods.GetMyDescriptionCall, identity_methods.get_my_description
    ),
    "setmydescription": ApiMethod(
        identity_methods.SetMyDescriptionCall, identity_methods.set_my_description
    ),
    "getmyshortdescription": ApiMethod(
        identity_methods.GetMyShortDescriptionCall, identity_methods.get_my_short_description
    ),
    "setmyshortdescription": ApiMethod(
        identity_methods.SetMyShortDescriptionCall, identity_methods.set_my_short_description
    ),
    "setchatmenubutton": ApiMethod(
        identity_methods.SetChatMenuButtonCall, identity_methods.set_chat_menu_button
    ),
    "getupdates": ApiMethod(update_methods.GetUpdatesCall, update_methods.get_updates),
    "setwebhook": ApiMethod(update_methods.SetWebhookCall, update_methods.set_webhook),
    "deletewebhook": ApiMethod(update_methods.DeleteWebhookCall, update_methods.delete_webhook),
    "getwebhookinfo": ApiMethod(update_methods.GetWebhookInfoCall, update_methods.get_webhook_info),
    "sendmessage": ApiMethod(send_methods.SendMessageCall, send_methods.send_message),
    "sendphoto": ApiMethod(send_methods.SendPhotoCall, send_methods.send_photo),
    "senddocument": ApiMethod(send_methods.SendDocumentCall, send_methods.send_document),
    "sendanimation": ApiMethod(send_methods.SendAnimationCall, send_methods.send_animation),
    "editmessagetext": ApiMethod(edit_methods.EditMessageTextCall, edit_methods.edit_message_text),
    "editmessagecaption": ApiMethod(
        edit_methods.EditMessageCaptionCall, edit_methods.edit_message_caption
    ),
    "editmessagemedia": ApiMethod(
        edit_methods.EditMessageMediaCall, edit_methods.edit_message_media
    ),
    "editmessagereplymarkup": ApiMethod(
        edit_methods.EditMessageReplyMarkupCall, edit_methods.edit_message_reply_markup
    ),
    "deletemessage": ApiMethod(edit_methods.DeleteMessageCall, edit_methods.delete_message),
    "setmessagereaction": ApiMethod(
        reaction_methods.SetMessageReactionCall, reaction_methods.set_message_reaction
    ),
    "getfile": ApiMethod(lookup_methods.GetFileCall, lookup_methods.get_file),
    "getchatmember": ApiMethod(lookup_methods.GetChatMemberCall, lookup_methods.get_chat_member),
    "getuserprofilephotos": ApiMethod(
        lookup_methods.GetUserProfilePhotosCall, lookup_methods.get_user_profile_photos
    ),
    "answerguestquery": ApiMethod(
        inline_methods.AnswerGuestQueryCall, inline_methods.answer_guest_query
    ),
    "answerinlinequery": ApiMethod(
        inline_methods.AnswerInlineQueryCall, inline_methods.answer_inline_query
    ),
    "answercallbackquery": ApiMethod(
        lookup_methods.AnswerCallbackQueryCall, lookup_methods.answer_callback_query
    ),
}


async def call_method(
    context: MethodContext,
    name: str,
    parameters: Mapping[str, object],
    uploads: dict[str, UploadedFile],
) -> object:
    """Answer one call.

    Raises:
        ApiError: Telegram would refuse the call.
    """
    method = METHODS.get(name.lower())
    if method is None:
        raise ApiError(404, "Not Found")
    call = method.model.read(parameters, uploads)
    if isinstance(call, ChatCall):
        is_group = context.room(call.chat_id).chat.type is not ChatType.PRIVATE
        context.flood.admit(call.chat_id, group=is_group)
    return await method.handler(context, call)
