"""What a person is told when a job ends, and when a message about it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import (
    Delete,
    DeliverJob,
    Edit,
    FailJob,
    Film,
    HoldResult,
    ResultImage,
    Send,
)
from bot.conversation.events import CommandSent, JobEnded, SendFailed, StatusLost
from bot.conversation.job_events import LOOKS_ON
from bot.conversation.turn import turn
from bot.messages import result_keyboards, status_keyboards
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.languages import ENGLISH
from bot.messages.texts.result_texts import UNDELIVERABLE
from core.jobs.job_errors import PictureGoneError, TooManyCrashesError, UnexpectedError
from core.jobs.models import BotMessage, Job, JobState, Role, SentPicture
from core.jobs.preferences import Form, Handover, Sound
from core.sentences import SpokenError, sentence
from core.style.options import Colours, Options, Preset
from core.style.progress import Losses
from core.style.style_errors import OutOfMemoryError, WeightsError
from tests.auxil.screens import Loss, ShownButton
from tests.auxil.turns import (
    ADA,
    NOW,
    QUICK,
    RESULT,
    command,
    data_of,
    facts_with,
    job,
    of_kind,
    only,
    picture,
    state_of,
    style,
    verbs_of,
)
from tests.auxil.world import World

if TYPE_CHECKING:
    from datetime import datetime

BOTH = Handover(form=Form.BOTH)
ENDED = job(3, state=JobState.FINISHED, handover=BOTH)
LATE = NOW - timedelta(seconds=LOOKS_ON + 0.1)
"""When a job was asked for that took so long that its result is a new message."""
DELIVERED = job(3, state=JobState.DELIVERED)
PHOTO = Send(
    text="", message=20, role=Role.PHOTO, attachment=ResultImage(3), reply_to=1, once=True, job_id=3
)


def with_form(
    form: Form,
    sound: Sound = Sound.RESULTS,
    *,
    created: datetime = LATE,
    messages: tuple[BotMessage, ...] = ENDED.messages,
) -> Job:
    handover = Handover(form=form, sound=sound)
    return replace(ENDED, handover=handover, created=created, messages=messages)


def finished(one: Job = ENDED) -> JobEnded:
    return JobEnded(job=one, result=RESULT)


@pytest.mark.parametrize(
    ("form", "roles"),
    [
        (Form.BOTH, [Role.PHOTO, Role.DOCUMENT]),
        (Form.PHOTO, [Role.PHOTO]),
        (Form.FILE, [Role.DOCUMENT]),
    ],
)
def test_a_result_is_sent_in_its_form_and_the_last_part_delivers_it(
    form: Form, roles: list[Role]
) -> None:
    _, effects = turn(state_of(), finished(with_form(form)))
    sends = of_kind(effects, Send)
    assert [one.role for one in sends] == roles
    assert [one.message for one in sends] == [20, 21][: len(roles)]
    assert [one.delivers for one in sends] == [False] * (len(roles) - 1) + [True]
    assert [one.attachment for one in sends] == [
        ResultImage(3, as_file=role is Role.DOCUMENT) for role in roles
    ]
    assert all(one.once and one.reply_to == 1 and one.job_id == 3 for one in sends)


@pytest.mark.parametrize("form", Form)
def test_the_first_part_has_the_details_and_the_buttons(form: Form) -> None:
    one = with_form(form)
    _, effects = turn(state_of(), finished(one))
    first, *rest = of_kind(effects, Send)
    assert (first.text, first.keyboard) == (
        ENGLISH.caption(one, RESULT),
        result_keyboards.result(ENGLISH, one),
    )
    assert [(part.text, part.keyboard) for part in rest] == [(ENGLISH.file_caption(), ())] * len(
        rest
    )


@pytest.mark.parametrize(
    ("style_picture", "head"),
    [
        (replace(picture(2), builtin="glass"), "<b>Your photo in Stained glass</b>, 41 s"),
        (picture(50), "<b>Your photo in Sea &amp; sky</b>, 41 s"),
        (picture(2), "<b>Your photo in the style you chose</b>, 41 s"),
        (
            replace(picture(2), builtin="gone since"),
            "<b>Your photo in the style you chose</b>, 41 s",
        ),
    ],
)
def test_a_caption_begins_with_the_style_by_its_name(style_picture: SentPicture, head: str) -> None:
    before = state_of(styles=(style(5, name="Sea & sky"), style(6)))
    _, effects = turn(before, finished(replace(ENDED, style=style_picture)))
    first = only(effects, Edit)
    assert first.text.splitlines()[0] == head


def test_a_caption_names_all_styles_of_a_blend() -> None:
    blend = replace(
        ENDED, style=replace(picture(2), builtin="glass"), further=(picture(50), picture(3))
    )
    _, effects = turn(state_of(styles=(style(5, name="Sea"),)), finished(blend))
    head = only(effects, Edit).text.splitlines()[0]
    assert head == "<b>Your photo in Stained glass + Sea + your style</b>, 41 s"


def test_the_details_are_folded_and_no_loss_reads_as_a_failure() -> None:
    _, *folded = ENGLISH.caption(ENDED, RESULT).splitlines()
    assert folded == [
        "<blockquote expandable>Style loss 4,169 → 12.3",
        "Content loss 4.5 (0 is the photo itself)",
        "300 evaluations",
        "Quick · 640 × 480 · on cpu</blockquote>",
    ]
    begun_elsewhere = replace(RESULT, initial=Losses(4169.0, 3.0))
    assert "Content loss 3 → 4.5" in ENGLISH.caption(ENDED, begun_elsewhere)


def test_results_of_different_choices_are_told_apart_at_a_glance() -> None:
    chosen = replace(QUICK, strength=0.9, colours=Colours.LUMINANCE)
    head, *_ = ENGLISH.caption(replace(ENDED, options=chosen), RESULT, "Ink").splitlines()
    assert head == "<b>Your photo in Ink</b>, 41 s · strength 90 % · my colours"
    head, *_ = ENGLISH.caption(ENDED, RESULT, "Ink").splitlines()
    assert head == "<b>Your photo in Ink</b>, 41 s"


def test_what_the_person_should_know_is_not_folded() -> None:
    short = replace(RESULT, reduced=True, complete=False)
    _, reduced, early, *_ = ENGLISH.caption(ENDED, short).splitlines()
    assert reduced.startswith("Memory was short")
    assert early.startswith("Time ran out")


def test_losses_that_are_not_exact_are_marked() -> None:
    rough = replace(RESULT, exact_losses=False)
    assert "losses are approximate" in ENGLISH.caption(ENDED, rough)
    assert "approximate" not in ENGLISH.caption(ENDED, RESULT)


def test_only_after_the_result_the_status_goes() -> None:
    _, effects = turn(state_of(), finished(with_form(Form.BOTH)))
    assert [type(one) for one in effects] == [Send, Send, Delete]
    assert effects[-1] == Delete(message=4, instead=ENGLISH.outdated())


@pytest.mark.parametrize("form", [Form.PHOTO, Form.BOTH])
def test_the_status_message_becomes_the_photo_of_who_looks_on(form: Form) -> None:
    one = with_form(form, created=NOW - timedelta(seconds=LOOKS_ON))
    _, effects = turn(state_of(), finished(one))
    first, *rest = effects
    assert first == Edit(
        text=ENGLISH.caption(one, RESULT),
        message=4,
        keyboard=result_keyboards.result(ENGLISH, one),
        attachment=ResultImage(3),
        job_id=3,
        delivers=form is Form.PHOTO,
    )
    file = [ResultImage(3, as_file=True)] if form is Form.BOTH else []
    assert [one.attachment for one in of_kind(rest, Send)] == file
    assert of_kind(rest, Delete) == []
    assert all(one.silent for one in of_kind(rest, Send))


@pytest.mark.parametrize(("pressed", "becomes"), [(LOOKS_ON - 1, True), (LOOKS_ON + 1, False)])
@pytest.mark.parametrize("value", ["", "=90", "=luminance"])
def test_whoever_has_pressed_a_button_of_a_painting_looks_on(
    value: str, pressed: float, *, becomes: bool
) -> None:
    world = World()
    painted = world.order(ADA)
    world.start(painted.id)
    world.pass_time(LOOKS_ON + 100)
    *_, status = world.chat(ADA)
    data = CallbackData(Verb.CHANGE, f"{painted.id}{value}", ADA.user_id)
    world.press(ADA, ShownButton(ADA.chat_id, status, str(data)))
    world.pass_time(pressed)
    world.finish(painted.id)
    assert (status in world.chat(ADA)) is becomes


def test_a_file_is_a_message_of_its_own() -> None:
    _, effects = turn(state_of(), finished(with_form(Form.FILE, created=NOW)))
    assert [type(one) for one in effects] == [Send, Delete]
    assert not only(effects, Send).silent


@pytest.mark.parametrize("sound", Sound)
@pytest.mark.parametrize(("waited", "followed"), [(LOOKS_ON + 1, False), (0.0, True)])
def test_a_result_that_would_be_missed_is_a_new_message_unless_nothing_may_sound(
    sound: Sound, waited: float, *, followed: bool
) -> None:
    created = NOW - timedelta(seconds=waited)
    status = BotMessage(id=4, role=Role.STATUS, message_id=40, followed=followed)
    one = with_form(Form.PHOTO, sound, created=created, messages=(status,))
    _, effects = turn(state_of(), finished(one))
    new = [Send, Delete]
    assert [type(each) for each in effects] == ([Edit] if sound is Sound.NONE else new)
    assert not any(each.silent for each in of_kind(effects, Send))


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (BotMessage(id=4, role=Role.STATUS, message_id=None, pending=True), [Edit]),
        (BotMessage(id=4, role=Role.STATUS, message_id=40), [Edit]),
        (None, [Send]),
    ],
)
def test_a_status_that_is_about_to_be_sent_becomes_the_result_too(
    status: BotMessage | None, kinds: list[type]
) -> None:
    messages = () if status is None else (status,)
    one = with_form(Form.PHOTO, created=NOW, messages=messages)
    _, effects = turn(state_of(), finished(one))
    assert [type(each) for each in effects] == kinds


def test_what_cannot_become_the_result_gives_way_to_a_new_message() -> None:
    one = with_form(Form.BOTH, created=NOW)
    _, effects = turn(state_of(), JobEnded(job=one, result=RESULT, anew=True))
    assert [type(each) for each in effects] == [Send, Send, Delete]


def test_a_result_that_is_gone_before_it_was_shown_is_told() -> None:
    _, effects = turn(state_of(), JobEnded(job=ENDED, anew=True))
    reason = PictureGoneError().spoken
    assert effects[0] == FailJob(job_id=3, reason=reason)
    assert only(effects, Edit).text == ENGLISH.failed(reason)


def test_a_photo_that_may_have_arrived_is_not_sent_again_in_the_status_by_itself() -> None:
    lost = BotMessage(id=5, role=Role.PHOTO)
    one = with_form(Form.PHOTO, created=NOW, messages=(*ENDED.messages, lost))
    _, effects = turn(state_of(), finished(one))
    assert [type(each) for each in effects] == [Send, Delete]


def test_the_photo_of_a_cut_out_says_so_and_hands_out_the_file_at_once() -> None:
    one, cut = with_form(Form.PHOTO, created=NOW), replace(RESULT, cutout=True)
    _, effects = turn(state_of(), JobEnded(job=one, result=cut))
    shown = only(effects, Edit)
    assert "on white" in shown.text
    assert "on white" not in ENGLISH.caption(one, RESULT)
    assert verbs_of(shown.keyboard)[-1] is Verb.FILE
    _, effects = turn(state_of(), JobEnded(job=with_form(Form.BOTH), result=cut))
    assert Verb.FILE not in verbs_of(of_kind(effects, Send)[0].keyboard)
    _, effects = turn(state_of(), JobEnded(job=with_form(Form.FILE), result=cut))
    assert "on white" not in only(effects, Send).text


@pytest.mark.parametrize(
    ("sound", "silent"),
    [(Sound.ALL, [False, True]), (Sound.RESULTS, [False, True])],
)
def test_a_result_that_is_a_new_message_sounds_once(sound: Sound, silent: list[bool]) -> None:
    _, effects = turn(state_of(), finished(with_form(Form.BOTH, sound)))
    assert [one.silent for one in of_kind(effects, Send)] == silent


def test_what_was_sent_before_a_restart_is_not_sent_again() -> None:
    sent = BotMessage(id=5, role=Role.PHOTO, message_id=50)
    both = with_form(Form.BOTH, messages=(*ENDED.messages, sent))
    _, effects = turn(state_of(), finished(both))
    assert [one.role for one in of_kind(effects, Send)] == [Role.DOCUMENT]


def test_a_result_of_which_everything_was_sent_counts_as_delivered() -> None:
    parts = (
        BotMessage(id=5, role=Role.PHOTO, message_id=50),
        BotMessage(id=6, role=Role.DOCUMENT, message_id=60),
    )
    _, effects = turn(state_of(), finished(replace(ENDED, messages=parts)))
    assert effects == (DeliverJob(job_id=3),)


def test_a_failure_is_told_in_the_status_with_a_button_to_try_again() -> None:
    failed = job(3, state=JobState.FAILED, error=sentence("It ran out of <numbers>."))
    _, effects = turn(state_of(), JobEnded(job=failed))
    text, keyboard = ENGLISH.failed(failed.error), status_keyboards.try_again(ENGLISH, failed)
    edit = only(effects, Edit)
    assert (edit.message, edit.text, edit.keyboard) == (4, text, keyboard)
    assert "&lt;numbers&gt;" in edit.text
    assert edit.otherwise == Send(
        text=text,
        message=4,
        role=Role.STATUS,
        keyboard=keyboard,
        reply_to=1,
        silent=False,
        job_id=3,
    )


@pytest.mark.parametrize("sound", Sound)
@pytest.mark.parametrize(("waited", "followed"), [(LOOKS_ON + 1, False), (0.0, True)])
def test_a_failure_that_would_be_missed_is_a_new_message_unless_nothing_may_sound(
    sound: Sound, waited: float, *, followed: bool
) -> None:
    handover, created = Handover(sound=sound), NOW - timedelta(seconds=waited)
    failed = job(3, state=JobState.FAILED, handover=handover, error=sentence("It went wrong."))
    status = BotMessage(id=4, role=Role.STATUS, message_id=40, followed=followed)
    failed = replace(failed, created=created, messages=(status,))
    _, effects = turn(state_of(), JobEnded(job=failed))
    if sound is Sound.NONE:
        assert [type(one) for one in effects] == [Edit]
        return
    sent, gone = effects
    assert isinstance(sent, Send)
    assert (sent.message, sent.role, sent.silent) == (20, Role.STATUS, False)
    assert (sent.text, verbs_of(sent.keyboard)) == (ENGLISH.failed(failed.error), [Verb.TRY_AGAIN])
    assert gone == Delete(message=4, instead=ENGLISH.outdated())


def test_a_failure_that_is_a_new_message_can_be_tried_again() -> None:
    world = World()
    world.order(ADA)
    world.pass_time(LOOKS_ON + 0.1)
    before = set(world.chat(ADA))
    world.fail(1)
    (button,) = world.screens.shown_buttons(ADA.chat_id)
    assert button.message_id not in before
    world.press(ADA, button)
    assert world.memory.job(2).state is JobState.QUEUED


def test_a_cancelled_job_says_so_and_can_be_gone_on_with() -> None:
    _, effects = turn(state_of(), JobEnded(job=job(3, state=JobState.CANCELLED)))
    edit = only(effects, Edit)
    assert (edit.text, data_of(edit.keyboard)) == (ENGLISH.cancelled(), ["on:3:1"])


def test_an_end_without_a_status_message_is_told_in_a_new_one() -> None:
    _, effects = turn(state_of(), JobEnded(job=job(3, state=JobState.CANCELLED, messages=())))
    sent = only(effects, Send)
    assert (sent.message, sent.role, sent.text) == (20, Role.STATUS, ENGLISH.cancelled())


def test_an_end_is_told_in_the_owners_language() -> None:
    before = state_of(client_language="zh-hans")
    failed = job(3, state=JobState.FAILED, error=UNDELIVERABLE)
    _, effects = turn(before, JobEnded(job=failed))
    assert only(effects, Edit).text == before.texts.failed(UNDELIVERABLE)
    assert before.texts.failed(UNDELIVERABLE) != ENGLISH.failed(UNDELIVERABLE)


def test_the_end_of_a_job_leaves_the_session_alone() -> None:
    world = World()
    world.order(ADA)
    world.send_photo(ADA)
    before = world.memory.session(ADA)
    world.finish(1)
    assert world.memory.session(ADA) == before


# Lost messages.


@pytest.mark.parametrize("one", [ENDED, DELIVERED])
def test_a_result_without_an_answer_counts_as_delivered_and_can_be_sent_again(one: Job) -> None:
    _, effects = turn(state_of(), SendFailed(effect=PHOTO, unanswered=True, facts_of=one))
    edit = only(effects, Edit)
    assert effects == (DeliverJob(job_id=3), edit)
    assert (edit.message, edit.text) == (4, ENGLISH.unanswered())
    assert edit.keyboard == status_keyboards.send_again(ENGLISH, ADA.user_id, 3)


@pytest.mark.parametrize("one", [ENDED, DELIVERED])
def test_a_refused_result_waits_behind_a_button(one: Job) -> None:
    _, effects = turn(state_of(), SendFailed(effect=PHOTO, facts_of=one))
    edit = only(effects, Edit)
    assert effects == (HoldResult(job_id=3), edit)
    assert edit.text == ENGLISH.failed(UNDELIVERABLE)
    assert verbs_of(edit.keyboard) == [Verb.SEND_AGAIN]


def test_a_result_that_cannot_be_made_fails_its_job_for_that_reason() -> None:
    reason = PictureGoneError().spoken
    _, effects = turn(state_of(), SendFailed(effect=PHOTO, reason=reason, facts_of=ENDED))
    assert of_kind(effects, FailJob) == [FailJob(job_id=3, reason=reason)]
    assert only(effects, Edit).text == ENGLISH.failed(reason)


def test_a_result_of_a_forgotten_person_leads_to_nothing() -> None:
    before = state_of()
    assert turn(before, SendFailed(effect=PHOTO)) == (before, ())


def test_a_film_without_an_answer_is_said_to_be_in_doubt() -> None:
    film = Send(text="", attachment=Film(3), reply_to=50, once=True, job_id=3)
    _, effects = turn(state_of(), SendFailed(effect=film, unanswered=True, facts_of=DELIVERED))
    assert effects == (Send(text=ENGLISH.perhaps_sent(), reply_to=50),)


def test_a_file_that_was_asked_for_is_no_part_of_the_result() -> None:
    one = replace(DELIVERED, handover=Handover(form=Form.PHOTO))
    file = replace(PHOTO, role=Role.DOCUMENT, attachment=ResultImage(3, as_file=True))
    _, effects = turn(state_of(), SendFailed(effect=file, unanswered=True, facts_of=one))
    assert effects == (Send(text=ENGLISH.perhaps_sent(), reply_to=1),)


def test_what_cannot_be_made_is_told_with_its_reason() -> None:
    film = Send(text="", attachment=Film(3), reply_to=50, once=True, job_id=3)
    event = SendFailed(effect=film, reason=sentence("It is <gone>."), facts_of=DELIVERED)
    _, effects = turn(state_of(), event)
    assert effects == (Send(text="It is &lt;gone&gt;.", reply_to=50),)


@pytest.mark.parametrize("loss", [Loss.VANISHED, Loss.ARRIVED])
@pytest.mark.parametrize("form", Form)
def test_an_unanswered_result_is_sent_again_by_its_button(form: Form, loss: Loss) -> None:
    world = World()
    world.order(ADA)
    world.memory.jobs[1] = replace(world.memory.jobs[1], handover=Handover(form=form))
    world.pass_time(LOOKS_ON + 0.1)
    world.screens.losses.append(loss)
    world.finish(1)
    world.press(ADA, world.button(ADA, Verb.SEND_AGAIN))
    one = world.memory.job(1)
    assert (one.state, one.missing) == (JobState.DELIVERED, ())
    assert one.status is not None
    assert one.status.message_id not in world.chat(ADA)


def test_a_refused_result_is_tried_again_at_a_press() -> None:
    world = World()
    world.order(ADA)
    world.pass_time(LOOKS_ON + 0.1)
    world.screens.losses.append(Loss.REFUSED)
    world.finish(1)
    assert world.memory.job(1).held
    assert world.screens.outbox == []
    (button,) = world.screens.shown_buttons(ADA.chat_id)
    world.press(ADA, button)
    assert not world.memory.job(1).held
    assert world.memory.job(1).missing == ()


# The status message.


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (2, ENGLISH.waiting(job().options.preset, 2, None)),
        (None, ENGLISH.preparing(job().options.preset)),
    ],
)
def test_a_lost_status_is_sent_anew_under_the_same_row(place: int | None, text: str) -> None:
    facts = facts_with(place=lambda _: place)
    _, effects = turn(state_of(facts=facts), StatusLost(job=job(3)))
    sent = only(effects, Send)
    assert (sent.message, sent.role, sent.job_id, sent.text) == (4, Role.STATUS, 3, text)
    assert verbs_of(sent.keyboard) == [Verb.QUALITY, Verb.QUALITY, Verb.CHANGE, Verb.CANCEL]


@pytest.mark.parametrize("event", [StatusLost(job=job(3)), command("status")])
@pytest.mark.parametrize(
    ("number", "pending", "kinds"),
    [
        (None, True, []),
        (None, False, [Send]),
        (40, True, [Send]),
    ],
)
def test_a_status_that_is_on_its_way_is_not_sent_a_second_time(
    event: StatusLost | CommandSent, number: int | None, pending: bool, kinds: list[type]
) -> None:
    status = BotMessage(id=4, role=Role.STATUS, message_id=number, pending=pending)
    one = job(3, messages=(status,))
    event = replace(event, job=one) if isinstance(event, StatusLost) else event
    _, effects = turn(state_of(jobs=(one,)), event)
    assert [type(each) for each in effects if not isinstance(each, Delete)] == kinds


def test_a_status_that_was_never_sent_gets_a_row() -> None:
    _, effects = turn(state_of(), StatusLost(job=job(3, messages=())))
    assert only(effects, Send).message == 20


@pytest.mark.parametrize(
    ("error", "preset", "offered"),
    [
        (OutOfMemoryError(), Preset.FINE, True),
        (OutOfMemoryError(), Preset.QUICK, False),
        (TooManyCrashesError(attempts=3), Preset.QUICK, False),
        (WeightsError("There is no weights file."), Preset.FINE, False),
        (PictureGoneError(), Preset.FINE, False),
        (UnexpectedError(), Preset.QUICK, True),
    ],
)
def test_another_try_is_offered_only_where_it_may_work(
    error: SpokenError, preset: Preset, offered: bool
) -> None:
    options = Options(preset=preset)
    failed = job(3, state=JobState.FAILED, options=options, error=error.spoken)
    _, effects = turn(state_of(), JobEnded(job=failed))
    assert verbs_of(only(effects, Edit).keyboard) == [Verb.TRY_AGAIN] * offered


def test_a_deleted_status_tells_the_end_in_another_message() -> None:
    world = World()
    world.order(ADA)
    status = world.memory.job(1).status
    assert status is not None
    assert status.message_id is not None
    world.screens.delete(ADA.chat_id, status.message_id)
    world.fail(1)
    last = list(world.chat(ADA).values())[-1]
    assert last.text == ENGLISH.failed(world.memory.job(1).error)
    assert verbs_of(last.keyboard) == [Verb.TRY_AGAIN]
