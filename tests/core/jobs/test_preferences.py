"""What people chose once: kept, read whatever stands there, and carried by each job as it was then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.jobs.preferences import Form, Handover, Part, Preferences, Sound
from core.jobs.store import Store
from core.style.options import Colours, Options, Preset
from tests.auxil.sessions import ANNA, BERT, a_job

if TYPE_CHECKING:
    from pathlib import Path

CHOSEN = Preferences(
    preset=Preset.FINE,
    strength=0.7,
    colours=Colours.LUMINANCE,
    form=Form.PHOTO,
    sound=Sound.NONE,
    language="zh-hans",
)


async def test_choices_are_each_persons_own_and_outlive_the_store(path: Path) -> None:
    store = await Store.open(path)
    await store.change_preferences(ANNA.user_id, lambda _: CHOSEN)
    await store.close()
    store = await Store.open(path)
    assert await store.preferences(ANNA.user_id) == CHOSEN
    assert await store.preferences(BERT.user_id) == Preferences()
    assert await store.languages() == {ANNA.user_id: "zh-hans"}
    await store.close()


async def test_forgetting_somebody_forgets_their_choices(store: Store) -> None:
    await store.change_preferences(ANNA.user_id, lambda _: CHOSEN)
    await store.forget(ANNA.user_id)
    assert await store.preferences(ANNA.user_id) == Preferences()
    assert await store.languages() == {}


async def test_one_change_leaves_the_other_choices(store: Store) -> None:
    await store.change_preferences(ANNA.user_id, lambda _: CHOSEN)
    changed = await store.change_preferences(ANNA.user_id, lambda now: replace(now, strength=0.1))
    assert changed == replace(CHOSEN, strength=0.1)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "null", "7", '{"preset": ["fine"]}', '{"strength": "much"}']
)
def test_what_cannot_be_read_is_as_for_everybody(text: str) -> None:
    assert Preferences.from_json(text) == Preferences()
    assert Handover.from_json(text) == Handover()


def test_old_and_unknown_values_spoil_nothing_beside_them() -> None:
    text = (
        '{"preset":"enormous","strength":7,"colours":"luminance","form":"file","sound":"loud",'
        '"language":5,"of_a_later_version":true}'
    )
    assert Preferences.from_json(text) == Preferences(colours=Colours.LUMINANCE, form=Form.FILE)


async def test_a_job_keeps_the_form_it_was_asked_for_in(store: Store) -> None:
    await store.change_preferences(ANNA.user_id, lambda _: CHOSEN)
    job = await a_job(store)
    await store.change_preferences(ANNA.user_id, lambda _: Preferences())
    now = await store.job(job.id)
    assert now is not None
    assert now.handover == Handover(form=Form.PHOTO, sound=Sound.NONE)
    assert now.missing == (Part.PHOTO,)
    again = await store.repeat_job(now, Options())
    assert again.handover == Handover()
    assert again.missing == (Part.PHOTO, Part.DOCUMENT)


async def test_what_was_sent_is_not_missing(store: Store) -> None:
    job = await a_job(store)
    await store.mark_photo(job.id, 41)
    now = await store.job(job.id)
    assert now is not None
    assert (now.missing, now.result_id) == ((Part.DOCUMENT,), 41)
