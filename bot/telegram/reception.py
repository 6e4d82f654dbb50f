"""Receives updates: fetches and looks up whatever has to be waited for, then lets one turn happen."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from telegram import Message, Update
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError
from telegram.ext import ContextTypes, TypeHandler

from bot.conversation.effects import AnswerPress, Send
from bot.conversation.events import (
    ButtonPressed,
    CommandSent,
    HandlingFailed,
    LinkFollowed,
    PictureSent,
    PictureTrouble,
    ResultLoved,
    TurnedAway,
)
from bot.messages.keyboards import CallbackData, Verb
from bot.telegram.limiter import ClosedError
from bot.telegram.membership import read_membership
from bot.telegram.picture_sources import PictureSource, largest, picture_of
from bot.telegram.reading import (
    Incoming,
    heard_of,
    new_chat_id,
    person_of,
    read_update,
)
from bot.telegram.shared_styles import builtin_upload
from bot.telegram.used_styles import used_style
from core.jobs.job_errors import StoreError
from core.pictures.builtin_styles import BUILTIN_STYLES

if TYPE_CHECKING:
    from telegram.ext import BaseHandler, ExtBot

    from bot.conversation.committer import Committer, Upload
    from bot.conversation.events import Event
    from bot.settings import Settings
    from bot.telegram.downloads import Downloads
    from bot.telegram.inbox import Inbox
    from bot.telegram.inline_mode import InlineMode
    from bot.telegram.membership import Membership
    from bot.telegram.outbox import Outbox
    from bot.telegram.reactions import Reactions
    from bot.telegram.shared_styles import SharedStyles
    from core.jobs.models import Person, Session
    from core.jobs.store import Store

log = logging.getLogger(__name__)

LOOKUP_TIME = 3.0
"""Seconds for the question who leads a group; a button must be answered within about 15."""


class Reception:
    """The one handler of the application.

    Args:
        settings: Who may use the bot.
        store: Has the pictures.
        inbox: Knows which updates are stored.
        committer: Lets turns happen.
        downloads: Fetches pictures.
        outbox: Holds questions back while a picture is being fetched.
        shared_styles: Knows where links to styles lead.
        reactions: Show that a photo has come.
        inline_mode: Answers who writes the bot's name in any chat.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        inbox: Inbox,
        committer: Committer,
        downloads: Downloads,
        outbox: Outbox,
        shared_styles: SharedStyles,
        reactions: Reactions,
        inline_mode: InlineMode,
    ) -> None:
        self._settings = settings
        self._store = store
        self._inbox = inbox
        self._committer = committer
        self._downloads = downloads
        self._outbox = outbox
        self._shared_styles = shared_styles
        self._reactions = reactions
        self._inline_mode = inline_mode

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        """The handler of all updates."""
        return [TypeHandler(Update, self.receive)]

    async def receive(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Handle an update, once."""
        if update.inline_query is not None or update.guest_message is not None:
            await self._answer_elsewhere(update)
            return
        await self._inbox.begin(update)
        update_id, message = self._inbox.stored_id(update), update.message
        if message is not None and (new := new_chat_id(message)) is not None:
            old = message.migrate_from_chat_id or message.chat.id
            await self._committer.move_chat(old, new, update_id=update_id)
            return
        membership = read_membership(update, self._settings)
        if membership is not None:
            await self._change_membership(membership, update_id)
            return
        incoming = read_update(update, self._settings)
        if incoming is None or self._is_blocked(incoming.person.user_id):
            await self._skip(update_id)
            return
        if self._inbox.is_left(update):
            incoming = _without_query(incoming)
        if isinstance(incoming.event, TurnedAway):
            # Such an update is not stored, unless whoever sent it lost their permission since.
            update_id = update_id if self._inbox.is_left(update) else None
            await self._commit(incoming, incoming.event, None, update_id)
            return
        event = incoming.event
        if isinstance(event, PictureSent):
            with self._outbox.hold_question(incoming.person):
                await self._receive_picture(incoming, event, message, update_id)
        elif isinstance(event, ButtonPressed) and _wants_profile_photo(incoming.person, event):
            await self._receive_profile_photo(incoming, event, update_id, context.bot)
        else:
            known, upload = await self._look_up(incoming.person, event, context.bot)
            await self._commit(incoming, known, upload, update_id)

    async def _answer_elsewhere(self, update: Update) -> None:
        """Answer what is asked in other chats, of which nothing is stored."""
        user = update.effective_user
        if user is not None and self._is_blocked(user.id):
            return
        if update.inline_query is not None:
            await self._inline_mode.answer(update.inline_query)
        elif update.guest_message is not None:
            await self._inline_mode.answer_guest(update.guest_message)

    def _is_blocked(self, user_id: int) -> bool:
        """Whether an admin has blocked a user, who gets no answer to anything then."""
        admins = self._settings.admins
        return user_id in self._committer.desk.blocked and user_id not in admins

    async def failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """PTB's error handler: the log gets everything, the person one sentence."""
        error = context.error
        if isinstance(error, ClosedError):
            return  # It is handled at the next start.
        log.error("An update could not be handled.", exc_info=error)
        if isinstance(update, Update) and update.my_chat_member is not None:
            return  # Nobody waits for an answer, and the next start handles it.
        person = person_of(update) if isinstance(update, Update) else None
        if not isinstance(update, Update) or person is None:
            return
        heard = None
        with suppress(Exception):  # It may be what could not be read.
            heard = None if update.message is None else heard_of(update.message)
        query = None if self._inbox.is_left(update) else update.callback_query
        event = HandlingFailed(heard=heard, query_id=None if query is None else query.id)
        incoming = Incoming(person=person, event=event)
        await self._commit(incoming, event, None, self._inbox.stored_id(update))

    async def _commit(
        self, incoming: Incoming, event: Event, upload: Upload | None, update_id: int | None
    ) -> None:
        try:
            await self._committer.handle(
                incoming.person,
                event,
                update_id=update_id,
                upload=upload,
                client_language=incoming.client_language,
            )
        except StoreError as error:
            log.error("An update could not be handled: %s", error)  # noqa: TRY400
            await self._answer_without_store(incoming.person, event, error)

    async def _change_membership(self, membership: Membership, update_id: int | None) -> None:
        if not membership.inside:
            await self._committer.shut_out(membership.person.chat_id, update_id=update_id)
            return
        await self._committer.let_in(
            membership.person,
            greets=membership.greets,
            update_id=update_id,
            client_language=membership.client_language,
        )

    async def _skip(self, update_id: int | None) -> None:
        if update_id is not None:
            await self._store.updates.finish(update_id)

    async def _receive_picture(
        self, incoming: Incoming, event: PictureSent, message: Message | None, update_id: int | None
    ) -> None:
        session = await self._store.sessions.get(incoming.person)
        if message is None or incoming.source is None or _means_nothing(incoming, session):
            await self._skip(update_id)
            return
        known = {one.message_id for one in (session.content, session.style) if one is not None}
        replied = event.heard.replied
        if incoming.words is not None and replied is not None and replied.message_id in known:
            await self._commit(incoming, incoming.words, None, update_id)
            return
        album = message.media_group_id
        if picture_of(message) is not None:
            self._reactions.see(message.chat.id, message.message_id, album)
        async with self._downloads.fetched(
            incoming.source, incoming.person.user_id, message_id=message.message_id, album=album
        ) as found:
            await self._commit(incoming, *_with(event, found), update_id)

    async def _receive_profile_photo(
        self, incoming: Incoming, event: ButtonPressed, update_id: int | None, bot: ExtBot[Any]
    ) -> None:
        """Fetch the photo of whoever pressed; the press is answered before, since that may take long."""
        if event.query_id is not None:
            self._outbox.answer(AnswerPress(query_id=event.query_id))
        event = replace(event, query_id=None)
        user_id, trouble = incoming.person.user_id, PictureTrouble(missing=True)
        try:
            photos = (await bot.get_user_profile_photos(user_id, limit=1)).photos
        except ClosedError:
            raise  # The next start asks.
        except TelegramError as error:
            log.warning("A profile photo could not be asked for: %s", error)
            photos, trouble = (), PictureTrouble()
        if not photos:
            await self._commit(incoming, replace(event, trouble=trouble), None, update_id)
            return
        source = PictureSource(file=largest(photos[0]))
        async with self._downloads.fetched(source, user_id) as found:
            await self._commit(incoming, *_with(event, found), update_id)

    async def _look_up(
        self, person: Person, event: Event, bot: ExtBot[Any]
    ) -> tuple[Event, Upload | None]:
        """What a turn has to know and cannot ask for itself."""
        match event:
            case CommandSent():
                return await self._look_up_rights(person, event, bot), None
            case ResultLoved():
                job = await self._store.jobs.by_message(person.chat_id, event.message_id)
                if job is not None and job.person == person:
                    used = await used_style(self._store, job, job.style)
                    event = replace(event, used_style=used)
                return event, None
            case LinkFollowed():
                return await self._shared_styles.follow(person.user_id, event)
            case ButtonPressed():
                return await self._look_up_press(person, event, bot)
        return event, None

    async def _look_up_press(
        self, person: Person, event: ButtonPressed, bot: ExtBot[Any]
    ) -> tuple[ButtonPressed, Upload | None]:
        """What a turn about a button has to know and cannot ask for itself."""
        data = CallbackData.parse(event.data)
        if data is None:
            return event, None
        if data.verb is Verb.CANCEL and data.owner != person.user_id:
            event = replace(event, may_stop=await self._may_stop(person, bot))
        name = {Verb.PICK: data.argument, Verb.LOOK: data.value}.get(data.verb)
        if name in BUILTIN_STYLES and event.message_id:
            return event, await builtin_upload(name, event.message_id)
        return event, None

    async def _look_up_rights(
        self, person: Person, event: CommandSent, bot: ExtBot[Any]
    ) -> CommandSent:
        replied = event.heard.replied
        if event.name != "cancel" or replied is None:
            return event
        job = await self._store.jobs.by_message(person.chat_id, replied.message_id)
        if job is None or job.person == person:
            return event
        return replace(event, may_stop=await self._may_stop(person, bot))

    async def _may_stop(self, person: Person, bot: ExtBot[Any]) -> bool:
        """Whether a person may cancel other people's jobs here: the operator's and the group's admins may."""
        if person.user_id in self._settings.admins:
            return True
        try:
            async with asyncio.timeout(LOOKUP_TIME):
                member = await bot.get_chat_member(person.chat_id, person.user_id)
        except ClosedError:
            raise
        except (TelegramError, TimeoutError) as error:
            log.info("Telegram does not say who leads a group: %s", error)
            return False
        return member.status in {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR}

    async def _answer_without_store(self, person: Person, event: Event, error: StoreError) -> None:
        """The store takes nothing, so neither does the outbox: answer directly, as far as that is possible."""
        texts = await self._committer.texts_of(person.user_id)
        query_id = getattr(event, "query_id", None)
        if query_id is not None:
            alert = texts.said(error.spoken)[:200]
            self._outbox.answer(AnswerPress(query_id=query_id, text=alert, alert=True))
        if query_id is not None or isinstance(event, ButtonPressed):
            return
        if isinstance(event, PictureSent):
            event = replace(event, trouble=PictureTrouble(reason=error.spoken))
        sends = await self._committer.preview(person, event)
        for send in sends or (Send(text=texts.error(error)),):
            await self._outbox.send_now(person.chat_id, send)


def _with(
    event: PictureSent | ButtonPressed, found: Upload | PictureTrouble | None
) -> tuple[Event, Upload | None]:
    """The event with what became of its picture, and the picture that is to be stored."""
    if isinstance(found, PictureTrouble):
        return replace(event, trouble=found), None
    if isinstance(event, PictureSent) and found is not None:
        event = replace(event, moves=found.moves, notes=found.notes)
    return event, found


def _wants_profile_photo(person: Person, event: ButtonPressed) -> bool:
    data = CallbackData.parse(event.data)
    in_private = person.chat_id == person.user_id
    return (
        in_private
        and data is not None
        and (data.verb, data.owner) == (Verb.PROFILE, person.user_id)
    )


def _means_nothing(incoming: Incoming, session: Session) -> bool:
    """Whether a picture in a group turns out not to be meant for the bot: another album's, or a comment."""
    if incoming.sibling is not None:
        return incoming.sibling not in session.albums
    return incoming.comment_on not in {None, session.question_message_id}


def _without_query(incoming: Incoming) -> Incoming:
    """The same without the query of a pressed button, which Telegram does not let the bot answer any more."""
    event = incoming.event
    if not isinstance(event, ButtonPressed | TurnedAway):
        return incoming
    return replace(incoming, event=replace(event, query_id=None))
