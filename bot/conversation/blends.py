"""Blending: another style is added to those of a result, and the person says how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.effects import Edit
from bot.conversation.refusal import RefusalError
from bot.messages.keyboards import SHARES
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import EMPTY_SESSION, MAX_BLEND, Session, Step
from core.jobs.repeat_options import blended

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import JobFacts


def session_for(draft: Draft, facts: JobFacts) -> Session:
    """The session in which another style is chosen for a result.

    Raises:
        RefusalError: It blends as many styles as a transfer can.
    """
    if len(facts.job.styles) >= MAX_BLEND:
        raise RefusalError(draft.texts.blends_enough())
    return Session(content=facts.job.content, blend_of=facts.job.id)


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """How much of the new style was chosen: the transfer begins at the photo, with all styles."""
    texts, session, base = draft.texts, draft.state.session, draft.state.facts.base
    question, content, style = session.question, session.content, session.style
    if data.argument not in SHARES:
        raise RefusalError(texts.old_button())
    if (
        session.step is not Step.WEIGHTS
        or question is None
        or question != data.question
        or content is None
        or style is None
    ):
        if any(
            job.status is not None and job.status.id == data.question for job in draft.state.jobs
        ):
            draft.answer(event.query_id)  # A second press of the same button.
            return
        raise RefusalError(texts.settled_question(session), dead=True)
    if base is None or not base.pictures_kept:
        raise RefusalError(texts.said(PictureGoneError().spoken))
    draft.require_room()
    job = base.job
    wanted = session.wishes.upon(job.options)
    options = blended(wanted, len(job.styles), SHARES[data.argument])
    job_id, text, keyboard = draft.submit(
        (content, job.style), options, status=question, further=(*job.further, style)
    )
    draft.effects.append(Edit(text=text, message=question, keyboard=keyboard))
    draft.remember_style(job_id)
    draft.set_session(EMPTY_SESSION)
    draft.answer(event.query_id, texts.in_hand())
