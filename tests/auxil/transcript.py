"""What stands in a chat, as a test reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Button:
    """A button of an inline keyboard."""

    text: str
    data: str | None
    url: str | None


@dataclass(frozen=True)
class Media:
    """The picture or file of a message."""

    kind: str
    url: str
    width: int | None
    height: int | None
    name: str | None
    size: int | None
    mime: str | None

    def __str__(self) -> str:
        if self.kind in {"photo", "animation", "video"}:
            return f"[{self.kind} {self.width}×{self.height}]"
        return f"[{self.kind} {self.name}]" if self.name else f"[{self.kind}]"


@dataclass(frozen=True)
class Entry:
    """A message as the page shows it at one moment; an edit makes another entry with the same id."""

    raw: dict[str, Any]

    @property
    def message(self) -> dict[str, Any]:
        """The Bot API's Message."""
        message: dict[str, Any] = self.raw["message"]
        return message

    @property
    def topic(self) -> int | None:
        """The topic in which it is; None for General and for chats without topics."""
        topic: int | None = self.message.get("message_thread_id")
        return topic

    @property
    def message_id(self) -> int:
        """Its number in its chat."""
        return int(self.message["message_id"])

    @property
    def chat_id(self) -> int:
        """The chat it stands in."""
        return int(self.message["chat"]["id"])

    @property
    def sender(self) -> str:
        """The first name of who wrote it."""
        return str(self.message["from"]["first_name"])

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return bool(self.message["from"]["is_bot"])

    @property
    def text(self) -> str:
        """The text or the caption."""
        return str(self.message.get("text") or self.message.get("caption") or "")

    @property
    def html(self) -> str:
        """The text or the caption as the page shows it."""
        return str(self.raw["html"])

    @property
    def edited(self) -> bool:
        """Whether it was changed since it was written."""
        return "edit_date" in self.message

    @property
    def album(self) -> str | None:
        """What the pictures of an album share."""
        return self.message.get("media_group_id")

    @property
    def reply_to(self) -> Entry | None:
        """The message that it answers."""
        replied = self.message.get("reply_to_message")
        return Entry({"message": replied, "html": "", "media": None}) if replied else None

    @property
    def media(self) -> Media | None:
        """Its picture or file."""
        media = self.raw["media"]
        return Media(**{key: media[key] for key in Media.__annotations__}) if media else None

    @property
    def kind(self) -> str:
        """``text``, ``photo``, ``document`` ...; ``service`` for what tells of the chat itself."""
        media = self.media
        others = ("text", "location", "contact")
        return (
            media.kind
            if media
            else next((kind for kind in others if kind in self.message), "service")
        )

    @property
    def reactions(self) -> dict[str, list[int]]:
        """Who has reacted to it, by emoji."""
        return dict(self.raw.get("reactions", {}))

    @property
    def rows(self) -> list[list[Button]]:
        """The inline keyboard."""
        markup = self.message.get("reply_markup", {})
        return [
            [Button(one["text"], one.get("callback_data"), one.get("url")) for one in row]
            for row in markup.get("inline_keyboard", [])
        ]

    @property
    def buttons(self) -> list[Button]:
        """The buttons of all rows."""
        return [button for row in self.rows for button in row]

    def button(self, wanted: str) -> Button:
        """The first button with ``wanted`` in its label or as its data."""
        for button in self.buttons:
            if wanted in button.text or wanted == button.data:
                return button
        message = f"no button {wanted!r} among {[button.text for button in self.buttons]}"
        raise AssertionError(message)


def transcript(entries: Iterable[Entry]) -> str:
    """A chat as readable text: who, what, buttons in brackets, pictures as ``[photo 640×480]``."""
    return "\n".join(_written(entry) for entry in entries)


def _written(entry: Entry) -> str:
    who = entry.sender
    if entry.reply_to is not None:
        replied = entry.reply_to
        who += f" (to {replied.sender}'s {replied.message_id})"
    media = entry.media
    shown = str(media) if media else "" if entry.kind == "text" else f"[{entry.kind}]"
    words = entry.text.replace("\n", "\n    ")
    lines = [f"{entry.message_id}. {who}: {' '.join(filter(None, [shown, words]))}"]
    lines += ["    " + " ".join(f"[{button.text}]" for button in row) for row in entry.rows]
    return "\n".join(lines)
