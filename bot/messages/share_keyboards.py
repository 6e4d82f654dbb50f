"""The buttons by which a style is passed on, or not any more."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.messages.inline_keyboard import Button
from bot.messages.keyboards import CallbackData, Verb

if TYPE_CHECKING:
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.texts import Texts


def link(texts: Texts, address: str, owner: int, code: str | None) -> Keyboard:
    """Under a link to a style: send it to somebody, copy it, and take it back.

    Args:
        texts: The person's language.
        address: The link.
        owner: Whose it is.
        code: What it bears, if it can be taken back.
    """
    words = urlencode({"url": address, "text": texts.pass_on_words()})
    row = (
        Button(texts.pass_on_button(), url=f"https://t.me/share/url?{words}"),
        Button(texts.copy_button(), copies=address),
    )
    return (
        (row,) if code is None else (row, *stop_sharing(texts.stop_sharing_button(), owner, code))
    )


def stop_sharing(label: str, owner: int, code: str = "") -> Keyboard:
    """Takes back one link, or all of a person's if no code is given."""
    return ((Button(label, str(CallbackData(Verb.STOP_SHARING, code, owner))),),)
