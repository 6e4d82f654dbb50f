"""Reads Telegram's HTML, and finds commands, mentions and links in plain text.

The rules and the refusals follow https://core.telegram.org/bots/api#html-style. They are stricter than a browser's: a
bare ``<`` is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final, NoReturn

from bot.playground.api_errors import bad_request
from bot.playground.telegram_objects import ApiEntity
from bot.playground.utf16 import utf16_length, utf16_slice

_TYPES: Final = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote",
}  # fmt: skip
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG_NAME: Final = re.compile(r"</?([^\s>]*)")
_FOUND: Final = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)])"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z0-9_]{3,32})(?!\w)"
)


@dataclass(frozen=True)
class MarkedText:
    """Text without markup, and its entities in order of their start."""

    plain: str
    entities: list[ApiEntity]


@dataclass
class _OpenTag:
    tag: str
    start: int
    attributes: dict[str, str]


class _HtmlReader(HTMLParser):
    """Reads one message, up to the first error."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.entities: list[ApiEntity] = []
        self.parts: list[str] = []
        self._source = source
        self._length = 0
        self._open: list[_OpenTag] = []
        if source.rfind("<") > source.rfind(">"):
            _refuse(f"Unclosed start tag at byte offset {self._bytes_before(source.rfind('<'))}")
        self.feed(source)
        self.close()
        if self._open:
            _refuse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in _TYPES:
            self._refuse_tag()
        self._open.append(_OpenTag(tag, self._length, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._refuse_tag()

    def handle_endtag(self, tag: str) -> None:
        where = self._bytes_before(self._position())
        if not self._open:
            _refuse(f"Unexpected end tag at byte offset {where}")
        opened = self._open.pop()
        if opened.tag != tag:
            _refuse(
                f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        entity = self._entity(opened)
        if entity is not None and entity.length:
            self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        if "<" in data:
            self._refuse_tag(data.index("<"))
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        written = self._source[self._position() :].startswith(f"&{name};")
        known = _NAMED.get(name) if written else None
        self._add(known or (f"&{name};" if written else f"&{name}"))

    def handle_charref(self, name: str) -> None:
        written = self._source[self._position() :].startswith(f"&#{name};")
        code = int(name[1:], 16) if name[:1] in "xX" else int(name)
        valid = written and 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
        self._add(chr(code) if valid else f"&#{name}" + ";" * written)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self._refuse_tag()

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002
        self._refuse_tag()

    def handle_pi(self, data: str) -> None:  # noqa: ARG002
        self._refuse_tag()

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        self._refuse_tag()

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self._length += utf16_length(text)

    def _entity(self, opened: _OpenTag) -> ApiEntity | None:
        kind = _TYPES[opened.tag]
        entity = ApiEntity(type=kind, offset=opened.start, length=self._length - opened.start)
        if kind == "text_link":
            inside = utf16_slice("".join(self.parts), opened.start, self._length)
            entity.url = _link(opened.attributes.get("href") or inside)
            return entity if entity.url else None
        if kind == "blockquote" and "expandable" in opened.attributes:
            entity.type = "expandable_blockquote"
        return entity

    def _position(self) -> int:
        line, column = self.getpos()
        start = 0
        for _ in range(line - 1):
            start = self._source.index("\n", start) + 1
        return start + column

    def _bytes_before(self, position: int) -> int:
        return len(self._source[:position].encode("utf-8", "replace"))

    def _refuse_tag(self, further: int = 0) -> NoReturn:
        position = self._position() + further
        where = self._bytes_before(position)
        match = _TAG_NAME.match(self._source, position)
        name = match[1].lower() if match else ""
        if self._source.startswith("</", position):
            _refuse(f"Unexpected end tag at byte offset {where}")
        _refuse(f'Unsupported start tag "{name}" at byte offset {where}')


def parse_html(source: str) -> MarkedText:
    """Returns the plain text and the entities of Telegram's HTML.

    Raises:
        ApiError: 400 "can't parse entities: ..." if Telegram would refuse the HTML.
    """
    reader = _HtmlReader(source)
    return trim("".join(reader.parts), reader.entities)


def plain_text(source: str) -> MarkedText:
    """Returns a text without HTML, with the entities that are found in it."""
    return trim(source, [])


def trim(text: str, entities: list[ApiEntity]) -> MarkedText:
    """Strip white space at both ends, as Telegram does, shift the entities, and add those found in the text."""
    stripped = text.strip()
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(stripped)
    shifted = []
    for entity in entities:
        start = max(entity.offset - lead, 0)
        stop = min(entity.end - lead, end)
        if stop > start:
            shifted.append(entity.model_copy(update={"offset": start, "length": stop - start}))
    shifted += _found(stripped, shifted)
    return MarkedText(stripped, sorted(shifted, key=lambda entity: (entity.offset, -entity.length)))


def _found(text: str, marked: list[ApiEntity]) -> list[ApiEntity]:
    taken = [entity for entity in marked if entity.type in {"code", "pre", "text_link"}]
    found = []
    for match in _FOUND.finditer(text):
        start = utf16_length(text[: match.start()])
        length = utf16_length(match[0])
        if not any(start < other.end and other.offset < start + length for other in taken):
            found.append(ApiEntity(type=str(match.lastgroup), offset=start, length=length))
    return found


def _link(target: str) -> str | None:
    if re.match(r"(?:https?|tg|mailto):", target, re.IGNORECASE):
        return target
    looks_like_a_host = re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/:?#]|$)", target)
    return f"http://{target}" if looks_like_a_host else None


def _refuse(reason: str) -> NoReturn:
    raise bad_request(f"can't parse entities: {reason}")
