"""The methods for files, chat members and callback queries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from bot.playground.api_errors import QUERY_TOO_OLD, bad_request
from bot.playground.methods.method_call import MethodCall

if TYPE_CHECKING:
    from pathlib import Path

    from bot.playground.methods.method_context import MethodContext

MAX_DOWNLOAD: Final = 20 << 20


class GetFileCall(MethodCall):
    """The parameters of getFile."""

    file_id: str


class GetChatMemberCall(MethodCall):
    """The parameters of getChatMember."""

    chat_id: int
    user_id: int


class GetUserProfilePhotosCall(MethodCall):
    """The parameters of getUserProfilePhotos."""

    user_id: int
    offset: int = 0
    limit: int = Field(default=100, ge=1, le=100)


class AnswerCallbackQueryCall(MethodCall):
    """The parameters of answerCallbackQuery."""

    callback_query_id: str
    text: str = ""
    show_alert: bool = False


async def get_file(context: MethodContext, call: GetFileCall) -> dict[str, Any]:
    """Returns where the bot can download a file of at most 20 MB; in local mode, where any file is on the disk."""
    stored = context.world.files.find(call.file_id)
    if stored is None:
        raise bad_request("invalid file_id")
    path, local = stored.path, context.local_mode
    if local is not None:
        content = context.world.files.read(stored)
        await asyncio.to_thread(_write, local.folder / path, content)
        path = str(local.name / path)
    elif stored.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": path,
    }


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def get_chat_member(context: MethodContext, call: GetChatMemberCall) -> dict[str, Any]:
    """Returns whether somebody is the creator or a member of a chat, or has left it."""
    room = context.room(call.chat_id)
    user = {**context.world.users, context.world.bot.id: context.world.bot}.get(call.user_id)
    if user is None:
        raise bad_request("user not found")
    is_member = user.is_bot or user.id in room.members
    if user.id == room.creator:
        return {"user": user.wire(), "status": "creator", "is_anonymous": False}
    return {"user": user.wire(), "status": "member" if is_member else "left"}


async def get_user_profile_photos(
    context: MethodContext, call: GetUserProfilePhotosCall
) -> dict[str, Any]:
    """Returns a person's profile photos, each in its sizes."""
    if call.user_id not in context.world.users:
        raise bad_request("user not found")
    sizes = await context.world.profile_photos.of(call.user_id)
    photos = [[size.wire() for size in sizes]] if sizes else []
    return {"total_count": len(photos), "photos": photos[call.offset :][: call.limit]}


async def answer_callback_query(context: MethodContext, call: AnswerCallbackQueryCall) -> bool:
    """Answer a callback query; each takes one answer, before it expires."""
    if len(call.text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if not context.world.answer(call.callback_query_id, call.text, show_alert=call.show_alert):
        raise bad_request(QUERY_TOO_OLD)
    return True
