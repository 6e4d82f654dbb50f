"""What a person sees in a message of the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.keyboards import CallbackData, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.playground.telegram_objects import ApiMessage


def presses(message: ApiMessage) -> Iterator[CallbackData]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    for button in (button for row in rows for button in row):
        press = CallbackData.parse(button.callback_data or "")
        if press is not None:
            yield press


def result_of(message: ApiMessage) -> str | None:
    """``photo N`` or ``document N`` for a part of job N's result."""
    if message.document is not None and message.document.file_name:
        number = message.document.file_name.removeprefix("atelier-").removesuffix(".png")
        return f"document {number}" if number.isdecimal() else None
    if message.photo:
        numbers = [press.argument for press in presses(message) if press.verb is Verb.MORE]
        return f"photo {numbers[0]}" if numbers else None
    return None


def line_of(message: ApiMessage) -> str:
    kind = "photo" if message.photo else "document" if message.document else "text"
    buttons = ", ".join(press.verb for press in presses(message))
    who = "bot" if message.sender.is_bot else "person"
    words = (message.text or message.caption or "").replace("\n", " / ")[:90]
    return f"{message.message_id} {who} {kind}: {words} [{buttons}]"
