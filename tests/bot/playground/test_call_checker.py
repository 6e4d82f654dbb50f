"""The checker of calls lets through what Telegram's reference allows, and names what it does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.auxil.call_checker import PLACE, CallChecker, checker
from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from bot.playground.server import Playground

PHOTO = {"type": "photo", "media": "attach://file", "caption": "x"}
EDIT = {"chat_id": "11", "message_id": "5"}


@pytest.fixture
def checks() -> CallChecker:
    found = checker()
    if found is None:
        pytest.skip(f"the Bot API's reference is not at hand, so no call is checked; see {PLACE}")
    return found


def keyboard(**button: str) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "x", **button}]]})


@pytest.mark.parametrize(
    ("method", "parameters", "uploads"),
    [
        ("sendMessage", {"chat_id": "11", "text": "&lt;" * 4096, "parse_mode": "HTML"}, ()),
        ("sendMessage", {"chat_id": "@group", "text": "x", "message_thread_id": "3"}, ()),
        ("sendMessage", {"chat_id": "-4", "text": "x", "reply_markup": keyboard(url="x")}, ()),
        ("sendPhoto", {"chat_id": "11", "photo": "attach://p"}, ("p",)),
        ("sendDocument", {"chat_id": "11", "disable_notification": "true"}, ("document",)),
        ("editMessageText", {"inline_message_id": "x", "text": "x"}, ()),
        ("editMessageMedia", {**EDIT, "media": json.dumps(PHOTO)}, ("file",)),
        ("setMyCommands", {"commands": '[{"command":"a","description":"b"}]'}, ()),
        ("setChatMenuButton", {"menu_button": '{"type":"commands"}'}, ()),
        ("getMe", {}, ()),
    ],
)
def test_a_right_call_passes(
    checks: CallChecker, method: str, parameters: dict[str, Any], uploads: tuple[str, ...]
) -> None:
    assert checks.problems(method, parameters, uploads) == []


@pytest.mark.parametrize(
    ("method", "parameters", "problem"),
    [
        ("sendMesage", {}, "there is no such method"),
        ("sendMessage", {"chat_id": "11"}, "text: is missing"),
        ("sendMessage", {"chat_id": "Ada", "text": "x"}, "chat_id: 'Ada' is no Integer or String"),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "silent": "true"},
            "silent: there is no such",
        ),
        ("sendMessage", {"chat_id": "11", "text": ""}, "text: has 0 characters, not 1 to 4096"),
        ("sendMessage", {"chat_id": "11", "text": "x" * 4097}, "text: has 4097 characters"),
        ("sendMessage", {"chat_id": "11", "text": "🎨" * 2049}, "text: has 4098 characters"),
        (
            "sendMessage",
            {"chat_id": "11", "text": "<b>", "parse_mode": "HTML"},
            "text: Bad Request",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "<b>x</b>" * 101, "parse_mode": "HTML"},
            "101 ent",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "disable_notification": "1"},
            "1 is no Bool",
        ),
        ("sendMessage", {"chat_id": "11", "text": "x", "message_thread_id": "a"}, "no Integer"),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "reply_parameters": '{"message_id": "5"}'},
            "reply_parameters.message_id: '5' is no Integer",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "reply_parameters": '{"message_id": 5, "message": 5}'},
            "reply_parameters.message: there is no such field in ReplyParameters",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "reply_markup": keyboard(callback_data="é" * 33)},
            "callback_data: has 66 bytes, not 1 to 64",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "reply_markup": keyboard(callback_data="x", url="x")},
            "exactly one kind is needed in InlineKeyboardButton",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "reply_markup": keyboard()},
            "exactly one kind is needed in InlineKeyboardButton",
        ),
        (
            "sendMessage",
            {"chat_id": "11", "text": "x", "reply_markup": keyboard(url="x", style="red")},
            "style: 'red' is not one of",
        ),
        ("sendPhoto", {"chat_id": "11"}, "photo: is missing"),
        ("sendPhoto", {"chat_id": "11", "photo": "attach://p"}, "p: no such file"),
        ("sendPhoto", {"chat_id": "11", "photo": "x", "caption": "x" * 1025}, "1025 characters"),
        ("editMessageText", {"chat_id": "11", "text": "x"}, "message_id: is missing"),
        ("editMessageMedia", {**EDIT, "media": json.dumps(PHOTO)}, "file: no such file"),
        ("editMessageMedia", {**EDIT, "media": '{"type": "photo"}'}, "media.media: is missing"),
        ("editMessageMedia", {**EDIT, "media": '{"type": "x", "media": "y"}'}, "must be"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "201 characters"),
        ("getUpdates", {"limit": "101"}, "limit: 101 is not between 1 and 100"),
        (
            "setMyCommands",
            {"commands": '[{"command": "a"}]'},
            "commands[0].description: is missing",
        ),
        ("setMyCommands", {"commands": '{"command": "a"}'}, "is no list"),
    ],
)
def test_a_wrong_call_is_named(
    checks: CallChecker, method: str, parameters: dict[str, Any], problem: str
) -> None:
    (found,) = checks.problems(method, parameters)

    assert found.startswith(f"{method}: ")
    assert problem in found


def test_a_file_that_no_parameter_names_is_named(checks: CallChecker) -> None:
    (found,) = checks.problems("sendMessage", {"chat_id": "11", "text": "x"}, ["photo"])

    assert found == "sendMessage: photo: a file that no parameter names"


@pytest.mark.usefixtures("checks")
async def test_each_call_that_reaches_a_playground_is_checked(
    playground: Playground, wrong_calls: list[str]
) -> None:
    async with connected(playground) as bot:
        await bot.send_message(11, "x", api_kwargs={"colour": "red"})
        await bot.send_message(11, "x")
    made = list(wrong_calls)
    wrong_calls.clear()

    assert made == ["sendMessage: colour: there is no such parameter"]
