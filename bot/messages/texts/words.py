"""What all texts share: the translations, and words of several subjects."""

from __future__ import annotations

import functools
from html import escape
from typing import TYPE_CHECKING

from bot.messages import number_formats
from core.jobs.preference_choices import STYLE_SCALES, nearest
from core.style.options import Options, Preset

if TYPE_CHECKING:
    from gettext import NullTranslations

    from core.sentences import Sentence, SpokenError


class Words:
    """Sentences in one language; ``_`` and ``_n`` translate, and a catalogue's tools find them by these names."""

    def __init__(self, translations: NullTranslations) -> None:
        self._ = translations.gettext
        self._n = translations.ngettext

    def preset_name(self, preset: Preset | None) -> str:
        """A preset's name; for None that of a collage."""
        if preset is None:
            return self._("Six styles")
        return {
            Preset.QUICK: self._("Quick"),
            Preset.BALANCED: self._("Balanced"),
            Preset.FINE: self._("Fine"),
            Preset.ULTRA: self._("Ultra"),
            Preset.CLASSIC: self._("Classic"),
        }[preset]

    def duration(self, seconds: float) -> str:
        """A rough duration: ``25 s``, ``3 min``, ``1 h 10 min``, ``24 h``."""
        rounded = number_formats.round_seconds(seconds)
        if rounded < 120:
            return self._("{n} s").format(n=rounded)
        minutes = round(rounded / 60)
        if minutes < 60:
            return self._("{n} min").format(n=minutes)
        if minutes % 60 == 0:
            return self._("{h} h").format(h=minutes // 60)
        return self._("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)

    def time_taken(self, seconds: float) -> str:
        """How long something took: to the second while that matters."""
        return (
            self._("{n} s").format(n=max(1, round(seconds)))
            if seconds < 60
            else self.duration(seconds)
        )

    def strength_name(self, strength: float) -> str:
        """A strength as people read it."""
        return self._("{n} %").format(n=round(100 * strength))

    def choices(self, options: Options) -> str:
        """What a job has that is not usual, in few words; empty if nothing is."""
        usual = Options()
        said = []
        if options.strength != usual.strength and options.preset is not Preset.CLASSIC:
            said.append(
                self._("strength {value}").format(value=self.strength_name(options.strength))
            )
        if options.colours != usual.colours:
            said.append(self._("my colours"))
        return " · ".join(said)

    def with_choices(self, text: str, options: Options) -> str:
        """A status message or a caption that says in its first line what the job has that is not usual."""
        head, line, rest = text.partition("\n")
        return " · ".join(filter(None, [head, self.choices(options)])) + line + rest

    def bar(self, share: float) -> str:
        """A bar and the percent of a share of 0..1; a language from right to left isolates them."""
        return self._("{bar} {percent} %").format(
            bar=number_formats.bar(share), percent=number_formats.percent(share)
        )

    def loss(self, value: float) -> str:
        """A loss with the separators of the language, which are those between the fields."""
        number = number_formats.loss(value)
        whole, point, decimals = number.partition(".")
        if point:
            return self._("{whole}.{decimals}").format(whole=whole, decimals=decimals)
        return functools.reduce(
            lambda before, after: self._("{thousands},{units}").format(
                thousands=before, units=after
            ),
            number.split(","),
        )

    def style_size_name(self, scale: float) -> str:
        """The size of a style's strokes in a word."""
        words = {0.5: self._("fine"), 1.0: self._("normal"), 2.0: self._("broad")}
        return words[nearest(STYLE_SCALES, scale)]

    def joined(self, first: str, second: str) -> str:
        """Two sentences, one after the other; Chinese puts no space between them."""
        return self._("{first} {second}").format(first=first, second=second)

    def said(self, sentence: Sentence) -> str:
        """A sentence from the core as plain text; for an alert, which takes no HTML."""
        return sentence.said(self._, self._n)

    def error(self, error: SpokenError) -> str:
        """The sentence of an error."""
        return escape(self.said(error.spoken))
