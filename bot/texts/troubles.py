"""What went wrong, and what to do."""

from __future__ import annotations

from bot.texts.base import Words


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

    def too_many_pictures(self, limit: int, window: float, seconds: float) -> str:
        """The person sent as many pictures as are looked at within a minute or an hour; said once in that time."""
        if window <= 60:
            head = self._("{n} pictures within a minute are as many as I look at for one person.")
        else:
            head = self._("{n} pictures within an hour are as many as I look at for one person.")
        rest = self._("Please send the next one in {time}; I pass over those that come before.")
        return self.joined(head.format(n=limit), rest.format(time=self.duration(seconds)))
