"""Somebody who chats with the bot without pause, knows what is due for each step, and notices whatever is not."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PIL import Image

from bot.messages.keyboards import Verb
from core.jobs.preference_choices import STRENGTHS, Aspect
from core.jobs.preferences import DEFAULT_PREFERENCES, Form
from core.style.options import Preset
from tests.auxil.chat import RefusedError
from tests.auxil.chat_book import ChatBook, Kind, Post
from tests.auxil.pictures import jpeg_bytes
from tests.auxil.scene import plain

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from bot.messages.texts import Texts
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

PATIENCE: Final = 120.0
"""Seconds, over any number of kills, after which something counts as lost."""

AGAIN_AFTER: Final = 3.0
"""Seconds after which a result that was to be sent again is asked for once more: the offer looks the same then."""

PRESETS: Final = (Preset.QUICK, Preset.QUICK, Preset.BALANCED, Preset.CLASSIC)
"""What people choose from; the first one twice as often."""

SIZE: Final = (96, 72)
SHADES: Final = 9
STEP: Final = 24
"""Levels between two shades, so that a colour outlives JPEG."""

STYLES: Final = 4
"""How many style pictures somebody has; further ones are the same again."""

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of a job, by the message that brought it; None for a style that was used before."""

    message_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A job as the person asked for it.

    Attributes:
        content: Its photo.
        style: Its style picture.
        preset: As chosen.
        strength: As chosen in the settings, or by "Stronger".
        form: As which messages the result is wanted.
    """

    content: Shown
    style: Shown
    preset: Preset
    strength: float
    form: Form

    @property
    def parts(self) -> tuple[Kind, ...]:
        """The messages of its result."""
        return tuple(Kind.PHOTO if part == "photo" else Kind.FILE for part in self.form.parts)


class Customer:
    """One person in a private chat. Each step waits for its own effect, which no other step could have.

    Args:
        person: Who it is.
        client: Their connection.
        texts: The bot's words in their language.
        number: Tells people apart by the colour of their pictures.
        dice: Decides what they do next.

    Attributes:
        book: What has happened in the chat.
        jobs: All jobs that they asked for.
        sent: The colours that they sent, by message.
        asked: How often they did what is answered by each kind of message.
        presses: How often they asked for each thing that must not come twice, by kind and job.
        queries: Their presses: the query, and the number of the last event before it.
    """

    def __init__(
        self, person: Person, client: ChatClient, texts: Texts, number: int, dice: random.Random
    ) -> None:
        self.person = person
        self.book = ChatBook(client, person.chat_id, texts)
        self.jobs: dict[int, Wanted] = {}
        self._failures = 0
        """How many jobs ended in a failure that a message of its own tells of, without a button."""
        self.sent: dict[int, Colour] = {}
        self.asked: Counter[Kind] = Counter()
        self.presses: Counter[tuple[Kind, int]] = Counter()
        self.queries: list[tuple[str, int]] = []
        self._client = client
        self._number = number
        self._dice = dice
        self._content: Shown | None = None
        self._style: Shown | None = None
        self._strength = DEFAULT_PREFERENCES.strength
        self._form = DEFAULT_PREFERENCES.form
        self._photos = 0

    async def live(self, closing: asyncio.Event) -> None:
        """Do one thing after the other; in the end bring everything to its end."""
        await self._want_to_be_asked()
        while not closing.is_set():
            await self._errand()
        await self._picture()
        for job_id in list(self.jobs):
            await self._end_of(job_id)
        await self._help(wait=True)

    def catch_up(self) -> None:
        """Read what has happened, and check it."""
        self.book.catch_up(self._check)

    async def _errand(self) -> None:
        painted = [post for post in self.book.painted if post.job_id in self.jobs][-4:]
        errands: list[tuple[float, Callable[[], Awaitable[object]]]] = [
            (5, self._picture),
            (1, self._words),
            (0.7, self._settings),
            (0.5, self._cancel_all),
        ]
        if painted:
            post = self._dice.choice(painted)
            errands.append((1.5, lambda: self._begin_with(post)))
            errands.append((2, lambda: self._look_at(post)))
            if self._is_idle:
                errands.append((3, lambda: self._repaint(post)))
        weights = [weight for weight, _ in errands]
        ((_, errand),) = self._dice.choices(errands, weights)
        await errand()

    @property
    def _is_idle(self) -> bool:
        return all(job_id in self.book.over for job_id in self.jobs)

    # From pictures to a job.

    async def _picture(self) -> None:
        """Whatever the session lacks, up to a job."""
        if self._content is None:
            await self._bring_content()
        if self._style is None:
            await self._bring_style()
        if self._dice.random() < 0.15:
            await self._swap()
        wanted = self._wanted()
        row = self.book.question
        twice = self._dice.random() < 0.2
        job_id = await self._submit(lambda: self._choose_preset(row, wanted.preset, twice), wanted)
        self._content = self._style = None
        await self._follow(job_id)

    async def _bring_content(self) -> None:
        how = self._dice.choice(("one", "one", "album", "row"))
        if how == "one" or self._style is not None:
            waits_for = Verb.PICK if self._style is None else Verb.PRESET
            await self._ask_anew(self._send_content, waits_for)
        elif how == "album":
            await self._ask_anew(self._send_album, Verb.PRESET, pictures=2)
        else:
            await self._ask_anew(self._send_both, Verb.PRESET, pictures=2)

    async def _bring_style(self) -> None:
        if self._dice.random() < 0.5:
            await self._ask_anew(self._send_style, Verb.PRESET)
            return
        row = self.book.question
        sheet = self._question(row)
        data = self._dice.choice(_data(sheet, Verb.PICK))
        await self._act(
            lambda: self._press(sheet, data),
            lambda: Verb.PRESET in self.book.verbs[row],
            f"the question for a preset after {data}",
        )
        own = data.split(":")[1][0].isdecimal()
        self._style = Shown(None if own else sheet.entry.message_id)

    async def _send_content(self) -> None:
        colour = self._next_colour()
        entry = await self.person.send_photo(_picture(colour))
        self.sent[entry.message_id] = colour
        self._content = Shown(entry.message_id)

    async def _send_style(self) -> None:
        colour = self._style_colour()
        entry = await self.person.send_photo(_picture(colour))
        self.sent[entry.message_id] = colour
        self._style = Shown(entry.message_id)

    async def _send_album(self) -> None:
        colours = self._next_colour(), self._style_colour()
        entries = await self.person.send_album([_picture(colour) for colour in colours])
        self._content, self._style = (Shown(entry.message_id) for entry in entries)
        for entry, colour in zip(entries, colours, strict=True):
            self.sent[entry.message_id] = colour

    async def _send_both(self) -> None:
        """One after the other, without waiting for the question in between."""
        await self._send_content()
        await self._send_style()

    async def _swap(self) -> None:
        row = self.book.question
        question = self._question(row)
        text = plain(self.book.texts.swapped())
        await self._act(
            lambda: self._press(question, _data(question, Verb.SWAP)[0]),
            lambda: text in self._question(row).entry.text,
            "the swap",
        )
        self._content, self._style = self._style, self._content

    async def _choose_preset(self, row: int, preset: Preset, twice: bool) -> None:
        question = self._question(row)
        data = next(
            one for one in _data(question, Verb.PRESET) if one.startswith(f"preset:{preset}.")
        )
        await self._press(question, data)
        if twice:
            await self._press(question, data)

    # A job, and what becomes of it.

    async def _submit(self, action: Callable[[], Awaitable[object]], wanted: Wanted) -> int:
        def new() -> set[int]:
            return self.book.statuses.keys() - self.jobs.keys()

        await self._act(action, lambda: bool(new()), "the status of a new job")
        (job_id,) = new()
        self.jobs[job_id] = wanted
        return job_id

    async def _follow(self, job_id: int) -> None:
        chance = self._dice.random()
        status = self.book.status_of(job_id)
        if chance < 0.1 and status is not None and status.kind is Kind.STATUS:
            await self._press(status, _data(status, Verb.CANCEL)[0])
            await self._end_of(job_id)
        elif chance < 0.2 and self._content is self._style is None:
            await self._answer_to_cancel()
        elif chance < 0.6:
            await self._end_of(job_id)

    async def _end_of(self, job_id: int) -> None:
        await self._until(lambda: self._is_over(job_id), f"the end of job {job_id}")
        status = self.book.status_of(job_id)
        offered = status is not None and status.kind is Kind.OFFER
        missing = self.missing(job_id)
        if status is None and missing:
            self._failures += 1
            if self.book.seen[Kind.FAILED] < self._failures:
                raise AssertionError(self._with_chat(f"Job {job_id} has ended without {missing}"))
            return
        # Who sees that everything has come need not press, and does now and then.
        while offered and status is not None and (missing or self._dice.random() < 0.2):
            await self._press(status, _data(status, Verb.SEND_AGAIN)[0])
            for part in self.jobs[job_id].parts:
                self.presses[part, job_id] += 1
            await self._until(
                lambda: self.book.status_of(job_id) is None,
                f"job {job_id} again",
                within=AGAIN_AFTER,
            )
            status, missing = self.book.status_of(job_id), self.missing(job_id)

    def _is_over(self, job_id: int) -> bool:
        """Whether a job's end was shown; after its photo the file follows, or the question whether that has arrived."""
        if job_id not in self.book.over:
            return False
        status = self.book.status_of(job_id)
        return status is None or status.kind is not Kind.PHOTO or not self.missing(job_id)

    def missing(self, job_id: int) -> list[Kind]:
        """What of a job's result has never come."""
        return [part for part in self.jobs[job_id].parts if not self.book.seen[part, job_id]]

    async def _repaint(self, post: Post) -> None:
        """Another job by a button under a result."""
        assert post.job_id is not None
        before = self.jobs[post.job_id]
        wanted = {
            Verb.STRONGER: replace(before, strength=round(min(1.0, before.strength + 0.2), 2)),
            Verb.SOFTER: replace(before, strength=round(max(0.1, before.strength - 0.2), 2)),
            Verb.COLOURS: before,
            Verb.SWAP_RESULT: replace(before, content=before.style, style=before.content),
        }
        if before.preset is Preset.QUICK:
            wanted[Verb.FINER] = replace(before, preset=Preset.BALANCED)
        offered = [
            verb for verb in wanted if _data(post, verb) or verb not in {Verb.STRONGER, Verb.SOFTER}
        ]
        verb = self._dice.choice(offered)
        job_id = await self._submit(
            lambda: self._press(post, self._under_more(post, verb)),
            replace(wanted[verb], form=self._form),
        )
        await self._follow(job_id)

    def _under_more(self, post: Post, verb: Verb) -> str:
        """The data of a button that stands under a result, or that "More" opens there."""
        return f"{verb}:{post.job_id}:{self.person.user_id}"

    async def _begin_with(self, post: Post) -> None:
        """Another session with one of a job's pictures."""
        assert post.job_id is not None
        job = self.jobs[post.job_id]
        if self._dice.random() < 0.5:
            await self._remind(lambda: self._press(post, self._under_more(post, Verb.NEW_PHOTO)))
            self._content, self._style = None, job.style
        else:
            await self._ask_anew(
                lambda: self._press(post, _data(post, Verb.NEW_STYLE)[0]), Verb.PICK
            )
            self._content, self._style = job.content, None

    async def _look_at(self, post: Post) -> None:
        """A film, the loss curve, or the file."""
        assert post.job_id is not None
        job_id = post.job_id
        verbs = {Verb.FILM: Kind.FILM, Verb.COMPARE: Kind.COMPARISON}
        if self._dice.random() < 0.1:
            verbs = {Verb.CURVE: Kind.CURVE}
        elif Kind.FILE not in self.jobs[job_id].parts and not self.book.seen[Kind.FILE, job_id]:
            verbs = {Verb.FILE: Kind.FILE}
        verb, kind = self._dice.choice(list(verbs.items()))
        before = self.book.count(kind, Kind.UNANSWERED)
        self.presses[kind, job_id] += 1
        await self._act(
            lambda: self._press(post, self._under_more(post, verb)),
            lambda: self.book.count(kind, Kind.UNANSWERED) > before,
            f"{kind} of job {job_id}",
        )

    # Words.

    async def _words(self) -> None:
        chance = self._dice.random()
        if chance < 0.5:
            await self._help(wait=chance < 0.25)
            return
        action = partial(self.person.send_text, "/status")
        if chance < 0.6 or not self._is_idle:  # while a painting goes on, /status shows it instead
            action = partial(self.person.send_other, "animated_sticker")
        if self._content is None:
            await self._remind(action)
        else:
            await self._ask_anew(action, Verb.PICK if self._style is None else Verb.PRESET)

    async def _help(self, *, wait: bool) -> None:
        before = self.book.count(Kind.HELP)
        self.asked[Kind.HELP] += 1
        await self.person.send_text("/help")
        if wait:
            await self._until(lambda: self.book.count(Kind.HELP) > before, "help")

    async def _cancel_all(self) -> None:
        """/cancel, which drops a session if there is one and no job."""
        if (self._content, self._style) != (None, None):
            for job_id in self.jobs:
                await self._end_of(job_id)
        await self._answer_to_cancel()
        self._content = self._style = None

    async def _answer_to_cancel(self) -> None:
        before = self.book.count(Kind.CANCELLATION)
        self.asked[Kind.CANCELLATION] += 1
        await self._act(
            lambda: self.person.send_text("/cancel"),
            lambda: self.book.count(Kind.CANCELLATION) > before,
            "an answer to /cancel",
        )

    async def _want_to_be_asked(self) -> None:
        """For the quality, before each painting: so it is known what every job is to be."""
        self.asked[Kind.MENU] += 1
        await self._act(
            lambda: self.person.send_text("/settings"),
            lambda: self.book.count(Kind.MENU) > 0,
            "the settings",
        )
        menu = [one for one in self.book.standing.values() if one.kind is Kind.MENU][-1]
        await self._press_menu(menu, str(Aspect.ASK), Kind.CHOICES)
        await self._press_menu(menu, f"{Aspect.ASK}=yes", Kind.MENU)

    async def _settings(self) -> None:
        before = self.book.count(Kind.MENU)
        self.asked[Kind.MENU] += 1
        await self._act(
            lambda: self.person.send_text("/settings"),
            lambda: self.book.count(Kind.MENU) > before,
            "the settings",
        )
        menu = [one for one in self.book.standing.values() if one.kind is Kind.MENU][-1]
        aspect = self._dice.choice((Aspect.STRENGTH, Aspect.FORM))
        await self._press_menu(menu, str(aspect), Kind.CHOICES)
        if aspect is Aspect.STRENGTH:
            self._strength = self._dice.choice(STRENGTHS)
            await self._press_menu(menu, f"{aspect}={self._strength}", Kind.MENU)
        else:
            self._form = self._dice.choice(list(Form))
            await self._press_menu(menu, f"{aspect}={self._form}", Kind.MENU)

    async def _press_menu(self, menu: Post, argument: str, then: Kind) -> None:
        message_id = menu.entry.message_id
        data = f"{Verb.SETTINGS}:{argument}:{self.person.user_id}"
        await self._act(
            lambda: self._press(menu, data),
            lambda: self.book.standing[message_id].kind is then,
            f"{then} after {argument}",
        )

    # Steps, and what is waited for.

    async def _ask_anew(
        self, action: Callable[[], Awaitable[object]], verb: Verb, *, pictures: int = 1
    ) -> None:
        """Do what is answered with another question, at most one for each picture; the last one does this."""
        row = self.book.question
        self.asked[Kind.QUESTION] += pictures
        await self._act(
            action,
            lambda: self.book.question > row and verb in self.book.verbs[self.book.question],
            f"a question with {verb}",
        )

    async def _remind(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do what is answered with a request for a photo."""
        before = self.book.count(Kind.REMINDER)
        self.asked[Kind.REMINDER] += 1
        await self._act(
            action, lambda: self.book.count(Kind.REMINDER) > before, "a request for a photo"
        )

    async def _act(
        self, action: Callable[[], Awaitable[object]], done: Callable[[], bool], what: str
    ) -> None:
        """Do something and wait for its effect."""
        await action()
        await self._until(done, what)

    async def _until(
        self, condition: Callable[[], bool], what: str, *, within: float | None = None
    ) -> None:
        """Wait until it is so; a shorter time than usual may pass without it."""
        try:
            async with asyncio.timeout(within or PATIENCE):
                while True:
                    changed = self._client.changed.next
                    self.catch_up()
                    if condition():
                        return
                    await changed.wait()
        except TimeoutError:
            if within is None:
                raise AssertionError(self._with_chat(f"waited in vain for {what}")) from None

    async def _press(self, post: Post, data: str) -> None:
        number = self._client.happened[-1].number
        with suppress(RefusedError):  # its message went away this moment
            self.queries.append((await self.person.press_data(post.entry, data), number))

    def _check(self, post: Post) -> None:
        """What can be wrong with a message as soon as it comes."""
        once = (Kind.FILM, Kind.COMPARISON, Kind.CURVE)
        if post.kind in {Kind.PHOTO, Kind.FILE} and post.job_id is not None:
            usual = self.jobs.get(post.job_id)
            most = self.presses[post.kind, post.job_id] + (
                usual is None or post.kind in usual.parts
            )
            times = self.book.seen[post.kind, post.job_id]
        elif post.kind in once:
            most = sum(count for (kind, _), count in self.presses.items() if kind is post.kind)
            times = self.book.count(post.kind)
        elif post.kind is Kind.QUESTION:
            times = len(self.book.verbs)
            most = self.asked[Kind.QUESTION]
        else:
            return
        if times > most:
            raise AssertionError(self._with_chat(f"{post.kind} came {times} times, {most} are due"))

    def _question(self, row: int) -> Post:
        question = self.book.last_question
        assert question is not None, self._with_chat(f"question {row} does not stand there")
        return question

    def _wanted(self) -> Wanted:
        assert self._content is not None
        assert self._style is not None
        return Wanted(
            content=self._content,
            style=self._style,
            preset=self._dice.choice(PRESETS),
            strength=self._strength,
            form=self._form,
        )

    def _next_colour(self) -> Colour:
        self._photos += 1
        high, low = divmod(self._photos, SHADES)
        return self._colour(1 + high % (SHADES - 1), low)

    def _style_colour(self) -> Colour:
        return self._colour(0, self._dice.randrange(STYLES))

    def _colour(self, high: int, low: int) -> Colour:
        return 20 + 40 * self._number, 20 + STEP * high, 20 + STEP * low

    def _with_chat(self, words: str) -> str:
        return f"{self.person.name}: {words}; the chat:\n{self.person.transcript()}"


def _picture(colour: Colour) -> bytes:
    return jpeg_bytes(Image.new("RGB", SIZE, colour))


def _data(post: Post, verb: Verb) -> list[str]:
    """The data of a message's buttons that do this."""
    data = [button.data or "" for button in post.entry.buttons]
    return [one for one in data if one.partition(":")[0] == verb]
