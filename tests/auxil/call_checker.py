"""Checks calls of the Bot API against Telegram's own reference, as data: methods, parameters, types, lengths.

The file with the reference is no part of the project. It is looked for as ``shared/telegram/api.json`` beside the
checkout or further up; ``ATELIER_BOT_API_JSON`` names another place.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.playground.api_errors import ApiError
from bot.playground.methods.method_context import read_text
from bot.playground.utf16 import utf16_length

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping

PLACE = "ATELIER_BOT_API_JSON"
MAX_ENTITIES = 100
_ATTACH = "attach://"
_SIMPLE: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Float": (int, float),
    "Boolean": bool,
    "InputFile": str,
}
_LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)( after entit\w+ parsing)?")
_RANGE = re.compile(r"Values between (\d+)-(\d+) are accepted")
_EXACTLY_ONE = re.compile(r"Exactly one of .*fields (?:other than (?P<others>.*) )?must be used")
_REQUIRED_UNLESS = re.compile(r"Required if (?P<others>[\w ]+?) (?:is|are) not specified")


def reference_path() -> Path | None:
    """Where the reference lies; None if it is not there."""
    named = os.environ.get(PLACE)
    if named:
        return Path(named)
    places = (folder / "shared/telegram/api.json" for folder in Path(__file__).parents[2].parents)
    return next((place for place in places if place.is_file()), None)


@cache
def checker() -> CallChecker | None:
    """The checker; None where the reference is absent."""
    path = reference_path()
    return None if path is None else CallChecker(json.loads(path.read_text(encoding="utf-8")))


def checked(call_method: Callable[..., Awaitable[object]], problems: list[str]) -> Any:
    """The playground's ``call_method``; what is wrong with each call is added to ``problems``."""
    checks = checker()
    if checks is None:
        return call_method

    async def checked_call(
        context: Any, name: str, parameters: Mapping[str, object], uploads: Mapping[str, object]
    ) -> object:
        problems.extend(checks.problems(name, parameters, uploads))
        return await call_method(context, name, parameters, uploads)

    return checked_call


def fail_for_wrong_calls(problems: list[str]) -> None:
    """Fail the test that made them."""
    if problems:
        pytest.fail("calls that the Bot API does not know:\n" + "\n".join(dict.fromkeys(problems)))


class CallChecker:
    """Compares calls with the reference.

    Args:
        reference: The Bot API: its ``methods`` and ``types`` by name.
    """

    def __init__(self, reference: Mapping[str, Any]) -> None:
        self._methods = reference["methods"]
        self._types = reference["types"]

    def problems(
        self, method: str, parameters: Mapping[str, object], uploads: Collection[str] = ()
    ) -> list[str]:
        """What is wrong with a call.

        Args:
            method: The method's name.
            parameters: As a form carries them: strings, and everything else as JSON.
            uploads: The names of the files that the form carries.
        """
        described = self._methods.get(method)
        if described is None:
            return [f"{method}: there is no such method"]
        fields = {field["name"]: field for field in described.get("fields", [])}
        values: dict[str, object] = {name: name for name in uploads if name in fields}
        found = []
        for name, text in parameters.items():
            if name in fields:
                try:
                    values[name] = _decoded(text, fields[name]["types"])
                except ValueError:
                    types = " or ".join(fields.pop(name)["types"])
                    found.append(f"{name}: {text!r} is no {types}")
            else:
                found.append(f"{name}: there is no such parameter")
        found += self._wrong_fields(fields, values, "", set(uploads))
        found += _wrong_uploads(fields, values, set(uploads))
        return [f"{method}: {one}" for one in found]

    def _wrong_fields(
        self,
        fields: Mapping[str, Mapping[str, Any]],
        values: Mapping[str, object],
        path: str,
        uploads: set[str],
    ) -> Iterator[str]:
        for name, field in fields.items():
            where, described = f"{path}{name}", field["description"]
            if name not in values:
                if field["required"] or _is_needed(described, values):
                    yield f"{where}: is missing"
                continue
            yield from self._wrong_value(values[name], field["types"], where, uploads)
            if isinstance(values[name], str) and name not in uploads:
                yield from _wrong_text(str(values[name]), described, where, values)
            number, span = values[name], _RANGE.search(described)
            if span and isinstance(number, int) and not int(span[1]) <= number <= int(span[2]):
                yield f"{where}: {number} is not between {span[1]} and {span[2]}"

    def _wrong_value(
        self, value: object, types: list[str], where: str, uploads: set[str]
    ) -> list[str]:
        """The problems with the type that fits best."""
        attempts = [list(self._wrong_as(value, one, where, uploads)) for one in types]
        return min(attempts, key=len)

    def _wrong_as(self, value: object, kind: str, where: str, uploads: set[str]) -> Iterator[str]:
        inner = kind.removeprefix("Array of ")
        if inner != kind:
            if not isinstance(value, list):
                yield f"{where}: {value!r} is no list"
                return
            for number, item in enumerate(value):
                yield from self._wrong_as(item, inner, f"{where}[{number}]", uploads)
        elif kind in _SIMPLE:
            flag = isinstance(value, bool) and kind != "Boolean"
            if flag or not isinstance(value, _SIMPLE[kind]):
                yield f"{where}: {value!r} is no {kind}"
        elif not isinstance(value, dict):
            yield f"{where}: {value!r} is no {kind}"
        else:
            yield from self._wrong_object(value, kind, where, uploads)

    def _wrong_object(
        self, value: Mapping[str, object], kind: str, where: str, uploads: set[str]
    ) -> list[str]:
        described = self._types[kind]
        if "subtypes" in described:
            return self._wrong_value(value, self._subtypes(kind, value), where, uploads)
        fields = {field["name"]: field for field in described.get("fields", [])}
        found = [
            f"{where}.{name}: there is no such field in {kind}"
            for name in value
            if name not in fields
        ]
        found += self._wrong_fields(fields, value, f"{where}.", uploads)
        for sentence in described["description"]:
            rule = _EXACTLY_ONE.search(sentence)
            if rule:
                free = re.findall(r"\w+", rule["others"] or "")
                used = [name for name in value if name not in free]
                if len(used) != 1:
                    found.append(f"{where}: exactly one kind is needed in {kind}, not {used}")
        return found

    def _subtypes(self, kind: str, value: Mapping[str, object]) -> list[str]:
        """Those of which the value says that it is one, such as ``"type": "photo"``; all if it says nothing."""
        subtypes: list[str] = self._types[kind]["subtypes"]
        said = [
            one
            for one in subtypes
            if any(
                re.search(
                    rf"must be {re.escape(str(value.get(field['name'])))}$", field["description"]
                )
                for field in self._types[one].get("fields", [])
            )
        ]
        return said or subtypes


def _decoded(value: object, types: list[str]) -> object:
    """A value of a form.

    Raises:
        ValueError: It is none of these types.
    """
    if not isinstance(value, str):
        return value
    if types == ["Integer", "String"] and not re.fullmatch(r"-?\d+|@\w{4,}", value):
        raise ValueError(value)
    return value if {"String", "InputFile"} & set(types) else json.loads(value)


def _is_needed(description: str, values: Mapping[str, object]) -> bool:
    """Whether a parameter is required because others are not there."""
    rule = _REQUIRED_UNLESS.search(description)
    return rule is not None and not any(name in values for name in rule["others"].split(" and "))


def _wrong_text(
    text: str, description: str, where: str, values: Mapping[str, object]
) -> Iterator[str]:
    span = _LENGTH.search(description)
    if span is not None:
        mode = values.get("parse_mode") if span[4] else None
        length = len(text.encode()) if span[3] == "bytes" else utf16_length(text)
        if mode is not None:
            try:
                marked = read_text(text, str(mode))
            except ApiError as error:
                yield f"{where}: {error}"
                return
            length = utf16_length(marked.plain)
            if len(marked.entities) > MAX_ENTITIES:
                yield f"{where}: {len(marked.entities)} entities are more than {MAX_ENTITIES}"
        if not int(span[1]) <= length <= int(span[2]):
            yield f"{where}: has {length} {span[3]}, not {span[1]} to {span[2]}"
    offered = re.search(r"[Mm]ust be one of (\".*)", description)
    if offered and text not in re.findall(r'"(.*?)"', offered[1]):
        yield f"{where}: {text!r} is not one of {offered[1]}"
    fixed = re.search(r"^Type of .* must be (\w+)$|^Scope type, must be (\w+)$", description)
    if fixed and text not in fixed.groups():
        yield f"{where}: must be {fixed[1] or fixed[2]}, not {text!r}"


def _wrong_uploads(
    fields: Mapping[str, Mapping[str, Any]], values: Mapping[str, object], uploads: set[str]
) -> Iterator[str]:
    """Files that no parameter names, and names of files that are not there."""
    named = set(re.findall(rf"{_ATTACH}([\w-]+)", json.dumps(list(values.values()))))
    yield from (f"{name}: no such file is sent along" for name in sorted(named - uploads))
    for name in sorted(uploads - named):
        if "InputFile" not in fields.get(name, {"types": ()})["types"]:
            yield f"{name}: a file that no parameter names"
