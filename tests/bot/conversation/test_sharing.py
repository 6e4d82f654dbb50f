"""Links to styles: made, taken back, followed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.conversation.effects import (
    Edit,
    Send,
    SetButtons,
    ShareStyle,
    StopSharing,
    StyleImage,
)
from bot.conversation.events import LinkFollowed, PictureTrouble
from bot.conversation.sharing import STYLE_LINK
from bot.conversation.state import Policy, State
from bot.conversation.turn import turn
from bot.messages import keyboards, result_keyboards
from bot.messages.keyboards import CallbackData, Verb
from bot.messages.languages import ENGLISH
from bot.messages.texts.share_texts import TOO_MANY_LINKS
from core.jobs.job_errors import PictureGoneError, StyleGoneError
from core.jobs.models import Job, JobState, Session
from core.jobs.repeat_options import looks
from tests.auxil.turns import (
    ADA,
    BEN,
    alert,
    command,
    facts_of,
    facts_with,
    heard,
    job,
    notice,
    of_kind,
    one_picture,
    only,
    picture,
    press,
    state_of,
    style,
    verbs_of,
)

CODE = "N2JlYzE4OTc0MzIxYmNkZQ"
LINK = f"https://t.me/atelier_bot?start=style_{CODE}"
DONE = job(3, ADA, JobState.DELIVERED)
GLASS = replace(picture(5), builtin="glass")
COLLAGE = replace(DONE.options, collage=("glass", "impasto"))
OFF = Policy(share_styles=False)


def about(one: Job, *, kept: bool = True, **facts: Any) -> State:
    facts.setdefault("link_code", CODE)
    return state_of(facts=facts_with(subject=facts_of(one, kept=kept), **facts))


def followed(**parts: Any) -> LinkFollowed:
    return LinkFollowed(heard=heard(), code=CODE, **parts)


def test_a_collage_has_no_style_to_share_least_of_all_the_photo() -> None:
    collage = replace(DONE, options=looks(DONE.options))
    _, effects = turn(about(collage), press(Verb.SHARE, DONE.id))

    assert effects == (alert(ENGLISH.no_such_change()),)


def test_a_links_parameter_is_one_that_telegram_takes() -> None:
    assert len(STYLE_LINK + CODE) <= 64


def test_the_style_of_a_result_is_shared_by_a_link() -> None:
    _, effects = turn(about(DONE), press(Verb.SHARE, DONE.id))

    assert only(effects, ShareStyle) == ShareStyle(code=CODE, picture_id=DONE.style.id)
    sent = only(effects, Send)
    assert LINK in sent.text
    (pass_on, copy), (stop,) = sent.keyboard
    assert urlsplit(pass_on.url)[:3] == ("https", "t.me", "/share/url")
    assert parse_qs(urlsplit(pass_on.url).query)["url"] == [LINK]
    assert copy.copies == LINK
    assert CallbackData.parse(stop.data) == CallbackData(Verb.STOP_SHARING, CODE, ADA.user_id)
    assert len(stop.data.encode()) <= 64
    assert notice() in effects


def test_a_built_in_style_is_shared_by_its_name_and_cannot_be_taken_back() -> None:
    _, effects = turn(about(replace(DONE, style=GLASS)), press(Verb.SHARE, DONE.id))

    assert not of_kind(effects, ShareStyle)
    sent = only(effects, Send)
    assert "Stained glass" in sent.text
    assert "https://t.me/atelier_bot?start=style_glass" in sent.text
    assert len(sent.keyboard) == 1


def test_one_of_the_persons_styles_is_shared_from_its_card() -> None:
    before = state_of(styles=(style(4),), facts=facts_with(link_code=CODE))
    _, effects = turn(before, press(Verb.SHARE_MINE, 4))
    assert only(effects, ShareStyle).picture_id == style(4).picture.id
    _, effects = turn(state_of(), press(Verb.SHARE_MINE, 4))
    assert effects == (alert(ENGLISH.said(StyleGoneError().spoken)),)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (about(DONE, kept=False), ENGLISH.said(PictureGoneError().spoken)),
        (about(replace(DONE, person=BEN)), ENGLISH.not_yours()),
        (about(replace(DONE, options=COLLAGE)), ENGLISH.no_such_change()),
        (state_of(), ENGLISH.unknown_painting()),
        (about(DONE, policy=OFF), ENGLISH.sharing_off()),
    ],
)
def test_what_cannot_be_shared_is_refused(state: State, words: str) -> None:
    _, effects = turn(state, press(Verb.SHARE, DONE.id))
    assert effects[0] == alert(words)


def test_where_sharing_is_off_nothing_offers_it() -> None:
    assert Verb.SHARE not in verbs_of(result_keyboards.more(ENGLISH, DONE, shares=False))
    assert Verb.SHARE_MINE not in verbs_of(keyboards.style(ENGLISH, style(4), 1, shares=False))


def test_one_link_is_taken_back_where_it_stands() -> None:
    _, effects = turn(state_of(), press(Verb.STOP_SHARING, CODE))
    assert only(effects, StopSharing) == StopSharing(code=CODE)
    assert only(effects, Edit) == Edit(text=ENGLISH.sharing_stopped(), message_id=70)


def test_privacy_offers_to_take_all_links_back() -> None:
    _, effects = turn(state_of(), command("privacy"))
    assert not only(effects, Send).keyboard
    _, effects = turn(state_of(facts=facts_with(shared_styles=3)), command("privacy"))
    sent = only(effects, Send)
    ((button,),) = sent.keyboard
    assert "3" in button.label

    _, effects = turn(state_of(), press(Verb.STOP_SHARING))
    assert only(effects, StopSharing) == StopSharing(code=None)
    assert only(effects, Edit) == Edit(text=sent.text, message_id=70)
    assert notice(ENGLISH.all_sharing_stopped()) in effects


def test_whoever_follows_a_link_is_asked_for_a_photo() -> None:
    after, effects = turn(state_of(), followed(picture=picture(5)))

    assert after.session == Session(style=picture(5))
    sent = only(effects, Send)
    assert sent.text.startswith(ENGLISH.shared_with_you())
    assert sent.text.endswith(ENGLISH.expected(after.session))
    assert sent.attachment == StyleImage(picture_id=5)


def test_a_built_in_style_is_named() -> None:
    _, effects = turn(state_of(), followed(picture=GLASS))
    sent = only(effects, Send)
    assert sent.text.startswith(ENGLISH.builtin_shared("Stained glass"))
    assert sent.attachment == StyleImage(builtin="glass")


def test_a_photo_that_waits_is_taken() -> None:
    after, effects = turn(state_of(session=one_picture()), followed(picture=picture(5)))
    assert (after.session.content, after.session.style) == (picture(1), picture(5))
    assert only(effects, SetButtons) == SetButtons(message=7), "the older question's buttons go"
    shown, question = of_kind(effects, Send)
    assert shown.attachment == StyleImage(picture_id=5)
    assert Verb.PRESET in verbs_of(question.keyboard)


def test_a_link_that_leads_nowhere_is_one_line_and_the_usual_start() -> None:
    after, effects = turn(state_of(), followed())
    sent = only(effects, Send)
    assert sent.text.startswith(f"{ENGLISH.not_shared()}\n\n{ENGLISH.welcome()}")
    assert sent.text.endswith(ENGLISH.expected(after.session))
    assert after.session.style is None


def test_too_many_links_are_told() -> None:
    _, effects = turn(state_of(), followed(trouble=PictureTrouble(reason=TOO_MANY_LINKS)))
    assert only(effects, Send).text.startswith(ENGLISH.said(TOO_MANY_LINKS))
