"""A job while it waits and runs, and how it is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import number_formats
from bot.messages.texts.words import Words
from core.engines.protocol import Delay
from core.style.options import Colours

if TYPE_CHECKING:
    from core.jobs.models import Job
    from core.style.options import Preset
    from core.style.progress import Losses, Progress


class ProgressTexts(Words):
    """A job while it waits and runs, and how it is cancelled."""

    def waiting(self, preset: Preset | None, place: int, seconds: float | None) -> str:
        """The status message of a job that waits."""
        head = self._("<b>In the queue</b> · {preset}").format(preset=self.preset_name(preset))
        line = (
            self._("You are next.")
            if place <= 1
            else self._n(
                "{n} painting before yours.", "{n} paintings before yours.", place - 1
            ).format(n=place - 1)
        )
        if seconds is not None:
            done = self._("Done in about {time}.").format(time=self.duration(seconds))
            line = self.joined(line, done)
        return f"{head}\n{line}"

    def delayed(self, preset: Preset | None, place: int, delay: Delay) -> str:
        """The status message of a job that waits for an engine that cannot be reached, or is not ready."""
        return f"{self.waiting(preset, place, None)}\n{self.why_delayed(delay)}"

    def why_delayed(self, delay: Delay) -> str:
        """Why nothing is painted just now."""
        match delay:
            case Delay.AWAY:
                return self._(
                    "Painting has stopped for the moment: my machines cannot be reached. Your pictures are safe, "
                    "and yours goes on by itself as soon as they are back."
                )
            case Delay.PREPARING:
                return self._(
                    "My machines are getting ready. Painting begins by itself as soon as one of them is."
                )
            case Delay.PAUSED:
                return self._(
                    "Whoever runs me has paused painting. Your pictures are safe, and yours begins by itself when it goes on."
                )

    def preparing(self, preset: Preset | None) -> str:
        """The status message of a job that has just started."""
        return self._("<b>Painting</b> · {preset}\nMixing the colours…").format(
            preset=self.preset_name(preset)
        )

    def going_on(self, preset: Preset) -> str:
        """The status message of a job that goes on in another quality."""
        return self._("<b>Painting</b> · {preset}\nGoing on from here…").format(
            preset=self.preset_name(preset)
        )

    def quality_changed(self, preset: Preset) -> str:
        """A running job goes on in another quality; a short notice."""
        return self._("{preset}, from here on.").format(preset=self.preset_name(preset))

    def strength_changed(self, strength: float) -> str:
        """A running job goes on at another strength; a short notice."""
        return self._("Strength {value}, from here on.").format(value=self.strength_name(strength))

    def colours_changed(self, colours: Colours) -> str:
        """A running job begins anew, in other colours; a short notice."""
        if colours is Colours.STYLE:
            return self._("Beginning anew, with the style's colours.")
        return self._("Beginning anew, with your colours.")

    def swapped_while_painting(self) -> str:
        """A running job begins anew with photo and style exchanged; a short notice."""
        return self._("Swapped. Beginning anew.")

    def painting(self, preset: Preset | None, progress: Progress, seconds: float | None) -> str:
        """The status message of a running job: bar, evaluation, losses, time left; of a collage bar and time left."""
        share = progress.evaluation / progress.evaluations if progress.evaluations else 0.0
        lines = [
            self._("<b>Painting</b> · {preset}").format(preset=self.preset_name(preset)),
            self.bar(share),
        ]
        if preset is not None:
            lines.append(
                self._("Evaluation {n} of {total} · {width} × {height}").format(
                    n=progress.evaluation,
                    total=progress.evaluations,
                    width=progress.size[0],
                    height=progress.size[1],
                )
            )
            lines.append(self.losses(progress.losses))
        if seconds is not None:
            lines.append(self._("About {time} left").format(time=self.duration(seconds)))
        if progress.attempt > 1:
            lines.append(self._("I had to start over; nothing is lost."))
        if progress.reduced:
            lines.append(self._("Memory is short here, so I paint a little smaller."))
        return "\n".join(lines)

    def losses(self, losses: Losses) -> str:
        """Both losses on one line."""
        return self._("Style loss {style} · content loss {content}").format(
            style=self.loss(losses.style), content=self.loss(losses.content)
        )

    def progress_line(self, job: Job) -> str:
        """One line about a running job for /status."""
        name = self.preset_name(job.options.named_preset)
        if not job.evaluations:
            return self._("Painting · {preset}").format(preset=name)
        share = job.evaluation / job.evaluations
        return self._("Painting · {preset} · {percent} %").format(
            preset=name, percent=number_formats.percent(share)
        )

    def waiting_line(self, job: Job, place: int | None) -> str:
        """One line about a waiting job for /status."""
        return self._("In the queue · {preset} · place {place}").format(
            preset=self.preset_name(job.options.named_preset), place=place or 1
        )

    def change_button(self) -> str:
        """Opens what can be changed about a painting while it waits or runs."""
        return self._("Change")

    def cannot_change(self, *, opens: bool) -> str:
        """Words ask for what cannot be changed while it is painted; ``opens`` if something else can, by a button."""
        refused = self._("This painting can't be changed that way.")
        if not opens:
            return refused
        return self.joined(refused, self._("Change, under it, has what can be."))

    def swap_pictures_button(self) -> str:
        """Begins a painting anew with its photo and its style exchanged."""
        return self._("Swap photo and style")

    def cancel_button(self) -> str:
        """Cancels a job."""
        return self._("Cancel")

    def stop_button(self) -> str:
        """Cancels the job, if there is a session to drop as well."""
        return self._("Stop the painting")

    def drop_button(self) -> str:
        """Drops the session."""
        return self._("Drop the new photos")

    def cancelled(self) -> str:
        """A job was cancelled."""
        return self._("Cancelled. Send another photo whenever you like.")

    def go_on_button(self) -> str:
        """Goes on with a job that was cancelled, from what was painted."""
        return self._("Go on")

    def cancelling(self) -> str:
        """A job is being cancelled."""
        return self._("Stopping it.")

    def over(self) -> str:
        """The job that was to be cancelled has ended; shown as an alert."""
        return self._("This painting is already over.")

    def not_yours_to_stop(self) -> str:
        """/cancel as a reply to somebody else's result in a group."""
        return self._("Only whoever asked for this painting and the group's admins can stop it.")

    def nothing_to_cancel(self) -> str:
        """/cancel without a job or a session."""
        return self._("There is nothing to cancel.")

    def what_to_cancel(self) -> str:
        """/cancel with both a job and a session."""
        return self._(
            "A painting is going on, and you have sent photos for another. Which shall I drop?"
        )

    def dropped(self) -> str:
        """The session was dropped."""
        return self.joined(
            self._("I've dropped your new photos."),
            self._("Please send the photo you want repainted."),
        )
