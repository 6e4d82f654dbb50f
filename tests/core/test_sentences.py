"""A sentence keeps its values apart, so that it can be said later and in another language."""

from __future__ import annotations

import pickle

from core.jobs.job_errors import QueueFullError, TooManyCrashesError
from core.pictures.picture_errors import TooSmallError
from core.sentences import Sentence, counted, sentence
from core.style.style_errors import WeightsError

GERMAN = {
    "Come back {when}.": "Bitte {when} wiederkommen.",
    "in about {n} minutes": "in etwa {n} Minuten",
}


def german(text: str) -> str:
    return GERMAN[text]


def german_count(one: str, many: str, n: int) -> str:
    return GERMAN[one if n == 1 else many]


def test_a_sentence_within_another_is_said_in_the_same_language() -> None:
    minutes = counted("in about a minute", "in about {n} minutes", n=5)
    spoken = sentence("Come back {when}.", when=minutes)

    assert str(spoken) == "Come back in about 5 minutes."
    assert spoken.said(german, german_count) == "Bitte in etwa 5 Minuten wiederkommen."


def test_what_was_kept_is_said_as_it_was_raised() -> None:
    spoken = QueueFullError(limit=1, seconds=7200).spoken

    kept = Sentence.from_json(spoken.to_json())

    assert kept == spoken
    assert (
        str(kept) == "The queue is full: 1 picture is waiting. Please come back in about 2 hours."
    )


def test_a_sentence_that_an_earlier_version_kept_is_said_as_it_is() -> None:
    old = "This went wrong: {braces} and all."

    assert str(Sentence.from_json(old)) == old


def test_an_error_travels_with_its_sentence_and_its_numbers() -> None:
    error = TooSmallError(width=63, height=200, limit=64)

    travelled = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here

    assert (type(travelled), travelled.width, travelled.spoken) == (TooSmallError, 63, error.spoken)
    assert "63 × 200" in str(travelled)


def test_what_only_the_operator_can_change_is_told_to_the_operator() -> None:
    error = WeightsError("There is no weights file /secret/place.pth.")

    assert "/secret/place.pth" in str(error)
    assert "secret" not in str(error.spoken)
    assert "tell whoever runs me" in str(error.spoken)


def test_one_and_many_differ() -> None:
    assert "1 time " in str(TooManyCrashesError(attempts=1))
    assert "3 times" in str(TooManyCrashesError(attempts=3))
