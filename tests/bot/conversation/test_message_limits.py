"""Nothing that the bot says is longer than Telegram takes, in any of its languages."""

from __future__ import annotations

from dataclasses import astuple, replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import Edit, Send
from bot.conversation.events import JobEnded, PictureSent, PictureTrouble, WordsSent
from bot.conversation.turn import turn
from bot.messages import keyboards, result_keyboards
from bot.messages.keyboards import Verb
from bot.messages.message_kinds import MessageKind
from bot.messages.status_view import RunningStatus, StatusView, WaitingStatus, status_text
from core.engines.protocol import Delay
from core.jobs import job_errors
from core.jobs.models import MAX_NAME, MAX_STYLES, JobState, Person
from core.jobs.preference_choices import Aspect
from core.jobs.preferences import Form, Handover, Preferences, Sound
from core.pictures import picture_errors
from core.style import style_errors
from core.style.options import Colours, Options, Preset
from core.style.progress import Losses, Progress
from tests.auxil.chat_limits import ANSWER, length, too_long
from tests.auxil.turns import (
    LANGUAGES,
    NOW,
    RESULT,
    both_pictures,
    command,
    facts_of,
    facts_with,
    heard,
    job,
    of_kind,
    one_picture,
    press,
    state_of,
    style,
)

if TYPE_CHECKING:
    from bot.conversation.events import Event
    from bot.conversation.state import State
    from bot.messages.texts import Texts
    from core.sentences import SpokenError

USER = 2**52 - 1
"""Telegram's ids have at most 52 significant bits."""
JOB = 10**9
DAY = 24 * 3600.0
WHO = (Person(USER, USER), Person(-USER, USER))
NAMES = tuple(
    style(number, name="&" * MAX_NAME, kept=True) for number in range(JOB, JOB + MAX_STYLES)
)
CHOSEN = Preferences(strength=1.0, colours=Colours.LUMINANCE, form=Form.FILE, sound=Sound.RESULTS)
PICTURE_ERRORS: tuple[SpokenError, ...] = (
    picture_errors.UnknownFormatError(),
    picture_errors.UnreadTiffError(),
    picture_errors.TruncatedPictureError(),
    picture_errors.AnimatedPictureError(),
    picture_errors.FileTooLargeError(size=2 * 10**9, limit=20 * 10**6),
    picture_errors.TooManyPixelsError(width=99_999, height=99_999, limit=50 * 10**6),
    picture_errors.TooSmallError(width=10, height=99_999, limit=64),
    picture_errors.TooNarrowError(width=10_000, height=99_999, limit=12.5),
    picture_errors.TooCostlyError(),
)
JOB_ERRORS: tuple[SpokenError, ...] = (
    style_errors.WeightsError("for the operator"),
    style_errors.TooLongError(hours=100.0),
    style_errors.NotFiniteError(),
    style_errors.OutOfMemoryError(),
    job_errors.TooManyCrashesError(attempts=3),
    job_errors.UnexpectedError(),
)
ALERTS: tuple[SpokenError, ...] = (
    job_errors.QueueFullError(limit=100, seconds=DAY),
    job_errors.WaitingLimitError(limit=50, seconds=DAY),
    job_errors.DailyLimitError(limit=500, seconds=DAY),
    job_errors.TooManyStylesError(limit=MAX_STYLES),
    job_errors.PictureGoneError(),
    job_errors.StyleGoneError(),
    job_errors.StoreFullError(),
    job_errors.QuotaError(limit=999 * 10**6),
    job_errors.StoreBusyError(),
    job_errors.StoreDamagedError(),
)
TROUBLES = (
    PictureTrouble(),
    PictureTrouble(limit=1000, window=3600.0, wait=3599.0),
    *(PictureTrouble(reason=error.spoken) for error in PICTURE_ERRORS),
)
EVENTS: tuple[Event, ...] = (
    *(command(name, private=private) for name, private in product(
        ("start", "help", "status", "styles", "settings", "privacy", "forget", "nonsense", "paint"),
        (True, False),
    )),
    *(WordsSent(heard=heard(private=False), kind=kind) for kind in MessageKind),
    *(PictureSent(heard=heard(private=False), trouble=trouble) for trouble in TROUBLES),
    *(press(verb, JOB, owner=USER) for verb in Verb),
    *(press(Verb.SETTINGS, aspect, owner=USER) for aspect in Aspect),
    press(Verb.PICK, JOB, owner=USER, question=JOB),
    press(Verb.SWAP, owner=USER, question=JOB),
)  # fmt: skip


@pytest.fixture(params=sorted(LANGUAGES.texts))
def language(request: pytest.FixtureRequest) -> str:
    code: str = request.param
    return code


@pytest.fixture
def texts(language: str) -> Texts:
    return LANGUAGES.texts[language]


@pytest.fixture
def states(language: str) -> list[State]:
    """People who chose much and wait for much, at each step."""
    sessions = (one_picture(question=JOB), both_pictures(question=JOB))
    done = job(JOB, state=JobState.DELIVERED)
    return [
        state_of(
            person,
            session=session,
            preferences=replace(CHOSEN, language=language),
            styles=NAMES,
            jobs=tuple(job(JOB + at, person, evaluation=1, evaluations=2) for at in range(6)),
            facts=facts_with(
                subject=facts_of(replace(done, person=person)), next_message=JOB, next_job=JOB
            ),
        )
        for person, session in product(WHO, sessions)
    ]


def test_every_message_and_every_button_fits(states: list[State]) -> None:
    messages = [
        effect
        for state, event in product(states, EVENTS)
        for effect in turn(state, event)[1]
        if isinstance(effect, Send | Edit)
    ]
    assert len(messages) > 100
    for one in messages:
        # A question keeps its picture, and so does a card of a style: their words are captions.
        captioned = one.attachment is not None or (isinstance(one, Edit) and one.captioned)
        captioned = captioned or one.message is not None
        assert too_long(one.text, one.keyboard, captioned=captioned) == []


def test_every_end_of_a_job_fits_under_a_preview(texts: Texts, language: str) -> None:
    state = state_of(WHO[0], client_language=language)
    for error in JOB_ERRORS:
        failed = job(JOB, WHO[0], JobState.FAILED, error=error.spoken)
        (edit,) = of_kind(turn(state, JobEnded(job=failed))[1], Edit)
        assert too_long(edit.text, edit.keyboard, captioned=True) == []
    assert too_long(texts.unanswered(), captioned=True) == []
    assert too_long(texts.cancelled(), captioned=True) == []


def test_every_result_fits(texts: Texts) -> None:
    losses = Losses(123_456_789.0, 123_456_789.0)
    result = replace(
        RESULT,
        size=(4096, 4096),
        initial=losses,
        final=losses,
        evaluations=5000,
        seconds=99_999.0,
        device="cuda:15 of a machine with a long name",
        complete=False,
        reduced=True,
        exact_losses=False,
    )
    for form, preset in product(Form, Preset):
        one = job(JOB, WHO[0], options=Options(preset=preset), handover=Handover(form=form))
        keyboard = result_keyboards.result(texts, one)
        assert too_long("-", result_keyboards.more(texts, one)) == []
        assert too_long(texts.caption(one, result), keyboard, captioned=True) == []
    for caption in (
        texts.file_caption(),
        texts.film_caption(),
        texts.compare_caption(),
        texts.curve_caption(),
    ):
        assert too_long(caption, captioned=True) == []
    assert all(astuple(texts.curve_labels()))


def test_every_progress_fits_under_a_preview(texts: Texts) -> None:
    progress = Progress(
        evaluation=4999,
        evaluations=5000,
        scale=4,
        scales=4,
        size=(4096, 4096),
        losses=Losses(123_456_789.0, 123_456_789.0),
        elapsed=DAY,
        attempt=3,
        reduced=True,
    )
    for preset in Preset:
        one = job(JOB, WHO[0], options=Options(preset=preset))
        views: tuple[StatusView, ...] = (
            RunningStatus(one, progress, DAY),
            RunningStatus(one, None, None),
            WaitingStatus(one, 100, DAY, None),
            *(WaitingStatus(one, 100, DAY, delay) for delay in Delay),
        )
        for view in views:
            assert too_long(status_text(texts, view), captioned=True) == []


def test_every_answer_to_a_press_fits_without_being_cut(texts: Texts) -> None:
    answers = [
        texts.old_button(),
        texts.not_yours(),
        texts.over(),
        texts.cancelling(),
        texts.already(),
        texts.in_hand(),
        texts.a_moment(),
        texts.file_sent(),
        texts.removed(),
        texts.noted(),
        texts.not_allowed(),
        *(texts.chosen(preset) for preset in Preset),
        *(texts.said(error.spoken) for error in ALERTS),
    ]
    assert [text for text in answers if not 1 <= length(text) <= ANSWER] == []


def test_a_name_fits_a_button_and_a_card(texts: Texts) -> None:
    named = style(JOB, name="&" * MAX_NAME, prompt_id=70, prompted=NOW)
    keyboard = keyboards.style(texts, named, USER)
    for text in (texts.card(named), texts.ask_name(MAX_NAME), texts.your_styles(10_000.0)):
        assert too_long(text, keyboard, captioned=True) == []
