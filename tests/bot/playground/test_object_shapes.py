"""What people send reaches the bot in the shape that Telegram's own reference describes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.auxil.call_checker import PLACE, reference_path
from tests.auxil.pictures import animated_bytes, encoded

if TYPE_CHECKING:
    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

OTHERS = (
    *("sticker", "animated_sticker", "video_sticker", "animation", "live_photo"),
    *("video", "voice", "location", "contact"),
)
SIMPLE: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Float": (int, float),
    "Boolean": bool,
}


@pytest.fixture
def reference() -> dict[str, Any]:
    """The Bot API's types as data."""
    path = reference_path()
    if path is None:
        pytest.skip(f"the Bot API's reference is not at hand; see {PLACE}")
    types: dict[str, Any] = json.loads(path.read_text("utf-8"))["types"]
    return types


def faults(types: dict[str, Any], kind: str, value: Any, at: str) -> list[str]:
    """Where a value is not what the reference says of its type."""
    if kind.startswith("Array of "):
        inner = kind.removeprefix("Array of ")
        return [
            fault
            for number, one in enumerate(value)
            for fault in faults(types, inner, one, f"{at}[{number}]")
        ]
    if kind in SIMPLE:
        return [] if isinstance(value, SIMPLE[kind]) else [f"{at} is no {kind}"]
    kind = {"MessageOrigin": "MessageOriginUser", "MaybeInaccessibleMessage": "Message"}.get(
        kind, kind
    )
    fields = {field["name"]: field for field in types[kind].get("fields", [])}
    missing = [
        f"{at}.{n} is missing" for n, f in fields.items() if f["required"] and n not in value
    ]
    unknown = [f"{at}.{name} is unknown" for name in value if name not in fields]
    known = (name for name in value if name in fields)
    return [
        *missing,
        *unknown,
        *(
            fault
            for name in known
            for fault in faults(types, fields[name]["types"][0], value[name], f"{at}.{name}")
        ),
    ]


async def test_every_message_of_a_person_has_telegrams_shape(
    playground: Playground, client: ChatClient, ada: Person, reference: dict[str, Any]
) -> None:
    for kind in OTHERS:
        await ada.send_other(kind)
    await ada.send_file(animated_bytes("GIF"), name="wave.gif")
    await ada.send_album([encoded(), encoded()], caption="/paint @atelier_bot")
    group = client.person("Ben").in_group()
    for kind in OTHERS:
        entry = await group.send_other(kind)
        await ada.send_text("this", reply_to=entry, quote="is")

    updates = playground.world.update_queue.take(0, 100)

    assert len(updates) > 2 * len(OTHERS)
    assert [fault for one in updates for fault in faults(reference, "Update", one, "")] == []


async def test_profile_photos_have_telegrams_shape(
    playground: Playground, ada: Person, reference: dict[str, Any]
) -> None:
    sizes = await playground.world.profile_photos.of(ada.user_id)
    answer = {"total_count": 1, "photos": [[size.wire() for size in sizes]]}

    assert sizes
    assert faults(reference, "UserProfilePhotos", answer, "") == []
