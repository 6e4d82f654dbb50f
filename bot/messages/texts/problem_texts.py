"""What went wrong, and what to do."""

from __future__ import annotations

from html import escape

from bot.messages.texts.words import Words


class Troubles(Words):
    """What went wrong, and what to do."""

    def not_allowed(self) -> str:
        """The person is not on the operator's list."""
        return self._("This atelier is private. Please ask whoever runs it to let you in.")

    def nameless(self) -> str:
        """Somebody in a group writes under the group's or a channel's name."""
        return self._(
            "You write under the name of a group or channel here, so I cannot tell whose pictures are whose. "
            "Please write as yourself (anonymous admins: turn “Remain anonymous” off), or to me in private."
        )

    def trouble(self) -> str:
        """Something unexpected went wrong; the log has the details."""
        return self._(
            "Something went wrong on my side. What you sent is kept; please try once more."
        )

    def download_failed(self) -> str:
        """Telegram did not hand out the file."""
        return self._("I could not fetch this picture from Telegram. Please send it again.")

    def given_up(self) -> str:
        """What the person sent or pressed last ended the process each time it was handled."""
        return self._(
            "I could not handle what you sent or pressed last, although I tried several times: please do it again."
        )

    def painting_lost(self) -> str:
        """The database was damaged, and with it went the person's paintings that were not done."""
        return self._(
            "My notebook was damaged and I had to begin a new one, so your painting is lost. I am sorry. "
            "Please send me your pictures again."
        )

    def database_damaged(self, name: str) -> str:
        """The same, for an admin; ``name`` is the damaged file's."""
        return self._(
            "My database was damaged, so I began a new one. The old one is kept beside it as {name} for a week. "
            "I tell everybody who waited for a painting, as far as it can still be read."
        ).format(name=escape(name))

    def too_many_pictures(self, limit: int, window: float, seconds: float) -> str:
        """The person sent as many pictures as are looked at within a minute or an hour; said once in that time."""
        if window <= 60:
            head = self._("{n} pictures within a minute are as many as I look at for one person.")
        else:
            head = self._("{n} pictures within an hour are as many as I look at for one person.")
        rest = self._("Please send the next one in {time}; I pass over those that come before.")
        return self.joined(head.format(n=limit), rest.format(time=self.duration(seconds)))
