"""The same message as a chat takes it: words for a sheet of styles, a file for a photo, General for a topic that is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.conversation.effects import (
    Edit,
    Film,
    LossCurve,
    Refusal,
    Send,
    StyleImage,
    StyleSheet,
)

if TYPE_CHECKING:
    from bot.conversation.effects import TelegramEffect


def in_another_form(
    effect: TelegramEffect, refusal: Refusal, *, private: bool
) -> Send | Edit | None:
    """What to try instead of an effect that Telegram refused, with the same content in the same chat.

    The parts of a result are not among them: which others there are, the job decides
    (``bot.conversation.places.send_failed``).

    Args:
        effect: The effect.
        refusal: What was refused.
        private: Whether it is for a private chat.

    Returns:
        The other form; None if there is none.
    """
    match effect, refusal:
        case Edit(attachment=attachment), Refusal.PHOTOS if attachment is not None:
            return replace(effect, attachment=None)
        case Send(), _:
            other = _other_send(effect, refusal, private=private)
            return other and replace(other, refused=(*effect.refused, refusal))
    return None


def _other_send(effect: Send, refusal: Refusal, *, private: bool) -> Send | None:
    other: Send | None = None
    match refusal, effect.attachment:
        case Refusal.REPLY, _ if effect.reply_to is not None:
            other = replace(effect, reply_to=None)
        case Refusal.TOPIC, _ if private and effect.topic is not None:
            other = replace(effect, topic=None, reply_to=None)
        case Refusal.PHOTOS, StyleSheet() | StyleImage():
            other = replace(effect, attachment=None)
        case Refusal.PHOTOS, LossCurve(as_file=False) as curve:
            other = replace(effect, attachment=replace(curve, as_file=True))
        case Refusal.FILMS, Film(as_file=False) as film:
            other = replace(effect, attachment=replace(film, as_file=True))
    return other
