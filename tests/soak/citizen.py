"""Somebody who has pictures painted, one after the other, and writes down what became of each."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.messages.keyboards import YES, CallbackData, Verb
from bot.messages.languages import ENGLISH
from bot.playground import person_actions
from bot.playground.chat_files import UploadedFile
from bot.playground.event_log import MessageDeleted, MessageEdited, MessagePosted, QueryAnswered
from core.jobs.models import EMPTY_SESSION, SentPicture, Session
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.scene import plain
from tests.soak.messages import line_of, presses, result_of
from tests.soak.wishes import End, Errand, Over, Tally, Wish

if TYPE_CHECKING:
    from bot.playground.event_log import ChatEvent
    from bot.playground.telegram_objects import ApiMessage, ApiUser
    from tests.soak.town import Town

PHOTO = UploadedFile(jpeg_bytes(photo()), "photo.jpg", "image/jpeg")
STYLE = UploadedFile(jpeg_bytes(painting()), "style.jpg", "image/jpeg")

ASK_STYLE = ENGLISH.expected(Session(content=SentPicture(id=1, message_id=1, width=96, height=72)))
ASK_PHOTO = (ENGLISH.expected(EMPTY_SESSION), ENGLISH.for_another())
NOT_FETCHED = ENGLISH.download_failed()
FAILED = plain(ENGLISH.failed(None))
FORGOTTEN = ENGLISH.forgotten()

NUDGE = 10.0


class Citizen:
    """One person.

    Args:
        town: Where they live.
        user: Who they are.
        tally: Where they write down what they see.
        habits: Shares of the wishes that are cancelled, and that end in being forgotten.
        patience: Seconds without any news after which a picture counts as lost.
        nudge: Seconds of silence after which they answer the bot's last question once more.
    """

    def __init__(
        self,
        town: Town,
        user: ApiUser,
        tally: Tally,
        *,
        habits: tuple[float, float] = (0.0, 0.0),
        patience: float = 120.0,
        nudge: float = NUDGE,
    ) -> None:
        self._town = town
        self._user = user
        self._tally = tally
        self._habits = habits
        self._patience = patience
        self._nudge = nudge
        self._mail = town.mail(user)
        self._seen: defaultdict[str, set[int]] = defaultdict(set)
        """The messages that showed each part of a result."""
        self._again: Counter[int] = Counter()

    async def wish(self) -> End:
        """Want a picture, and do what the bot asks for until it is there or the end is told."""
        began = asyncio.get_running_loop().time()
        errand = Errand(self._what())
        try:
            await self._begin(errand)
            while True:
                await self._heed(errand, await self._news(errand))
        except Over as over:
            end = over.end
        except TimeoutError:
            end = End.LOST
            self._tally.lost.append(f"{self._user.first_name}, {errand}:\n{self._transcript()}")
        self._tally.ends[end] += 1
        self._tally.waited.append(asyncio.get_running_loop().time() - began)
        return end

    async def _news(self, errand: Errand) -> ChatEvent:
        """What happens next; where nothing does, the person answers the bot's last question once more."""
        async with asyncio.timeout(self._patience):
            while True:
                try:
                    return await asyncio.wait_for(self._mail.get(), self._nudge)
                except TimeoutError:
                    await self._answer_last_question(errand)

    def look_again(self) -> None:
        """Read what came since the last wish ended."""
        while not self._mail.empty():
            event = self._mail.get_nowait()
            if isinstance(event, MessagePosted | MessageEdited):
                self._count(event.message)

    def _what(self) -> Wish:
        cancels, forgets = self._habits
        chance = random.random()
        if chance < forgets:
            return Wish.FORGET
        return Wish.CANCEL if chance < forgets + cancels else Wish.PICTURE

    async def _begin(self, errand: Errand) -> None:
        if random.random() < 0.5:
            await self._send(PHOTO, STYLE)
            errand.sent_style = True
        else:
            await self._send(PHOTO)

    async def _heed(self, errand: Errand, event: ChatEvent) -> None:
        match event:
            case MessagePosted(message) | MessageEdited(message) if message.sender.is_bot:
                self._count(message)
                await self._answer(errand, message)
            case MessageDeleted(_, message_id) if message_id == errand.status_id:
                if not errand.forgetting:
                    raise Over(End.DELIVERED)
            case QueryAnswered() if errand.pressed_again:
                # Sent again and again without an answer, the message stays as it is.
                errand.pressed_again = False
                status = self._town.world.message(self._user.id, errand.status_id or 0)
                if status is not None:
                    await self._answer(errand, status)
            case QueryAnswered(show_alert=True) if errand.job_id is None:
                # The queue is full, or the button is of an earlier question: the newest one holds.
                await asyncio.sleep(0.5)
                await self._press_newest(errand)
            case _:
                pass

    async def _answer(self, errand: Errand, message: ApiMessage) -> None:
        text = message.text or message.caption or ""
        verbs = {press.verb: press for press in presses(message)}
        if Verb.FORGET in verbs and errand.wish is Wish.FORGET:
            errand.forgetting = True
            self._press(message, CallbackData(Verb.FORGET, YES, self._user.id))
        elif text == FORGOTTEN and errand.forgetting:
            raise Over(End.FORGOTTEN)
        elif Verb.PRESET in verbs:
            # The question becomes the status, which may be over before anything else was seen of it.
            errand.question_id = errand.status_id = message.message_id
            await self._press_newest(errand)
        elif NOT_FETCHED in text:
            errand.sent_style = False  # Of an album, too: what is lacking is asked for next.
            await self._send_what_is_asked_for(errand, text)
        elif ASK_STYLE in text and not errand.sent_style:
            errand.sent_style = True
            await self._send(STYLE)
        elif Verb.CANCEL in verbs and (job_id := verbs[Verb.CANCEL].number) is not None:
            await self._see_status(errand, message, job_id)
        elif message.message_id == errand.status_id and not errand.forgetting:
            self._see_end(errand, message, text, verbs)
        elif errand.job_id is None and any(one in text for one in ASK_PHOTO):
            await self._send(PHOTO)

    async def _send_what_is_asked_for(self, errand: Errand, text: str) -> None:
        if any(one in text for one in ASK_PHOTO):
            await self._send(PHOTO)
            errand.sent_style = False
        elif ASK_STYLE in text:
            await self._send(STYLE)
            errand.sent_style = True

    async def _see_status(self, errand: Errand, message: ApiMessage, job_id: int) -> None:
        errand.status_id, known = message.message_id, errand.job_id
        errand.job_id = job_id
        if known is not None:
            return
        if errand.wish is Wish.CANCEL:
            await asyncio.sleep(random.random() * 0.2)
            with suppress(person_actions.CannotSendError):  # it may be gone by now
                self._press(message, CallbackData(Verb.CANCEL, str(job_id), self._user.id))
        elif errand.wish is Wish.FORGET:
            await self._say("/forget")

    def _see_end(
        self, errand: Errand, message: ApiMessage, text: str, verbs: dict[Verb, CallbackData]
    ) -> None:
        if result_of(message) is not None:
            raise Over(End.DELIVERED)
        if FAILED in text:
            raise Over(End.FAILED)
        if text == ENGLISH.cancelled():
            raise Over(End.CANCELLED)
        again = verbs.get(Verb.SEND_AGAIN)
        if again is not None and (job_id := again.number) is not None:
            if self._has_all_of(job_id):
                raise Over(End.UNCERTAIN)
            self._again[job_id] += 1
            errand.pressed_again = True
            self._press(message, again)

    async def _answer_last_question(self, errand: Errand) -> None:
        said = [one for one in self._town.world.messages(self._user.id) if one.sender.is_bot]
        if errand.forgetting:
            said = [one for one in said if any(press.verb is Verb.FORGET for press in presses(one))]
        elif errand.pressed_again:
            said = [one for one in said if one.message_id == errand.status_id]
        elif errand.job_id is None:
            errand.sent_style = False
        else:
            return
        if said:
            await self._answer(errand, said[-1])

    async def _press_newest(self, errand: Errand) -> None:
        message = self._town.world.message(self._user.id, errand.question_id or 0)
        presets = [] if message is None else list(presses(message))
        if message is not None and presets and presets[0].verb is Verb.PRESET:
            self._press(message, presets[0])

    def _press(self, message: ApiMessage, press: CallbackData) -> None:
        person_actions.press(
            self._town.world,
            person_actions.ButtonPress(
                chat_id=self._user.id,
                user_id=self._user.id,
                message_id=message.message_id,
                data=str(press),
            ),
        )

    async def _send(self, *uploads: UploadedFile) -> None:
        draft = person_actions.MessageDraft(chat_id=self._user.id, user_id=self._user.id)
        await person_actions.send(self._town.world, draft, uploads)

    async def _say(self, text: str) -> None:
        draft = person_actions.MessageDraft(chat_id=self._user.id, user_id=self._user.id, text=text)
        await person_actions.send(self._town.world, draft, ())

    def _count(self, message: ApiMessage) -> None:
        """Note a result, and whether it is one message too many."""
        which = result_of(message)
        if which is None or message.message_id in self._seen[which]:
            return
        self._seen[which].add(message.message_id)
        job_id = int(which.partition(" ")[2])
        if len(self._seen[which]) > 1 + self._again[job_id]:
            self._tally.doubles.append(f"{self._user.first_name}: {which}\n{self._transcript()}")

    def _has_all_of(self, job_id: int) -> bool:
        return bool(self._seen[f"photo {job_id}"])

    def _transcript(self) -> str:
        messages = self._town.world.messages(self._user.id)[-12:]
        return "\n".join(f"  {line_of(message)}" for message in messages)
