"""Turns texts with entities into HTML that is safe in a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.playground.utf16 import utf16_length, utf16_slice

if TYPE_CHECKING:
    from bot.playground.telegram_objects import ApiContent, ApiEntity

_TAGS: Final = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_SAFE_SCHEMES: Final = {"http", "https", "mailto", "tg"}


def render(text: str, entities: list[ApiEntity]) -> str:
    """Returns HTML with properly nested tags of this module; the text itself is escaped."""
    cuts = {0, utf16_length(text)}
    for entity in entities:
        cuts |= {entity.offset, entity.end}
    positions = sorted(cuts)
    html: list[str] = []
    open_now: list[ApiEntity] = []
    for start, end in zip(positions, [*positions[1:], None], strict=True):
        _close_ended(open_now, start, text, html)
        for entity in entities:
            if entity.offset == start and entity.length:
                open_now.append(entity)
                html.append(_tags(entity, text)[0])
        if end is not None:
            html.append(escape(utf16_slice(text, start, end)))
    return "".join(html)


def render_content(content: ApiContent) -> str:
    """Returns the text or the caption of a message as HTML, or a description of a location or a contact."""
    if content.text is not None:
        return render(content.text, content.entities or [])
    if content.location is not None:
        return f"📍 {content.location.latitude}, {content.location.longitude}"
    if content.contact is not None:
        return escape(f"👤 {content.contact.first_name}, {content.contact.phone_number}")
    return render(content.caption or "", content.caption_entities or [])


def _close_ended(open_now: list[ApiEntity], position: int, text: str, html: list[str]) -> None:
    """Close the entities that end here; overlapping ones are closed and reopened, so that the tags nest."""
    reopened: list[ApiEntity] = []
    while any(entity.end <= position for entity in open_now):
        entity = open_now.pop()
        html.append(_tags(entity, text)[1])
        if entity.end > position:
            reopened.insert(0, entity)
    for entity in reopened:
        open_now.append(entity)
        html.append(_tags(entity, text)[0])


def _tags(entity: ApiEntity, text: str) -> tuple[str, str]:
    tag = _TAGS.get(entity.type)
    if tag is not None:
        return f"<{tag}>", f"</{tag}>"
    if entity.type == "expandable_blockquote":
        return '<blockquote class="expandable">', "</blockquote>"
    if entity.type in {"text_link", "url"}:
        return _anchor(entity.url or utf16_slice(text, entity.offset, entity.end))
    return f'<span class="{escape(entity.type)}">', "</span>"


def _anchor(target: str) -> tuple[str, str]:
    if urlsplit(target).scheme.lower() not in _SAFE_SCHEMES:
        return "<span>", "</span>"
    return f'<a href="{escape(target)}" target="_blank" rel="noopener noreferrer">', "</a>"
