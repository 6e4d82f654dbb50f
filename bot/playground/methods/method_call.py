"""What the bot asks for: the parameters of a call, checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError

from bot.playground.api_errors import bad_request
from bot.playground.telegram_objects import ApiKeyboard, ApiObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.playground.chat_files import UploadedFile


def _from_json(value: object) -> object:
    """In a form, everything that is no string travels as JSON text."""
    return json.loads(value) if isinstance(value, str) else value


def _inline_only(value: object) -> object:
    markup = _from_json(value)
    return markup if isinstance(markup, dict) and "inline_keyboard" in markup else None


def _forces_reply(value: object) -> bool:
    markup = _from_json(value)
    return isinstance(markup, dict) and bool(markup.get("force_reply"))


FromJson = BeforeValidator(_from_json)
Markup = Annotated[ApiKeyboard | None, BeforeValidator(_inline_only)]

# What Telegram says where a parameter is missing or of a wrong kind.
_REFUSALS = {
    "chat_id": "chat not found",
    "user_id": "invalid user_id specified",
    "message_id": "message identifier is not specified",
    "text": "message text is empty",
    "reply_markup": "can't parse reply keyboard markup JSON object",
    "media": "can't parse media JSON object",
    "callback_query_id": "invalid callback query identifier",
}


class MethodCall(ApiObject):
    """The parameters of a method; the class is called as the method is."""

    _uploads: dict[str, UploadedFile] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(cls, parameters: Mapping[str, object], uploads: dict[str, UploadedFile]) -> Self:
        """Check the parameters.

        Raises:
            ApiError: 400 naming the first one that is wrong.
        """
        try:
            call = cls.model_validate(parameters)
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            reason = _REFUSALS.get(field, f"wrong parameter {field} in request")
            raise bad_request(reason) from error
        call._uploads = uploads
        return call

    def upload(self, name: str) -> UploadedFile | None:
        """The file part of that name."""
        return self._uploads.get(name)


class ApiReplyParameters(ApiObject):
    """Which message is replied to."""

    message_id: int
    allow_sending_without_reply: bool = False


class ChatCall(MethodCall):
    """A call that Telegram's flood control counts."""

    chat_id: int


class SendCall(ChatCall):
    """What every send method takes."""

    reply_parameters: Annotated[ApiReplyParameters | None, FromJson] = None
    reply_markup: Markup = None
    forces_reply: Annotated[bool, BeforeValidator(_forces_reply)] = Field(
        default=False, validation_alias="reply_markup"
    )
    disable_notification: bool = False


class CaptionCall(MethodCall):
    """A caption and how it is marked up."""

    caption: str | None = None
    parse_mode: str | None = None


class PhotoEdit(CaptionCall):
    """The photo of an edit."""

    kind: Literal["photo"] = Field(alias="type")
    source: str = Field(alias="media")
