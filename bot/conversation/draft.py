"""A turn in the making: the state so far, the effects so far, and the steps that most flows need."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from bot.conversation.effects import (
    AnswerPress,
    CountRefusal,
    Delete,
    Edit,
    Resume,
    Send,
    SetButtons,
    SheetTile,
    StyleSheet,
    SubmitJob,
)
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards, status_keyboards
from bot.messages.keyboards import Verb
from core.jobs.models import EMPTY_SESSION, JobState, Role, Step
from core.jobs.preference_choices import differs_from_default
from core.jobs.preferences import Form, Sound
from core.pictures.builtin_styles import BUILTIN_STYLES
from core.style.options import Preset

if TYPE_CHECKING:
    from bot.conversation.effects import Effect
    from bot.conversation.events import Heard
    from bot.conversation.state import State
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.texts import Texts
    from core.jobs.models import Job, SentPicture, Session
    from core.jobs.preferences import Preferences
    from core.style.options import Options


class Draft:
    """Collects what a turn decides.

    Attributes:
        state: The state so far.
        effects: The effects so far, in order.
        topic: The topic in which the turn's event happened; None for General and for chats without topics.
    """

    def __init__(self, state: State, topic: int | None = None) -> None:
        self.state = state
        self.topic = topic
        self.effects: list[Effect] = []
        self._next_message = state.facts.next_message

    @property
    def texts(self) -> Texts:
        """The bot's words in the person's language."""
        return self.state.texts

    @property
    def wanted(self) -> Preferences:
        """What the person usually wants, and above that what they want of the painting that is being prepared."""
        return self.state.session.wishes.over(self.state.preferences)

    @property
    def owner(self) -> int:
        """The user, as the buttons carry them."""
        return self.state.person.user_id

    @property
    def shares(self) -> bool:
        """Whether styles may be passed on by links."""
        return self.state.facts.policy.share_styles

    def new_message(self) -> int:
        """The row of a message that is about to be sent."""
        self._next_message += 1
        return self._next_message - 1

    def set_session(self, session: Session) -> None:
        """What the person has sent is this now."""
        self.state = replace(self.state, session=session)

    def say(self, text: str, heard: Heard | None = None, keyboard: Keyboard = ()) -> None:
        """Send a message; in a group as a reply to what was heard, so that everybody sees whom it is for."""
        reply_to = heard.message_id if heard is not None and not heard.private else None
        self.effects.append(Send(text=text, reply_to=reply_to, topic=self.topic, keyboard=keyboard))

    def answer(self, query_id: str | None, text: str = "", *, alert: bool = False) -> None:
        """Answer a pressed button, unless it is too late for that."""
        if query_id is not None:
            self.effects.append(AnswerPress(query_id=query_id, text=text[:200], alert=alert))

    def close_question(self) -> None:
        """The open question is not valid any more: its buttons go."""
        question = self.state.session.question
        if question is not None:
            self.effects.append(SetButtons(message=question))
            self.set_session(replace(self.state.session, question=None, question_message_id=None))

    def drop_session(self) -> None:
        """Forget what the person has sent."""
        self.close_question()
        self.set_session(EMPTY_SESSION)

    def ask(self, text: str, *, reply_to: int | None = None, delay: float = 0.0) -> None:
        """Say ``text`` with the buttons for what the session waits for; the last question's buttons go.

        Args:
            text: The question, as HTML.
            reply_to: The message that it answers in a group; by default the last picture. In private it answers the photo.
            delay: Seconds to wait before it is sent.
        """
        self.close_question()
        session, step = self.state.session, self.state.session.step
        if not self.state.private and step in {Step.CONTENT, Step.STYLE}:
            text = f"{text}\n{self.texts.answer_here()}"
        question = None if step is Step.CONTENT else self.new_message()
        send = Send(
            text=text,
            message=question,
            role=None if question is None else Role.QUESTION,
            reply_to=self.question_replies_to(reply_to),
            topic=self.topic,
            delay=delay,
        )
        if step is Step.STYLE:
            tiles = self.style_tiles(builtin=True)
            labels = self.style_labels(tiles)
            keyboard = (
                keyboards.styles_to_pick(self.texts, labels, self.owner, question)
                if session.blend_of is None
                else keyboards.styles(labels, Verb.PICK, self.owner, question)
            )
            send = replace(
                send,
                text=f"{text}\n\n{self.texts.or_one_of_these()}",
                attachment=StyleSheet(tiles),
                keyboard=keyboard,
            )
        elif question is not None:
            words, keyboard = self.last_question(text, question)
            send = replace(send, text=words, keyboard=keyboard)
        elif self.state.private:
            # Not in a group: there nobody's face should be fetched at a press, and a reply is forced instead.
            send = replace(send, keyboard=keyboards.profile_photo(self.texts, self.owner))
        else:
            # In a group the bot hears replies only, so the client makes the person's next message one.
            send = replace(send, force_reply=True)
        self.effects.append(send)
        topic = None if question is None else self.topic
        self.set_session(replace(session, question=question, question_message_id=None, topic=topic))

    def remind(
        self, lead: str = "", *, reply_to: int | None = None, jobs_told: bool = False
    ) -> None:
        """Say what the session waits for, after a sentence about something else.

        Args:
            lead: That sentence.
            reply_to: As in ``ask``.
            jobs_told: Whether it is about the person's jobs; else a session in which nothing was sent tells of them.
        """
        session, jobs = self.state.session, self.state.jobs
        expected = self.texts.expected(session)
        if jobs and session.step is Step.CONTENT and session.style is None:
            expected = self.texts.for_another()
            if not jobs_told:
                waits = all(job.state is JobState.QUEUED for job in jobs)
                expected = self.texts.joined(self.texts.goes_on(waits=waits), expected)
        self.ask(f"{lead}\n\n{expected}".strip(), reply_to=reply_to)

    def last_question(self, text: str, question: int) -> tuple[str, Keyboard]:
        """What is asked once there are both pictures: the text and the buttons."""
        if self.state.session.step is Step.WEIGHTS:
            return text, keyboards.weights(self.texts, self.owner, question)
        return self.preset_question(text, question)

    def preset_question(self, text: str, question: int) -> tuple[str, Keyboard]:
        """The question for a preset: the text, with the settings that matter, and the buttons."""
        wanted, content = self.wanted, self.state.session.content
        assert content is not None  # noqa: S101 - a session that waits for a preset has both pictures
        if differs_from_default(wanted):
            usual = self.state.preferences
            for_once = (wanted.strength, wanted.colours) != (
                usual.strength,
                usual.colours,
            )
            text = f"{text}\n{self.texts.in_force(wanted, for_once=for_once)}"
        size = (content.width, content.height)
        seconds = {
            preset: self.state.facts.estimate(wanted.options(preset), size) for preset in Preset
        }
        return text, keyboards.presets(
            self.texts,
            self.owner,
            question,
            seconds,
            wanted.preset,
            strength=wanted.strength,
        )

    def style_tiles(self, *, builtin: bool) -> tuple[SheetTile, ...]:
        """The person's styles, and the built-in ones behind them if wanted."""
        mine = (
            SheetTile(self.texts.style_name(style), style_id=style.id)
            for style in self.state.styles
        )
        names = BUILTIN_STYLES if builtin else ()
        return (
            *mine,
            *(SheetTile(self.texts.builtin_name(name), builtin=name) for name in names),
        )

    def name_of_styles(self, job: Job) -> str | None:
        """What a job's style is called, or all that it blends, as plain text; None if it has no name."""
        names = [self._name_of(one) for one in job.styles]
        if not any(names):
            return None
        return " + ".join(name or self.texts.your_style() for name in names)

    def _name_of(self, picture: SentPicture) -> str | None:
        if picture.builtin in BUILTIN_STYLES:
            return self.texts.builtin_name(picture.builtin)
        named = (one.name for one in self.state.styles if one.picture.id == picture.id)
        return next(named, None)

    def style_labels(self, tiles: tuple[SheetTile, ...]) -> list[tuple[str, str]]:
        """What the button of each style shows, and its argument."""
        return [
            (self.texts.numbered(number, tile.title), tile.builtin or str(tile.style_id))
            for number, tile in enumerate(tiles, 1)
        ]

    def submit(
        self,
        pictures: tuple[SentPicture, SentPicture],
        options: Options,
        *,
        status: int,
        start_from: int | None = None,
        continues: int | None = None,
        further: tuple[SentPicture, ...] | None = None,
        after: Job | None = None,
    ) -> tuple[int, str, Keyboard]:
        """Submit a job.

        Args:
            pictures: Content and style.
            options: The choices of the transfer.
            status: The message that becomes its status.
            start_from: A job whose result is the initial image.
            continues: A cancelled job that it goes on with.
            further: The styles that are blended with the first one; None for those that belong to the session's style.
            after: The earlier job that it follows, in whose topic it stays; None for one where the person is.

        Returns:
            The job's id, what its status says, and the buttons under it.
        """
        job_id, content = self.state.facts.next_job, pictures[0]
        if further is None:
            options, further = self._with_further_styles(options, pictures[1])
        handover, name = self.state.preferences.handover, options.named_preset
        if options.collage:
            handover = replace(handover, form=Form.PHOTO)  # It is small, and its buttons matter.
        self.effects.append(
            SubmitJob(
                job_id=job_id,
                content=content,
                style=pictures[1],
                options=options,
                handover=handover,
                status=status,
                start_from=start_from,
                continues=continues,
                topic=self.topic if after is None else after.topic,
                further=further,
            )
        )
        place, seconds, delay = self.state.facts.forecast(
            options,
            (content.width, content.height),
            from_result=start_from is not None or continues is not None,
        )
        if place == 0:
            text = self.texts.preparing(name)
        elif delay is not None:
            text = self.texts.delayed(name, place, delay)
        else:
            text = self.texts.waiting(name, place, seconds)
        text = self.texts.with_choices(text, options)
        return job_id, text, status_keyboards.status(self.texts, self.owner, job_id, name)

    def _with_further_styles(
        self, options: Options, style: SentPicture
    ) -> tuple[Options, tuple[SentPicture, ...]]:
        """A style that was taken from a blend comes with the rest of it."""
        base = self.state.facts.base
        if self.state.session.further_of is None or base is None or base.job.style.id != style.id:
            return options, ()
        weights = base.job.options.style_weights
        return replace(options, style_weights=weights), base.job.further

    def submit_session(self, options: Options, *, status: int) -> tuple[int, str, Keyboard]:
        """Submit what the person has sent; returns what ``submit`` does. The next session begins.

        Raises:
            RefusalError: No further job of this person is accepted.
        """
        session = self.state.session.settled
        assert session.content is not None  # noqa: S101 - the caller looked
        assert session.style is not None  # noqa: S101
        self.require_room()
        submitted = self.submit(
            (session.content, session.style),
            options,
            status=status,
            further=session.further or None,
        )
        self.set_session(EMPTY_SESSION)
        return submitted

    def refused(self) -> str:
        """Why no further job of this person is accepted, as HTML that is about to be said; empty if one is."""
        refusal = self.state.facts.refusal
        if refusal is None:
            return ""
        self.effects.append(CountRefusal(refusal=refusal))
        return escape(self.texts.said(refusal.spoken))

    def require_room(self) -> None:
        """Raises RefusalError if no further job of this person is accepted."""
        refusal = self.state.facts.refusal
        if refusal is not None:
            raise RefusalError(self.texts.said(refusal.spoken), full=refusal)

    def remember_style(self, job_id: int) -> None:
        """Remember later that the job's styles were used: that needs a look at them."""
        self.effects.append(Resume(what="style", job_id=job_id))

    def set_status(
        self,
        job: Job,
        text: str,
        keyboard: Keyboard = (),
        *,
        sound: bool = False,
        below: bool = False,
    ) -> None:
        """Have a job's status message say something for good; if it is gone, or ``below``, another message says it."""
        status, old = (None, job.status) if below else (job.status, None)
        row = status.id if status is not None else self.new_message()
        send = Send(
            text=text,
            message=row,
            role=Role.STATUS,
            keyboard=keyboard,
            reply_to=job.content.message_id or None,
            topic=job.topic,
            silent=self.is_silent(job, final=sound),
            job_id=job.id,
        )
        self.show_status(send, anew=status is None)
        if old is not None:
            self.effects.append(Delete(message=old.id, instead=self.texts.outdated()))

    def show_status(self, send: Send, *, anew: bool) -> None:
        """Send a status message, or have the one that is there already say the same; if it is gone, it is sent."""
        edit = Edit(text=send.text, message=send.message, keyboard=send.keyboard, otherwise=send)
        self.effects.append(send if anew else edit)

    @staticmethod
    def is_silent(job: Job, *, final: bool) -> bool:
        """Whether a message about a job arrives without a sound; ``final`` if it tells the job's end."""
        sound = job.handover.sound
        return not (sound is Sound.ALL or (final and sound is Sound.RESULTS))

    def question_replies_to(self, message_id: int | None) -> int | None:
        """In a group a question shows whom it is for; in a private chat which photo, since its message becomes the result."""
        content = self.state.session.content
        if self.state.private:
            return None if content is None else content.message_id or None
        picture = self.state.session.style or content
        if message_id is None and picture is not None:
            message_id = picture.message_id
        return message_id or None
