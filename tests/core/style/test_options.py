"""Options travel as plain values and refuse what is out of range."""

from __future__ import annotations

import json

import pytest

from core.style.options import Colours, Options, Preset, Solver
from core.style.style_errors import OptionsError


def test_options_survive_a_round_trip_through_json() -> None:
    options = Options(
        preset=Preset.CLASSIC,
        size=300,
        strength=0.25,
        colours=Colours.MATCH,
        style_weights=(1.0, 2.0),
        solver=Solver.SPECTRAL,
        seed=7,
        collage=("ink", "glass"),
    )
    assert Options.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_defaults_take_no_room() -> None:
    assert Options().to_dict() == {}


@pytest.mark.parametrize(
    "values",
    [
        {"size": 63},
        {"strength": 1.01},
        {"strength": float("nan")},
        {"style_scale": 0},
        {"evaluations": 0},
        {"style_weights": [0.0, 0.0]},
        {"time_limit": 0},
        {"preset": "enormous"},
        {"colour": "style"},
        {"size": "large"},
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(OptionsError):
        Options.from_dict(values)
