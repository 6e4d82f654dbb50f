"""Forums, groups that forbid something, and people who block the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.messages.keyboards import Verb
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Preset
from tests.bot.transcripts.conftest import BEGINNING, DONE, HELD, MANNER, PHOTO, Play

if TYPE_CHECKING:
    from tests.auxil.chat import ChatClient
    from tests.auxil.transcript import Entry

pytestmark = pytest.mark.usefixtures("atelier")


async def test_a_forum_group(play: Play, chat: ChatClient) -> None:
    private, texts = play.guest, play.texts
    guest = play.guest = private.in_forum()
    topic = await guest.open_topic("Portraits")
    play.places = {(guest.chat_id, topic): "in Portraits", (private.chat_id, None): "in private"}
    await play.writes(guest, "/paint", topic=topic)
    hello = await play.hears(guest, texts.expected(BEGINNING))
    await play.sends(guest, PHOTO, reply_to=hello)
    question = await play.hears(guest, texts.ask_style())
    await play.sends(guest, MANNER, reply_to=question)
    result = await play.has_painted(
        await play.hears(guest, texts.ask_preset()), Verb.PRESET, Preset.QUICK
    )
    status = await play.looks_on(result, Verb.STRONGER, "")
    await guest.close_topic(topic)
    words = "Bad Request: TOPIC_CLOSED"
    await chat.switch_fault("editMessageMedia", "error", status=400, count=1000, words=words)
    play.remarks("The topic is closed.")
    play.painter.release()
    word = await play.hears(private, texts.waits("topic"))
    await play.sees_gone(guest, status)
    await play.presses(private, word, Verb.SEND_HERE)
    await play.hears(private, DONE, kind="photo")
    play.has_all(private)
    play.ends()


async def test_a_group_without_photos(play: Play) -> None:
    private, texts = play.guest, play.texts
    guest = play.guest = private.in_group()
    await guest.allow_all_but("photos")
    await play.sends(guest, PHOTO, caption="/paint")
    question = await play.hears(guest, texts.ask_style())
    await play.presses(guest, question, Verb.PICK, BUILTIN_STYLES[0])
    presets = await play.hears(guest, texts.builtin_name(BUILTIN_STYLES[0]))
    play.painter.hold()
    await play.presses(guest, presets, Verb.PRESET, Preset.QUICK)
    status = await play.hears(guest, texts.loss(HELD), kind="text")
    play.painter.release()
    result = await play.hears(guest, DONE, kind="document")
    await play.sees_gone(guest, status)
    await play.presses(guest, await play.opens_more(result), Verb.CURVE)
    await play.hears(guest, kind="document")
    await guest.allow_all_but("photos", "documents")
    play.remarks("Files are forbidden, too.")
    status = await looks_on_in_words(play, result)
    play.painter.release()
    play.places = {(private.chat_id, None): "in private"}
    word = await play.hears(private, texts.waits("files"))
    await play.sees_gone(guest, status)
    await play.presses(private, word, Verb.SEND_HERE)
    await play.hears(private, DONE, kind="photo")
    await guest.allow_all_but("text messages")
    play.remarks("Words are forbidden, and pictures are allowed.")
    await play.writes(guest, "/help")
    await play.hears(private, texts.muted())
    play.has_all(private)
    play.ends()


async def test_a_bot_that_is_blocked(play: Play) -> None:
    guest, texts = play.guest, play.texts
    status = await play.looks_on(await play.gives_both())
    await guest.block()
    play.remarks(f"{guest.name} blocks the bot, and unblocks it later.")
    await guest.block(blocked=False)
    stopped = await play.hears(guest, texts.stopped())
    assert stopped.message_id == status.message_id
    play.painter.release()
    again = await play.looks_on(stopped, Verb.TRY_AGAIN, "")
    await play.gets_result(again)
    play.ends()


async def test_a_bot_that_is_removed_from_a_group(play: Play) -> None:
    private, texts = play.guest, play.texts
    guest = play.guest = private.in_group()
    play.places = {(private.chat_id, None): "in private"}
    await play.sends(guest, PHOTO, caption="/paint")
    question = await play.hears(guest, texts.ask_style())
    await play.sends(guest, MANNER, reply_to=question)
    await play.looks_on(await play.hears(guest, texts.ask_preset()))
    await guest.block()
    play.remarks("The group removes the bot.")
    await play.hears(private, texts.removed_from_group())
    await guest.block(blocked=False)
    play.remarks("The group adds the bot again.")
    await play.hears(guest, texts.stopped())
    await play.hears(guest, "/paint", "/help")
    play.painter.release()
    play.has_all(private)
    play.ends()


async def looks_on_in_words(play: Play, result: Entry) -> Entry:
    """Progress without a preview."""
    play.painter.hold()
    await play.presses(play.guest, result, Verb.STRONGER)
    return await play.hears(play.guest, play.texts.loss(HELD), kind="text")
