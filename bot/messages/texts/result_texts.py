"""A result, and what became of it on its way to the person."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from bot.messages import number_formats
from bot.messages.texts.words import Words
from core.sentences import sentence

if TYPE_CHECKING:
    from core.jobs.models import Job
    from core.sentences import Sentence
    from core.style.progress import Result

UNDELIVERABLE: Final = sentence("Your picture is painted, but Telegram doesn't take it from me.")
"""Why a job failed if Telegram refuses its result."""

_NOTHING: Final = 1e-3
"""The share of its end below which a loss counts as having begun at 0."""


class ResultTexts(Words):
    """A result, and what became of it on its way to the person."""

    def caption(
        self, job: Job, result: Result, style: str | None = None, *, as_photo: bool = True
    ) -> str:
        """The result's caption: one line for everybody, with the choices that tell it from others, and the details folded behind it; of a collage what its buttons do.

        Args:
            job: The job.
            result: What it gave.
            style: The style's name as plain text; None if it has none.
            as_photo: Whether it stands under a photo, in which nothing is transparent.
        """
        if job.options.collage:
            return self.looks_caption()
        time = self.time_taken(result.seconds)
        head = (
            self._("<b>Your photo in the style you chose</b>, {time}").format(time=time)
            if style is None
            else self._("<b>Your photo in {style}</b>, {time}").format(
                style=escape(style), time=time
            )
        )
        lines = [head]
        if result.reduced:
            lines.append(self._("Memory was short, so it is smaller than you asked for."))
        if result.cutout and as_photo:
            lines.append(
                self._("In the photo the cut-out is on white. The file keeps it transparent.")
            )
        if not result.complete:
            lines.append(self._("Time ran out; this is the best so far."))
        lines.append(number_formats.folded(self._details(job, result)))
        return self.with_choices("\n".join(lines), job.options)

    def _details(self, job: Job, result: Result) -> str:
        lines = [
            self._("Style loss {start} → {end}").format(
                start=self.loss(result.initial.style),
                end=self.loss(result.final.style),
            ),
            self._content_loss(result),
            self._n("{n} evaluation", "{n} evaluations", result.evaluations).format(
                n=result.evaluations
            ),
            self._("{preset} · {width} × {height} · on {device}").format(
                preset=self.preset_name(job.options.preset),
                width=result.size[0],
                height=result.size[1],
                device=escape(result.device),
            ),
        ]
        if not result.exact_losses:
            lines.append(self._("Memory was short, so the losses are approximate."))
        return "\n".join(lines)

    def _content_loss(self, result: Result) -> str:
        """A loss that began at 0, the photo itself, can only rise: told as a distance it does not read as a failure."""
        start, end = result.initial.content, result.final.content
        if start <= _NOTHING * end:
            return self._("Content loss {end} (0 is the photo itself)").format(end=self.loss(end))
        return self._("Content loss {start} → {end}").format(
            start=self.loss(start), end=self.loss(end)
        )

    def looks_caption(self) -> str:
        """Under a collage."""
        return self._("<b>Your photo, six ways.</b> Press a number to paint it in that style.")

    def file_caption(self) -> str:
        """The uncompressed file's caption."""
        return self._("The same picture, uncompressed.")

    def file_button(self) -> str:
        """Sends the uncompressed file, if the result was sent as a photo only."""
        return self._("Full quality")

    def cutout_button(self) -> str:
        """Sends the file of a cut-out, if the result was sent as a photo only."""
        return self._("Cut-out as a file")

    def file_sent(self) -> str:
        """The file was sent before; a short notice."""
        return self._("I've sent the file already.")

    def failed(self, reason: Sentence | None) -> str:
        """A job failed, and why."""
        head = self._("<b>This one didn't work out.</b>")
        return head if reason is None else self.joined(head, escape(self.said(reason)))

    def unanswered(self, *, file_only: bool = False) -> str:
        """The result was sent, or of it the file after the photo, but Telegram did not say whether it arrived."""
        if file_only:
            return self._(
                "I sent the file, too, but got no answer, so it may or may not have reached you. "
                "If you do not see it, press the button."
            )
        return self._(
            "Your picture is ready. I sent it, but got no answer, so it may or may not have reached you. "
            "If you do not see it, press the button."
        )

    def perhaps_sent(self) -> str:
        """A film, a curve or a file was sent, but Telegram did not say whether it arrived."""
        return self._(
            "I sent what you asked for, but got no answer, so it may or may not have reached you. "
            "If you do not see it, press the same button once more."
        )

    def send_again_button(self) -> str:
        """Sends a result again after the first try got no answer."""
        return self._("Send it again")
