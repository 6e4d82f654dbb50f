"""What people chose once is kept, each person's own, until they are forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.preferences import DEFAULT_PREFERENCES, Form, Preferences, Sound
from core.jobs.store import Store
from core.style.options import Colours, Preset
from tests.auxil.sessions import ANNA, BERT

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
    async with await Store.open(path) as store:
        await store.preferences.save(ANNA.user_id, CHOSEN)
    async with await Store.open(path) as store:
        assert await store.preferences.get(ANNA.user_id) == (CHOSEN, None)
        assert await store.preferences.get(BERT.user_id) == (DEFAULT_PREFERENCES, None)


async def test_the_language_of_the_client_is_kept_beside_them(store: Store) -> None:
    await store.preferences.save_language(ANNA, "pt-br")
    await store.preferences.save_language(ANNA, "en-gb")
    assert await store.preferences.get(ANNA.user_id) == (DEFAULT_PREFERENCES, "en-gb")
    await store.preferences.save(ANNA.user_id, CHOSEN)
    assert await store.preferences.get(ANNA.user_id) == (CHOSEN, "en-gb")


async def test_forgetting_somebody_forgets_their_choices(store: Store) -> None:
    for person in (ANNA, BERT):
        await store.preferences.save(person.user_id, CHOSEN)
        await store.preferences.save_language(person, "en")
    await store.housekeeping.forget(ANNA.user_id)
    assert await store.preferences.get(ANNA.user_id) == (DEFAULT_PREFERENCES, None)
    assert await store.preferences.get(BERT.user_id) == (CHOSEN, "en")


async def test_a_small_value_is_kept_and_replaced(store: Store) -> None:
    assert await store.preferences.value("page") is None
    await store.preferences.set_value("page", "1")
    await store.preferences.set_value("page", "2")
    assert await store.preferences.value("page") == "2"
