"""Damaged files of every format, through the real processes that open them: a picture or a sentence, and nothing else."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.pictures.codec import read_picture, reread_picture
from core.pictures.decoder import Decoder
from core.pictures.notes import notes_of
from core.pictures.picture_errors import PictureError
from tests.auxil.mutations import EXTREMES, KINDS, Damage, corpus, damaged
from tests.auxil.pictures import mean_difference
from tests.fuzz import Figures, open_damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))

damages = st.builds(
    Damage,
    kind=st.sampled_from(KINDS),
    where=st.floats(0, 1) | st.floats(0, 0.05),
    value=st.sampled_from(EXTREMES) | st.binary(min_size=1, max_size=16),
)


@pytest.fixture(scope="module")
def reader() -> Iterator[tuple[asyncio.Runner, Decoder]]:
    with asyncio.Runner() as runner:
        decoder = Decoder(at_once=1)
        yield runner, decoder
        runner.run(decoder.close())


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(name=st.sampled_from(sorted(corpus())), how=st.lists(damages, min_size=1, max_size=6))
def test_whatever_is_damaged_ends_in_a_picture_or_a_sentence(
    reader: tuple[asyncio.Runner, Decoder], name: str, how: list[Damage]
) -> None:
    runner, decoder = reader
    figures = Figures()

    runner.run(open_damaged(decoder, damaged(corpus()[name], how), name, figures))

    assert figures.faults == []


@pytest.mark.parametrize("name", sorted(corpus()))
def test_in_a_process_without_rights_a_file_opens_as_it_does_here(
    reader: tuple[asyncio.Runner, Decoder], name: str
) -> None:
    """What a decoder imports on first use, say, is out of reach there."""
    runner, decoder = reader
    try:
        here = read_picture(corpus()[name])
    except PictureError as error:
        with pytest.raises(type(error)):
            runner.run(decoder.open(corpus()[name]))
        return

    there = runner.run(decoder.open(corpus()[name]))

    assert mean_difference(reread_picture(there.data), here) == 0
    assert there.notes == notes_of(here)


def test_no_file_that_breaks_off_is_too_much_for_a_reader(
    reader: tuple[asyncio.Runner, Decoder],
) -> None:
    """A reader that crashes or is stopped costs its sender a picture that could have been named."""
    runner, decoder = reader
    figures = Figures()

    for name, data in corpus().items():
        cut = damaged(data, [Damage("cut", 0.95, b"\0")])
        runner.run(open_damaged(decoder, cut, name, figures))

    assert figures.faults == []
    assert figures.costly == []
