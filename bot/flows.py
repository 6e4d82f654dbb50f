"""Every flow of the conversation, given the parts that it needs, and the order in which they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.handlers.buttons import Buttons, build_buttons
from bot.handlers.choices import Choices, build_choices
from bot.handlers.commands import Commands, build_commands
from bot.handlers.conversation import Conversation, build_conversation
from bot.handlers.guard import Guard, build_guard
from bot.handlers.moves import Moves, build_moves
from bot.handlers.privacy import Privacy, build_privacy
from bot.handlers.results import Results
from bot.handlers.styles import Styles, build_styles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from telegram.ext import BaseHandler

    from bot.delivery import Delivery
    from bot.gallery import Gallery
    from bot.inbox import Inbox, Locks
    from bot.intake import Intake
    from bot.messages.languages import Languages
    from bot.questions import Questions
    from bot.settings import Settings
    from bot.status import StatusBoard
    from core.jobs.dispatcher import Dispatcher
    from core.jobs.store import Store

MOVES: Final = -2
GUARD: Final = -1
MAIN: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the flows share."""

    store: Store
    dispatcher: Dispatcher
    languages: Languages
    locks: Locks
    inbox: Inbox
    board: StatusBoard
    delivery: Delivery
    gallery: Gallery
    questions: Questions
    intake: Intake


class Flows:
    """All flows.

    Args:
        parts: What they share.
        settings: The operator's choices.
        album_quiet: Seconds to wait for the rest of an album.
    """

    def __init__(self, parts: Parts, settings: Settings, *, album_quiet: float) -> None:
        self._settings = settings
        self._parts = parts
        store, questions, languages = parts.store, parts.questions, parts.languages
        dispatcher, keep_hours = parts.dispatcher, settings.keep_results_hours
        self._styles = Styles(
            store=store,
            gallery=parts.gallery,
            questions=questions,
            languages=languages,
            keep_hours=keep_hours,
        )
        self._conversation = Conversation(
            store=store,
            intake=parts.intake,
            questions=questions,
            languages=languages,
            named=self._styles.named,
            locks=parts.locks,
            album_quiet=album_quiet,
        )
        self._commands = Commands(
            store=store,
            dispatcher=dispatcher,
            questions=questions,
            languages=languages,
            admins=settings.admins,
        )
        self._privacy = Privacy(
            store=store,
            dispatcher=dispatcher,
            board=parts.board,
            languages=languages,
            keep_hours=keep_hours,
        )
        self._choices = Choices(store=store, languages=languages, questions=questions)

    async def restore(self) -> None:
        """Take up what people chose earlier."""
        await self._choices.restore()

    def close(self) -> None:
        """Wait for nothing any more."""
        self._conversation.close()

    def handlers(self) -> dict[int, Sequence[BaseHandler[Any, Any, Any]]]:
        """Groups of handlers; of each group the first that fits is asked."""
        parts = self._parts
        # The guard stops updates that may not pass; commands come before what takes any other message.
        return {
            MOVES: build_moves(Moves(parts.dispatcher, parts.questions)),
            GUARD: build_guard(Guard(self._settings, parts.languages)),
            MAIN: [
                *build_privacy(self._privacy),
                *build_choices(self._choices),
                *build_styles(self._styles),
                *build_commands(self._commands),
                *build_buttons(self._buttons()),
                *build_conversation(self._conversation),
            ],
        }

    def _buttons(self) -> Buttons:
        parts = self._parts
        results = Results(
            store=parts.store,
            dispatcher=parts.dispatcher,
            questions=parts.questions,
            languages=parts.languages,
        )
        return Buttons(
            store=parts.store,
            dispatcher=parts.dispatcher,
            questions=parts.questions,
            gallery=parts.gallery,
            delivery=parts.delivery,
            languages=parts.languages,
            admins=self._settings.admins,
            privacy=self._privacy,
            inbox=parts.inbox,
            more={**results.verbs, **self._choices.verbs, **self._styles.verbs},
        )
