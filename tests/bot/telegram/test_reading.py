"""Updates as the bot reads them: topics, replies that are none, and its own place in a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot, Update, User

from bot.conversation.events import ButtonPressed, PictureSent
from bot.settings import Settings
from bot.telegram.membership import read_membership
from bot.telegram.reading import heard_of, read_update
from core.jobs.models import Person

if TYPE_CHECKING:
    from bot.conversation.events import Heard

BOT = Bot("1:token")
BOT_USER = {"id": 1, "is_bot": True, "first_name": "", "username": "atelier_bot"}
FORUM = {"id": -100, "type": "supergroup", "title": "", "is_forum": True}
ADA = {"id": 11, "is_bot": False, "first_name": ""}
OPEN = Settings.model_construct()
BOT._bot_user = User(id=1, is_bot=True, first_name="", username="atelier_bot")
IN_TOPIC = {"message_thread_id": 5, "is_topic_message": True}


def read(**parts: Any) -> Update:
    update = Update.de_json({"update_id": 1, **parts}, BOT)
    assert update is not None
    return update


def message(number: int = 9, **parts: Any) -> dict[str, Any]:
    return {"message_id": number, "date": 0, "chat": FORUM, "from": ADA, **parts}


def heard(**parts: Any) -> Heard:
    update = read(message=message(text="hm", **parts))
    assert update.message is not None
    return heard_of(update.message)


def test_a_message_tells_its_topic_and_a_thread_of_replies_is_none() -> None:
    assert heard(**IN_TOPIC).topic == 5
    assert heard(message_thread_id=5).topic is None
    assert heard().topic is None


@pytest.mark.parametrize(
    "root", [{"forum_topic_created": {"name": "", "icon_color": 0}}, {"text": "a first message"}]
)
def test_the_root_of_a_topic_is_answered_by_nobody(root: dict[str, Any]) -> None:
    assert heard(**IN_TOPIC, reply_to_message=message(5, **IN_TOPIC, **root)).replied is None
    other = heard(**IN_TOPIC, reply_to_message=message(6, **IN_TOPIC, text="hello")).replied
    assert other is not None
    assert other.message_id == 6


@pytest.mark.parametrize(
    ("shown", "topic", "hidden"),
    [(message(**IN_TOPIC), 5, False), (message(), None, True)],
)
def test_a_press_tells_the_topic_of_its_message_if_telegram_shows_it(
    shown: dict[str, Any], topic: int | None, hidden: bool
) -> None:
    shown = {**shown, "date": 0 if hidden else 1}
    query = {"id": "1", "from": ADA, "chat_instance": "1", "data": "x", "message": shown}
    incoming = read_update(read(callback_query=query), OPEN)
    assert incoming is not None
    event = incoming.event
    assert isinstance(event, ButtonPressed)
    assert (event.topic, event.hidden) == (topic, hidden)


PHOTO = [{"file_id": "a", "file_unique_id": "b", "width": 90, "height": 90, "file_size": 9}]
PRIVATE = {"id": 11, "type": "private"}


def test_a_picture_comes_with_its_caption_or_with_the_words_that_point_at_it() -> None:
    own = message(chat=PRIVATE, photo=PHOTO, caption="strong")
    pointed = message(
        text="/paint strong",
        entities=[{"type": "bot_command", "offset": 0, "length": 6}],
        reply_to_message=message(8, photo=PHOTO, caption="not mine"),
    )
    for one, caption in ((own, "strong"), (pointed, "/paint strong")):
        incoming = read_update(read(message=one), OPEN)
        assert incoming is not None
        assert isinstance(incoming.event, PictureSent)
        assert incoming.event.caption == caption


MEMBER, LEFT = {"status": "member"}, {"status": "left"}
KICKED = {"status": "kicked", "until_date": 0}
RESTRICTED = {
    "status": "restricted",
    "until_date": 0,
    **dict.fromkeys(
        [
            "can_send_messages",
            "can_send_audios",
            "can_send_documents",
            "can_send_photos",
            "can_send_videos",
            "can_send_video_notes",
            "can_send_voice_notes",
            "can_send_polls",
            "can_send_other_messages",
            "can_add_web_page_previews",
            "can_change_info",
            "can_invite_users",
            "can_pin_messages",
            "can_manage_topics",
            "can_edit_tag",
            "can_react_to_messages",
        ],
        False,
    ),
}


@pytest.mark.parametrize(
    ("chat_type", "before", "after", "inside"),
    [
        ("supergroup", LEFT, MEMBER, True),
        ("group", KICKED, MEMBER, True),
        ("supergroup", MEMBER, {**RESTRICTED, "is_member": True}, True),
        ("supergroup", MEMBER, {**RESTRICTED, "is_member": False}, False),
        ("supergroup", MEMBER, LEFT, False),
        ("supergroup", MEMBER, KICKED, False),
        ("private", KICKED, MEMBER, True),
        ("private", MEMBER, KICKED, False),
        ("channel", LEFT, MEMBER, True),
    ],
)
def test_the_bots_own_place_in_a_chat(
    chat_type: str, before: dict[str, Any], after: dict[str, Any], inside: bool
) -> None:
    change = {
        "chat": {"id": -100, "type": chat_type},
        "from": ADA,
        "date": 0,
        "old_chat_member": {"user": BOT_USER, **before},
        "new_chat_member": {"user": BOT_USER, **after},
    }
    found = read_membership(read(my_chat_member=change), OPEN)
    assert found is not None
    assert (found.person, found.inside, found.greets) == (Person(-100, 11), inside, False)


@pytest.mark.parametrize(
    ("event", "added"),
    [
        ({"new_chat_members": [BOT_USER]}, True),
        ({"group_chat_created": True}, True),
        ({"new_chat_members": [ADA]}, False),
        ({"left_chat_member": BOT_USER}, False),
    ],
)
def test_whoever_adds_the_bot_to_a_group_is_told_how_to_use_it(
    event: dict[str, Any], added: bool
) -> None:
    found = read_membership(read(message=message(**event)), OPEN)
    assert (found is not None and found.greets) == added
    strict = Settings.model_construct(allowed_users=frozenset({99}))
    stranger = read_membership(read(message=message(**event)), strict)
    assert stranger is None or not stranger.greets
