"""What people write beside their pictures about how they want them painted, and what the bot says that it understood."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from bot.messages.texts.words import Words
from core.style.options import Colours, Preset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.jobs.preferences import Wishes


class Wording(Enum):
    """What words in a caption mean."""

    VERY_SOFT = auto()
    SOFT = auto()
    STRONG = auto()
    VERY_STRONG = auto()
    QUICK = auto()
    BALANCED = auto()
    FINE = auto()
    PERHAPS_FINE = auto()
    """The same if anything else is said that is understood: alone it is praise."""
    CLASSIC = auto()
    """If anything else is said that is understood: alone it says what the picture shows."""
    MY_COLOURS = auto()
    STYLES_COLOURS = auto()
    SWAP = auto()
    STYLE = auto()
    """This picture is the style."""
    PHOTO = auto()
    """This picture is the photo."""
    PLEASE = auto()
    FILLER = auto()
    """Nothing by itself."""
    STRENGTH = auto()
    """The number behind it is a strength; nothing by itself."""
    PERCENT = auto()
    """The number beside it is a strength; nothing by itself."""


class WishTexts(Words):
    """What people write beside their pictures, and what was understood."""

    def caption_words(self) -> Mapping[Wording, str]:
        """The words that are understood, in lower case, with bars between those that mean the same.

        A translation has the words of its own language; the English ones are understood in every language.
        """
        return {
            Wording.VERY_SOFT: self._("very soft|very softly|much softer"),
            Wording.SOFT: self._("soft|softly|softer|a bit softer|a little softer|less style"),
            Wording.STRONG: self._(
                "strong|stronger|strongly|a bit stronger|a little stronger|more style"
            ),
            Wording.VERY_STRONG: self._("very strong|very strongly|much stronger"),
            Wording.QUICK: self._("quick|quickly|fast"),
            Wording.BALANCED: self._("balanced"),
            Wording.FINE: self._("finer|best quality|high quality"),
            Wording.PERHAPS_FINE: self._("fine|best"),
            Wording.CLASSIC: self._("classic"),
            Wording.MY_COLOURS: self._(
                "my colours|use my colours|keep colour|keep colours|keep my colours|keep the colours|own colours"
                "|original colours|keep original colours|keep the original colours"
                "|my colors|use my colors|keep color|keep colors|keep my colors|keep the colors|own colors"
                "|original colors|keep original colors|keep the original colors"
            ),
            Wording.STYLES_COLOURS: self._(
                "style's colours|style colours|colours of the style|style's colors|style colors|colors of the style"
            ),
            Wording.SWAP: self._("swap|swap them|swap the two|swapped|the other way round"),
            Wording.STYLE: self._("style|the style|as style|as the style|this is the style"),
            Wording.PHOTO: self._(
                "photo|the photo|my photo|as photo|as the photo|this is the photo|this is my photo"
            ),
            Wording.PLEASE: self._("please|pls"),
            Wording.FILLER: self._("and|with|in|at|make it|quality"),
            Wording.STRENGTH: self._("strength|style strength|strength of the style"),
            Wording.PERCENT: self._("percent|per cent"),
        }

    def understood(
        self, wishes: Wishes, *, swapped: bool = False, preset: Preset | None = None
    ) -> str:
        """What was understood of captions and words, in one line; empty if they said nothing.

        Args:
            wishes: What is wanted.
            swapped: Whether the two pictures change places because of it.
            preset: The preset in which it is painted, if that is known; None for the one that is wanted.
        """
        said = []
        if wishes.preset is not None:
            said.append(self.preset_name(wishes.preset))
        if wishes.strength is not None and (preset or wishes.preset) is not Preset.CLASSIC:
            value = self.strength_name(wishes.strength)
            said.append(self._("strength {value}").format(value=value))
        if wishes.colours is not None:
            style = wishes.colours is Colours.STYLE
            said.append(self._("style's colours") if style else self._("my colours"))
        if swapped:
            said.append(self._("swapped"))
        if not said:
            return ""
        comma = self._("{one}, {another}")
        whole = said[0]
        for one in said[1:]:
            whole = comma.format(one=whole, another=one)
        return self._("Understood: {wishes}.").format(wishes=whole)

    def got_style(self) -> str:
        """A picture was said to be the style; the question for a photo follows."""
        return self._("Got your style.")
