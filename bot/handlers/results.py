"""The buttons under a result or a failure: paint it again in another way, or look at how it came about."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from telegram import InputFile
from telegram.constants import ParseMode

from bot import again
from bot.handlers.presses import Answer, Refusal, job_of
from bot.messages.keyboards import Verb
from bot.replies import under
from core.jobs.models import ACTIVE, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from telegram import CallbackQuery
    from telegram.ext import ExtBot

    from bot.handlers.presses import Handler
    from bot.messages.keyboards import Press
    from bot.messages.languages import Languages
    from bot.outbox import Noted
    from bot.questions import Questions
    from core.jobs.dispatcher import Dispatcher
    from core.jobs.models import Job, Person
    from core.jobs.store import Store
    from core.style.events import Result
    from core.style.options import Options


class Results:
    """What can be done with a finished picture, as long as its pictures are kept.

    Args:
        store: Jobs and their outcomes.
        dispatcher: Takes jobs.
        questions: Asks for another picture.
        languages: Who is spoken to how.
    """

    def __init__(
        self, *, store: Store, dispatcher: Dispatcher, questions: Questions, languages: Languages
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._questions = questions
        self._languages = languages

    @property
    def verbs(self) -> Mapping[Verb, Handler]:
        """Which button does what."""
        return {
            Verb.SOFTER: self._changed(again.softer, from_result=True),
            Verb.STRONGER: self._changed(again.stronger, from_result=True),
            Verb.FINER: self._changed(again.finer, from_result=True),
            Verb.SMALLER: self._changed(again.smallest, from_result=False),
            Verb.COLOURS: self._changed(again.other_colours, from_result=False),
            Verb.TURN_ROUND: self._turn_round,
            Verb.NEW_PHOTO: self._new_photo,
            Verb.NEW_STYLE: self._new_style,
            Verb.COMPARE: self._compare,
            Verb.FILM: self._film,
            Verb.CURVE: self._curve,
        }

    def _changed(
        self, change: Callable[[Options], Options | None], *, from_result: bool
    ) -> Handler:
        async def pressed(_query: CallbackQuery, person: Person, press: Press) -> Answer:
            job = await self._job(press, person)
            return await self._paint(job, change(job.options), from_result=from_result)

        return pressed

    async def _turn_round(self, _query: CallbackQuery, person: Person, press: Press) -> Answer:
        job = await self._job(press, person)
        turned = replace(job, content=job.style, style=job.content)
        return await self._paint(turned, job.options, from_result=False)

    async def _paint(self, job: Job, options: Options | None, *, from_result: bool) -> Answer:
        texts = self._languages.of(job.person.user_id)
        if options is None:
            raise Refusal(texts.old_button())
        # A double press is one press.
        for other in await self._store.jobs_of(job.person, *ACTIVE):
            same = (other.content.id, other.style.id) == (job.content.id, job.style.id)
            if same and other.options == options:
                return Answer(texts.already())
        await self._dispatcher.resubmit(job, options, from_result=from_result)
        return Answer(texts.in_hand())

    async def _new_photo(self, _query: CallbackQuery, person: Person, press: Press) -> Answer:
        job = await self._job(press, person)
        return await self._begin(Session(person=person, style=job.style))

    async def _new_style(self, _query: CallbackQuery, person: Person, press: Press) -> Answer:
        job = await self._job(press, person)
        return await self._begin(Session(person=person, content=job.content))

    async def _begin(self, session: Session) -> Answer:
        await self._store.save_session(session)
        return Answer(then=lambda: self._questions.remind(session))

    async def _compare(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        job, outcome, content = await self._painted(press, person)
        texts = self._languages.of(person.user_id)

        async def send(noted: Noted) -> None:
            from core.render.film import before_and_after  # noqa: PLC0415 - slow to import, and rarely wanted

            film = await asyncio.to_thread(before_and_after, content, outcome.picture)
            await _send_film(query, job, film, texts.compare_caption(), noted)

        return Answer(texts.a_moment(), sends=send)

    async def _film(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        job, outcome, content = await self._painted(press, person)
        texts = self._languages.of(person.user_id)

        async def send(noted: Noted) -> None:
            from core.render.film import time_lapse  # noqa: PLC0415

            film = await asyncio.to_thread(time_lapse, outcome.frames, content, outcome.picture)
            await _send_film(query, job, film, texts.film_caption(), noted)

        return Answer(texts.a_moment(), sends=send)

    async def _curve(self, query: CallbackQuery, person: Person, press: Press) -> Answer:
        job = await self._job(press, person)
        outcome = await self._store.outcome(job.id)
        texts = self._languages.of(person.user_id)

        async def send(noted: Noted) -> None:
            from core.render.loss_curve import loss_curve  # noqa: PLC0415

            labels = texts.curve_labels()
            curve = await asyncio.to_thread(loss_curve, outcome.trace, labels=labels)
            await _bot_of(query).send_photo(
                job.person.chat_id,
                curve,
                caption=texts.curve_caption(),
                parse_mode=ParseMode.HTML,
                reply_parameters=under(job.result_id),
                rate_limit_args=noted,
            )

        return Answer(texts.a_moment(), sends=send)

    async def _painted(self, press: Press, person: Person) -> tuple[Job, Result, bytes]:
        """The job, what it gave, and its photo."""
        job = await self._job(press, person)
        return job, await self._store.outcome(job.id), await self._store.picture(job.content.id)

    async def _job(self, press: Press, person: Person) -> Job:
        return await job_of(self._store, self._languages, press, person)


async def _send_film(
    query: CallbackQuery, job: Job, film: bytes, caption: str, noted: Noted
) -> None:
    await _bot_of(query).send_animation(
        job.person.chat_id,
        InputFile(film, filename=f"atelier-{job.id}.mp4"),
        caption=caption,
        parse_mode=ParseMode.HTML,
        reply_parameters=under(job.result_id),
        rate_limit_args=noted,
    )


def _bot_of(query: CallbackQuery) -> ExtBot[Noted]:
    return cast("ExtBot[Noted]", query.get_bot())
