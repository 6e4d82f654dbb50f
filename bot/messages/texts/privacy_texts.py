"""What is stored about a person, for how long, and how to delete it."""

from __future__ import annotations

from bot.messages.texts.words import Words
from core.jobs.models import LINK_DAYS


class PrivacyTexts(Words):
    """What is stored about a person, for how long, and how to delete it."""

    def privacy(self, hours: float, megabytes: float) -> str:
        """The answer to /privacy.

        Args:
            hours: How long pictures are kept after a job's end.
            megabytes: How much is kept for one person.
        """
        return self._(
            "<b>What I keep</b>\n"
            "• Your photos and the painting, so that a result can be sent again: {time} after the painting is done, "
            "then they are deleted; the oldest sooner if yours come to more than {limit} MB.\n"
            "• Photos that wait for you to go on: until you do or send /cancel, 30 days at most.\n"
            "• The styles that you keep under /styles, with their names: until you remove them.\n"
            "• The styles that you share by a link: until you stop, or until nobody has opened the link for {days} days. "
            "Whoever opens it gets a copy of the style picture, and learns neither your name nor your photo.\n"
            "• The number under which Telegram keeps a result's photo, so that you can show it in other chats: 30 days.\n"
            "• What you chose and how long it took, without the pictures: 30 days.\n"
            "• What you write to me or press: until I have answered it. Then only the number that Telegram gave it, "
            "for two days.\n"
            "• Your numeric Telegram id, your app's language and your /settings, so that I know where and how to answer; for "
            "30 days, the day on which you last wrote here, so that I can tell you news. "
            "No name, no phone number, nothing of messages that are not for me.\n\n"
            "Everything lies in one database of whoever runs this bot and goes to nobody else but Telegram, which has "
            "its own rules. /forget deletes all of it at once."
        ).format(time=self.duration(3600 * hours), limit=f"{megabytes:.0f}", days=LINK_DAYS)

    def ask_forget(self) -> str:
        """The question after /forget."""
        return self._(
            "Shall I forget you? I stop your paintings and delete your photos, results, styles and choices, in every chat. "
            "This cannot be undone. Messages in this chat stay until you delete them."
        )

    def forget_button(self) -> str:
        """Yes, forget me."""
        return self._("Delete everything")

    def keep_button(self) -> str:
        """No, go on as before."""
        return self._("Keep everything")

    def forgotten(self) -> str:
        """After the deletion."""
        return self._(
            "Done: I know nothing about you any more. To start again, send a photo whenever "
            "you like."
        )

    def kept(self) -> str:
        """The person decided against it."""
        return self._("Everything stays as it was.")
