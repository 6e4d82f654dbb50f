"""How an update is written down: without anybody's name, and with how far its handling came."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from telegram import Update

if TYPE_CHECKING:
    from telegram import Bot

NAMES: Final = frozenset(
    {"first_name", "last_name", "username", "title", "sender_user_name", "author_signature"}
)


@dataclass(frozen=True, slots=True)
class Handling:
    """How far the handling of an update came, as the next start has to know.

    Attributes:
        tries: How often it began since the update was left over.
        sending: Whether what it asks for is on its way: it may have arrived.
    """

    tries: int = 0
    sending: bool = False


def as_text(update: Update, handling: Handling) -> str:
    """What ``read`` understands."""
    return json.dumps({**_nameless(update.to_dict()), **asdict(handling)})


def read(update_id: int, text: str, bot: Bot) -> tuple[Update | None, Handling]:
    """An update that was written down, and how far its handling came; None where it is damaged."""
    try:
        kept = json.loads(text)
        handling = Handling(int(kept.pop("tries", 0)), bool(kept.pop("sending", False)))
        return Update.de_json({**kept, "update_id": update_id}, bot), handling
    except Exception:  # noqa: BLE001 - whatever is wrong with it must not keep the bot from starting
        return None, Handling()


def _nameless(value: Any) -> Any:  # noqa: ANN401
    """The same without anybody's name; Telegram's types insist on some of them, so they stay, empty."""
    if isinstance(value, dict):
        return {key: "" if key in NAMES else _nameless(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_nameless(one) for one in value]
    return value
