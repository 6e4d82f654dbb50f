"""The shape of the house: no two modules or classes share a name, and the top level stays what the README draws."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
SOURCES = [path for room in ("bot", "core") for path in sorted((ROOT / room).rglob("*.py"))]


def test_no_two_modules_share_a_name() -> None:
    places = defaultdict(list)
    for path in SOURCES:
        if path.stem not in {"__init__", "__main__"}:
            places[path.stem].append(str(path.relative_to(ROOT)))

    assert len(places) > 100
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))

    assert len(places) > 100
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_the_top_of_the_bot_is_its_start_its_settings_its_wiring_and_the_rooms() -> None:
    files = {path.name for path in (ROOT / "bot").glob("*.py")}
    rooms = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}

    assert {"__init__.py", "__main__.py", "settings.py", "app.py"} == files
    assert {"conversation", "doctor", "metrics", "messages", "playground", "telegram"} == rooms


def test_every_setting_is_explained_where_an_operator_looks() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    explained = {line.partition("=")[0].lower() for line in lines if not line.startswith("#")}

    assert explained - {""} == set(Settings.model_fields)
