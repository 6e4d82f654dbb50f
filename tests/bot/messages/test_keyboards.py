"""What buttons carry fits Telegram's limit and comes back as it went."""

from __future__ import annotations

import pytest

from bot.messages import keyboards
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.languages import ENGLISH
from core.style.options import Preset


@pytest.mark.parametrize(
    "data",
    [
        CallbackData(Verb.PRESET, "quick", 7),
        CallbackData(Verb.PRESET, "quick", 7, 12),
        CallbackData(Verb.SWAP, "", -12, 3),
        CallbackData(Verb.CANCEL, "41", 7),
        CallbackData(Verb.SETTINGS, "strength=0.7", 7),
    ],
)
def test_callback_data_survives_a_round_trip(data: CallbackData) -> None:
    assert CallbackData.parse(str(data)) == data


@pytest.mark.parametrize(
    "data",
    ["", "preset", "preset:quick", "preset:quick:me", "preset:quick.x:7", "paint:quick:7", ":::"],
)
def test_foreign_callback_data_is_not_read(data: str) -> None:
    assert CallbackData.parse(data) is None


def test_every_preset_has_a_button_with_its_duration_within_the_limits() -> None:
    keyboard = keyboards.presets(ENGLISH, 10**12, 10**9, dict.fromkeys(Preset, 42.0), strength=0.5)
    buttons = [button for row in keyboard for button in row]
    assert [button.label for button in buttons[:-2]] == [
        "Quick · 45 s",
        "Balanced · 45 s",
        "Fine · 45 s",
        "Classic · 45 s",
    ]
    assert all(1 <= len(button.data.encode()) <= 64 for button in buttons)
