"""How Telegram's refusals are read: by its words, which stand in errors of several kinds."""

from __future__ import annotations

import pytest
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.conversation.effects import Refusal
from bot.telegram.sender_parts import refusal_of


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (BadRequest("Not enough rights to send photos to the chat"), Refusal.PHOTOS),
        (BadRequest("CHAT_SEND_PHOTOS_FORBIDDEN"), Refusal.PHOTOS),
        (Forbidden("Forbidden: CHAT_SEND_PHOTOS_FORBIDDEN"), Refusal.PHOTOS),
        (BadRequest("Not enough rights to send documents to the chat"), Refusal.FILES),
        (BadRequest("CHAT_SEND_DOCS_FORBIDDEN"), Refusal.FILES),
        (BadRequest("Not enough rights to send animations to the chat"), Refusal.FILMS),
        (BadRequest("Not enough rights to send text messages to the chat"), Refusal.TEXT),
        (BadRequest("Have no rights to send a message"), Refusal.TEXT),
        (BadRequest("CHAT_WRITE_FORBIDDEN"), Refusal.TEXT),
        (BadRequest("Topic_closed"), Refusal.TOPIC),
        (BadRequest("TOPIC_DELETED"), Refusal.TOPIC),
        (BadRequest("Message thread not found"), Refusal.TOPIC),
        (BadRequest("Message to be replied not found"), Refusal.REPLY),
        (BadRequest("Chat not found"), Refusal.SHUT_OUT),
        (Forbidden("Forbidden: bot was blocked by the user"), Refusal.SHUT_OUT),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Refusal.SHUT_OUT),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), Refusal.SHUT_OUT),
        (Forbidden("Forbidden: user is deactivated"), Refusal.SHUT_OUT),
        (BadRequest("Message is too long"), Refusal.OTHER),
        (TelegramError("Request Entity Too Large"), Refusal.OTHER),
    ],
    ids=lambda one: getattr(one, "message", None),
)
def test_a_refusal_is_told_by_its_words(error: TelegramError, refusal: Refusal) -> None:
    assert refusal_of(error) is refusal
