"""What buttons carry fits Telegram's limit and comes back as it went."""

from __future__ import annotations

import pytest

from bot.messages import keyboards
from bot.messages.keyboards import Press, Verb
from bot.messages.languages import ENGLISH
from core.style.options import Preset


@pytest.mark.parametrize(
    "press",
    [Press(Verb.PRESET, "quick", 7), Press(Verb.SWAP, "", -12), Press(Verb.CANCEL, "41", 7)],
)
def test_callback_data_survives_a_round_trip(press: Press) -> None:
    assert Press.parse(str(press)) == press


@pytest.mark.parametrize(
    "data", ["", "preset", "preset:quick", "preset:quick:me", "paint:quick:7", ":::"]
)
def test_foreign_callback_data_is_no_press(data: str) -> None:
    assert Press.parse(data) is None


def test_every_preset_has_a_button_with_its_duration_within_the_limits() -> None:
    markup = keyboards.presets(ENGLISH, 10**12, dict.fromkeys(Preset, 42.0))
    buttons = [button for row in markup.inline_keyboard for button in row]
    assert [button.text for button in buttons[:-1]] == [
        "Quick · 45 s",
        "Balanced · 45 s",
        "Fine · 45 s",
        "Classic · 45 s",
    ]
    assert all(1 <= len(str(button.callback_data).encode()) <= 64 for button in buttons)
