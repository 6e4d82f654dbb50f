"""The dashboard and the alerts ask for metrics that exist, and every metric of the bot's is asked for."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.metrics.instruments import HELD, LEVELS, OUTCOMES
from bot.metrics.monitor import Monitor, Watched
from bot.settings import Settings
from bot.telegram.traffic import CallOutcome
from core.jobs.store import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[3] / "docs" / "monitoring"
NAME = re.compile(r"\b(?:atelier|process|python)_\w+|\bup\b")
SELECTED = re.compile(r"(\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(?:=~|!~|!=|=)"([^"]*)"')
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
VALUES = {
    "outcome": {*OUTCOMES.values(), HELD, *CallOutcome},
    "level": set(LEVELS.values()),
}


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    """Every series that the bot has, with its labels."""
    monitor = Monitor(Settings.model_construct(), utc_now)
    part: Any = SimpleNamespace(jobs=SimpleNamespace(), refusals=Counter(), postponed=0)
    monitor.traffic.note("https://api.example/bot1:x/getMe", 200)
    monitor.watch(Watched(store=part, scheduler=part, engine=part, budgets=part))
    found = {"up": set[str]()}
    for family in monitor.instruments.registry.collect():
        for ending in ENDINGS.get(family.type, ("",)):
            labels = {label for sample in family.samples for label in sample.labels}
            found[family.name + ending] = labels
    return found


def expressions() -> Iterator[str]:
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads((FOLDER / "grafana.json").read_text("utf-8"))["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_each_metric_that_is_asked_for_exists_with_its_labels(names: dict[str, set[str]]) -> None:
    asked = list(expressions())
    assert len(asked) > 30
    for expression in asked:
        assert set(NAME.findall(expression)) <= set(names), expression
        for name, selected in SELECTED.findall(expression):
            for label, value in MATCHER.findall(selected):
                if label in {"job", "instance"}:
                    continue
                assert label in names[name], expression
                assert set(value.split("|")) <= VALUES[label], expression


def test_each_metric_of_the_bot_is_asked_for(names: dict[str, set[str]]) -> None:
    asked = set(NAME.findall(" ".join(expressions())))
    own = {name for name in names if name.startswith("atelier_")}
    # A histogram is asked for by its buckets.
    assert {one for one in own if not one.endswith(("_count", "_sum"))} <= asked


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["action"].endswith(".")
        assert rule["labels"]["severity"] in {"warning", "critical"}
