"""Photo, style, preset: pictures take their places in the session, and the next question is asked."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from html import escape
from typing import TYPE_CHECKING

from bot.conversation.captions import read_caption
from bot.conversation.effects import Resume, Send
from bot.conversation.picture_places import Remark, placed, swap, take
from core.jobs.models import Role, Step
from core.jobs.preferences import Sound

if TYPE_CHECKING:
    from bot.conversation.captions import Understood
    from bot.conversation.draft import Draft
    from bot.conversation.events import AlbumDue, PictureSent, PictureTrouble
    from bot.messages.texts import Texts
    from core.jobs.models import SentPicture, Session
    from core.style.options import Preset


def picture_sent(draft: Draft, event: PictureSent) -> None:
    """A picture: it takes its place in the session, or the person is told why it cannot be used."""
    if event.trouble is not None:
        _not_taken(draft, event, trouble_words(draft.texts, event.trouble))
    elif event.picture is not None and _is_late(draft, event.album):
        draft.say(draft.texts.late_for_album(), event.heard)
    elif event.picture is not None:
        first = not draft.state.session.pictures
        session, remark = _take_as_said(draft, event, event.picture)
        draft.set_session(session)
        # Telegram marks no end of an album. Each of its pictures asks anew, and the last one's question is sent.
        delay = draft.state.facts.policy.album_quiet if event.album is not None else 0.0
        text = _question(draft.texts, session, remark, moves=event.moves)
        if first and draft.state.jobs:
            text = f"{text}\n{draft.texts.painting_goes_on()}"
        words = draft.texts.picture_notes(event.notes)
        if remark is Remark.REPLACED_ALL:
            instead = draft.texts.album_instead()
            words = draft.texts.joined(instead, words) if words else instead
        if begins_at_once(draft) or session.wishes.lost:
            _begin(draft, event, remark, words)
            return
        if words and event.album is not None:
            # The next picture of the album takes the question's place.
            draft.say(words, event.heard)
        elif words:
            text = draft.texts.joined(words, text)
        draft.ask(text, reply_to=event.heard.message_id, delay=delay)


def _not_taken(draft: Draft, event: PictureSent, words: str) -> None:
    """A picture cannot be used, and ``words`` say why. Of an album the others keep the places that they would have had."""
    session, album, message = draft.state.session, event.album, event.heard.message_id
    if album is None or session.blend_of is not None or _is_late(draft, album):
        draft.remind(words, reply_to=message)
        return
    draft.say(words, event.heard)
    before, understood = _came_to(draft, event)
    wishes = before.wishes
    if understood is not None:
        wishes = wishes.and_then(understood.of_album(message))
    wishes = replace(wishes, lost_of=album, lost=(*wishes.lost, message))
    come = [one for one in before.pictures if one.album == album]
    after = replace(before, wishes=wishes)
    draft.set_session(placed(after, come) if come else after)
    _wait_for_album(draft)


def _is_late(draft: Draft, album: str | None) -> bool:
    """Whether the rest of an album is being painted, and not waiting in the session."""
    painted = {one.content.album for one in draft.state.jobs}
    return album is not None and album in painted - draft.state.session.albums


def use_as_content(draft: Draft, picture: SentPicture) -> None:
    """The person pointed at a picture as the photo: it takes that place, whatever was there."""
    session = replace(draft.state.session, content=picture)
    draft.set_session(session)
    if begins_at_once(draft):
        paint(draft)
    else:
        draft.ask(_question(draft.texts, session, Remark.NONE))


def begins_at_once(draft: Draft) -> bool:
    """Whether both pictures are there and the person does not want to be asked for the quality."""
    return draft.state.session.step is Step.PRESET and not draft.state.preferences.ask


def paint(draft: Draft, *, reply_to: int | None = None, status: int | None = None) -> None:
    """Begin to paint in the person's usual quality, with a message of its own.

    Args:
        draft: The session has both pictures.
        reply_to: The message that it answers in a group; by default the last picture.
        status: The row of that message, if it has one already.
    """
    wanted, refused = draft.wanted, draft.refused()
    if refused:
        # The pictures stay, so that a button brings them back later.
        draft.remind(refused, reply_to=reply_to)
        return
    reply_to = draft.question_replies_to(reply_to)
    if status is None:
        draft.close_question()
        status = draft.new_message()
    session = draft.state.session
    job_id, text, keyboard = draft.submit_session(
        wanted.options(wanted.usual_preset), status=status
    )
    text = _with_remarks(draft.texts, session, text, wanted.usual_preset)
    draft.effects.append(
        Send(
            text=text,
            message=status,
            role=Role.STATUS,
            keyboard=keyboard,
            reply_to=reply_to,
            topic=draft.topic,
            silent=wanted.sound is not Sound.ALL,
            job_id=job_id,
        )
    )
    draft.remember_style(job_id)


def album_due(draft: Draft, event: AlbumDue) -> None:
    """No further picture of an album came: it is painted, or what it lacks is asked for, unless the person went on otherwise."""
    session = draft.state.session
    if session.question != event.question:
        return
    if session.wishes.lost:
        draft.set_session(session.settled)
    if begins_at_once(draft):
        paint(draft, status=event.question)
    elif session.wishes.lost_of in {one.album for one in session.pictures}:
        draft.ask(_question(draft.texts, session, Remark.NONE))
    else:
        draft.remind(reply_to=session.wishes.lost[-1] if session.wishes.lost else None)


def awaits_album(draft: Draft) -> bool:
    """Whether an album is about to be painted, as soon as no further picture of it comes."""
    session = draft.state.session
    unsent = session.question is not None and session.question_message_id is None
    return unsent and begins_at_once(draft)


def _begin(draft: Draft, event: PictureSent, remark: Remark, words: str) -> None:
    """The second picture came. Telegram marks no end of an album, so that one is waited for."""
    replaced = draft.texts.replaced_style() if remark is Remark.REPLACED_STYLE else ""
    said = [words, draft.texts.first_picture() if event.moves else "", replaced]
    if any(said):
        draft.say(reduce(draft.texts.joined, filter(None, said)), event.heard)
    if event.album is None:
        paint(draft, reply_to=event.heard.message_id)
        return
    _wait_for_album(draft)


def _wait_for_album(draft: Draft) -> None:
    """Go on when no further picture of an album has come for a while."""
    draft.close_question()
    question = draft.new_message()
    delay = draft.state.facts.policy.album_quiet
    draft.effects.append(Resume(what="album", message=question, delay=delay))
    draft.set_session(replace(draft.state.session, question=question, topic=draft.topic))


def words_understood(draft: Draft, understood: Understood, *, reply_to: int) -> None:
    """Words without a picture say how the pictures that are there are to be painted, or exchange their places."""
    session = draft.state.session
    lone = session.content or session.style if session.step in {Step.CONTENT, Step.STYLE} else None
    wishes = understood.wishes
    if lone is not None and session.blend_of is None and _is_other_place(understood, session):
        session, wishes = swap(session), replace(wishes, swapped=False)
    session = replace(session, wishes=session.wishes.and_then(wishes))
    draft.set_session(session)
    if begins_at_once(draft):
        paint(draft, reply_to=reply_to)
    else:
        draft.ask(_question(draft.texts, session, Remark.NONE), reply_to=reply_to)


def _is_other_place(understood: Understood, session: Session) -> bool:
    """Whether words say of the one picture that is there that it is not what it was taken for."""
    is_style = session.content is None
    return understood.wishes.swapped or understood.is_style not in {None, is_style}


def _take_as_said(draft: Draft, event: PictureSent, picture: SentPicture) -> tuple[Session, Remark]:
    """Put a picture into the session, where its caption says if it says so, and with what it wants."""
    before, understood = _came_to(draft, event)
    session, remark = take(before, picture)
    if understood is None:
        return session, remark
    wishes, is_style = understood.wishes, understood.is_style
    if session.blend_of is not None:
        wishes = replace(wishes, swapped=False)
    elif event.album is not None:
        # Which places its pictures take is known when all have come.
        wishes = understood.of_album(picture.message_id)
        session, remark = take(replace(before, wishes=before.wishes.and_then(wishes)), picture)
    elif is_style or (wishes.swapped and session.step is Step.STYLE):
        wishes = replace(wishes, swapped=False)
        session, remark = before.with_style(picture), Remark.NONE
    elif is_style is False and before.step is Step.STYLE:
        session = swap(session)
    elif is_style is False:
        session, remark = replace(before, content=picture), Remark.NONE
    return replace(session, wishes=before.wishes.and_then(wishes)), remark


def _came_to(draft: Draft, event: PictureSent) -> tuple[Session, Understood | None]:
    """The session that a picture comes to, and what its caption says; another one than of its album is settled by then."""
    session = draft.state.session
    if event.album is None or event.album not in session.albums:
        session = session.settled
    usual = draft.state.preferences.strength
    return session, read_caption(draft.texts, event.caption, usual=usual)


def _question(texts: Texts, session: Session, remark: Remark, *, moves: bool = False) -> str:
    """What is asked next, under what is to be known of the session."""
    return _with_remarks(texts, session, _next_question(texts, session, remark, moves=moves))


def _with_remarks(texts: Texts, session: Session, text: str, preset: Preset | None = None) -> str:
    """A text under what was understood of captions, and under what an album of many pictures becomes."""
    blend = texts.blended_album(1 + len(session.further)) if session.further else ""
    understood = texts.understood(session.wishes, swapped=session.exchanged, preset=preset)
    return "\n".join(filter(None, [understood, blend, text]))


def _next_question(texts: Texts, session: Session, remark: Remark, *, moves: bool = False) -> str:
    if moves:
        question = texts.expected(session)
        if remark is Remark.REPLACED_STYLE:
            question = _next_question(texts, session, remark)
        return texts.joined(texts.first_picture(), question)
    if session.content is None and session.style is not None:
        got = texts.got_style()
        if session.wishes.lost:
            got = texts.photo_lost() if not session.further else ""
        return texts.joined(got, texts.expected(session)) if got else texts.expected(session)
    if session.content is None or session.step is Step.WEIGHTS:
        return texts.expected(session)
    if session.style is None:
        return texts.ask_style()
    return texts.ask_preset(replaced=remark is Remark.REPLACED_STYLE)


def trouble_words(texts: Texts, trouble: PictureTrouble) -> str:
    """Why a picture was not taken, as HTML."""
    if trouble.limit is not None:
        return texts.too_many_pictures(trouble.limit, trouble.window, trouble.wait)
    if trouble.missing:
        return texts.no_profile_photo()
    if trouble.reason is None:
        return texts.download_failed()
    return escape(texts.said(trouble.reason))
