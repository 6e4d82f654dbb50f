"""A chat written down as people see it, to be read, kept, and compared with what was kept."""

from __future__ import annotations

import difflib
import html
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages.keyboards import Verb
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

GOLDEN: Final = Path(__file__).parents[1] / "bot" / "transcripts"
RENEW: Final = "RENEW_TRANSCRIPTS"
COMMAND: Final = "make transcripts"
ESTIMATE: Final = r"\( [^()\n]+ · (\d[^()\n]*) \)"
"""How long a preset takes, on its button: another number with every change of a recipe."""


class Scene:
    """What was said and done, in the order in which it was.

    Args:
        title: What happens here, and to whom.
        masks: Patterns of what differs from one run to the next; the groups in them are shown as ``…``.

    Attributes:
        places: What to call a chat, or a topic of it, that is not where the scene mostly is.
    """

    def __init__(self, title: str, masks: Sequence[str] = ()) -> None:
        self._blocks = [f"{title}\n{'=' * len(title)}"]
        self._masks = [re.compile(mask) for mask in (ESTIMATE, *masks)]
        self.places: dict[tuple[int, int | None], str] = {}
        self._shown: dict[tuple[int, int], set[tuple[str, ...]]] = {}

    async def writes(
        self,
        person: Person,
        text: str,
        *,
        reply_to: Entry | None = None,
        topic: int | None = None,
    ) -> Entry:
        """Somebody writes something."""
        return self._show(await person.send_text(text, reply_to=reply_to, topic=topic))

    async def sends(
        self,
        person: Person,
        picture: bytes,
        *,
        caption: str = "",
        reply_to: Entry | None = None,
        topic: int | None = None,
    ) -> Entry:
        """Somebody sends a photo."""
        return self._show(
            await person.send_photo(picture, caption=caption, reply_to=reply_to, topic=topic)
        )

    async def sends_file(self, person: Person, content: bytes, name: str) -> Entry:
        """Somebody sends a file."""
        return self._show(await person.send_file(content, name=name))

    async def sends_album(self, person: Person, pictures: Sequence[bytes]) -> None:
        """Somebody sends several photos at once."""
        for entry in await person.send_album(pictures):
            self._show(entry)

    async def sends_other(
        self, person: Person, kind: str, *contents: bytes, name: str = ""
    ) -> Entry:
        """Somebody sends a sticker, a voice message, a place ..."""
        return self._show(await person.send_other(kind, *contents, name=name))

    async def hears(self, person: Person, *parts: str, kind: str = "") -> Entry:
        """The bot says something to somebody, with these parts in it; or it changes what it said."""
        return self._show(await self._next(person, parts, kind))

    async def hears_both(self, person: Person, one: str, other: str) -> None:
        """Two things that the bot says side by side, so that either may come first."""
        first = await self._next(person, (), "", one, other)
        second = await self._next(person, (), "", *({one, other} - {plain(first.text)}))
        for entry in sorted((first, second), key=lambda entry: plain(one) not in entry.text):
            self._show(entry)

    async def _next(self, person: Person, parts: Sequence[str], kind: str, *any_of: str) -> Entry:
        wanted = [plain(part) for part in parts]

        def fits(entry: Entry) -> bool:
            return (
                self._is_news(entry)
                and kind in {"", entry.kind}
                and all(part in entry.text for part in wanted)
                and (not any_of or any(plain(part) == entry.text for part in any_of))
            )

        return await person.expect(fits, what=" and ".join([kind, *wanted, *any_of]))

    async def presses(self, person: Person, entry: Entry, verb: Verb, argument: str = "") -> None:
        """Somebody presses a button; the notice or alert that follows is shown as well."""
        start = f"{verb}:{argument}"
        button = next((one for one in entry.buttons if (one.data or "").startswith(start)), None)
        assert button is not None, f"no button {start!r} among {[b.data for b in entry.buttons]}"
        self._add(f"{person.name} presses ( {button.text} )")
        await self._answered(person, await person.press_data(entry, button.data or ""))

    async def presses_old(self, person: Person, entry: Entry, data: str) -> None:
        """Somebody presses a button that is gone by now, or is somebody else's."""
        self._add(f"{person.name} presses a button of an earlier message")
        await self._answered(person, await person.press_data(entry, data))

    async def sees_gone(self, person: Person, entry: Entry) -> None:
        """The bot takes a message away."""
        await person.expect_gone(entry)
        self._add("Atelier takes its message away", _shortly(entry))

    def remarks(self, text: str) -> None:
        """A stage direction."""
        self._add(f"({text})")

    def must_match(self, name: str) -> None:
        """Compare with what was kept under that name, or keep it where that is asked for.

        Raises:
            AssertionError: It reads differently now; the text shows where.
        """
        path, now = GOLDEN / f"{name}.txt", "\n\n".join(self._blocks) + "\n"
        if os.environ.get(RENEW):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(now, encoding="utf-8")
            return
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = difflib.unified_diff(
            kept.splitlines(), now.splitlines(), "as kept", "as it is now", lineterm=""
        )
        advice = f"{path.name} reads differently. If it reads well: {COMMAND}"
        assert kept == now, "\n".join([advice, *lines])

    def has_all(self, *people: Person) -> None:
        """Fail where the bot has said something that the scene does not show."""
        for person in people:
            for entry in person.said:
                assert not self._is_news(entry), f"not in the scene: {entry.text!r}"

    async def _answered(self, person: Person, query_id: str) -> None:
        text, alert = await person.answer(query_id)
        if text:
            self._add(f"{'An alert' if alert else 'A notice'} for {person.name}", text)

    def _show(self, entry: Entry) -> Entry:
        versions = self._shown.setdefault((entry.chat_id, entry.message_id), set())
        changed = bool(versions)
        versions.add(self._version(entry))
        who = entry.sender + (" changes its message" if changed else "")
        if entry.reply_to is not None and entry.reply_to.message_id != entry.topic:
            who += f", answering {entry.reply_to.sender}'s {_kind(entry.reply_to)}"
        place = self.places.get((entry.chat_id, entry.topic))
        who += f", {place}" if place else ""
        shown = "" if entry.kind == "text" else str(entry.media or f"[{entry.kind}]")
        rows = [" ".join(f"( {button.text} )" for button in row) for row in entry.rows]
        self._add(who, *filter(None, [shown, entry.text]), *rows)
        return entry

    def _is_news(self, entry: Entry) -> bool:
        """Buttons that only go are none, nor is a number that is masked."""
        versions = self._shown.get((entry.chat_id, entry.message_id), set())
        text, *labels = self._version(entry)
        return (text, *labels) not in versions and (
            bool(labels) or all(text != one[0] for one in versions)
        )

    def _version(self, entry: Entry) -> tuple[str, ...]:
        return (self._masked(entry.text), *(button.text for button in entry.buttons))

    def _add(self, head: str, *body: str) -> None:
        lines = [f"    {line}".rstrip() for part in body for line in part.split("\n")]
        self._blocks.append(self._masked("\n".join([head, *lines])))

    def _masked(self, text: str) -> str:
        for mask in self._masks:
            text = mask.sub(_dots, text)
        return text


def plain(text: str) -> str:
    """HTML as its reader sees it."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def _dots(found: re.Match[str]) -> str:
    text, start = found.group(), found.start()
    for number in range(len(found.groups()), 0, -1):
        text = text[: found.start(number) - start] + "…" + text[found.end(number) - start :]
    return text


def _kind(entry: Entry) -> str:
    return next((kind for kind in ("photo", "document") if kind in entry.message), "message")


def _shortly(entry: Entry) -> str:
    words = entry.text.split("\n", maxsplit=1)[0]
    return " ".join(filter(None, [str(entry.media or ""), words]))[:60]
