"""What went wrong, and what to do."""

from __future__ import annotations

from html import escape

from bot.messages.texts.words import Words


class ProblemTexts(Words):
    """What went wrong, and what to do."""

    def not_allowed(self) -> str:
        """The operator does not allow this person."""
        return self._("This atelier is private. Please ask whoever runs it to let you in.")

    def nameless(self) -> str:
        """A message in a group was written under the group's or a channel's name."""
        return self._(
            "You write under the name of a group or channel here, so I cannot tell whose pictures are whose. "
            "Please write as yourself (anonymous admins: turn “Remain anonymous” off), or to me in private."
        )

    def trouble(self) -> str:
        """Something unexpected went wrong; the log has the details."""
        return self._(
            "Something went wrong on my side. What you sent is kept; please try once more."
        )

    def outdated(self) -> str:
        """What a message says that is over, if Telegram does not let the bot delete it any more."""
        return self._("This message is out of date.")

    def download_failed(self) -> str:
        """Telegram did not hand out the file."""
        return self._("I couldn't fetch this picture from Telegram. Please send it again.")

    def update_dropped(self) -> str:
        """The person's last update was dropped, since handling it ended the process each time."""
        return self._(
            "I couldn't handle what you last sent or pressed, though I tried several times. "
            "Please do it again."
        )

    def jobs_lost(self) -> str:
        """The database was damaged, and the person's unfinished jobs were lost with it."""
        return self._(
            "My database was damaged and I had to start a new one, so your painting is lost. "
            "I'm sorry. Please send your pictures again."
        )

    def database_damaged(self, name: str) -> str:
        """The database was damaged, for an admin; ``name`` is the damaged file's name."""
        return self._(
            "My database was damaged, so I started a new one. The old one is kept beside it as "
            "{name} for a week. I tell everybody who was waiting for a painting, as far as it "
            "can still be read."
        ).format(name=escape(name))

    def unexpected_error(self, kind: str, reference: str) -> str:
        """An error, for an admin: its kind, empty if it was foreseen; ``reference`` stands in the log's line."""
        if kind:
            text = self._(
                "Something unexpected went wrong: {kind}. The log has the details; look for <code>{reference}</code> there."
            )
        else:
            text = self._(
                "Something needs your attention. The log says what; look for <code>{reference}</code> there."
            )
        return text.format(kind=escape(kind), reference=escape(reference))

    def too_many_pictures(self, limit: int, window: float, seconds: float) -> str:
        """The person sent too many pictures within a minute or an hour; said once in that time."""
        if window <= 60:
            head = self._("{n} pictures a minute is as many as I take from one person.")
        else:
            head = self._("{n} pictures an hour is as many as I take from one person.")
        rest = self._("Please send the next one in {time}; I skip any that come before.")
        return self.joined(head.format(n=limit), rest.format(time=self.duration(seconds)))
