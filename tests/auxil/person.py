"""Somebody who chats with the bot."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.playground.chat_files import mime_type_of
from tests.auxil.transcript import Entry, transcript
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.auxil.chat import ChatClient, Happening


class Person:
    """A person in one chat.

    Args:
        client: Whose connection is used.
        user: The user of the playground.
        chat_id: The chat in which the person speaks and listens.
    """

    def __init__(self, client: ChatClient, user: dict[str, Any], *, chat_id: int) -> None:
        self.name: str = user["first_name"]
        self.user_id: int = user["id"]
        self.chat_id = chat_id
        self._client = client
        self._user = user
        self._heard = 0

    def in_group(self, title: str = "Atelier friends") -> Person:
        """The same person in a group."""
        return Person(self._client, self._user, chat_id=self._client.chats[title]["id"])

    def in_forum(self) -> Person:
        """The same person in the group with topics."""
        return self.in_group("Atelier forum")

    @property
    def entries(self) -> list[Entry]:
        """The chat as it stands now."""
        return self._client.entries(self.chat_id)

    @property
    def said(self) -> list[Entry]:
        """What the bot has said, as it stands now."""
        return [entry for entry in self.entries if entry.from_bot]

    def now(self, entry: Entry) -> Entry:
        """A message as it stands now, after edits."""
        return next(one for one in self.entries if one.message_id == entry.message_id)

    def transcript(self) -> str:
        """The chat as readable text."""
        return transcript(self.entries)

    async def send_text(
        self,
        text: str,
        *,
        reply_to: Entry | None = None,
        quote: str = "",
        anonymous: bool = False,
        topic: int | None = None,
    ) -> Entry:
        """Write something, in a group perhaps under its name, or in one of its topics.

        ``reply_to`` may stand in another chat; ``quote`` is the part of its text that is answered.
        """
        sent = await self._send(
            [], text=text, reply_to=reply_to, quote=quote, anonymous=anonymous, topic=topic
        )
        return sent[0]

    async def send_photo(
        self,
        picture: bytes,
        *,
        caption: str = "",
        reply_to: Entry | None = None,
        topic: int | None = None,
    ) -> Entry:
        """Send a picture as a photo: Telegram re-encodes it."""
        files = [(picture, "photo.jpg")]
        return (await self._send(files, text=caption, reply_to=reply_to, topic=topic))[0]

    async def send_file(
        self, content: bytes, *, name: str, caption: str = "", reply_to: Entry | None = None
    ) -> Entry:
        """Send something as a file that keeps its bytes."""
        files = [(content, name)]
        return (await self._send(files, text=caption, reply_to=reply_to, send_as="document"))[0]

    async def send_album(
        self, pictures: Sequence[bytes], *, caption: str = "", as_files: bool = False
    ) -> list[Entry]:
        """Send two to ten pictures at once."""
        files = [(picture, f"picture-{index}.jpg") for index, picture in enumerate(pictures)]
        send_as = "document" if as_files else "photo"
        return await self._send(files, text=caption, send_as=send_as)

    async def send_other(
        self, kind: str, *contents: bytes, name: str = "", reply_to: Entry | None = None
    ) -> Entry:
        """Send a sticker, voice, video, location, animation, live photo or contact: a sample, or these files.

        The second file is the still of the first one.
        """
        files = [(content, name or "file.bin") for content in contents]
        return (await self._send(files, kind=kind, reply_to=reply_to))[0]

    async def press(self, entry: Entry, wanted: str) -> str:
        """Press the button with ``wanted`` in its label, or as its data; returns the query's id."""
        data = entry.button(wanted).data
        assert data is not None, f"{wanted!r} is a link"
        return await self.press_data(entry, data)

    async def press_under_more(self, result: Entry, wanted: str) -> str:
        """Press a button that "More" opens under a result; it is opened first if it is not."""
        more = [
            one.data for one in self.now(result).buttons if (one.data or "").startswith("more:")
        ]
        if more:
            await self.press_data(result, more[0] or "")
            await until(lambda: len(self.now(result).buttons) > 4)
        return await self.press(self.now(result), wanted)

    async def press_data(self, entry: Entry, data: str) -> str:
        """Press a button that may be gone by now; returns the query's id."""
        pressed: dict[str, object] = {
            "chat_id": self.chat_id,
            "user_id": self.user_id,
            "message_id": entry.message_id,
            "data": data,
        }
        answer = await self._client.post("/client/press", pressed)
        return str(answer["callback_query_id"])

    async def react(self, entry: Entry, emoji: str | None) -> None:
        """React to a message, or take that back."""
        wish: dict[str, object] = {
            "chat_id": self.chat_id,
            "user_id": self.user_id,
            "message_id": entry.message_id,
            "emoji": emoji,
        }
        await self._client.post("/client/react", wish)

    async def expect_reaction(self, entry: Entry, emoji: str) -> None:
        """Somebody reacts to a message."""

        def matches(happening: Happening) -> bool:
            about = happening.type == "reaction"
            about = about and happening.raw["message_id"] == entry.message_id
            return about and emoji in happening.raw["reactions"]

        await self._expect(matches, None, f"{emoji} on message {entry.message_id}", since=0)

    async def ask_inline(self, query: str = "", *, offset: str = "") -> dict[str, Any]:
        """Write the bot's name in this chat; what it offers, as Telegram's client gets it."""
        asked: dict[str, object] = {"chat_id": self.chat_id, "user_id": self.user_id}
        answer = await self._client.post(
            "/client/inline", {**asked, "query": query, "offset": offset}
        )
        return dict(answer)

    async def choose_inline(self, answer: dict[str, Any], result_id: str) -> Entry:
        """Send one of these results."""
        choice: dict[str, object] = {
            "chat_id": self.chat_id,
            "user_id": self.user_id,
            "query_id": answer["query_id"],
            "result_id": result_id,
        }
        sent = await self._client.post("/client/inline/choose", choice)
        return Entry(sent["messages"][0])

    async def choose(self, *choices: str) -> None:
        """Change settings, such as "ask=yes"."""
        await self.send_text("/settings")
        menu = await self.expect(
            lambda entry: any("settings:" in (one.data or "") for one in entry.buttons)
        )
        for choice in choices:
            query = await self.press_data(menu, f"settings:{choice}:{self.user_id}")
            await self.expect_answer(query)

    async def block(self, *, blocked: bool = True) -> None:
        """Stop the bot, or remove it from the group; or take it back."""
        wish: dict[str, object] = {
            "user_id": self.user_id,
            "chat_id": self.chat_id,
            "blocked": blocked,
        }
        await self._client.post("/client/block", wish)

    async def allow_all_but(self, *forbidden: str) -> None:
        """Forbid the bot some kinds of messages here: "photos", "documents", "animations", "text messages"."""
        wish: dict[str, object] = {
            "user_id": self.user_id,
            "chat_id": self.chat_id,
            "forbidden": list(forbidden),
        }
        await self._client.post("/client/rights", wish)

    async def open_topic(self, name: str) -> int:
        """Open a topic; returns its id."""
        return int(await self._change_topic("open", name=name))

    async def close_topic(self, topic: int | None, *, closed: bool = True) -> None:
        """Close a topic (None is General), or open it again."""
        await self._change_topic("close" if closed else "reopen", topic=topic)

    async def delete_topic(self, topic: int) -> None:
        """Delete a topic with all that is in it."""
        await self._change_topic("delete", topic=topic)

    async def _change_topic(self, action: str, **parts: object) -> Any:
        wish: dict[str, object] = {"user_id": self.user_id, "chat_id": self.chat_id}
        return (await self._client.post("/client/topic", {**wish, "action": action, **parts}))[
            "topic"
        ]

    async def download(self, entry: Entry) -> bytes:
        """The picture or file of a message, a photo in its largest size."""
        assert entry.media is not None, "there is no file in this message"
        return await self._client.download(entry.media.url)

    async def expect(
        self,
        wanted: Callable[[Entry], bool],
        *,
        timeout: float | None = None,  # noqa: ASYNC109
        what: str = "such a message",
    ) -> Entry:
        """The bot's next new or edited message of that kind.

        Raises:
            AssertionError: None came in time; the text holds the chat as it stands.
        """

        def matches(happening: Happening) -> bool:
            entry = happening.entry
            return entry is not None and entry.from_bot and wanted(entry)

        entry = (await self._expect(matches, timeout, what)).entry
        assert entry is not None
        return entry

    async def expect_text(self, *parts: str, timeout: float | None = None) -> Entry:  # noqa: ASYNC109
        """The bot's next message with all these parts in its text or caption."""
        return await self.expect(
            lambda entry: all(part in entry.text for part in parts),
            timeout=timeout,
            what=f"a message with {' and '.join(map(repr, parts))}",
        )

    async def expect_kind(self, kind: str, timeout: float | None = None) -> Entry:  # noqa: ASYNC109
        """The bot's next ``photo``, ``document``, ``animation`` ..."""
        return await self.expect(
            lambda entry: entry.kind == kind, timeout=timeout, what=f"a {kind}"
        )

    async def expect_result(self, timeout: float | None = None) -> Entry:  # noqa: ASYNC109
        """The next result with its buttons: a message that was just sent, or the status that became it."""
        return await self.expect(
            lambda entry: any((one.data or "").startswith("more:") for one in entry.buttons),
            timeout=timeout,
            what="a result",
        )

    async def expect_answer(self, query_id: str, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """The text of the bot's answer to a pressed button; it may be empty."""
        return str((await self._answer(query_id, timeout)).raw["text"])

    async def expect_alert(self, query_id: str, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """The same for an answer that must be an alert."""
        answer = await self._answer(query_id, timeout)
        assert answer.raw["show_alert"], f"no alert: {answer.raw['text']!r}"
        return str(answer.raw["text"])

    async def answer(self, query_id: str) -> tuple[str, bool]:
        """The bot's answer to a pressed button, and whether it is an alert."""
        raw = (await self._answer(query_id, None)).raw
        return str(raw["text"]), bool(raw["show_alert"])

    async def expect_gone(self, entry: Entry, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """The bot deletes a message."""

        def matches(happening: Happening) -> bool:
            return happening.raw.get("message_id") == entry.message_id and (
                happening.type == "delete"
            )

        await self._expect(matches, timeout, f"message {entry.message_id} gone", since=0)

    def catch_up(self) -> None:
        """Pass over everything that has happened so far."""
        self._heard = len(self._client.happened)

    async def _answer(self, query_id: str, timeout: float | None) -> Happening:  # noqa: ASYNC109
        def matches(happening: Happening) -> bool:
            return happening.raw.get("callback_query_id") == query_id

        return await self._expect(matches, timeout, "an answer to the button", since=0)

    async def _expect(
        self,
        matches: Callable[[Happening], bool],
        timeout: float | None,  # noqa: ASYNC109
        what: str,
        *,
        since: int | None = None,
    ) -> Happening:
        seconds = self._client.timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(seconds):
                return await self._next(matches, since)
        except TimeoutError:
            message = f"{self.name} waited {seconds:g} s for {what}; the chat:\n{self.transcript()}"
            raise AssertionError(message) from None

    async def _next(self, matches: Callable[[Happening], bool], since: int | None) -> Happening:
        position = self._heard if since is None else since
        while True:
            changed = self._client.changed.next
            while position < len(self._client.happened):
                happening = self._client.happened[position]
                position += 1
                if happening.chat_id == self.chat_id and matches(happening):
                    if since is None:
                        self._heard = position
                    return happening
            await changed.wait()

    async def _send(
        self,
        files: Sequence[tuple[bytes, str]],
        *,
        text: str = "",
        reply_to: Entry | None = None,
        send_as: str = "photo",
        kind: str = "",
        quote: str = "",
        anonymous: bool = False,
        topic: int | None = None,
    ) -> list[Entry]:
        form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
        fields = {
            "chat_id": str(self.chat_id),
            "user_id": str(self.user_id),
            "text": text,
            "as": send_as,
            "kind": kind,
            "reply_to": str(reply_to.message_id) if reply_to else "",
            "reply_to_chat": str(reply_to.chat_id) if reply_to else "",
            "quote": quote,
            "anonymous": "true" if anonymous else "",
            "topic": str(topic or ""),
        }
        for name, value in fields.items():
            form.add_field(name, value)
        for content, name in files:
            form.add_field(
                "file", io.BytesIO(content), filename=name, content_type=mime_type_of(name)
            )
        answer = await self._client.post("/client/send", form)
        return [Entry(raw) for raw in answer["messages"]]
