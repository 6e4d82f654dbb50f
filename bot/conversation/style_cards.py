"""/styles: the styles that a person has used, in one sheet; each on a card, where it is named, kept or removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.conversation.effects import Delete, Edit, NoteStyle, Send, StyleImage, StyleSheet
from bot.conversation.photos import begins_at_once, paint
from bot.conversation.refusal import RefusalError
from bot.messages import keyboards
from bot.messages.keyboards import Verb
from core.jobs.job_errors import StyleGoneError, TooManyStylesError
from core.jobs.models import MAX_NAME, MAX_STYLES, Role

if TYPE_CHECKING:
    from bot.conversation.draft import Draft
    from bot.conversation.effects import Attachment
    from bot.conversation.events import ButtonPressed, CommandSent, Heard, ResultLoved
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.keyboards import CallbackData
    from core.jobs.models import Style

NAMING_TIME: Final = timedelta(hours=1)
"""How long words that reply to nothing are taken for the name that was asked for; a reply always is."""


def show_all(draft: Draft, event: CommandSent) -> None:
    """/styles: the person's styles in one sheet, a button for each."""
    if not draft.state.styles:
        draft.say(draft.texts.no_styles(), event.heard)
        return
    sheet, text, keyboard = _sheet(draft)
    reply_to = None if event.heard.private else event.heard.message_id
    draft.effects.append(
        Send(text=text, attachment=sheet, keyboard=keyboard, reply_to=reply_to, topic=draft.topic)
    )


def take_name(draft: Draft, heard: Heard, text: str) -> bool:
    """Take words for the name of a style, if one was asked for; False if they are something else."""
    style = _asked_about(draft, heard)
    if style is None:
        return False
    texts, name = draft.texts, " ".join(text.split())
    if len(name) > MAX_NAME:
        draft.say(texts.name_too_long(MAX_NAME), heard)
        return True
    named = replace(style, name=name, kept=True, prompt_id=None, prompted=None)
    if not style.kept and _keeps_too_many(draft):
        draft.state = draft.state.with_style(replace(style, prompt_id=None, prompted=None))
        draft.say(texts.error(TooManyStylesError(limit=MAX_STYLES)), heard)
        return True
    draft.state = draft.state.with_style(named)
    if style.prompt_id is not None:
        draft.effects.append(
            Edit(
                text=texts.card(named),
                message_id=style.prompt_id,
                captioned=True,
                keyboard=keyboards.style(texts, named, draft.owner, shares=draft.shares),
            )
        )
    draft.say(texts.named(name), heard)
    return True


def result_loved(draft: Draft, event: ResultLoved) -> None:
    """A heart on a result keeps its style, without a sound; in a group without a word.

    A built-in style is always there, so that a collage has nothing to keep, and one that is kept already stays as it is.
    """
    job, used, texts = draft.state.facts.replied_job, event.used_style, draft.texts
    shown = () if job is None else (job.message(Role.PHOTO), job.message(Role.DOCUMENT))
    is_result = event.message_id in {one.message_id for one in shown if one is not None}
    if job is None or used is None or not is_result or job.person != draft.state.person:
        return
    if job.options.collage:
        return  # It has six styles, and what stands as the job's own is the photo.
    same = (
        one for one in draft.state.styles if used.same_as == one.id or one.picture == used.picture
    )
    known = next(same, None)
    if known is not None and known.kept:
        return
    if _keeps_too_many(draft):
        text = texts.error(TooManyStylesError(limit=MAX_STYLES))
    else:
        name = (None if known is None else known.name) or _free_name(draft)
        draft.effects.append(NoteStyle(used=used, keep_as=name))
        text = texts.kept_for_heart(name)
    if draft.state.private:
        draft.effects.append(
            Send(text=text, reply_to=event.message_id, topic=job.topic, silent=True)
        )


def _free_name(draft: Draft) -> str:
    """A name for a style to which the person gave none."""
    taken = {style.name for style in draft.state.styles}
    numbers = range(1, len(taken) + 2)
    return next(name for name in map(draft.texts.favourite, numbers) if name not in taken)


def pressed(draft: Draft, event: ButtonPressed, data: CallbackData) -> None:
    """A button of the sheet or of a card."""
    if data.verb is Verb.MINE and not data.argument:
        _show_sheet(draft, event)
        draft.answer(event.query_id)
        return
    style = draft.state.style(data.argument)
    if style is None:
        raise RefusalError(draft.texts.said(StyleGoneError().spoken))
    notice = ""
    match data.verb:
        case Verb.MINE:
            _change(draft, event, replace(style, prompt_id=None, prompted=None))
        case Verb.KEEP:
            if not style.kept and _keeps_too_many(draft):
                raise RefusalError(draft.texts.said(TooManyStylesError(limit=MAX_STYLES).spoken))
            _change(draft, event, replace(style, kept=True))
        case Verb.LET_GO:
            _change(draft, event, replace(style, kept=False))
        case Verb.NAME:
            _ask_name(draft, event, style)
        case Verb.USE:
            _use(draft, event, style)
        case _:
            notice = draft.texts.removed()
            draft.state = draft.state.without_style(style.id)
            _show_sheet(draft, event)
    draft.answer(event.query_id, notice)


def _asked_about(draft: Draft, heard: Heard) -> Style | None:
    """The style whose question for a name a message answers: by a reply, or by the next words within an hour."""
    reply_to = None if heard.replied is None else heard.replied.message_id
    asked = [style for style in draft.state.styles if style.prompt_id is not None]
    if reply_to is not None:
        return next((style for style in asked if style.prompt_id == reply_to), None)
    since = draft.state.facts.now - NAMING_TIME
    recent = [style for style in asked if style.prompted is not None and style.prompted >= since]
    return max(recent, key=lambda style: (style.prompted, style.id), default=None)


def _keeps_too_many(draft: Draft) -> bool:
    return sum(style.kept for style in draft.state.styles) >= MAX_STYLES


def _ask_name(draft: Draft, event: ButtonPressed, style: Style) -> None:
    asked = replace(style, prompt_id=event.message_id, prompted=draft.state.facts.now)
    draft.state = draft.state.with_style(asked)
    keyboard = keyboards.back_to(draft.texts, style, draft.owner)
    _edit(draft, event, draft.texts.ask_name(MAX_NAME), keyboard)


def _use(draft: Draft, event: ButtonPressed, style: Style) -> None:
    draft.set_session(draft.state.session.with_style(style.picture))
    if begins_at_once(draft):
        paint(draft, reply_to=event.message_id)
    else:
        draft.remind(reply_to=event.message_id)


def _change(draft: Draft, event: ButtonPressed, style: Style) -> None:
    """Note what changed of a style, and show its card."""
    draft.state = draft.state.with_style(style)
    texts = draft.texts
    keyboard = keyboards.style(texts, style, draft.owner, shares=draft.shares)
    _edit(draft, event, texts.card(style), keyboard, StyleImage(picture_id=style.picture.id))


def _show_sheet(draft: Draft, event: ButtonPressed) -> None:
    if draft.state.styles:
        sheet, text, keyboard = _sheet(draft)
        _edit(draft, event, text, keyboard, sheet)
        return
    # A photo cannot become words alone, and this one shows styles that are gone.
    if event.message_id is not None:
        draft.effects.append(
            Delete(message_id=event.message_id, captioned=True, instead=draft.texts.outdated())
        )
    draft.say(draft.texts.no_styles())


def _sheet(draft: Draft) -> tuple[StyleSheet, str, Keyboard]:
    tiles = draft.style_tiles(builtin=False)
    keyboard = keyboards.styles(draft.style_labels(tiles), Verb.MINE, draft.owner)
    text = draft.texts.your_styles(draft.state.facts.policy.keep_hours)
    return StyleSheet(tiles), text, keyboard


def _edit(
    draft: Draft,
    event: ButtonPressed,
    text: str,
    keyboard: Keyboard,
    attachment: Attachment | None = None,
) -> None:
    if event.message_id is not None:
        draft.effects.append(
            Edit(
                text=text,
                message_id=event.message_id,
                captioned=True,
                keyboard=keyboard,
                attachment=attachment,
            )
        )
