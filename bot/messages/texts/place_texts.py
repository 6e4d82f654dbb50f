"""Where the bot may write, and where it may not."""

from __future__ import annotations

from bot.messages.texts.words import Words


class PlaceTexts(Words):
    """Where the bot may write, and where it may not. A group's refusals have the names of ``Refusal``."""

    def added(self) -> str:
        """Somebody added the bot to a group; two lines."""
        return self._(
            "Hi! Reply to any photo here with /paint, and I'll paint it in the style of another "
            "picture.\n"
            "I read only commands and replies to my messages. /help tells more."
        )

    def waits(self, refusal: str | None) -> str:
        """A result could not be sent to its chat, and waits behind a button."""
        if refusal is None:
            return self._("A picture of yours from a group is waiting here.")
        reasons = {
            "topic": self._("Your picture is ready, but its topic is closed or deleted."),
            "photos": self._("Your picture is ready, but its group doesn't let me send pictures."),
            "files": self._("Your picture is ready, but its group doesn't let me send pictures."),
            "shut_out": self._("Your picture is ready, but I was removed from its group."),
        }
        return reasons.get(
            refusal, self._("Your picture is ready, but its group does not let me write.")
        )

    def or_in_private(self) -> str:
        """After ``waits`` in a group, since the person cannot be written to in private."""
        return self._("Or send me /start in private, and you get it there.")

    def send_here_button(self) -> str:
        """Sends a waiting result to where the button is."""
        return self._("Send it here")

    def topic_closed(self) -> str:
        """In private: the bot could not answer in a topic."""
        return self._("I couldn't answer you in the group: the topic is closed or deleted.")

    def muted(self) -> str:
        """In private, once: the bot could not answer in a group."""
        return self._("I couldn't answer you in the group: its admins don't let me write there.")

    def removed_from_group(self) -> str:
        """In private: the bot was removed from a group in which it painted for the person."""
        return self._("I was removed from the group, so I stopped your painting there.")

    def stopped(self) -> str:
        """A job was stopped while the bot could not write in its chat."""
        return self._("I couldn't write here, so I stopped this painting.")

    def refused(self, refusal: str) -> str:
        """A film, a curve or a file is not taken by the chat."""
        if refusal in {"photos", "files", "films"}:
            return self._("This group does not let me send that.")
        return self._("Telegram doesn't take this from me.")
