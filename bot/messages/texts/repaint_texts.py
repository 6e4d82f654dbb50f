"""What can be done with a result."""

from __future__ import annotations

from bot.messages.texts.words import Words
from core.render.curve_labels import CurveLabels
from core.style.options import Colours, Preset


class RepaintTexts(Words):
    """What can be done with a result."""

    def softer_button(self) -> str:
        """Less of the style, more of the photo."""
        return self._("Softer")

    def stronger_button(self) -> str:
        """More of the style."""
        return self._("Stronger")

    def finer_button(self) -> str:
        """The next larger preset."""
        return self._("Finer")

    def try_again_button(self, preset: Preset) -> str:
        """The same pictures once more, after a failure."""
        return self._("Try again with {preset}").format(preset=self.preset_name(preset))

    def colours_button(self, colours: Colours) -> str:
        """The other choice of colours than the result has."""
        if colours is Colours.STYLE:
            return self._("Keep my colours")
        return self._("Style's colours")

    def turn_round_button(self) -> str:
        """Exchanges photo and style."""
        return self._("Swap")

    def new_photo_button(self) -> str:
        """The same style on another photo."""
        return self._("New photo")

    def blend_button(self) -> str:
        """Adds another style to those of the result."""
        return self._("Blend in another style")

    def share_name(self, share: float | None) -> str:
        """How much of a blend is the new style, on a button; None for as much as each of the others."""
        if share is None:
            return self._("Even")
        return self._("More of the first") if share < 0.5 else self._("More of the new")

    def your_style(self) -> str:
        """A style without a name, among others in a caption."""
        return self._("your style")

    def new_style_button(self) -> str:
        """Another style on the same photo."""
        return self._("New style")

    def strength_button(self, strength: float) -> str:
        """Opens the strengths to choose from, and shows the present one."""
        return self._("Strength: {value}").format(value=self.strength_name(strength))

    def style_size_button(self, scale: float) -> str:
        """Opens the sizes of the style's strokes, and shows the present one."""
        return self._("Style size: {value}").format(value=self.style_size_name(scale))

    def as_it_is(self) -> str:
        """The choice that the result was painted with was pressed; a short notice."""
        return self._("It's painted like that already.")

    def more_button(self) -> str:
        """Shows all else that can be done with a result."""
        return self._("More")

    def compare_button(self) -> str:
        """Photo and result by turns, as an animation."""
        return self._("Before/after")

    def film_button(self) -> str:
        """How it formed, as an animation."""
        return self._("How it formed")

    def curve_button(self) -> str:
        """The losses over the evaluations."""
        return self._("Loss curve")

    def already(self) -> str:
        """The same button a second time, while the first job waits or runs."""
        return self._("I'm painting it already.")

    def in_hand(self) -> str:
        """A job was submitted by a button under a result."""
        return self._("Started below.")

    def a_moment(self) -> str:
        """Something is being drawn."""
        return self._("One moment…")

    def compare_caption(self) -> str:
        """Under the animation of photo and result."""
        return self._("Before and after: the painting covers your photo, then uncovers it.")

    def film_caption(self) -> str:
        """Under the animation."""
        return self._("How it formed: first your photo, then every step up to the result.")

    def curve_labels(self) -> CurveLabels:
        """The words on the curve."""
        return CurveLabels(
            evaluations=self._("evaluations"),
            style=self._("style loss"),
            content=self._("content loss"),
            scale=self._("scale {n}"),
            nothing=self._("Nothing was evaluated"),
        )

    def curve_caption(self) -> str:
        """Under the curve."""
        return self._(
            "Style and content loss at each evaluation. Lower is closer to the style and to your photo. "
            "A jump is where a larger size begins."
        )
