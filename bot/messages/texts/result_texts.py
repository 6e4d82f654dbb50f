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

UNDELIVERABLE: Final = sentence("Your picture is painted, but Telegram does not take it from me.")
"""Why a job failed if Telegram refuses its result."""


class ResultTexts(Words):
    """A result, and what became of it on its way to the person."""

    def caption(self, job: Job, result: Result) -> str:
        """The result's caption: losses from start to end, then how it was made."""
        lines = [
            self._("<b>Style loss</b> {start} → {end}").format(
                start=number_formats.loss(result.initial.style),
                end=number_formats.loss(result.final.style),
            ),
            self._("<b>Content loss</b> {start} → {end}").format(
                start=number_formats.loss(result.initial.content),
                end=number_formats.loss(result.final.content),
            ),
            self._(
                "{preset} · {width} × {height} · {evaluations} evaluations · {seconds} s on {device}"
            ).format(
                preset=self.preset_name(job.options.preset),
                width=result.size[0],
                height=result.size[1],
                evaluations=result.evaluations,
                seconds=f"{result.seconds:.0f}",
                device=escape(result.device),
            ),
        ]
        if result.reduced:
            lines.append(self._("Memory was short, so it is smaller than you asked for."))
        if not result.exact_losses:
            lines.append(self._("Memory was short, so the losses are approximate."))
        if not result.complete:
            lines.append(self._("Time ran out; this is the best so far."))
        return "\n".join(lines)

    def file_caption(self) -> str:
        """The uncompressed file's caption."""
        return self._("The same picture, uncompressed.")

    def file_button(self) -> str:
        """Sends the uncompressed file, if the result was sent as a photo only."""
        return self._("Full quality")

    def file_sent(self) -> str:
        """The file was sent before; a short notice."""
        return self._("I have sent the file already.")

    def failed(self, reason: Sentence | None) -> str:
        """A job failed, and why."""
        head = self._("<b>This one did not work out.</b>")
        return head if reason is None else self.joined(head, escape(self.said(reason)))

    def unanswered(self) -> str:
        """The result was sent, but Telegram did not say whether it arrived."""
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
