"""Reads and checks the parameters of a call."""

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
    """A form carries every value that is no string as JSON."""
    return json.loads(value) if isinstance(value, str) else value


def _inline_only(value: object) -> object:
    markup = _from_json(value)
    return markup if isinstance(markup, dict) and "inline_keyboard" in markup else None


def _forces_reply(value: object) -> bool:
    markup = _from_json(value)
    return isinstance(markup, dict) and bool(markup.get("force_reply"))


FromJson = BeforeValidator(_from_json)
Markup = Annotated[ApiKeyboard | None, BeforeValidator(_inline_only)]

# What Telegram answers if a parameter is missing or has the wrong type.
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
    """The parameters of a method."""

    _uploads: dict[str, UploadedFile] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(cls, parameters: Mapping[str, object], uploads: dict[str, UploadedFile]) -> Self:
        """Read and check the parameters.

        Raises:
            ApiError: 400 that names the first wrong parameter.
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
        """Returns the file part with that name."""
        return self._uploads.get(name)


class ApiReplyParameters(ApiObject):
    """Which message the new one replies to."""

    message_id: int
    allow_sending_without_reply: bool = False


class ChatCall(MethodCall):
    """A call that Telegram's flood control counts."""

    chat_id: int


class SendCall(ChatCall):
    """What every send method takes."""

    message_thread_id: int | None = None
    reply_parameters: Annotated[ApiReplyParameters | None, FromJson] = None
    reply_markup: Markup = None
    forces_reply: Annotated[bool, BeforeValidator(_forces_reply)] = Field(
        default=False, validation_alias="reply_markup"
    )
    disable_notification: bool = False


class CaptionCall(MethodCall):
    """What every call with a caption takes."""

    caption: str | None = None
    parse_mode: str | None = None


class PhotoEdit(CaptionCall):
    """The photo of an editMessageMedia call."""

    kind: Literal["photo"] = Field(alias="type")
    source: str = Field(alias="media")
