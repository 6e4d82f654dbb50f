"""What the store knows of everybody, in memory, for pure turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.conversation.events import ButtonPressed, CommandSent, WordsSent
from bot.conversation.state import Facts, State
from bot.messages.keyboards import CallbackData, Verb
from core.jobs.models import (
    ACTIVE,
    EMPTY_SESSION,
    MAX_STYLES,
    Job,
    JobFacts,
    JobState,
    Person,
    Role,
    Session,
    Style,
)
from core.jobs.preferences import DEFAULT_PREFERENCES, Preferences
from tests.auxil.screens import Screens
from tests.auxil.turns import LANGUAGES, NOW, RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.conversation.effects import SubmitJob
    from bot.conversation.events import Event
    from core.jobs.job_errors import QueueError
    from core.jobs.models import SentPicture
    from core.sentences import Sentence
    from core.style.options import Options


@dataclass
class Memory:
    """Everybody's conversations, and their jobs.

    Attributes:
        screens: The chats, and what waits to be sent to them.
        sessions: Each person's session, as it was saved.
        preferences: Each user's settings.
        client_languages: The language of each user's client.
        styles: Each person's styles, in order.
        jobs: All jobs, by their numbers.
        finished: Those that have a result.
        refusal: Why no job is accepted, if that is so.
        now: The time.
    """

    screens: Screens = field(default_factory=Screens)
    sessions: dict[Person, Session] = field(default_factory=dict)
    preferences: dict[int, Preferences] = field(default_factory=dict)
    client_languages: dict[int, str] = field(default_factory=dict)
    styles: dict[Person, tuple[Style, ...]] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    refusal: QueueError | None = None
    now: datetime = NOW
    last: Counter[str] = field(default_factory=Counter)
    _used: dict[int, int] = field(default_factory=dict)

    def next(self, what: str) -> int:
        """The number of another one."""
        self.last[what] += 1
        return self.last[what]

    def session(self, person: Person) -> Session:
        session = self.sessions.get(person, EMPTY_SESSION)
        row = self.screens.rows.get(session.question or 0)
        return replace(session, question_message_id=None if row is None else row.message_id)

    def job(self, job_id: int) -> Job:
        messages, changed = self.screens.messages_of(job_id), self.screens.changed(job_id)
        return replace(self.jobs[job_id], messages=messages, changed=changed)

    def jobs_in(self, *states: JobState) -> list[Job]:
        return [self.job(number) for number, one in self.jobs.items() if one.state in states]

    def state(self, person: Person, event: Event) -> State:
        """What a turn about an event is given."""
        session = self.session(person)
        base = self.jobs.get(session.blend_of or session.further_of or 0)
        facts = self._facts(person, event)
        return State(
            person=person,
            languages=LANGUAGES,
            facts=facts if base is None else replace(facts, base=self._kept(base)),
            session=session,
            preferences=self.preferences.get(person.user_id, DEFAULT_PREFERENCES),
            client_language=self.client_languages.get(person.user_id),
            styles=self.styles.get(person, ()),
            jobs=tuple(
                self.job(one.id)
                for one in self.jobs.values()
                if one.person == person and one.state in ACTIVE
            ),
        )

    def save(self, before: State, after: State) -> None:
        """Keep what a turn changed."""
        person = before.person
        self.sessions[person] = after.session
        self.preferences[person.user_id] = after.preferences
        if after.styles != before.styles:
            kept = {style.id for style in before.styles if style.kept}
            changed = [style.id for style in after.styles if style.kept != (style.id in kept)]
            self._keep(person, after.styles, changed)

    def submit(self, person: Person, effect: SubmitJob) -> None:
        self.last["job"] = effect.job_id
        self.jobs[effect.job_id] = Job(
            id=effect.job_id,
            person=person,
            state=JobState.QUEUED,
            content=effect.content,
            style=effect.style,
            further=effect.further,
            options=effect.options,
            created=self.now,
            handover=effect.handover,
        )
        if effect.status in self.screens.rows:
            row = self.screens.rows[effect.status]
            row.role, row.job_id = Role.STATUS, effect.job_id

    def change(self, job_id: int, options: Options) -> None:
        """Give an active job other options."""
        self.jobs[job_id] = replace(self.jobs[job_id], options=options)

    def move(self, job_id: int, state: JobState, error: Sentence | None = None) -> Job:
        """Change a job's state."""
        if state is JobState.FINISHED:
            self.finished.add(job_id)
        self.jobs[job_id] = replace(self.jobs[job_id], state=state, error=error)
        return self.job(job_id)

    def deliver(self, job_id: int) -> None:
        if self.jobs[job_id].state is JobState.FINISHED:
            self.move(job_id, JobState.DELIVERED)

    def hold(self, job_id: int, *, held: bool) -> None:
        self.deliver(job_id)
        self.jobs[job_id] = replace(self.jobs[job_id], held=held)

    def note_style(self, person: Person, used: SentPicture) -> None:
        styles = self.styles.get(person, ())
        known = next((style for style in styles if style.picture.id == used.id), None)
        if known is None:
            known = Style(id=self.next("style"), picture=used)
            styles = (*styles, known)
        self._keep(person, styles, [known.id])

    def forget(self, user_id: int) -> None:
        self.screens.forget(user_id)
        self.jobs = {n: job for n, job in self.jobs.items() if job.person.user_id != user_id}
        self.sessions = {of: one for of, one in self.sessions.items() if of.user_id != user_id}
        self.styles = {of: one for of, one in self.styles.items() if of.user_id != user_id}
        self.preferences.pop(user_id, None)
        self.client_languages.pop(user_id, None)

    def _facts(self, person: Person, event: Event) -> Facts:
        facts = Facts(
            now=self.now,
            next_message=self.last["message"] + 1,
            next_job=self.last["job"] + 1,
            refusal=self.refusal,
            link_code="c0de",
        )
        if isinstance(event, CommandSent) and event.heard.replied is not None:
            number = event.heard.replied.message_id
            return replace(facts, replied_job=self._job_at(person.chat_id, number))
        if isinstance(event, WordsSent):
            over = self.jobs_in(JobState.FINISHED, JobState.DELIVERED)
            mine = [one for one in over if one.person == person]
            return replace(facts, subject=self._kept(mine[-1]) if mine else None)
        data = CallbackData.parse(event.data) if isinstance(event, ButtonPressed) else None
        if isinstance(event, ButtonPressed) and event.message_id is not None:
            facts = replace(facts, pressed_job=self._job_at(person.chat_id, event.message_id))
        if data is None:
            return facts
        if data.verb is Verb.FORGET:
            return replace(facts, **self._facts_about(person.user_id))
        subject = self.jobs.get(data.number or 0)
        if subject is None or subject.person.chat_id != person.chat_id:
            return facts
        return replace(facts, subject=self._kept(subject))

    def _kept(self, job: Job) -> JobFacts:
        result = RESULT if job.id in self.finished else None
        return JobFacts(self.job(job.id), result, pictures_kept=True)

    def _job_at(self, chat_id: int, message_id: int) -> Job | None:
        """The job to which a message belongs."""
        jobs = [self.job(one.id) for one in self.jobs.values() if one.person.chat_id == chat_id]
        of = [job for job in jobs if message_id in {one.message_id for one in job.messages}]
        return max(of, key=lambda one: (one.state in ACTIVE, one.id), default=None)

    def _facts_about(self, user_id: int) -> dict[str, Any]:
        """What of a user's is shown in all chats, for who asks to be forgotten."""
        jobs = self.jobs_in(*ACTIVE, JobState.FINISHED, JobState.DELIVERED)
        people = [person for person in self.sessions if person.user_id == user_id]
        shown = [(one.chat_id, self.session(one).question_message_id) for one in people] + [
            (job.person.chat_id, job.status.message_id)
            for job in jobs
            if job.person.user_id == user_id and job.status is not None
        ]
        return {
            "unsettled": tuple(
                (chat_id, number, self.screens.messages[chat_id][number].captioned)
                for chat_id, number in shown
                if number in self.screens.messages[chat_id]
            )
        }

    def _keep(self, person: Person, styles: tuple[Style, ...], used: Iterable[int]) -> None:
        """Put styles in order, and forget the oldest beyond those that one sheet can show."""
        for style_id in used:
            self._used[style_id] = self.next("use")
        kept = sorted((style for style in styles if style.kept), key=lambda style: style.id)
        others = [style for style in styles if not style.kept]
        others.sort(key=lambda style: -self._used[style.id])
        self.styles[person] = (*kept, *others[: max(1, MAX_STYLES - len(kept))])
