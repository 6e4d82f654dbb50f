"""The keyboards under the status of a painting: while it waits and runs, what opens then, and after it was stopped or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.inline_keyboard import Button, Emphasis
from bot.messages.keyboards import BACK, SWAP, CallbackData, Verb, percents
from core.jobs.preference_choices import QUALITIES, STRENGTHS
from core.style.options import Colours, Preset

if TYPE_CHECKING:
    from bot.messages.inline_keyboard import Keyboard
    from bot.messages.texts import Texts
    from core.jobs.models import Job


def under_status(texts: Texts, job: Job, *, opened: bool = False) -> Keyboard:
    """The buttons under the status of an active job; ``opened`` for what can be changed about it."""
    if opened:
        return changes(texts, job)
    return status(texts, job.person.user_id, job.id, job.options.named_preset)


def status(texts: Texts, owner: int, job_id: int, preset: Preset | None) -> Keyboard:
    """The buttons under the status of an active job: other qualities in which it can go on, what opens the rest, and cancel.

    A collage has six styles of its own, so that nothing of it can be changed.
    """
    others = [one for one in QUALITIES if one is not preset] if preset in QUALITIES else []
    row = tuple(_button(texts.preset_name(one), Verb.QUALITY, job_id, owner, one) for one in others)
    cancel = _button(texts.cancel_button(), Verb.CANCEL, job_id, owner)
    if preset is None:
        return ((cancel,),)
    change = _button(texts.change_button(), Verb.CHANGE, job_id, owner)
    return (row, (change, cancel)) if row else ((change, cancel),)


def changes(texts: Texts, job: Job) -> Keyboard:
    """What can be changed about a painting while it waits or runs, its quality apart."""
    options = job.options

    def change(label: str, value: str) -> Button:
        return _button(label, Verb.CHANGE, job.id, job.person.user_id, value)

    other = Colours.LUMINANCE if options.colours is Colours.STYLE else Colours.STYLE
    names = {one: texts.strength_name(one) for one in STRENGTHS}
    swap = change(texts.swap_pictures_button(), SWAP)
    back = change(texts.back_button(), BACK)
    adjustable = options.preset is not Preset.CLASSIC
    return (
        *(percents(texts, change, names, options.strength) if adjustable else ()),
        (change(texts.colours_button(options.colours), other),),
        (back,) if job.further else (swap, back),
    )


def go_on(texts: Texts, job: Job) -> Keyboard:
    """The button under the status of a cancelled job."""
    return ((_button(texts.go_on_button(), Verb.GO_ON, job.id, job.person.user_id),),)


def try_again(texts: Texts, job: Job) -> Keyboard:
    """The button under a failed job's status: the same pictures with the smallest preset."""
    label = texts.try_again_button(Preset.QUICK)
    return ((_button(label, Verb.TRY_AGAIN, job.id, job.person.user_id),),)


def send_again(texts: Texts, owner: int, job_id: int) -> Keyboard:
    """The button under the status of a job whose result may not have arrived."""
    return ((_button(texts.send_again_button(), Verb.SEND_AGAIN, job_id, owner),),)


def _button(label: str, verb: Verb, job_id: int, owner: int, value: str = "") -> Button:
    argument = f"{job_id}={value}" if value else str(job_id)
    data = str(CallbackData(verb, argument, owner))
    return Button(label, data, Emphasis.DANGER if verb is Verb.CANCEL else None)
