"""Styles to choose from: the person's own, and the built-in ones."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.messages.texts.words import Words

if TYPE_CHECKING:
    from core.jobs.models import Style


class StyleTexts(Words):
    """Styles to choose from: the person's own, and the built-in ones."""

    def builtin_name(self, name: str) -> str:
        """A built-in style; ``name`` as ``core.pictures.builtin_styles`` has it."""
        return {
            "impasto": self._("Starlit oil"),
            "watercolour": self._("Watercolour"),
            "ink": self._("Ink wash"),
            "glass": self._("Stained glass"),
            "poster": self._("Poster"),
            "pencil": self._("Pencil"),
            "oil": self._("Palette knife"),
            "mosaic": self._("Mosaic"),
            "waves": self._("Woodblock"),
            "hatching": self._("Pen and chalk"),
            "colourfield": self._("Colour field"),
            "marbling": self._("Marbled paper"),
        }[name]

    def style_name(self, style: Style) -> str:
        """The name of one of the person's styles, as plain text."""
        return style.name or self._("Recent")

    def numbered(self, number: int, name: str) -> str:
        """A button's label: the number on the sheet, and the name."""
        return f"{number} · {name}"

    def or_one_of_these(self) -> str:
        """After the question for a style picture, under the sheet of styles."""
        return self._("Or take one of these:")

    def looks_button(self) -> str:
        """Under the sheet of styles: a collage of the photo in six of the built-in ones."""
        return self._("Try six at once")

    def other_looks_button(self) -> str:
        """Under a collage: another one, of the other built-in styles."""
        return self._("Six others")

    def took(self, name: str) -> str:
        """A style was chosen by its button; ``name`` as plain text."""
        return self._("Got it: <b>{name}</b>.").format(name=escape(name))

    def took_mine(self) -> str:
        """A style that has no name was chosen by its button."""
        return self._("Got it: this style.")

    def your_styles(self, hours: float) -> str:
        """Above the buttons of the person's styles."""
        return self._(
            "<b>Your styles.</b> Press one to use, name or keep it. Those you don't keep are "
            "deleted {time} after their last use."
        ).format(time=self.duration(3600 * hours))

    def no_styles(self) -> str:
        """/styles before the first job."""
        return self._(
            "You have no styles yet. Each style picture you use appears here, and you can name "
            "and keep it."
        )

    def card(self, style: Style) -> str:
        """Under one style."""
        if style.name is not None:
            head = self._("<b>{name}</b>").format(name=escape(style.name))
        else:
            head = self._("A style without a name.")
        rest = (
            self._("I keep it until you remove it.")
            if style.kept
            else self._("I'll delete it in time unless you keep it.")
        )
        return f"{head}\n{rest}"

    def use_button(self) -> str:
        """Paint with this style."""
        return self._("Paint with it")

    def name_button(self) -> str:
        """Give the style a name."""
        return self._("Name it")

    def keep_style_button(self) -> str:
        """Keep the style."""
        return self._("Keep it")

    def let_go_button(self) -> str:
        """Stop keeping the style."""
        return self._("Stop keeping it")

    def remove_button(self) -> str:
        """Forget the style now."""
        return self._("Remove it")

    def all_styles_button(self) -> str:
        """Back from one style to all of them."""
        return self._("All my styles")

    def no_name_button(self) -> str:
        """Leaves the style without a (new) name."""
        return self._("Leave it as it is")

    def ask_name(self, longest: int) -> str:
        """Asks for a name; the person's next words are taken as the name."""
        return self._n(
            "What should I call it? Reply with a name of at most {n} letter.",
            "What should I call it? Reply with a name of at most {n} letters.",
            longest,
        ).format(n=longest)

    def named(self, name: str) -> str:
        """The style has a name now."""
        return self._("It is called <b>{name}</b> now, and I keep it.").format(name=escape(name))

    def favourite(self, number: int) -> str:
        """The name of a style that was kept without being given one; at most 24 letters."""
        return self._("Favourite {n}").format(n=number)

    def kept_for_heart(self, name: str) -> str:
        """The person gave a result a heart."""
        return self._("I keep this style as <b>{name}</b>; /styles has it.").format(
            name=escape(name)
        )

    def name_too_long(self, longest: int) -> str:
        """The name does not fit."""
        return self._n(
            "This is too long for a button. Please reply with at most {n} letter.",
            "This is too long for a button. Please reply with at most {n} letters.",
            longest,
        ).format(n=longest)

    def removed(self) -> str:
        """The style was removed; a short notice."""
        return self._("Removed.")
