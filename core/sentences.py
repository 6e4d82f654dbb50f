"""Sentences for people: English texts with values, to be translated when somebody reads them.

Somebody may read an error long after it happened, in another process and another language. So an error carries the
English text and its values separately. The translation tools find the texts by the names ``sentence`` and ``counted``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Translate: TypeAlias = Callable[[str], str]
    TranslateCounted: TypeAlias = Callable[[str, str, int], str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One or a few sentences.

    Attributes:
        text: The English text, with ``{name}`` in place of each value.
        values: The values by name.
        many: The text for more than one, if the text depends on the value ``n``; else None.
    """

    text: str
    values: Mapping[str, str | int | Sentence] = field(default_factory=dict)
    many: str | None = None

    def __str__(self) -> str:
        return self.said()

    def said(
        self,
        translate: Translate = lambda text: text,
        counted: TranslateCounted = lambda one, many, n: one if n == 1 else many,
    ) -> str:
        """The sentence in a language, given by gettext's two functions; English by default."""
        if self.many is None:
            text = translate(self.text)
        else:
            text = counted(self.text, self.many, int(str(self.values["n"])))
        if not self.values:
            return text
        return text.format(
            **{
                name: value.said(translate, counted) if isinstance(value, Sentence) else value
                for name, value in self.values.items()
            }
        )

    def to_json(self) -> str:
        """The sentence as JSON, for the database."""
        return json.dumps(_plain(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Sentence:
        """The inverse of ``to_json``; any other text is a sentence that an earlier version stored."""
        return _read(json.loads(text)) if text.startswith("{") else cls(text)


def sentence(text: str, **values: str | int | Sentence) -> Sentence:
    """A sentence with values."""
    return Sentence(text, values)


def counted(one: str, many: str, *, n: int, **values: str | int | Sentence) -> Sentence:
    """A sentence that depends on the number ``n``: ``one`` is its text for 1, ``many`` for other numbers."""
    return Sentence(one, {"n": n, **values}, many)


class SpokenError(Exception):
    """An error with a sentence for the person who meets it.

    Args:
        spoken: What is wrong and what to do, for the person.
        text: The same for the log and the operator; None for the English sentence.
    """

    def __init__(self, spoken: Sentence, text: str | None = None) -> None:
        self.spoken = spoken
        super().__init__(str(spoken) if text is None else text)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the attributes as they are, since the constructors of the kinds take other arguments."""
        return _unpickle, (type(self), self.args), self.__dict__


def _unpickle(kind: type[SpokenError], arguments: tuple[Any, ...]) -> SpokenError:
    error = kind.__new__(kind)
    error.args = arguments
    return error


def _plain(sentence: Sentence) -> dict[str, Any]:
    values = {
        name: _plain(value) if isinstance(value, Sentence) else value
        for name, value in sentence.values.items()
    }
    return {"text": sentence.text, "values": values, "many": sentence.many}


def _read(plain: dict[str, Any]) -> Sentence:
    values = {
        name: _read(value) if isinstance(value, dict) else value
        for name, value in plain["values"].items()
    }
    return Sentence(plain["text"], values, plain["many"])
