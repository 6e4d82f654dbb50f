"""/settings: what holds for all new jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.texts.words import Words
from core.jobs.preference_choices import NONE, YES, Aspect, current
from core.jobs.preferences import Form, Preferences, Sound
from core.style.options import Colours, Preset

if TYPE_CHECKING:
    from collections.abc import Callable


class SettingsTexts(Words):
    """/settings: what holds for all new jobs."""

    def settings(self) -> str:
        """Above the list of settings."""
        return self._(
            "<b>Settings</b>\nThey hold for your new paintings, in every chat. Press one to change it."
        )

    def settings_done(self, preferences: Preferences, language: str | None) -> str:
        """What is left when the list is closed; ``language`` is the chosen one's own name."""
        lines = [self.setting(aspect, preferences, language) for aspect in Aspect]
        return "\n".join([self._("<b>Your settings</b>"), *lines])

    def setting(self, aspect: Aspect, preferences: Preferences, language: str | None) -> str:
        """One setting with its value."""
        value = self.choice(aspect, current(preferences, aspect), language)
        return {
            Aspect.PRESET: self._("Quality: {value}"),
            Aspect.ASK: self._("Ask before painting: {value}"),
            Aspect.STRENGTH: self._("Strength: {value}"),
            Aspect.COLOURS: self._("Colours: {value}"),
            Aspect.STYLE_SCALE: self._("Style size: {value}"),
            Aspect.FORM: self._("Results: {value}"),
            Aspect.SOUND: self._("Sound: {value}"),
            Aspect.LANGUAGE: self._("Language: {value}"),
        }[aspect].format(value=value)

    def question(self, aspect: Aspect) -> str:
        """Above the choices of one setting."""
        return {
            Aspect.PRESET: self._(
                "<b>Quality</b>\nWhich one should I begin with? The others stay at hand while I paint."
            ),
            Aspect.ASK: self._(
                "<b>Ask before painting</b>\nShould I ask for the quality each time, before I begin?"
            ),
            Aspect.STRENGTH: self._(
                "<b>Strength</b>\nHow much of the style should a painting take on? At 10 % it's still your photo, "
                "at 100 % only the style counts. Classic has its own strength."
            ),
            Aspect.COLOURS: self._("<b>Colours</b>\nWhose colours should a painting have?"),
            Aspect.STYLE_SCALE: self._(
                "<b>Style size</b>\nHow large should the style's strokes and patterns be? Classic has its own size."
            ),
            Aspect.FORM: self._(
                "<b>Results</b>\nA photo shows at once, but Telegram shrinks it. A file keeps every pixel. Where "
                "only the photo comes, you find the file under More."
            ),
            Aspect.SOUND: self._(
                "<b>Sound</b>\nWhich of my messages about a painting may make a sound?\nA painting that takes up to a "
                "minute appears in its message without one. A longer one comes as a new message, unless you want no sound."
            ),
            Aspect.LANGUAGE: self._("<b>Language</b>\nWhich one should I speak with you?"),
        }[aspect]

    def choice(self, aspect: Aspect, value: str, language: str | None = None) -> str:
        """A value to choose; ``language`` is the name of the language that it stands for, if it does."""
        preset = None if aspect is not Aspect.PRESET or value == NONE else Preset(value)
        names: dict[Aspect, Callable[[], str]] = {
            Aspect.PRESET: lambda: (
                self.preset_name(preset) if preset else self._("none in particular")
            ),
            Aspect.ASK: lambda: self._("yes") if value == YES else self._("no"),
            Aspect.STRENGTH: lambda: self.strength_name(float(value)),
            Aspect.COLOURS: lambda: self.colours_name(Colours(value)),
            Aspect.STYLE_SCALE: lambda: self.style_size_name(float(value)),
            Aspect.FORM: lambda: self.form_name(Form(value)),
            Aspect.SOUND: lambda: self.sound_name(Sound(value)),
            Aspect.LANGUAGE: lambda: language or self._("as in Telegram"),
        }
        return names[aspect]()

    def colours_name(self, colours: Colours) -> str:
        """Whose colours a result has."""
        return self._("the style's") if colours is Colours.STYLE else self._("my photo's")

    def form_name(self, form: Form) -> str:
        """As which messages a result is sent."""
        return {
            Form.BOTH: self._("photo and file"),
            Form.PHOTO: self._("photo only"),
            Form.FILE: self._("file only"),
        }[form]

    def sound_name(self, sound: Sound) -> str:
        """Which messages notify with a sound."""
        return {
            Sound.ALL: self._("everything"),
            Sound.RESULTS: self._("results only"),
            Sound.NONE: self._("nothing"),
        }[sound]

    def in_force(self, preferences: Preferences, *, for_once: bool = False) -> str:
        """A line under the question for the preset, if it differs from the defaults; ``for_once`` if also from the settings."""
        line = self._(
            "<i>Strength {strength}, colours {colours}, style size {size}: as in your /settings.</i>"
        )
        if for_once:
            line = self._(
                "<i>Strength {strength}, colours {colours}, style size {size}: for this painting.</i>"
            )
        return line.format(
            strength=self.strength_name(preferences.strength),
            colours=self.colours_name(preferences.colours),
            size=self.style_size_name(preferences.style_scale),
        )

    def usual_button(self, label: str) -> str:
        """The button of the preset that was chosen in the settings; ``label`` is its plain label."""
        return self._("As usual: {preset}").format(preset=label)

    def marked(self, label: str, *, chosen: bool) -> str:
        """A choice, with a mark if it is the present one."""
        return self._("✓ {choice}").format(choice=label) if chosen else label

    def back_button(self) -> str:
        """From the choices of one setting to all settings."""
        return self._("Back")

    def done_button(self) -> str:
        """Closes the settings."""
        return self._("Done")

    def noted(self) -> str:
        """A setting was changed; a short notice."""
        return self._("Saved.")
