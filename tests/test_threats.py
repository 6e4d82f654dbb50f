"""docs/threats.md: each threat has tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINES = [
    line
    for line in (ROOT / "docs" / "threats.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| threat")
]
FORESEEN = """hostile pictures, hostile updates, forged buttons, flood, disk filling, token leak, playground exposed,
webhook forged, Dask exposed, poisoned weights, SQL and path injection, two bots on one database, hijacked package"""


def test_every_threat_that_was_foreseen_has_a_line() -> None:
    foreseen = {one.strip() for one in FORESEEN.split(",")}
    assert foreseen == {line.split("|")[1].strip(" *") for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[1].strip(" *"))
def test_each_line_names_tests_that_exist(line: str) -> None:
    named = TEST.findall(line)
    assert named
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in {one.name for one in tree.body if isinstance(one, functions)}, file
