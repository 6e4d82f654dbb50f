"""Every text is translated into every language, rightly as far as a program can tell."""

from __future__ import annotations

import ast
import re
import string
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from babel.messages.plurals import get_plural

from bot.messages.languages import ENGLISH, SOURCE, nearest, read_catalogues
from core.sentences import Sentence
from tests.auxil.catalogues import COMMAND, KEYWORDS, ROOT, catalogues, forms, read, troubles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = catalogues()
_ISOLATED: Final = re.compile("[\u2066\u2068][^\u2066\u2068\u2069]*\u2069")
_LEFT_TO_RIGHT: Final = re.compile(
    r"[→×%▓@]|/[a-z]+\b(?<!/b)(?<!/i)(?<!/code)|\{(?:bar|percent|device|style|name|bot|width|height|start|end)\}"
)
"""Signs and values that would swap places with their neighbours in a line from right to left."""
TEXTS = read_catalogues()


@pytest.mark.parametrize("language", FILES)
def test_a_catalogue_is_complete_and_right(language: str) -> None:
    found = troubles(language, FILES[language])

    advice = f"Run `{COMMAND}`, then fill in what it names:"
    assert not found, "\n".join([advice, *map(str, found)])


@pytest.mark.parametrize("language", FILES)
def test_plurals_are_formed_as_the_language_does(language: str) -> None:
    catalog, right = read(FILES[language], language), get_plural(language)

    assert (catalog.num_plurals, catalog.plural_expr) == (right.num_plurals, right.plural_expr)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ru",
            {
                0: "0 вычислений",
                1: "1 вычисление",
                2: "2 вычисления",
                5: "5 вычислений",
                11: "11 вычислений",
                21: "21 вычисление",
                100: "100 вычислений",
            },
        ),
        (
            "ar",
            {
                0: "لا تقييمات",
                1: "تقييم واحد",
                2: "تقييمان",
                5: "5 تقييمات",
                11: "11 تقييمًا",
                21: "21 تقييمًا",
                100: "100 تقييم",
            },
        ),
        ("es", {0: "0 evaluaciones", 1: "1 evaluación", 2: "2 evaluaciones"}),
    ],
)
def test_a_number_is_followed_by_its_form(language: str, said: dict[int, str]) -> None:
    counted = Sentence("{n} evaluation", {}, "{n} evaluations")

    assert {n: TEXTS[language].said(replace(counted, values={"n": n})) for n in said} == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("0.264", "12.3", "4,169", "100")),
        ("zh-hans", ("0.264", "12.3", "4,169", "100")),
        ("es", ("0,264", "12,3", "4.169", "100")),
        ("ru", ("0,264", "12,3", "4\N{NO-BREAK SPACE}169", "100")),
        ("ar", ("0.264", "12.3", "4,169", "100")),
    ],
)
def test_a_loss_has_the_separators_of_the_language(language: str, said: tuple[str, ...]) -> None:
    assert tuple(map(TEXTS[language].loss, (0.264, 12.3, 4169, 100))) == said


def test_arabic_isolates_what_reads_from_left_to_right() -> None:
    for message in filter(lambda one: one.id, read(FILES["ar"], "ar")):
        for text in forms(message.string):
            outside = _ISOLATED.sub("", text)
            assert not set(outside) & set("\u2066\u2068\u2069"), f"not closed: {text!r}"
            assert not _LEFT_TO_RIGHT.findall(outside), text


def test_an_arabic_bar_fills_from_the_left_before_its_number() -> None:
    assert TEXTS["ar"].bar(0.5) == "\u2066▓▓▓▓▓▓░░░░░░ 50%\u2069"


def test_every_sentence_in_the_texts_is_marked_for_translation() -> None:
    files = list((ROOT / "bot" / "messages" / "texts").rglob("[!_]*.py"))
    assert len(files) > 5

    found = [f"{path.name}: {words!r}" for path in files for words in _unmarked(path)]

    assert not found, "\n".join(["Put these into self._(...):", *found])


@pytest.mark.parametrize("code", TEXTS)
def test_descriptions_fit_telegram(code: str) -> None:
    texts = TEXTS[code]

    assert len(texts.description()) <= 512
    assert len(texts.short_description()) <= 120
    assert all(1 <= len(text) <= 256 for text in texts.command_descriptions().values())
    assert list(texts.command_descriptions()) == list(ENGLISH.command_descriptions())


@pytest.mark.parametrize(
    ("client", "spoken"),
    [
        ("zh-hans", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh_TW", "zh-hans"),
        ("zh", "zh-hans"),
        ("es-MX", "es"),
        ("ru", "ru"),
        ("ar-EG", "ar"),
        ("uk", "en"),
        ("en-GB", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_a_client_is_spoken_to_in_the_nearest_language(client: str, spoken: str) -> None:
    assert nearest(client, TEXTS) == spoken
    assert SOURCE in TEXTS


def test_an_exact_language_comes_before_one_that_is_near() -> None:
    assert nearest("zh-Hant", {"en": 0, "zh-hans": 1, "zh-hant": 2}) == "zh-hant"


def _unmarked(path: Path) -> Iterator[str]:
    """Literals that look like words for people and are given to no translating call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marked = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).removeprefix("self.") in KEYWORDS
        for argument in call.args
    }
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        words = node.value.strip(string.punctuation + string.whitespace)
        worded = any(one.isalpha() for one in words) and (" " in words or words != words.lower())
        if worded and id(node) not in marked | prose:
            yield node.value
