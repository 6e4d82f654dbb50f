"""What admins read in the chat."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.messages.desk import Pause
from bot.messages.texts.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.messages.desk import Desk, ToldError


class AdminTexts(Words):
    """What admins read in the chat."""

    def admin_command(self) -> str:
        """What the menu says about /admin."""
        return self._("The bot's state, and what admins decide")

    def admin_overview(self, desk: Desk) -> str:
        """The answer to /admin."""
        state = {
            Pause.NONE: self._("Painting goes on."),
            Pause.PAUSED: self._("Painting is paused: new jobs wait, and people are told."),
            Pause.DRAINING: self._(
                "Draining: no job begins before the next start. It goes on by itself then."
            ),
        }[desk.pause]
        lines = [
            self._("<b>State</b>"),
            state,
            self._("Being painted: {n}").format(n=desk.running),
            self._("In the queue: {n}").format(n=desk.waiting),
            self._("Messages to be sent: {n}").format(n=desk.unsent),
            self._("Blocked people: {n}").format(n=len(desk.blocked)),
        ]
        if desk.pause is Pause.DRAINING and not desk.running:
            lines.append(self.admin_drained())
        if desk.unannounced:
            lines.append(self._("Announced, still to be told: {n}").format(n=desk.unannounced))
        return "\n".join([*lines, "", self.admin_usage()])

    def admin_outdated(self) -> str:
        """A button of an earlier state; shown as an alert."""
        return self._("This is out of date. Send /admin for the present state.")

    def admin_usage(self) -> str:
        """What can follow the command."""
        return self._(
            "/admin block and /admin unblock: with a user id behind it, or as an answer to the person's message.\n"
            "/admin announce and a text: I ask before I send it."
        )

    def admin_drained(self) -> str:
        """Nothing is being painted any more while the bot drains."""
        return self._("Nothing is being painted now. You can stop me.")

    def admin_errors(self, errors: Sequence[ToldError], now: datetime) -> str:
        """The last unexpected errors, newest first."""
        if not errors:
            return self._("No unexpected errors in the last 7 days.")
        lines = [self._("<b>Last errors</b>, each with its reference in the log")]
        for error in errors:
            ago = self._("{time} ago").format(
                time=self.duration(max(0.0, (now - error.at).total_seconds()))
            )
            parts = (f"<code>{escape(error.reference)}</code>", ago, escape(error.kind))
            lines.append(" · ".join(part for part in parts if part))
        return "\n".join(lines)

    def admin_whom(self) -> str:
        """Nobody was named to be blocked."""
        return self._("Whom? Put the user id behind it, or answer the person's message.")

    def admin_is_admin(self) -> str:
        """An admin was to be blocked."""
        return self._("That is an admin. Take them out of ADMINS first.")

    def admin_blocked(self, user_id: int) -> str:
        """A person is blocked now."""
        return self._(
            "<code>{id}</code> is blocked: their paintings have stopped, and they get no answers."
        ).format(id=user_id)

    def admin_unblocked(self, user_id: int) -> str:
        """A person is not blocked any more."""
        return self._("<code>{id}</code> is not blocked any more.").format(id=user_id)

    def admin_not_blocked(self, user_id: int) -> str:
        """A person who is to be unblocked was not blocked."""
        return self._("<code>{id}</code> was not blocked with /admin.").format(id=user_id)

    def admin_ask_announcement(self, text: str, audience: int) -> str:
        """Asks before a text, which is HTML already, is announced."""
        ask = self._n(
            "Shall I send this to {n} person, who wrote to me within 30 days?",
            "Shall I send this to {n} people, who wrote to me within 30 days?",
            audience,
        ).format(n=audience)
        return f"{ask}\n\n{text}"

    def admin_announcing(self, audience: int) -> str:
        """An announcement has begun."""
        return self._n(
            "It is on its way to {n} person. /admin shows how far it is and stops it.",
            "It is on its way to {n} people. /admin shows how far it is and stops it.",
            audience,
        ).format(n=audience)

    def admin_still_announcing(self, left: int) -> str:
        """One announcement at a time."""
        return self._n(
            "The last announcement has still {n} person to reach. Wait for it, or stop it under /admin.",
            "The last announcement has still {n} people to reach. Wait for it, or stop it under /admin.",
            left,
        ).format(n=left)

    def admin_dropped(self) -> str:
        """The text is not announced."""
        return self._("Nothing was sent.")

    def admin_pause_button(self) -> str:
        """Keeps waiting jobs waiting."""
        return self._("Pause")

    def admin_drain_button(self) -> str:
        """The same until the next start, and tells when nothing is painted any more."""
        return self._("Drain for an upgrade")

    def admin_resume_button(self) -> str:
        """Ends both."""
        return self._("Resume")

    def admin_refresh_button(self) -> str:
        """Looks again."""
        return self._("Refresh")

    def admin_errors_button(self) -> str:
        """Shows the last errors."""
        return self._("Last errors")

    def admin_back_button(self) -> str:
        """To the overview."""
        return self._("Back")

    def admin_announce_button(self, audience: int) -> str:
        """Yes, send it."""
        return self._n("Send to {n} person", "Send to {n} people", audience).format(n=audience)

    def admin_drop_button(self) -> str:
        """No, do not."""
        return self._("Do not send")

    def admin_stop_button(self) -> str:
        """Stops the announcement under way."""
        return self._("Stop the announcement")
