"""/settings: what holds for all new jobs."""

from __future__ import annotations

from bot.messages.texts.words import Words
from core.jobs.preference_choices import NONE, STRENGTHS, Aspect, current
from core.jobs.preferences import Form, Preferences, Sound
from core.style.options import Colours, Preset


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
            Aspect.PRESET: self._("Preset: {value}"),
            Aspect.STRENGTH: self._("Strength: {value}"),
            Aspect.COLOURS: self._("Colours: {value}"),
            Aspect.FORM: self._("Results: {value}"),
            Aspect.SOUND: self._("Sound: {value}"),
            Aspect.LANGUAGE: self._("Language: {value}"),
        }[aspect].format(value=value)

    def question(self, aspect: Aspect) -> str:
        """Above the choices of one setting."""
        return {
            Aspect.PRESET: self._(
                "<b>Preset</b>\nWhich one shall I offer first? The others stay at hand for each painting."
            ),
            Aspect.STRENGTH: self._(
                "<b>Strength</b>\nHow much of the manner shall a painting take on? At 0 it would stay your photo, "
                "at 1 only the manner counts. Classic has a strength of its own."
            ),
            Aspect.COLOURS: self._("<b>Colours</b>\nWhose colours shall a painting have?"),
            Aspect.FORM: self._(
                "<b>Results</b>\nA photo shows at once, but Telegram shrinks it. A file keeps every pixel. Where "
                "only the photo comes, a button under it hands you the file."
            ),
            Aspect.SOUND: self._(
                "<b>Sound</b>\nWhich of my messages about a painting may be heard?"
            ),
            Aspect.LANGUAGE: self._("<b>Language</b>\nWhich one shall I speak with you?"),
        }[aspect]

    def choice(self, aspect: Aspect, value: str, language: str | None = None) -> str:
        """A value to choose; ``language`` is the name of the language that it stands for, if it does."""
        match aspect:
            case Aspect.PRESET:
                return (
                    self._("none in particular")
                    if value == NONE
                    else self.preset_name(Preset(value))
                )
            case Aspect.STRENGTH:
                return self.strength_name(float(value))
            case Aspect.COLOURS:
                return self.colours_name(Colours(value))
            case Aspect.FORM:
                return self.form_name(Form(value))
            case Aspect.SOUND:
                return self.sound_name(Sound(value))
            case Aspect.LANGUAGE:
                return language or self._("as in Telegram")

    def strength_name(self, strength: float) -> str:
        """A strength in words, with its number."""
        words = {
            0.1: self._("a breath"),
            0.3: self._("light"),
            0.5: self._("even"),
            0.7: self._("strong"),
            0.9: self._("very strong"),
            1.0: self._("all manner"),
        }
        nearest = min(STRENGTHS, key=lambda one: abs(one - strength))
        return self._("{words} ({number})").format(words=words[nearest], number=f"{strength:g}")

    def colours_name(self, colours: Colours) -> str:
        """Whose colours a result has."""
        return self._("the manner's") if colours is Colours.STYLE else self._("my photo's")

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

    def in_force(self, preferences: Preferences) -> str:
        """A line under the question for the preset, if the settings differ from the defaults."""
        return self._(
            "<i>Strength {strength}, colours {colours}: as in your /settings.</i>"
        ).format(
            strength=self.strength_name(preferences.strength),
            colours=self.colours_name(preferences.colours),
        )

    def usual_button(self, label: str) -> str:
        """The button of the preset that was chosen in the settings; ``label`` is its plain label."""
        return self._("As usual: {preset}").format(preset=label)

    def chosen_mark(self, label: str) -> str:
        """Marks the present choice."""
        return self._("✓ {choice}").format(choice=label)

    def back_button(self) -> str:
        """From the choices of one setting to all settings."""
        return self._("Back")

    def done_button(self) -> str:
        """Closes the settings."""
        return self._("Done")

    def noted(self) -> str:
        """A setting was changed; a short notice."""
        return self._("Noted.")
