"""The objects of the Bot API, with the fields that the playground uses.

Field names are Telegram's; ``from`` is a word of Python's, so a message and a query call it ``sender``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class ApiObject(BaseModel):
    """Base of all objects: ignores unknown fields, and leaves absent ones out of the JSON."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    def wire(self) -> dict[str, Any]:
        """Returns the object as the JSON of the Bot API has it."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class ApiUser(ApiObject):
    """A person, or the bot."""

    id: int
    is_bot: bool = False
    first_name: str
    username: str | None = None
    language_code: str | None = None


ApiSender = Annotated[
    ApiUser,
    Field(validation_alias=AliasChoices("sender", "from"), serialization_alias="from"),
]


class ChatType(StrEnum):
    """The kinds of chats; a channel occurs only as the author of a message."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class ApiChat(ApiObject):
    """A chat."""

    id: int
    type: ChatType
    title: str | None = None
    first_name: str | None = None
    username: str | None = None
    is_forum: bool | None = None


class ApiEntity(ApiObject):
    """A part of a text with a format; offset and length count UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None

    @property
    def end(self) -> int:
        """The offset after the last UTF-16 code unit."""
        return self.offset + self.length


class ApiCopyText(ApiObject):
    """What a button puts onto the clipboard."""

    text: str


class ApiButton(ApiObject):
    """A button of an inline keyboard."""

    text: str
    callback_data: str | None = None
    url: str | None = None
    style: str | None = None
    copy_text: ApiCopyText | None = None


class ApiKeyboard(ApiObject):
    """An inline keyboard."""

    inline_keyboard: list[list[ApiButton]]


class ApiFile(ApiObject):
    """The fields of every file."""

    file_id: str
    file_unique_id: str
    file_size: int | None = None


class ApiPhotoSize(ApiFile):
    """A JPEG of one size, in pixels."""

    width: int
    height: int


class ApiDocument(ApiFile):
    """A file with its name and type as they were sent."""

    file_name: str | None = None
    mime_type: str | None = None
    thumbnail: ApiPhotoSize | None = None


class ApiMovingPicture(ApiDocument):
    """An animation or a video; duration in seconds."""

    width: int
    height: int
    duration: int


class ApiLivePhoto(ApiFile):
    """A short video, and its still in Telegram's sizes; duration in seconds."""

    width: int
    height: int
    duration: int
    mime_type: str | None = None
    photo: list[ApiPhotoSize] | None = None


class ApiVoice(ApiFile):
    """A voice message; duration in seconds."""

    duration: int
    mime_type: str | None = None


class ApiSticker(ApiPhotoSize):
    """A sticker: a WebP, or what moves."""

    type: Literal["regular"] = "regular"
    is_animated: bool = False
    is_video: bool = False
    emoji: str | None = None
    thumbnail: ApiPhotoSize | None = None


class ApiLocation(ApiObject):
    """A point on Earth, in degrees."""

    latitude: float
    longitude: float


class ApiContact(ApiObject):
    """Somebody's telephone number."""

    phone_number: str
    first_name: str
    user_id: int | None = None


class ApiContent(ApiObject):
    """The content of a message, apart from its sender and its date."""

    text: str | None = None
    entities: list[ApiEntity] | None = None
    caption: str | None = None
    caption_entities: list[ApiEntity] | None = None
    photo: list[ApiPhotoSize] | None = None
    document: ApiDocument | None = None
    animation: ApiMovingPicture | None = None
    live_photo: ApiLivePhoto | None = None
    video: ApiMovingPicture | None = None
    sticker: ApiSticker | None = None
    voice: ApiVoice | None = None
    location: ApiLocation | None = None
    contact: ApiContact | None = None

    @property
    def content(self) -> ApiContent:
        """The content alone, without the other fields of a message."""
        return ApiContent.model_construct(
            **{field: getattr(self, field) for field in ApiContent.model_fields}
        )

    @property
    def has_media(self) -> bool:
        """Whether the content is a file that can have a caption."""
        return bool(self.photo or self.document or self.animation or self.video or self.voice)

    @property
    def files(self) -> list[ApiFile]:
        """All files that the message shows, the largest last."""
        singles = [
            *(self.document, self.animation, self.live_photo),
            *(self.video, self.sticker, self.voice),
        ]
        thumbnails = [getattr(file, "thumbnail", None) for file in singles]
        return [file for file in [*thumbnails, *singles, *(self.photo or [])] if file is not None]


class ApiTopic(ApiObject):
    """A topic of a group."""

    name: str
    icon_color: int = 0x6FB9F0


class ApiQuote(ApiObject):
    """The part of a message's text that an answer quotes."""

    text: str
    position: int = 0
    is_manual: bool | None = None


class ApiOrigin(ApiObject):
    """Who wrote a message in another chat."""

    type: Literal["user"] = "user"
    date: int
    sender_user: ApiUser


class ApiExternalReply(ApiObject):
    """A message in another chat that somebody answers; ``chat`` and ``message_id`` if that is a supergroup."""

    origin: ApiOrigin
    chat: ApiChat | None = None
    message_id: int | None = None
    animation: ApiMovingPicture | None = None
    document: ApiDocument | None = None
    live_photo: ApiLivePhoto | None = None
    photo: list[ApiPhotoSize] | None = None
    sticker: ApiSticker | None = None
    video: ApiMovingPicture | None = None
    voice: ApiVoice | None = None
    contact: ApiContact | None = None
    location: ApiLocation | None = None

    @classmethod
    def media_fields(cls) -> list[str]:
        """The fields that it shares with the message."""
        return [name for name in ApiContent.model_fields if name in cls.model_fields]


class ApiMark(ApiObject):
    """A service message that says nothing but its name."""


class ApiMessage(ApiContent):
    """A message in a chat."""

    message_id: int
    date: int
    chat: ApiChat
    sender: ApiSender
    sender_chat: ApiChat | None = None
    is_automatic_forward: bool | None = None
    via_bot: ApiUser | None = None
    guest_query_id: str | None = None
    guest_bot_caller_user: ApiUser | None = None
    edit_date: int | None = None
    media_group_id: str | None = None
    reply_to_message: ApiMessage | None = None
    external_reply: ApiExternalReply | None = None
    quote: ApiQuote | None = None
    reply_markup: ApiKeyboard | None = None
    message_thread_id: int | None = None
    is_topic_message: bool | None = None
    forum_topic_created: ApiTopic | None = None
    forum_topic_closed: ApiMark | None = None
    forum_topic_reopened: ApiMark | None = None
    new_chat_members: list[ApiUser] | None = None
    left_chat_member: ApiUser | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None
    # Clients know these, the Bot API does not: whether the message came without a sound, whether the client makes the
    # next message a reply to this one, and who has reacted to it with which emoji.
    silent: bool = Field(default=False, exclude=True)
    forces_reply: bool = Field(default=False, exclude=True)
    reactions: dict[int, str] = Field(default_factory=dict, exclude=True)

    @property
    def is_service(self) -> bool:
        """Whether the message reports a change of the chat."""
        happened = (
            self.migrate_to_chat_id,
            self.migrate_from_chat_id,
            self.forum_topic_created,
            self.forum_topic_closed,
            self.forum_topic_reopened,
            self.new_chat_members,
            self.left_chat_member,
        )
        return any(one is not None for one in happened)


class ApiCallbackQuery(ApiObject):
    """A press of an inline button."""

    id: str
    sender: ApiSender
    message: ApiMessage
    chat_instance: str
    data: str


class ApiMember(ApiObject):
    """What somebody is in a chat."""

    user: ApiUser
    status: str
    until_date: int | None = None


class ApiMemberUpdate(ApiObject):
    """The bot was added, removed, blocked or unblocked by somebody."""

    chat: ApiChat
    sender: ApiSender
    date: int
    old_chat_member: ApiMember
    new_chat_member: ApiMember


class ApiReaction(ApiObject):
    """A reaction with an emoji."""

    type: Literal["emoji"] = "emoji"
    emoji: str


class ApiReactionUpdate(ApiObject):
    """Somebody changed their reaction to a message."""

    chat: ApiChat
    message_id: int
    user: ApiUser
    date: int
    old_reaction: list[ApiReaction]
    new_reaction: list[ApiReaction]


class ApiCommand(ApiObject):
    """A line of the commands menu."""

    command: str
    description: str
