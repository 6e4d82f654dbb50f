"""What a chat may not show after any number of kills."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from core.jobs.models import JobState
from core.jobs.preferences import Handover
from core.style.options import Options
from tests.auxil.chat_book import ONCE, Kind
from tests.auxil.customer import STEP
from tests.auxil.pictures import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.auxil.chat import ChatClient
    from tests.auxil.chat_book import ChatBook, Post
    from tests.auxil.customer import Customer
    from tests.auxil.killer import Killer

COUNTED = (Kind.HELP, Kind.MENU, Kind.REMINDER, Kind.CANCELLATION)
"""What answers something that people do, once each time."""

MAX_ATTEMPTS = 3
"""How many deaths in the middle of its painting a job survives."""


@dataclass
class Audit:
    """Looks at one chat after the other.

    Attributes:
        faults: What may not be.
        counts: How often there was what.
    """

    killer: Killer
    client: ChatClient
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def left(self) -> list[str]:
        """What still waits in the database."""
        return [f"{what}: {row}" for what, sql in _LEFT.items() for row in self.killer.rows(sql)]

    def unanswered(self, customer: Customer) -> list[str]:
        """A person's presses in the last process's time that have no answer yet."""
        customer.catch_up()
        last, answered = len(self.killer.starts), customer.book.answered
        queries = [query for query, number in customer.queries if self._life(number + 1) == last]
        return [query for query in queries if query not in answered]

    async def of(self, customer: Customer) -> None:
        """One person's chat."""
        customer.catch_up()
        before = len(self.faults)
        doubles = self._doubles(customer.book)
        self._check_jobs(customer)
        self._check_counts(customer, doubles)
        self._check_presses(customer)
        self._check_what_stands(customer.book, doubles)
        await self._check_pictures(customer)
        if len(self.faults) > before:
            self.faults.append(customer.person.transcript()[-20_000:])

    def _life(self, number: int) -> int:
        """In which process's time an event came."""
        return bisect_right(self.killer.starts, number - 1)

    def _doubles(self, book: ChatBook) -> list[Post]:
        """Posts that repeat what an earlier process had posted last: its receipt was lost with that process."""
        lives = {self._life(post.number): at for at, post in enumerate(book.posts)}
        doubles: list[Post] = []
        for at in lives.values():
            same = (
                one for one in book.posts[at + 1 :] if one.signature == book.posts[at].signature
            )
            doubles += islice(same, 1)
        for double in doubles:
            if double.kind not in COUNTED:
                what = "sent again when asked" if double.kind in ONCE else "text twice"
                self.counts[f"{what}: {double.kind}"] += 1
        return doubles

    def _check_jobs(self, customer: Customer) -> None:
        """Each was accepted once, as it was asked for, and came to its end."""
        rows = {
            row[0]: row[1:]
            for row in self.killer.rows(
                "SELECT jobs.id, state, attempts, options, handover, content.message_id FROM jobs"  # noqa: S608
                " JOIN pictures AS content ON content.id = content_id"
                f" WHERE jobs.user_id = {customer.person.user_id}"
            )
        }
        name, book = customer.person.name, customer.book
        if rows.keys() != customer.jobs.keys():
            odd = sorted(rows.keys() ^ customer.jobs.keys())
            self.faults.append(f"{name}: jobs {odd} are not what was asked for")
        for job_id, wanted in customer.jobs.items():
            if job_id not in rows:
                continue
            state, attempts, options, handover, message_id = rows[job_id]
            chosen = Options.from_dict(json.loads(options))
            form = Handover.from_json(handover).form
            brought_by = wanted.content.message_id or message_id
            got = (chosen.preset, chosen.strength, form, message_id)
            asked = (wanted.preset, wanted.strength, wanted.form, brought_by)
            if got != asked:
                self.faults.append(f"{name}: job {job_id} is {got} instead of {asked}")
            self.counts[f"job {state}"] += 1
            self.counts["results asked about"] += job_id in book.offered
            if state == JobState.DELIVERED and customer.missing(job_id):
                self.faults.append(f"{name}: of job {job_id} {customer.missing(job_id)} never came")
            if state == JobState.FAILED and attempts < MAX_ATTEMPTS:
                self.faults.append(f"{name}: job {job_id} failed after {attempts} attempts")

    def _check_counts(self, customer: Customer, doubles: Sequence[Post]) -> None:
        """Each thing that was done was answered once."""
        name, book = customer.person.name, customer.book
        twice = Counter(double.kind for double in doubles)
        for kind in COUNTED:
            came, due = book.count(kind), customer.asked[kind]
            # What looks like a repetition may be the answer to the same question asked again.
            if not came - twice[kind] <= due <= came:
                self.faults.append(f"{name}: {kind} came {came} times instead of {due}")
            self.counts[f"text twice: {kind}"] += came - due
        for kind in (Kind.FILM, Kind.COMPARISON, Kind.CURVE):
            self.counts[kind] += book.count(kind)
        unanswered = book.count(Kind.UNANSWERED) - twice[Kind.UNANSWERED]
        self.counts["files asked about"] += unanswered
        self.counts["results sent"] += book.count(Kind.PHOTO, Kind.FILE)
        self.faults += [
            f"{name}: {post.entry.text!r}" for post in book.posts if post.kind is Kind.OTHER
        ]
        # Apart from what the last process before repeated, no two posts are of the same effect.
        posted = Counter(
            post.signature for post in book.posts if post.row or post.kind is Kind.STATUS
        )
        posted.subtract(double.signature for double in doubles)
        for signature in (signature for signature, n in posted.items() if n > 1):
            lives = [self._life(one.number) for one in book.posts if one.signature == signature]
            self.faults.append(f"{name}: {signature} was posted in lives {lives}")
        self.faults += [
            f"{name}: {one.kind} came twice" for one in doubles if self._is_fault(customer, one)
        ]

    @staticmethod
    def _is_fault(customer: Customer, double: Post) -> bool:
        """Whether something came twice that may not, unless its button was pressed in between."""
        pressed = any(job_id == double.job_id for _, job_id in customer.presses)
        return double.kind in ONCE and not pressed

    def _check_presses(self, customer: Customer) -> None:
        """Each is answered at once, unless the process died meanwhile: then it was the last thing in its life.

        What the next process answers had not reached the one that died, so it says nothing about that one.
        """
        lives: dict[int, list[bool]] = {}
        last = len(self.killer.starts)
        for query, number in customer.queries:
            life = self._life(number + 1)
            answer = customer.book.answered.get(query)
            if answer is None or self._life(answer) == life:
                lives.setdefault(life, []).append(answer is not None)
        for life, answered in lives.items():
            self.counts["presses"] += len(answered)
            self.counts["presses answered too late"] += answered.count(False)
            end = len(answered) - answered[::-1].index(True) if True in answered else 0
            # Two presses in a row are answered side by side.
            if answered[:end].count(False) > 1 or (life == last and not all(answered)):
                self.faults.append(
                    f"{customer.person.name}: presses without an answer in life {life} of {last}: {answered}"
                )

    def _check_what_stands(self, book: ChatBook, doubles: Sequence[Post]) -> None:
        """No status of a job that is over, and no question that was answered, unless it stands there twice."""
        twice = {double.signature for double in doubles}
        original = {post.entry.message_id: post for post in book.posts}
        for message_id, post in book.standing.items():
            if post.kind not in {Kind.STATUS, Kind.QUESTION}:
                continue
            if original[message_id].signature in twice:
                self.counts[f"left standing: {post.kind}"] += 1
            else:
                self.faults.append(
                    f"{post.kind} {message_id} still stands there: {post.entry.text!r}"
                )

    async def _check_pictures(self, customer: Customer) -> None:
        """Each result shows the picture that was to be painted."""
        for post in customer.book.posts:
            if post.kind not in {Kind.PHOTO, Kind.FILE} or post.job_id not in customer.jobs:
                continue
            # The same photo may have been uploaded twice, and the first one is gone then.
            shown = customer.book.standing.get(post.entry.message_id, post)
            content, media = customer.jobs[post.job_id].content, shown.entry.media
            wanted = customer.sent.get(content.message_id or 0)
            if media is None:
                continue
            if wanted is None:
                continue  # A built-in style, after a swap.
            picture = opened(await self.client.download(media.url)).convert("RGB")
            found = picture.getpixel((picture.width // 2, picture.height // 2))
            assert isinstance(found, tuple)
            self.counts["results looked at"] += 1
            if any(abs(one - other) >= STEP / 2 for one, other in zip(wanted, found, strict=True)):
                self.faults.append(
                    f"{customer.person.name}: job {post.job_id} shows {found} instead of {wanted}"
                )

    def lines(self) -> Iterator[str]:
        """The counts, to be read."""
        kills = self.killer.phases
        yield f"{kills.total()} kills: " + ", ".join(
            f"{n} {phase}" for phase, n in kills.most_common()
        )
        yield ", ".join(f"{what}: {n}" for what, n in sorted(self.counts.items()))


_LEFT = {
    "update": "SELECT id, text FROM updates WHERE NOT done",
    "effect": "SELECT id, effect FROM outbox",
    "job": "SELECT id, state FROM jobs WHERE state IN ('queued', 'running', 'finished')",
}
