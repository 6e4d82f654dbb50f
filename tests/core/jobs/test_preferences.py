"""Preferences and handovers are read whatever stands there."""

from __future__ import annotations

import pytest

from core.jobs.preferences import (
    DEFAULT_HANDOVER,
    DEFAULT_PREFERENCES,
    Form,
    Handover,
    Part,
    Preferences,
    Sound,
)
from core.style.options import Colours, Options, Preset

CHOSEN = Preferences(
    preset=Preset.FINE,
    strength=0.7,
    colours=Colours.LUMINANCE,
    style_scale=2.0,
    form=Form.PHOTO,
    sound=Sound.NONE,
    language="zh-hans",
)


@pytest.mark.parametrize("preferences", [CHOSEN, DEFAULT_PREFERENCES])
def test_what_is_written_comes_back(preferences: Preferences) -> None:
    assert Preferences.from_json(preferences.to_json()) == preferences
    handover = preferences.handover
    assert Handover.from_json(handover.to_json()) == handover


def test_defaults_are_not_written() -> None:
    assert DEFAULT_PREFERENCES.to_json() == DEFAULT_HANDOVER.to_json() == "{}"
    assert Preferences(strength=0.7).to_json() == '{"strength":0.7}'


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "null", "7", '{"preset": ["fine"]}', '{"strength": "much"}']
)
def test_what_cannot_be_read_falls_back_to_the_default(text: str) -> None:
    assert Preferences.from_json(text) == DEFAULT_PREFERENCES
    assert Handover.from_json(text) == DEFAULT_HANDOVER


def test_old_and_unknown_values_spoil_nothing_beside_them() -> None:
    text = (
        '{"preset":"enormous","strength":7,"colours":"luminance","form":"file","sound":"loud",'
        '"language":5,"style_scale":9,"of_a_later_version":true}'
    )
    assert Preferences.from_json(text) == Preferences(colours=Colours.LUMINANCE, form=Form.FILE)


def test_a_new_job_takes_its_options_and_its_handover_from_them() -> None:
    quick = Options(preset=Preset.QUICK, strength=0.7, colours=Colours.LUMINANCE, style_scale=2.0)
    assert CHOSEN.options(Preset.QUICK) == quick
    assert CHOSEN.handover == Handover(form=Form.PHOTO, sound=Sound.NONE)


def test_a_form_has_its_parts_in_order() -> None:
    parts = {form: form.parts for form in Form}
    assert parts == {
        Form.BOTH: (Part.PHOTO, Part.DOCUMENT),
        Form.PHOTO: (Part.PHOTO,),
        Form.FILE: (Part.DOCUMENT,),
    }
