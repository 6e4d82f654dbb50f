"""Which place a picture takes, whatever order Telegram delivers in."""

from __future__ import annotations

from itertools import permutations

import pytest

from bot.turns import Remark, swap, take
from core.jobs.models import Person, SentPicture, Session, Step

ADA = Person(1, 1)


def picture(message_id: int, album: str | None = None) -> SentPicture:
    return SentPicture(id=message_id, message_id=message_id, width=640, height=480, album=album)


def test_the_first_picture_is_the_content_and_the_second_the_style() -> None:
    session, remark = take(Session(person=ADA), picture(1))
    assert (session.step, remark) == (Step.STYLE, Remark.TAKEN)
    session, remark = take(session, picture(2))
    assert (session.content, session.style, remark) == (picture(1), picture(2), Remark.TAKEN)


def test_a_third_picture_replaces_the_style_and_says_so() -> None:
    session = Session(person=ADA, content=picture(1), style=picture(2), question_id=9)
    session, remark = take(session, picture(3))
    assert (session.content, session.style) == (picture(1), picture(3))
    assert remark is Remark.REPLACED_STYLE
    assert session.question_id is None


@pytest.mark.parametrize("order", list(permutations([4, 5])))
def test_an_album_is_a_pair_in_message_order_whatever_came_before(order: tuple[int, ...]) -> None:
    for before in (
        Session(person=ADA),
        Session(person=ADA, content=picture(1)),
        Session(person=ADA, content=picture(1), style=picture(2)),
    ):
        session = before
        for number in order:
            session, _ = take(session, picture(number, "album"))
        assert (session.content, session.style) == (picture(4, "album"), picture(5, "album"))


@pytest.mark.parametrize("order", list(permutations([4, 5, 6])))
def test_of_a_larger_album_the_first_two_count_and_it_is_said(order: tuple[int, ...]) -> None:
    session, remark = Session(person=ADA), Remark.TAKEN
    for number in order:
        session, remark = take(session, picture(number, "album"))
    assert (session.content, session.style) == (picture(4, "album"), picture(5, "album"))
    assert remark is Remark.ONLY_TWO


def test_swapping_twice_changes_nothing() -> None:
    session = Session(person=ADA, content=picture(1), style=picture(2))
    assert swap(session).content == picture(2)
    assert swap(swap(session)) == session
