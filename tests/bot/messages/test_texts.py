"""What the bot says is well-formed, within Telegram's limits, and never shows what it should not."""

from __future__ import annotations

import pytest

from bot.messages import number_formats as formats
from bot.messages.languages import ENGLISH
from core.sentences import sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "5 s"),
        (41, "45 s"),
        (61, "75 s"),
        (130, "2 min"),
        (3300, "55 min"),
        (4200, "1 h 10 min"),
    ],
)
def test_durations_read_as_a_person_would_guess_them(seconds: float, words: str) -> None:
    assert ENGLISH.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"), [(4169.3, "4,169"), (12.345, "12.3"), (0.26369, "0.264"), (0.0, "0")]
)
def test_losses_show_three_digits_and_no_exponent(value: float, words: str) -> None:
    assert formats.loss(value) == words


def test_a_bar_is_full_only_when_it_is_done() -> None:
    assert formats.EMPTY in formats.bar(0.999)
    assert formats.EMPTY not in formats.bar(1.0)
    assert formats.percent(0.999) == 99


def test_what_others_wrote_is_escaped() -> None:
    assert "<b>x" not in ENGLISH.failed(sentence("<b>x & y"))
    assert "&lt;b&gt;x &amp; y" in ENGLISH.failed(sentence("<b>x & y"))


def test_descriptions_fit_telegram() -> None:
    assert len(ENGLISH.description()) <= 512
    assert len(ENGLISH.short_description()) <= 120
    assert all(1 <= len(text) <= 256 for text in ENGLISH.command_descriptions().values())
