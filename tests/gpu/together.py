"""Several pictures painted together in one pass, against one after another."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from PIL import Image

from core.pictures.codec import reread_picture
from core.style.options import Preset
from core.style.painting import Painting
from core.style.progress import Result
from tests.auxil.contact import save_small, table
from tests.auxil.pairs import SAMPLES
from tests.gpu.parity import SAME_LOSS, SAME_PICTURE, mean_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.gpu.rig import Rig

COUNTS: Final = (1, 2, 4, 8, 16)
STYLES: Final = ("impasto", "glass", "waves")  # all of one size
SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Painted:
    """Pictures that were painted, together or not.

    Attributes:
        results: In the order of the paintings.
        latencies: Seconds from the beginning to each result.
        seconds: Until the last of them.
    """

    results: Sequence[Result]
    latencies: Sequence[float]
    seconds: float


def batch(rig: Rig) -> None:
    """Quick jobs together: jobs an hour and latency by their number, and the same pictures as alone."""
    counts = (1, 2) if rig.tiny else COUNTS
    paintings = _paintings(rig, max(counts))
    if not rig.tiny:
        _alone(rig, paintings[:2])
    alone = _alone(rig, paintings[: 2 if rig.tiny else SHOWN])
    each = alone.seconds / len(alone.results)
    rig.say("a quick job alone", f"{each:.3f} s, {3600 / each:.0f} jobs an hour")
    rig.say("worth painting together, says the project", rig.stylizer.batch)
    for count in counts:
        if rig.left < 4 * count * each:
            rig.say(f"{count} together", "no time left")
            break
        with rig.attempt(f"{count} together"):
            if not rig.tiny:
                _together(rig, paintings[:count])  # what is set up once for this number
            if rig.cuda:
                torch.cuda.reset_peak_memory_stats(rig.device)
            painted = _together(rig, paintings[:count])
            memory = (
                f", {torch.cuda.max_memory_allocated(rig.device) / 1e9:.2f} GB" if rig.cuda else ""
            )
            rig.say(
                f"{count} quick jobs together",
                f"{painted.seconds:.2f} s, {3600 * count / painted.seconds:.0f} jobs an hour,"
                f" {count * each / painted.seconds:.2f} times as many as one after another; latency"
                f" {min(painted.latencies):.2f} to {max(painted.latencies):.2f} s{memory}",
                wanted="every job has its result",
                ok=all(result.complete for result in painted.results),
            )
            if count == min(SHOWN, max(counts)):
                _compare(rig, paintings, alone, painted)


def _paintings(rig: Rig, count: int) -> list[Painting]:
    """Unlike jobs of one size: two photos, upright and mirrored, with three styles."""
    photo = Image.open(SAMPLES / "coffee.jpg").convert("RGB")
    other = Image.open(SAMPLES / "chelsea.jpg").convert("RGB").resize(photo.size)
    photos = [
        each if number == 0 else each.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for number in range(2)
        for each in (photo, other)
    ]
    styles = [Image.open(SAMPLES / f"{name}.jpg").convert("RGB") for name in STYLES]
    options = rig.options(Preset.QUICK)
    return [
        Painting(
            content=photos[number % len(photos)],
            styles=[styles[number % len(styles)]],
            options=options,
        )
        for number in range(count)
    ]


def _alone(rig: Rig, paintings: Sequence[Painting]) -> Painted:
    began, results, latencies = time.perf_counter(), [], []
    for one in paintings:
        *_, result = rig.stylizer.stylize(one.content, one.styles, one.options)
        assert isinstance(result, Result)
        results.append(result)
        latencies.append(time.perf_counter() - began)
    return Painted(results, latencies, time.perf_counter() - began)


def _together(rig: Rig, paintings: Sequence[Painting]) -> Painted:
    began = time.perf_counter()
    ends: dict[int, tuple[Result, float]] = {}
    for number, event in rig.stylizer.stylize_together(paintings):
        if isinstance(event, Exception):
            raise event
        if isinstance(event, Result):
            ends[number] = event, time.perf_counter() - began
    seconds = time.perf_counter() - began
    results, latencies = zip(*(ends[number] for number in range(len(paintings))), strict=True)
    return Painted(results, latencies, seconds)


def _compare(rig: Rig, paintings: Sequence[Painting], alone: Painted, together: Painted) -> None:
    pairs = list(zip(alone.results, together.results, strict=True))
    pictures = [[reread_picture(one.picture) for one in pair] for pair in pairs]
    apart = [mean_difference(*pair) for pair in pictures]
    more = [after.final.total / before.final.total - 1 for before, after in pairs]
    rig.say(
        f"{len(pairs)} pictures painted together against the same painted alone: mean differences",
        f"{', '.join(f'{one:.2f}' for one in apart)} of 255; losses"
        f" {', '.join(f'{one:+.2%}' for one in more)}",
        wanted=f"at most {SAME_PICTURE:g}, and {SAME_LOSS:.0%} more loss",
        ok=max(apart) <= SAME_PICTURE and float(np.max(more)) <= SAME_LOSS,
    )
    rows = [
        [one.content, one.styles[0], *pair] for one, pair in zip(paintings, pictures, strict=False)
    ]
    sheet = table(rows, ["photo", "style", "alone", "together"], width=480)
    save_small(sheet, rig.output / "batch.jpg", most_bytes=3_000_000)
