"""Styles that are passed on by links: made, taken back, followed.

A link bears a built-in style's name, or a code that nobody can guess. Behind a code lies the style picture alone.
Whoever follows it gets a copy of their own, so that nothing of theirs ends when it is taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import places
from bot.conversation.effects import Edit, Send, ShareStyle, StopSharing, StyleImage
from bot.conversation.photos import begins_at_once, paint, trouble_words
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards, share_keyboards
from core.jobs.job_errors import PictureGoneError, StyleGoneError
from core.jobs.models import Step
from core.pictures.builtin_styles import BUILTIN_STYLES

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.events import ButtonPressed, LinkFollowed
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import SentPicture

STYLE_LINK: Final = "style_"
"""How the parameter of a link to a style begins; with what follows it has at most Telegram's 64 characters."""


def style_link(bot_username: str, code: str) -> str:
    """The link to a style: a built-in one by its name, a person's by its code."""
    return f"https://t.me/{bot_username}?start={STYLE_LINK}{code}"


def share_style_of_result(draft: Draft, event: ButtonPressed, _data: CallbackData) -> None:
    """Give a link to the style of a result."""
    facts = draft.state.facts.subject
    if facts is None:
        raise RefusalError(draft.texts.unknown_painting(), dead=True)
    if facts.job.person != draft.state.person:
        raise RefusalError(draft.texts.not_yours())
    if not facts.pictures_kept:
        raise RefusalError(draft.texts.said(PictureGoneError().spoken))
    if facts.job.options.collage:
        raise RefusalError(draft.texts.no_such_change())  # What stands as its style is the photo.
    _share(draft, event, facts.job.style, reply_to=facts.job.result_message_id)


def share_own_style(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """Give a link to one of the person's styles."""
    style = draft.state.style(data.argument)
    if style is None:
        raise RefusalError(draft.texts.said(StyleGoneError().spoken))
    _share(draft, event, style.picture, reply_to=event.message_id)


def stop(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """Take back the link under which the button stands, or all of the person's, under /privacy."""
    texts, policy = draft.texts, draft.state.facts.policy
    draft.effects.append(StopSharing(code=data.argument or None))
    text, notice = texts.sharing_stopped(), ""
    if not data.argument:
        text = texts.privacy(policy.keep_hours, policy.bytes_per_person / 1e6)
        notice = texts.all_sharing_stopped()
    if event.message_id is not None:
        draft.effects.append(Edit(text=text, message_id=event.message_id))
    draft.answer(event.query_id, notice)


def link_followed(draft: Draft, event: LinkFollowed) -> None:
    """The style behind a link is chosen, or the conversation begins as ever if there is none."""
    texts, picture = draft.texts, event.picture
    if event.trouble is not None:
        draft.remind(trouble_words(texts, event.trouble))
    elif picture is None:
        draft.remind(f"{texts.not_shared()}\n\n{texts.welcome()}")
    else:
        _choose(draft, picture)
    places.send_held(draft)


def _choose(draft: Draft, picture: SentPicture) -> None:
    texts = draft.texts
    head = texts.shared_with_you()
    image = StyleImage(picture_id=picture.id)
    if picture.builtin in BUILTIN_STYLES:
        head = texts.builtin_shared(texts.builtin_name(picture.builtin))
        image = StyleImage(builtin=picture.builtin)
    draft.close_question()
    draft.set_session(draft.state.session.with_style(picture))
    if draft.state.session.step is not Step.CONTENT:
        # A photo waits already, so that what comes next has buttons of its own.
        draft.effects.append(Send(text=head, attachment=image, topic=draft.topic))
        if begins_at_once(draft):
            paint(draft)
        else:
            draft.remind()
        return
    draft.effects.append(
        Send(
            text=texts.joined(head, texts.expected(draft.state.session)),
            attachment=image,
            keyboard=keyboards.profile_photo(texts, draft.owner),
            topic=draft.topic,
        )
    )


def _share(
    draft: Draft, event: ButtonPressed, picture: SentPicture, *, reply_to: int | None
) -> None:
    """Give a link; sharing the same style once more gives the same link."""
    texts, facts = draft.texts, draft.state.facts
    if not draft.shares:
        raise RefusalError(texts.sharing_off())
    builtin = picture.builtin if picture.builtin in BUILTIN_STYLES else None
    code = None if builtin else facts.link_code
    address = style_link(facts.policy.bot_username, builtin or facts.link_code)
    text = texts.style_link(address)
    if builtin is not None:
        text = texts.builtin_link(texts.builtin_name(builtin), address)
    if code is not None:
        draft.effects.append(ShareStyle(code=code, picture_id=picture.id))
    draft.effects.append(
        Send(
            text=text,
            keyboard=share_keyboards.link(texts, address, draft.owner, code),
            reply_to=reply_to or None,
            topic=draft.topic,
        )
    )
    draft.answer(event.query_id)
