"""What the bot says without being asked, or to those whom it does not serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.effects import Send
from bot.messages.languages import ENGLISH
from core.jobs.models import Step

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import HandlingFailed, Notice, QuestionDue, TurnedAway


def turned_away(draft: Draft, event: TurnedAway) -> None:
    """A person may not use the bot, or shares their name in this chat with others."""
    if event.why == "private":
        text = draft.state.languages.texts_for(event.client_language).not_allowed()
    else:
        text = ENGLISH.nameless()  # A group or channel as the sender has no language of its own.
    draft.answer(event.query_id, text, alert=True)
    if event.heard is not None:
        reply_to = None if event.heard.private else event.heard.message_id
        # With a chat of its own it is not told in private that Telegram refused it: nothing of strangers is written down.
        here = draft.state.person.chat_id
        draft.effects.append(Send(text=text, chat_id=here, reply_to=reply_to, topic=draft.topic))


def handling_failed(draft: Draft, event: HandlingFailed) -> None:
    """An update could not be handled; the log has the details."""
    if event.query_id is None:
        draft.say(draft.texts.trouble(), event.heard)
    draft.answer(event.query_id, draft.texts.trouble(), alert=True)


def question_due(draft: Draft, _event: QuestionDue) -> None:
    """The question that is due was lost."""
    session = draft.state.session
    if session.question is None and session.step is not Step.CONTENT:
        draft.remind()


def notice(draft: Draft, event: Notice) -> None:
    """Something that the person has to be told, whatever they are doing."""
    texts = draft.texts
    match event.what:
        case "update_dropped":
            draft.say(texts.update_dropped())
        case "jobs_lost":
            draft.say(texts.jobs_lost())
        case "database_damaged":
            draft.say(texts.database_damaged(event.file))
        case "drained":
            draft.say(texts.admin_drained())
        case "error":
            draft.say(texts.unexpected_error(event.kind, event.reference))
