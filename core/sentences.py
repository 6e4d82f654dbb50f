"""Sentences for people, in English, so that another language can be made of them later and elsewhere.

An error may be told long after it happened, in another process and in another language. So what is raised and kept is
the sentence with its values beside it. ``sentence`` and ``counted`` are also the names by which the tools of the
translations' catalogues find the English texts.
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
        text: In English, with ``{names}`` where the values belong.
        values: What belongs there.
        many: The text for more than one, where it depends on a number; that is the value ``n``.
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
        """The sentence in a language, which gettext's two functions stand for; English by default."""
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
        """As the store keeps it."""
        return json.dumps(_plain(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Sentence:
        """The inverse; text that is no JSON object is a sentence as earlier versions kept it."""
        return _read(json.loads(text)) if text.startswith("{") else cls(text)


def sentence(text: str, **values: str | int | Sentence) -> Sentence:
    """A sentence with values in it."""
    return Sentence(text, values)


def counted(one: str, many: str, *, n: int, **values: str | int | Sentence) -> Sentence:
    """A sentence that depends on a number: ``one`` or ``many`` of something."""
    return Sentence(one, {"n": n, **values}, many)


class SpokenError(Exception):
    """An error that a person can be told.

    Args:
        spoken: For the person who meets it: what is wrong, and what to do.
        text: For the log and the operator, where that is something else.
    """

    def __init__(self, spoken: Sentence, text: str | None = None) -> None:
        self.spoken = spoken
        super().__init__(str(spoken) if text is None else text)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel with sentence and numbers as they are: the constructors take something else."""
        return _as_it_was, (type(self), self.args), self.__dict__


def _as_it_was(kind: type[SpokenError], arguments: tuple[Any, ...]) -> SpokenError:
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
