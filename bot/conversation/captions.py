"""What people mean who write beside a picture how they want it painted.

The rule: a caption counts if it holds nothing but words that are understood, such as "strong, keep colours". Of a longer
one those parts count, between punctuation, that hold nothing else, if one of them says "please": "my cat, strong please".
So ordinary prose changes nothing; and "fine" or "classic" alone are such prose. A number is a strength beside a percent
sign, or where the word for it comes right before: "strength 70", "strength: 70". Whole words are compared, without regard to
case and accents; where two contradict each other, neither is taken. "Strong" and "soft" are seen from the usual strength, so
that they never mean the other direction.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.messages.languages import ENGLISH
from bot.messages.texts.wish_texts import Wording
from core.jobs.preferences import Wishes
from core.jobs.repeat_options import STEP
from core.style.options import Colours, Options, Preset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.messages.texts import Texts

_STRENGTHS: Final = {
    Wording.VERY_SOFT: 0.1,
    Wording.SOFT: 0.3,
    Wording.STRONG: 0.7,
    Wording.VERY_STRONG: 0.9,
}
_PRESETS: Final = {
    Wording.QUICK: Preset.QUICK,
    Wording.BALANCED: Preset.BALANCED,
    Wording.FINE: Preset.FINE,
    Wording.PERHAPS_FINE: Preset.FINE,
    Wording.CLASSIC: Preset.CLASSIC,
}
_ORDINARY: Final = {Wording.PERHAPS_FINE, Wording.CLASSIC}
"""What a caption often consists of that wants nothing."""

_COLOURS: Final = {
    Wording.MY_COLOURS: Colours.LUMINANCE,
    Wording.STYLES_COLOURS: Colours.STYLE,
}
_ADDRESS: Final = re.compile(r"^\s*/\w+(?:@\w+)?|@\w+")
"""The command with which a caption begins, and whom it names."""

_BETWEEN: Final = re.compile(r"[,;.!?:=\n()\"“”«»…。、،؛؟·|/+&]+|\s[-–—]+\s")
_NUMBER: Final = re.compile(r"([%٪])?\s*(\d{1,3})(?!\d)\s*([%٪])?")
_LEAST: Final = 0.1
"""At 0 the result would be the photo."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What words mean.

    Attributes:
        wishes: What they want of the painting.
        is_style: Whether the picture is said to be the style; False for the photo, None if neither is said.
    """

    wishes: Wishes
    is_style: bool | None = None

    def of_album(self, message: int) -> Wishes:
        """What is wanted if it stands beside one picture of an album: that of this message is the style, or the photo."""
        return replace(
            self.wishes,
            style_message=message if self.is_style else None,
            content_message=message if self.is_style is False else None,
        )


def read_caption(
    texts: Texts, text: str, *, usual: float = Options().strength
) -> Understood | None:
    """What a caption means; None if it says nothing about the painting, or contradicts itself.

    Args:
        texts: The person's language.
        text: The caption.
        usual: The strength that the painting has otherwise, 0..1: strong is more than that, and soft is less.
    """
    parts = _read_parts(texts, text)
    understood = [one for one in parts if one is not None]
    if None in parts and not any(Wording.PLEASE in one for one in understood):
        return None
    return _meant(understood, usual)


def read_words(texts: Texts, text: str, *, usual: float = Options().strength) -> Understood | None:
    """The same of a message that brings no picture: all of its words must be understood."""
    parts = _read_parts(texts, text)
    return None if None in parts else read_caption(texts, text, usual=usual)


def _read_parts(texts: Texts, text: str) -> list[list[Wording | float] | None]:
    """What each part means that stands between punctuation; None for one in which something else stands."""
    vocabulary = _vocabulary(
        *(words for one in (texts, ENGLISH) for words in one.caption_words().items())
    )
    plain = _plain("".join(" , " if _is_sign(char) else char for char in _ADDRESS.sub(" ", text)))
    parts: list[list[Wording | float] | None] = []
    for part in filter(str.strip, _BETWEEN.split(plain)):
        before = parts[-1] if parts else None
        parts.append(_scan(part, vocabulary, before[-1] if before else None))
    return parts


@lru_cache(maxsize=16)
def _vocabulary(*lists: tuple[Wording, str]) -> tuple[tuple[str, Wording], ...]:
    """All words with what they mean, the longest first, since one may begin as another does."""
    words = {_plain(word): meaning for meaning, list_ in lists for word in list_.split("|")}
    return tuple(sorted(words.items(), key=lambda one: -len(one[0])))


def _scan(
    part: str, vocabulary: Sequence[tuple[str, Wording]], before: Wording | float | None
) -> list[Wording | float] | None:
    """What a part means, if all of it is understood; ``before`` is what the part before it ends with."""
    found: list[Wording | float] = []
    part = " ".join(part.split())
    while part:
        number = _NUMBER.match(part)
        if number is not None:
            before, part = found[-1] if found else before, part[number.end() :].lstrip()
            behind = _word_at(part, vocabulary)
            says_so = before in {Wording.STRENGTH, Wording.PERCENT} or number[1] or number[3]
            if not says_so and (behind is None or behind[1] is not Wording.PERCENT):
                return None
            percent = int(number[2])
            if percent > 100:
                return None
            found.append(max(_LEAST, percent / 100))
            continue
        word = _word_at(part, vocabulary)
        if word is None:
            return None
        found.append(word[1])
        part = part[len(word[0]) :].lstrip()
    return found


def _word_at(part: str, vocabulary: Sequence[tuple[str, Wording]]) -> tuple[str, Wording] | None:
    """The word with which a text begins, and what it means."""
    return next((one for one in vocabulary if _begins(part, one[0])), None)


def _begins(part: str, word: str) -> bool:
    """Whether a text begins with a word that ends there; Chinese writes no space between two."""
    if not part.startswith(word):
        return False
    following = part[len(word) : len(word) + 1]
    return not following.isalnum() or _is_han(following) or _is_han(word[-1])


def _strength(wording: Wording, usual: float) -> float:
    """The strength that a word means: its own, or a step from the usual one if that is as soft or as strong already."""
    own = _STRENGTHS[wording]
    if own < Options().strength:
        return round(min(own, max(_LEAST, usual - STEP)), 2)
    return round(max(own, min(1.0, usual + STEP)), 2)


def _meant(parts: Iterable[list[Wording | float]], usual: float) -> Understood | None:
    said = [one for part in parts for one in part]
    if len(said) == 1 and said[0] in _ORDINARY:
        return None
    strengths = {one for one in said if isinstance(one, float)}
    meanings = [one for one in said if isinstance(one, Wording)]
    strengths |= {_strength(one, usual) for one in meanings if one in _STRENGTHS}
    presets = {_PRESETS[one] for one in meanings if one in _PRESETS}
    colours = {_COLOURS[one] for one in meanings if one in _COLOURS}
    places = {one is Wording.STYLE for one in meanings if one in {Wording.STYLE, Wording.PHOTO}}
    if any(len(one) > 1 for one in (strengths, presets, colours, places)):
        return None
    understood = Understood(
        Wishes(
            strength=next(iter(strengths), None),
            preset=next(iter(presets), None),
            colours=next(iter(colours), None),
            swapped=Wording.SWAP in meanings,
        ),
        next(iter(places), None),
    )
    return None if understood == Understood(Wishes()) else understood


def _plain(text: str) -> str:
    """Lower case without accents and the like."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    kept = "".join(char for char in decomposed if unicodedata.category(char) not in {"Mn", "Cf"})
    return kept.replace("ـ", "")  # The stroke by which Arabic letters are drawn apart.


def _is_sign(char: str) -> bool:
    """Whether a character is an emoji or the like, which stands between words as a comma does."""
    return unicodedata.category(char) in {"So", "Sk", "Co"}


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"
