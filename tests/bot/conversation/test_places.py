"""What a turn makes of refusals, of topics, and of people who go and come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import (
    CancelJob,
    Delete,
    DeliverJob,
    Edit,
    Film,
    HoldResult,
    LossCurve,
    MoveJob,
    NoteMuted,
    Refusal,
    ReleaseResult,
    ResultImage,
    Send,
    SetForm,
    SheetTile,
    StyleImage,
    StyleSheet,
    SubmitJob,
)
from bot.conversation.events import (
    Added,
    HandlingFailed,
    JobEnded,
    LetIn,
    SendFailed,
    ShutOut,
    StatusLost,
    TurnedAway,
    WordsSent,
)
from bot.conversation.other_forms import in_another_form
from bot.conversation.turn import turn
from bot.messages.keyboards import Verb
from bot.messages.languages import ENGLISH
from bot.messages.message_kinds import MessageKind
from core.jobs.models import BotMessage, JobState, Role
from core.jobs.preferences import Form, Handover
from core.style.options import Preset
from tests.auxil.turns import (
    ADA,
    ADA_IN_GROUP,
    BEN,
    RESULT,
    alert,
    both_pictures,
    command,
    facts_of,
    facts_with,
    heard,
    job,
    notice,
    of_kind,
    only,
    press,
    state_of,
    verbs_of,
)

if TYPE_CHECKING:
    from bot.conversation.effects import Effect
    from bot.conversation.events import Event
    from bot.conversation.state import State
    from core.jobs.models import Job

TOPIC = 77
THERE = replace(heard(private=False), topic=TOPIC)
BOTH = Handover(form=Form.BOTH)
MINE = job(3, ADA_IN_GROUP, JobState.FINISHED, topic=TOPIC, handover=BOTH)
IN_GROUP = state_of(ADA_IN_GROUP)
GONE = Delete(message=4, instead=ENGLISH.outdated())
PHOTO_SENT = BotMessage(id=5, role=Role.PHOTO, message_id=50)


def part(form: Role = Role.PHOTO, *refused: Refusal) -> Send:
    return Send(
        text="losses",
        message=20,
        role=form,
        attachment=ResultImage(3, as_file=form is Role.DOCUMENT),
        topic=TOPIC,
        once=True,
        job_id=3,
        refused=refused,
    )


def refused(
    effect: Send, refusal: Refusal, one: Job | None = MINE, state: State = IN_GROUP
) -> tuple[Effect, ...]:
    return turn(state, SendFailed(effect=effect, refusal=refusal, facts_of=one))[1]


# Topics.


@pytest.mark.parametrize(
    "event",
    [
        replace(command("help", private=False), heard=THERE),
        replace(command("start", private=False), heard=THERE),
        replace(command("settings", private=False), heard=THERE),
        WordsSent(heard=THERE, kind=MessageKind.TEXT, text="hm"),
        TurnedAway(why="nameless", heard=THERE),
        HandlingFailed(heard=THERE),
        StatusLost(job=replace(MINE, state=JobState.RUNNING)),
        JobEnded(job=MINE, result=RESULT, anew=True),
        JobEnded(job=replace(MINE, state=JobState.FAILED, messages=())),
        SendFailed(effect=Send(text="", topic=TOPIC, once=True), unanswered=True),
    ],
    ids=lambda event: type(event).__name__,
)
def test_every_message_goes_to_the_topic_of_what_it_is_about(event: Event) -> None:
    _, effects = turn(IN_GROUP, event)
    assert {one.topic for one in of_kind(effects, Send)} == {TOPIC}


def test_a_session_and_its_job_stay_in_the_topic() -> None:
    after, effects = turn(
        state_of(ADA_IN_GROUP, session=both_pictures()),
        WordsSent(heard=THERE, kind=MessageKind.TEXT, text="hm"),
    )
    assert (only(effects, Send).topic, after.session.topic) == (TOPIC, TOPIC)
    question = after.session.question
    pressed = press(Verb.PRESET, Preset.QUICK, question=question, topic=TOPIC)
    _, effects = turn(replace(after, facts=facts_with()), pressed)
    assert only(effects, SubmitJob).topic == TOPIC


@pytest.mark.parametrize("topic", [None, TOPIC + 1])
@pytest.mark.parametrize("text", ["swap", "stronger"])
@pytest.mark.parametrize("over", [False, True])
def test_a_painting_stays_in_its_topic_whatever_is_said_in_another(
    topic: int | None, text: str, *, over: bool
) -> None:
    one = replace(MINE, state=JobState.DELIVERED if over else JobState.RUNNING)
    facts = facts_with(subject=facts_of(one)) if over else facts_with()
    before = state_of(ADA_IN_GROUP, facts=facts, jobs=() if over else (one,))
    elsewhere = replace(heard(private=False), topic=topic)
    _, effects = turn(before, WordsSent(heard=elsewhere, kind=MessageKind.TEXT, text=text))
    assert {job.topic for job in of_kind(effects, SubmitJob)} <= {TOPIC}
    *statuses, answer = of_kind(effects, Send)
    assert {status.topic for status in statuses} <= {TOPIC}
    assert (answer.topic, answer.reply_to) == (topic, elsewhere.message_id)
    assert of_kind(effects, SubmitJob) or not over


def test_a_button_whose_message_is_hidden_is_answered_where_its_job_is() -> None:
    one = replace(MINE, state=JobState.DELIVERED)
    state = state_of(ADA_IN_GROUP, facts=facts_with(subject=facts_of(one)))
    for event in (
        press(Verb.STRONGER, 3, hidden=True),
        press(Verb.NEW_STYLE, 3, hidden=True),
        press(Verb.NEW_STYLE, 3, topic=TOPIC),
    ):
        assert only(turn(state, event)[1], Send).topic == TOPIC
    assert only(turn(state, press(Verb.NEW_STYLE, 3))[1], Send).topic is None


# Other forms of the same message.

SHEET = StyleSheet((SheetTile("A style", style_id=3),))
LABELS = ("style", "content")


@pytest.mark.parametrize(
    ("refusal", "before", "after"),
    [
        (Refusal.PHOTOS, SHEET, None),
        (Refusal.PHOTOS, StyleImage(picture_id=4), None),
        (Refusal.PHOTOS, LossCurve(3, LABELS), LossCurve(3, LABELS, as_file=True)),
        (Refusal.FILMS, Film(3), Film(3, as_file=True)),
    ],
)
def test_a_picture_that_is_forbidden_becomes_words_or_a_file(
    refusal: Refusal, before: StyleSheet | Film, after: Film | None
) -> None:
    send = Send(text="text", attachment=before)
    wanted = Send(text="text", attachment=after, refused=(refusal,))
    assert in_another_form(send, refusal, private=False) == wanted


@pytest.mark.parametrize(
    ("effect", "refusal"),
    [
        (part(), Refusal.PHOTOS),
        (part(Role.DOCUMENT), Refusal.FILES),
        (Send(text="", attachment=Film(3, as_file=True)), Refusal.FILES),
        (Send(text="", topic=TOPIC), Refusal.TOPIC),
        (Send(text=""), Refusal.REPLY),
        (Send(text=""), Refusal.TEXT),
        (Edit(text="", message=1), Refusal.PHOTOS),
        (Delete(message=1), Refusal.OTHER),
    ],
)
def test_what_has_no_other_form_is_left_to_the_conversation(
    effect: Send | Edit | Delete, refusal: Refusal
) -> None:
    assert in_another_form(effect, refusal, private=False) is None


def test_a_private_chats_topic_that_is_gone_and_a_reply_across_topics_are_left_out() -> None:
    send = Send(text="", topic=TOPIC, reply_to=5)
    gone = in_another_form(send, Refusal.TOPIC, private=True)
    assert gone == Send(text="", refused=(Refusal.TOPIC,))
    across = in_another_form(send, Refusal.REPLY, private=False)
    assert across == Send(text="", topic=TOPIC, refused=(Refusal.REPLY,))


def test_a_preview_that_is_forbidden_becomes_words() -> None:
    edit = Edit(text="", message=1, attachment=StyleImage(picture_id=4))
    assert in_another_form(edit, Refusal.PHOTOS, private=False) == Edit(text="", message=1)


# A result's parts.


@pytest.mark.parametrize("form", [Form.BOTH, Form.PHOTO])
def test_without_photos_a_result_is_one_file_with_the_buttons(form: Form) -> None:
    one = replace(MINE, handover=Handover(form=form))
    effects = refused(part(), Refusal.PHOTOS, one)
    assert of_kind(effects, SetForm) == [SetForm(job=one, form=Form.FILE)]
    file = only(effects, Send)
    assert (file.attachment, file.role) == (ResultImage(3, as_file=True), Role.DOCUMENT)
    assert (file.text, file.topic, file.delivers, file.once) == ("losses", TOPIC, True, True)
    assert Verb.STRONGER in verbs_of(file.keyboard)
    assert Verb.FILE not in verbs_of(file.keyboard)
    assert effects[-1] == GONE


def test_without_files_a_photo_that_was_sent_is_enough() -> None:
    one = replace(MINE, messages=(*MINE.messages, PHOTO_SENT))
    effects = refused(part(Role.DOCUMENT), Refusal.FILES, one)
    assert effects == (SetForm(job=one, form=Form.PHOTO), DeliverJob(job_id=3), GONE)


def test_without_files_whoever_wants_files_gets_a_photo() -> None:
    one = replace(MINE, handover=Handover(form=Form.FILE))
    photo = only(refused(part(Role.DOCUMENT), Refusal.FILES, one), Send)
    assert (photo.attachment, photo.role) == (ResultImage(3), Role.PHOTO)


@pytest.mark.parametrize(
    ("effect", "refusal"),
    [
        (part(Role.DOCUMENT, Refusal.PHOTOS), Refusal.FILES),
        (part(), Refusal.TOPIC),
        (part(), Refusal.TEXT),
        (part(), Refusal.SHUT_OUT),
    ],
)
def test_a_result_that_the_chat_does_not_take_waits_in_private(
    effect: Send, refusal: Refusal
) -> None:
    form = Form.FILE if effect.role is Role.DOCUMENT else Form.BOTH
    effects = refused(effect, refusal, replace(MINE, handover=Handover(form=form)))
    held, gone, word = effects
    assert (held, gone) == (HoldResult(job_id=3), GONE)
    assert isinstance(word, Send)
    assert (word.text, word.chat_id) == (ENGLISH.waits(refusal), ADA.chat_id)
    assert verbs_of(word.keyboard) == [Verb.SEND_HERE]


def test_a_word_that_cannot_be_said_in_private_is_said_in_general_once() -> None:
    word = Send(text="It waits.", chat_id=ADA.chat_id, job_id=3)
    general = only(refused(word, Refusal.SHUT_OUT, MINE, state_of(ADA)), Send)
    assert (general.chat_id, general.topic) == (ADA_IN_GROUP.chat_id, None)
    assert general.text == f"It waits. {ENGLISH.or_in_private()}"
    assert refused(general, Refusal.TOPIC, MINE, IN_GROUP) == ()


# Answers.


@pytest.mark.parametrize("muted", [False, True])
def test_that_the_bot_may_not_write_is_said_in_private_once(muted: bool) -> None:
    state = state_of(ADA_IN_GROUP, facts=facts_with(muted=muted))
    effects = refused(Send(text="an answer"), Refusal.TEXT, None, state)
    word = Send(text=ENGLISH.muted(), chat_id=ADA.chat_id)
    assert effects == (() if muted else (NoteMuted(), word))


def test_what_was_asked_for_and_is_refused_is_said_in_its_place() -> None:
    film = Send(text="", attachment=Film(3, as_file=True), topic=TOPIC, reply_to=5, once=True)
    for refusal in (Refusal.FILES, Refusal.OTHER):
        (word,) = refused(film, refusal, None)
        assert word == Send(text=ENGLISH.refused(refusal), topic=TOPIC, reply_to=5)


# Going and coming back.


def test_shut_out_of_a_group_the_jobs_stop_and_results_wait() -> None:
    running = job(4, ADA_IN_GROUP)
    state = state_of(ADA_IN_GROUP, jobs=(running,), facts=facts_with(unfinished=(MINE,)))
    _, effects = turn(state, ShutOut())
    assert effects[:3] == (CancelJob(job_id=4), HoldResult(job_id=4), HoldResult(job_id=3))
    assert [one.text for one in of_kind(effects, Send)] == [
        ENGLISH.waits(Refusal.SHUT_OUT),
        ENGLISH.removed_from_group(),
    ]
    assert {one.chat_id for one in of_kind(effects, Send)} == {ADA.chat_id}


def test_to_whom_blocked_the_bot_nothing_is_said() -> None:
    state = state_of(jobs=(job(4),), facts=facts_with(unfinished=(job(3),)))
    assert of_kind(turn(state, ShutOut())[1], Send) == []


@pytest.mark.parametrize("event", [LetIn(), command("start")])
def test_whoever_comes_back_gets_the_result_and_learns_what_was_stopped(event: Event) -> None:
    done = job(3, state=JobState.DELIVERED, held=True, handover=BOTH)
    stopped = job(4, state=JobState.CANCELLED, held=True)
    other = replace(MINE, id=5, state=JobState.DELIVERED, held=True)
    held = tuple(map(facts_of, (done, stopped, other)))
    _, effects = turn(state_of(facts=facts_with(held=held)), event)
    assert of_kind(effects, ReleaseResult) == [ReleaseResult(job_id=3), ReleaseResult(job_id=4)]
    assert {one.role for one in of_kind(effects, Send) if one.job_id == 3} == {
        Role.PHOTO,
        Role.DOCUMENT,
    }
    told = only(effects, Edit)
    assert (told.text, verbs_of(told.keyboard)) == (ENGLISH.stopped(), [Verb.TRY_AGAIN])
    offer = of_kind(effects, Send)[-1]
    assert verbs_of(offer.keyboard) == [Verb.SEND_HERE]


def test_a_waiting_result_is_sent_to_where_its_button_is_pressed() -> None:
    held = replace(MINE, state=JobState.DELIVERED, held=True, handover=Handover(form=Form.FILE))
    state = state_of(facts=facts_with(subject=facts_of(held)))
    _, effects = turn(state, press(Verb.SEND_HERE, 3))
    assert effects[0] == MoveJob(job_id=3, topic=None)
    assert only(effects, SetForm).form is Form.PHOTO
    sends = of_kind(effects, Send)
    assert [one.role for one in sends] == [Role.PHOTO]
    assert {(one.topic, one.reply_to) for one in sends} == {(None, None)}
    assert effects[-1] == notice(ENGLISH.a_moment())


def test_a_result_that_does_not_wait_any_more_is_not_sent_again() -> None:
    under_way = replace(MINE, state=JobState.DELIVERED, messages=())
    state = state_of(facts=facts_with(subject=facts_of(under_way)))
    assert turn(state, press(Verb.SEND_HERE, 3))[1] == (notice(ENGLISH.a_moment()),)
    photo = BotMessage(id=9, role=Role.PHOTO, message_id=12, captioned=True)
    state = state_of(facts=facts_with(subject=facts_of(replace(under_way, messages=(photo,)))))
    assert turn(state, press(Verb.SEND_HERE, 3))[1] == (alert(ENGLISH.sent_already()),)


@pytest.mark.parametrize(
    ("one", "kept", "words"),
    [
        (replace(MINE, person=BEN, state=JobState.DELIVERED), True, ENGLISH.not_yours()),
        (replace(MINE, state=JobState.DELIVERED), False, "not kept"),
    ],
)
def test_a_result_of_somebody_else_or_one_that_is_gone_is_refused(
    one: Job, kept: bool, words: str
) -> None:
    state = state_of(facts=facts_with(subject=facts_of(one, kept=kept)))
    (answer,) = turn(state, press(Verb.SEND_HERE, 3))[1]
    if kept:
        assert answer == alert(words)
    else:
        assert getattr(answer, "alert", False)


def test_added_to_a_group_the_bot_says_two_lines() -> None:
    (hello,) = turn(IN_GROUP, Added())[1]
    assert hello == Send(text=ENGLISH.added())
    assert ENGLISH.added().count("\n") == 1
