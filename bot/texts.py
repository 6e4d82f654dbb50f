"""Every sentence that the bot says, as HTML, in one language.

The English sentences are the message ids of the gettext catalogues in ``bot/locales``. What people or files
bring in (names, errors) is escaped here and nowhere else.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot import formats
from core.jobs.models import Step
from core.style.options import Preset

if TYPE_CHECKING:
    from gettext import NullTranslations

    from core.engines.base import Outcome, Update
    from core.jobs.models import Job, JobProgress, Session
    from core.style.errors import PictureError
    from core.style.events import Losses


class Texts:
    """The bot's words in one language."""

    def __init__(self, translations: NullTranslations) -> None:
        self._ = translations.gettext
        self._n = translations.ngettext

    # The first words

    def welcome(self) -> str:
        """The answer to /start."""
        return self._(
            "<b>Welcome to Atelier.</b> I repaint one of your photos in the manner of another picture."
        )

    def help(self) -> str:
        """The answer to /help."""
        return self._(
            "<b>How it goes</b>\n"
            "1. Send the photo you want repainted.\n"
            "2. Send a picture whose manner you like: a painting, a pattern, a drawing.\n"
            "3. Choose how much care I take, and watch it change.\n\n"
            "Both pictures may come in one album (photo first, manner second), as photos or as files. "
            "I read JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP and still GIF, up to 20 MB and 50 megapixels.\n\n"
            "/status says where we are, /cancel stops a painting or starts the conversation afresh.\n\n"
            "<i>The losses under a picture: the style loss says how far its textures are from the manner you "
            "chose, the content loss how far its shapes are from your photo. Lower is closer.</i>"
        )

    def command_descriptions(self) -> dict[str, str]:
        """What the menu says about each command."""
        return {
            "start": self._("Begin here"),
            "help": self._("How it works"),
            "status": self._("Where we are"),
            "cancel": self._("Stop a painting, or start afresh"),
        }

    def description(self) -> str:
        """What an empty chat shows; at most 512 characters."""
        return self._(
            "Send me a photo and a picture whose manner you like. I repaint the one in the manner of the "
            "other, and you can watch it happen."
        )

    def short_description(self) -> str:
        """What the bot's profile shows; at most 120 characters."""
        return self._("Repaints your photo in the manner of another picture.")

    # The conversation

    def expected(self, session: Session) -> str:
        """What the conversation waits for, as a whole sentence."""
        match session.step:
            case Step.CONTENT:
                return self._("Please send the photo you want repainted.")
            case Step.STYLE:
                return self._("Now send the picture whose manner it should take.")
            case Step.PRESET:
                return self._("I have both pictures. Choose how much care I take:")

    def ask_style(self) -> str:
        """After the content photo."""
        return self._("A good one. ") + self._("Now send the picture whose manner it should take.")

    def ask_preset(self, *, replaced: bool = False) -> str:
        """After the style photo; the buttons follow."""
        question = self._("I have both pictures. Choose how much care I take:")
        if replaced:
            return self._("I took this picture as the new manner.") + " " + question
        return question

    def swapped(self) -> str:
        """After the swap button."""
        return self._("Swapped: the photo is now the manner, and the other way round. Choose:")

    def only_two(self) -> str:
        """An album had more pictures than are needed."""
        return self._(
            "I need two pictures, so I took the first two of your album: the photo, then the manner."
        )

    def cannot_use(self, kind: str) -> str:
        """Something arrived that is no picture; ``kind`` names what it was, such as ``sticker``."""
        names = {
            "text": self._("I cannot paint words."),
            "sticker": self._("A nice sticker, but I need a photo."),
            "voice": self._("I cannot hear, only see."),
            "video": self._("I cannot take videos, only still pictures."),
            "animation": self._("I cannot take animations, only still pictures."),
            "location": self._("I cannot travel there. A photo of it would do."),
        }
        return names.get(kind, self._("I cannot use this, I need a picture."))

    def unknown_command(self) -> str:
        """A command that does not exist."""
        return self._("I do not know this command. /help lists what I can do.")

    # Buttons

    def preset_name(self, preset: Preset) -> str:
        """A preset's name."""
        return {
            Preset.QUICK: self._("Quick"),
            Preset.BALANCED: self._("Balanced"),
            Preset.FINE: self._("Fine"),
            Preset.CLASSIC: self._("Classic"),
        }[preset]

    def preset_button(self, preset: Preset, seconds: float | None) -> str:
        """A preset's button: its name and roughly how long it takes."""
        name = self.preset_name(preset)
        return name if seconds is None else f"{name} · {self.duration(seconds)}"

    def swap_button(self) -> str:
        """Exchanges photo and manner."""
        return self._("Swap the two")

    def cancel_button(self) -> str:
        """Stops a painting."""
        return self._("Cancel")

    def stop_button(self) -> str:
        """Stops a painting, where there is something else to stop as well."""
        return self._("Stop the painting")

    def drop_button(self) -> str:
        """Forgets the photos of the conversation."""
        return self._("Put the new photos away")

    def send_again_button(self) -> str:
        """Sends a result again whose first sending got no answer."""
        return self._("Send it again")

    def old_button(self) -> str:
        """A button of a conversation that has moved on; shown as an alert."""
        return self._("This button belongs to an earlier conversation.")

    def not_yours(self) -> str:
        """Somebody else's button in a group; shown as an alert."""
        return self._("This one belongs to somebody else. Send me your own photo to begin.")

    def chosen(self, preset: Preset) -> str:
        """A preset was accepted; shown as a short notice."""
        return self._("{preset} it is.").format(preset=self.preset_name(preset))

    # Jobs

    def waiting(self, job: Job, place: int, seconds: float | None) -> str:
        """The status message of a job that waits."""
        head = self._("<b>In the queue</b> · {preset}").format(
            preset=self.preset_name(job.options.preset)
        )
        line = (
            self._("You are next.")
            if place <= 1
            else self._n(
                "{n} painting before yours.", "{n} paintings before yours.", place - 1
            ).format(n=place - 1)
        )
        if seconds is not None:
            line += " " + self._("Done in about {time}.").format(time=self.duration(seconds))
        return f"{head}\n{line}"

    def preparing(self, job: Job) -> str:
        """The status message of a job that has just begun."""
        return self._("<b>Painting</b> · {preset}\nMixing the colours…").format(
            preset=self.preset_name(job.options.preset)
        )

    def painting(self, job: Job, update: Update, seconds: float | None) -> str:
        """The status message of a running job: bar, evaluation, losses, time left."""
        share = update.evaluation / update.evaluations if update.evaluations else 0.0
        lines = [
            self._("<b>Painting</b> · {preset}").format(
                preset=self.preset_name(job.options.preset)
            ),
            f"{formats.bar(share)} {formats.percent(share)} %",
            self._("Evaluation {n} of {total} · {width} × {height}").format(
                n=update.evaluation,
                total=update.evaluations,
                width=update.size[0],
                height=update.size[1],
            ),
            self.losses(update.losses),
        ]
        if seconds is not None:
            lines.append(self._("About {time} left").format(time=self.duration(seconds)))
        if update.attempt > 1:
            lines.append(self._("I had to begin anew; nothing is lost."))
        if update.reduced:
            lines.append(self._("Memory is short here, so I paint a little smaller."))
        return "\n".join(lines)

    def losses(self, losses: Losses) -> str:
        """Both losses on one line."""
        return self._("Style loss {style} · content loss {content}").format(
            style=formats.loss(losses.style), content=formats.loss(losses.content)
        )

    def progress_line(self, job: Job, progress: JobProgress | None) -> str:
        """One line about a running job for /status."""
        name = self.preset_name(job.options.preset)
        if progress is None or not progress.evaluations:
            return self._("Painting · {preset}").format(preset=name)
        share = progress.evaluation / progress.evaluations
        return self._("Painting · {preset} · {percent} %").format(
            preset=name, percent=formats.percent(share)
        )

    def waiting_line(self, job: Job, place: int | None) -> str:
        """One line about a waiting job for /status."""
        return self._("In the queue · {preset} · place {place}").format(
            preset=self.preset_name(job.options.preset), place=place or 1
        )

    def caption(self, job: Job, outcome: Outcome) -> str:
        """The result's caption: losses from start to end, then how it was made."""
        lines = [
            self._("<b>Style loss</b> {start} → {end}").format(
                start=formats.loss(outcome.initial.style), end=formats.loss(outcome.final.style)
            ),
            self._("<b>Content loss</b> {start} → {end}").format(
                start=formats.loss(outcome.initial.content), end=formats.loss(outcome.final.content)
            ),
            self._(
                "{preset} · {width} × {height} · {evaluations} evaluations · {seconds} s on {device}"
            ).format(
                preset=self.preset_name(job.options.preset),
                width=outcome.size[0],
                height=outcome.size[1],
                evaluations=outcome.evaluations,
                seconds=f"{outcome.seconds:.0f}",
                device=escape(outcome.device),
            ),
        ]
        if outcome.reduced:
            lines.append(self._("Memory was short, so it is smaller than you asked for."))
        if not outcome.complete:
            lines.append(self._("Time ran out; this is the best so far."))
        return "\n".join(lines)

    def file_caption(self) -> str:
        """The uncompressed file's caption."""
        return self._("The same picture, uncompressed.")

    def cancelled(self) -> str:
        """A job was cancelled."""
        return self._("Cancelled. Send another photo whenever you like.")

    def failed(self, sentence: str) -> str:
        """A job failed; ``sentence`` says why."""
        return self._("<b>This one did not work out.</b>") + " " + escape(sentence)

    def unanswered(self) -> str:
        """The result was sent, but Telegram did not say whether it arrived."""
        return self._(
            "Your picture is ready. I sent it, but got no answer, so it may or may not have reached you. "
            "If you do not see it, press the button."
        )

    def undeliverable(self) -> str:
        """Telegram refuses the result."""
        return self._("Your picture is painted, but Telegram does not take it from me.")

    def cancelling(self) -> str:
        """A job is being stopped."""
        return self._("Stopping it.")

    def over(self) -> str:
        """A job that was to be cancelled had ended; shown as an alert."""
        return self._("This painting is already over.")

    # Commands

    def nothing_to_cancel(self) -> str:
        """/cancel with nothing going on."""
        return self._("There is nothing to cancel.")

    def what_to_cancel(self) -> str:
        """/cancel while both a job and a new conversation are going on."""
        return self._(
            "A painting is going on, and you have sent photos for another. Which shall I drop?"
        )

    def dropped(self) -> str:
        """The conversation's photos were forgotten."""
        return (
            self._("I have put your photos away.")
            + " "
            + self._("Please send the photo you want repainted.")
        )

    # Errors

    def not_allowed(self) -> str:
        """The person is not on the operator's list."""
        return self._("This atelier is private. Please ask whoever runs it to let you in.")

    def trouble(self) -> str:
        """Something unexpected went wrong; the log has the details."""
        return self._(
            "Something went wrong on my side. What you sent is kept; please try once more."
        )

    def download_failed(self) -> str:
        """Telegram did not hand out the file."""
        return self._("I could not fetch this picture from Telegram. Please send it again.")

    def picture_error(self, error: PictureError) -> str:
        """A picture that cannot be used: why, and what to do."""
        return escape(str(error))

    def error(self, sentence: str) -> str:
        """An error's own sentence."""
        return escape(sentence)

    def duration(self, seconds: float) -> str:
        """A rough duration: ``25 s``, ``3 min``, ``1 h 10 min``."""
        rounded = formats.round_seconds(seconds)
        if rounded < 120:
            return self._("{n} s").format(n=rounded)
        minutes = round(rounded / 60)
        if minutes < 60:
            return self._("{n} min").format(n=minutes)
        return self._("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)
