"""Asking for two pictures and a preset."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from bot.messages.message_kinds import MessageKind
from bot.messages.texts.words import Words
from core.jobs.models import MAX_BLEND, Step
from core.pictures.notes import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.models import Session
    from core.style.options import Preset


class QuestionTexts(Words):
    """Asking for two pictures and a preset."""

    def expected(self, session: Session) -> str:
        """What the session waits for, as a whole sentence."""
        match session.step:
            case Step.CONTENT:
                return self._("Please send the photo you want repainted.")
            case Step.STYLE if session.blend_of is not None:
                return self._("Send the style to blend in.")
            case Step.WEIGHTS:
                return self._("How much of the new style?")
            case Step.STYLE:
                return self._("Now send the style picture.")
            case Step.PRESET:
                return self._("I have both pictures. Choose a quality:")

    def goes_on(self, *, waits: bool) -> str:
        """What the person sent before is not lost, though something else was talked about; ``waits`` if none of it is begun."""
        if waits:
            return self._("What you sent stays in the queue.")
        return self._("What I'm painting goes on.")

    def for_another(self) -> str:
        """What begins another painting while there is one."""
        return self._("For another painting, send a photo.")

    def ask_style(self) -> str:
        """After the content photo."""
        return self.joined(self._("Got your photo."), self._("Now send the style picture."))

    def profile_photo_button(self) -> str:
        """Takes the person's profile photo as the photo."""
        return self._("Use my profile photo")

    def no_profile_photo(self) -> str:
        """That button was pressed, and Telegram shows the bot no such photo."""
        return self._("I can't see a profile photo of yours.")

    def ask_preset(self, *, replaced: bool = False) -> str:
        """After the style photo; the buttons follow."""
        question = self._("I have both pictures. Choose a quality:")
        if replaced:
            return self.joined(self.replaced_style(), question)
        return question

    def replaced_style(self) -> str:
        """A further picture took the place of the style picture."""
        return self._("Got it: the style is now this picture.")

    def answer_here(self) -> str:
        """In a group, under a question for a picture: how the picture reaches the bot."""
        return self._("Send it as a reply to this message.")

    def swapped(self) -> str:
        """After the swap button."""
        return self._(
            "Swapped: the photo is now the style, and the other way round. Choose a quality:"
        )

    def blended_album(self, styles: int) -> str:
        """What an album of three pictures and more becomes; ``styles`` is how many of them are blended.

        It names no order, since captions may say which picture is the photo.
        """
        if styles == MAX_BLEND:
            return self._(
                "I blend four of the other pictures as styles, which is as many as I can."
            )
        return self._("I blend the other pictures as styles.")

    def photo_lost(self) -> str:
        """The photo of an album of two could not be taken; the question for another one follows."""
        return self._("The other picture of your album is the style.")

    def album_instead(self) -> str:
        """An album came after pictures that are not painted now."""
        return self._("I take the pictures of your album, and leave what came before it.")

    def late_for_album(self) -> str:
        """One more picture of an album came when that was being painted already."""
        return self._(
            "This picture of your album came when I had begun to paint, so I left it out. Send it again to use it."
        )

    def painting_goes_on(self) -> str:
        """A photo for another painting came, while one is being painted or waits."""
        return self._("Your other painting goes on.")

    def first_picture(self) -> str:
        """An animation or an animated file arrived; the question follows."""
        return self._("I took its first frame.")

    def picture_notes(self, notes: Sequence[str]) -> str:
        """What was not ordinary about a picture that was taken; empty if nothing was."""
        sentences = {
            Note.CUT_OFF: self._(
                "The file breaks off early, so a strip at one edge is missing; I use the rest."
            ),
            Note.LESS_DETAIL: self._(
                "The file breaks off early, so the finest detail is missing in places."
            ),
            Note.FIRST_PAGE: self._("The file has several pages; I use the first."),
        }
        words = [text for note, text in sentences.items() if note in notes]
        return functools.reduce(self.joined, words) if words else ""

    def cannot_use(self, kind: MessageKind) -> str:
        """A message arrived that brings no picture; what is expected instead follows."""
        names = {
            MessageKind.TEXT: self._("I can't paint from words alone."),
            MessageKind.STICKER: self._("I can't read stickers that move."),
            MessageKind.VOICE: self._("I can't listen to voice messages."),
            MessageKind.VIDEO: self._("I can't take videos."),
            MessageKind.ANIMATION: self._("I can't open this animation."),
            MessageKind.LOCATION: self._("I can't use a location."),
        }
        return names.get(kind, self._("I can't use this."))

    def preset_button(self, preset: Preset, seconds: float | None) -> str:
        """A preset's button: its name and roughly how long it takes."""
        name = self.preset_name(preset)
        return name if seconds is None else f"{name} · {self.duration(seconds)}"

    def swap_button(self) -> str:
        """Exchanges photo and style."""
        return self._("Swap the two")

    def chosen(self, preset: Preset) -> str:
        """A job was submitted; shown as a short notice."""
        return self._("Started: {preset}.").format(preset=self.preset_name(preset))

    def old_button(self) -> str:
        """A button that no present message has; shown as an alert."""
        return self._("This button is from an older version of me. Send a photo to begin anew.")

    def settled_question(self, session: Session) -> str:
        """A button whose question was answered or replaced; shown as an alert."""
        if session.question is not None:
            return self._("This question is settled. Answer my newest one, further down.")
        return self._("This question is settled. Send a photo to begin another painting.")

    def unknown_painting(self) -> str:
        """A button of a painting that the bot has forgotten; shown as an alert."""
        return self._("I don't have this painting any more. Send both pictures to paint it again.")

    def over_already(self) -> str:
        """A choice for a painting that has ended, which no status offers any more; shown as an alert."""
        return self._("This painting is over. Under its result, More has all choices.")

    def no_such_change(self) -> str:
        """A result cannot be changed in this way, or not further; shown as an alert."""
        return self._("This result can't be changed that way. More, under it, has what can be.")

    def blends_enough(self) -> str:
        """A result already has as many styles as a transfer can blend; shown as an alert."""
        return self._("It blends {n} styles already, which is as many as I can.").format(
            n=MAX_BLEND
        )

    def changed_setting(self) -> str:
        """A button of /settings that the present list does not have; shown as an alert."""
        return self._("My settings have changed. Send /settings for the present ones.")

    def sent_already(self) -> str:
        """A button for a result that waited, pressed again after it came; shown as an alert."""
        return self._("I've sent it already.")

    def not_yours(self) -> str:
        """Somebody else's button in a group; shown as an alert."""
        return self._("This button is somebody else's. Send me your own photo to begin.")
