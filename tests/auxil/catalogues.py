"""The bot's texts as translators see them: what the program says, and what each catalogue makes of it."""

from __future__ import annotations

import gettext
import io
import re
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.messages.languages import DOMAIN, LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ("bot", "core")
KEYWORDS: Final = {"_": None, "_n": (1, 2), "sentence": None, "counted": (1, 2)}
COMMAND: Final = "make messages"
# Without the dates and names that gettext's tools put there: they would change without anything having changed.
_HEADER: Final = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""
_TAG: Final = re.compile(r"</?\w[^>]*>")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one text of a catalogue."""

    where: str
    text: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.text!r}"


def template() -> Catalog:
    """All that the program says, in English."""
    catalog = Catalog(project="Atelier", charset="utf-8", header_comment="", fuzzy=False)
    for source in SOURCES:
        found = extract_from_dir(
            ROOT / source, [("**.py", "python")], keywords=KEYWORDS, strip_comment_tags=True
        )
        for name, _line, message, comments, context in found:
            # No line numbers: they would change with every edit of a text's neighbours.
            catalog.add(
                message, None, [(f"{source}/{name}", 0)], auto_comments=comments, context=context
            )
    return catalog


def catalogues() -> dict[str, Path]:
    """Each language's file."""
    return {path.parts[-3]: path for path in sorted(LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))}


def read(path: Path, language: str) -> Catalog:
    """A catalogue as it stands."""
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def renewed(language: str, path: Path) -> bytes:
    """A catalogue's file brought up to date: new texts empty, changed ones marked fuzzy, unused ones gone."""
    catalog = read(path, language) if path.exists() else Catalog(locale=language, domain=DOMAIN)
    catalog.update(template())
    header = _HEADER.format(language=language, plural_forms=Catalog(locale=language).plural_forms)
    file = io.BytesIO()
    file.write(header.encode())
    write_po(file, catalog, width=100, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return file.getvalue()


def troubles(language: str, path: Path) -> list[Trouble]:
    """What keeps a catalogue from being complete and right."""
    where = str(path.relative_to(ROOT))
    known, catalog = template(), read(path, language)
    ids = {message.id for message in known if message.id}
    found = [
        Trouble(where, str(message.id), "not in the program")
        for message in catalog
        if message.id and message.id not in ids
    ]
    for message in known:
        if not message.id:
            continue
        translated = catalog.get(message.id)
        if translated is None:
            found.append(Trouble(where, str(message.id), "missing"))
        else:
            found += [Trouble(where, str(message.id), what) for what in _wrong(translated, catalog)]
    return found


def _wrong(message: Message, catalog: Catalog) -> Iterator[str]:
    sources, translated = forms(message.id), forms(message.string)
    if message.pluralizable and len(translated) != catalog.num_plurals:
        yield f"{len(translated)} plural forms instead of {catalog.num_plurals}"
    if not all(translated):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy: look whether it still fits"
    for index, form in enumerate(translated):
        allowed = [_fields(source) for source in sources]
        # A form for a single number may name it in a word, as "two paintings" is one word in Arabic.
        if message.pluralizable and len(_numbers(index, catalog)) == 1:
            allowed += [fields - {"n"} for fields in allowed]
        if _fields(form) not in allowed:
            yield f"other placeholders in {form!r}"
        if sorted(_TAG.findall(form)) != sorted(_TAG.findall(sources[-1])):
            yield f"other tags in {form!r}"
        if (form[:1].isspace(), form[-1:].isspace()) != (
            sources[-1][:1].isspace(),
            sources[-1][-1:].isspace(),
        ):
            yield f"other space around {form!r}"


def _numbers(index: int, catalog: Catalog) -> list[int]:
    """The numbers up to 200 that take a plural form."""
    form_of = gettext.c2py(catalog.plural_expr)
    return [n for n in range(201) if form_of(n) == index]


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """A text's plural forms; of one without, itself."""
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
