"""Styles that are passed on by links."""

from __future__ import annotations

from html import escape

from bot.messages.texts.words import Words
from core.jobs.models import LINK_DAYS
from core.sentences import sentence

TOO_MANY_LINKS = sentence(
    "You opened many links in a short time. Please try again in a few minutes."
)
"""Why a link is not followed."""


class ShareTexts(Words):
    """Styles that are passed on by links."""

    def share_button(self) -> str:
        """Makes a link to the style of a result, or to one of the person's styles."""
        return self._("Share this style")

    def style_link(self, address: str) -> str:
        """A link to a style of the person's."""
        words = self._n(
            "Whoever opens it gets the style picture to paint with, but neither the photo that you painted nor your name. "
            "It works until you stop it, or until nobody has opened it for {n} day.",
            "Whoever opens it gets the style picture to paint with, but neither the photo that you painted nor your name. "
            "It works until you stop it, or until nobody has opened it for {n} days.",
            LINK_DAYS,
        ).format(n=LINK_DAYS)
        head = self._("<b>A link to this style</b>")
        return f"{head}\n{escape(address)}\n{words}"

    def builtin_link(self, name: str, address: str) -> str:
        """A link to a built-in style; ``name`` as plain text."""
        head = self._("<b>A link to {name}</b>").format(name=escape(name))
        words = self._("Whoever opens it can paint with this style.")
        return f"{head}\n{escape(address)}\n{words}"

    def pass_on_button(self) -> str:
        """Opens Telegram's list of chats, to send the link to one of them."""
        return self._("Send it")

    def pass_on_words(self) -> str:
        """What stands beside the link in that message; plain text."""
        return self._("Paint a photo of yours in this style:")

    def copy_button(self) -> str:
        """Copies the link."""
        return self._("Copy it")

    def stop_sharing_button(self) -> str:
        """Takes the link back."""
        return self._("Stop sharing")

    def stop_all_button(self, count: int) -> str:
        """Takes all links of the person's back, under /privacy."""
        return self._n("Stop sharing my {n} style", "Stop sharing my {n} styles", count).format(
            n=count
        )

    def sharing_stopped(self) -> str:
        """A link was taken back."""
        return self._("Stopped: this style is not shared any more.")

    def all_sharing_stopped(self) -> str:
        """All links were taken back; a short notice."""
        return self._("Stopped: none of your styles is shared any more.")

    def inline_help(self, bot_username: str) -> str:
        """In /help: how to show a result in another chat."""
        return self._(
            "In any chat, write @{bot} and choose one of your results, or a style that others can paint with."
        ).format(bot=bot_username)

    def paint_new_button(self) -> str:
        """Above what is offered in another chat: leads to the private chat."""
        return self._("Paint a new one")

    def come_to_me(self) -> str:
        """Somebody named the bot in a chat of which it is no member."""
        return self._("I paint in a chat of our own: send me the photo there.")

    def unnamed_result(self) -> str:
        """A result whose style has no name, as it is offered in another chat."""
        return self._("Your painting")

    def unnamed_style(self) -> str:
        """A shared style that has no name, as it is offered in another chat."""
        return self._("Your style")

    def offer_style(self) -> str:
        """What choosing a style does there."""
        return self._("Let others paint with this style")

    def style_offer(self, name: str) -> str:
        """The message to others; ``name`` as plain text."""
        return self._("Paint a photo of yours in this style: <b>{name}</b>").format(
            name=escape(name)
        )

    def paint_with_it_button(self) -> str:
        """Under that message: leads to the chat with the bot."""
        return self._("Paint with it")

    def sharing_off(self) -> str:
        """The operator does not want styles to be shared; an alert."""
        return self._("Sharing is switched off here.")

    def shared_with_you(self) -> str:
        """Somebody came by a link to a style."""
        return self._("This style was shared with you.")

    def builtin_shared(self, name: str) -> str:
        """Somebody came by a link to a built-in style; ``name`` as plain text."""
        return self._("<b>{name}</b> was shared with you.").format(name=escape(name))

    def not_shared(self) -> str:
        """Somebody came by a link that leads nowhere (any more)."""
        return self._("The style behind this link is not shared any more.")
