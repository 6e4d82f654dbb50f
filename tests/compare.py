"""``make compare``: this project beside the package ``pastiche`` and the tutorial's algorithm, on the same pictures.

Ours paints with a preset, by each of its methods. Each of the others runs with its own defaults - layers, weights, solver, pastiche's size -
for as many CPU seconds as ours took, in a process of its own. All results are judged by one objective in float32: deep
Gram matrices for style, relu3_2 and relu4_2 for content, at one size. It is what ours minimises, so it favours ours;
the others minimise something else. So the numbers say how closely each result has the style, and the sheet shows how it looks.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from core.pictures.codec import reread_picture
from core.style.options import Method, Options, Preset
from core.style.presets import fit, plan
from core.style.progress import Losses, Result
from core.style.stylizer import Stylizer
from tests.auxil.contact import save_small, table
from tests.auxil.pairs import Pair, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHEET: Final = Path(__file__).parents[1] / "docs" / "compare.jpg"
MOST_BYTES: Final = 160_000
TUTORIAL_SIDE: Final = 512
JUDGED_SIDE: Final = 512
PASTICHE_PIXELS: Final = 500**2  # its command's default
MOST_STEPS: Final = 1000  # its command's default


@dataclass(frozen=True, slots=True)
class Run:
    """One contender's picture of one pair.

    Attributes:
        name: The contender's.
        picture: What it painted.
        seconds: Of the processor, loading not counted.
        steps: Evaluations of its objective.
    """

    name: str
    picture: Image.Image
    seconds: float
    steps: int


def main() -> None:
    """Run all three on each pair, print the table and write the sheet."""
    arguments = _parse()
    pairs = choose(arguments.pairs)
    rows = [_contest(pair, Preset(arguments.preset), arguments.patience) for pair in pairs]
    _print_losses(pairs, rows)
    pictures = [
        [*pair.open(), *(run.picture for run in row)] for pair, row in zip(pairs, rows, strict=True)
    ]
    titles = ["photo", "style", *(run.name for run in rows[0])]
    save_small(table(pictures, titles, width=240), arguments.output, most_bytes=MOST_BYTES)
    print(arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--preset", default="quick", help="ours (default: %(default)s)")
    add("--pairs", nargs="*", default=["portrait", "building", "pet"], metavar="SUBJECT")
    add("--patience", type=float, default=1.0, help="the others' CPU seconds by ours (default: 1)")
    add("-o", "--output", type=Path, default=SHEET, help="the sheet (default: docs/compare.jpg)")
    return parser.parse_args()


def _contest(pair: Pair, preset: Preset, patience: float) -> list[Run]:
    gram, ours = (_apart(_run_ours, pair, preset, each) for each in Method)
    seconds = patience * ours.seconds
    return [gram, ours, _apart(_run_pastiche, pair, seconds), _apart(_run_tutorial, pair, seconds)]


def _apart(work: Callable[..., Run], *arguments: object) -> Run:
    """The work's result, from a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _run_ours(pair: Pair, preset: Preset, method: Method) -> Run:
    stylizer = Stylizer(device="cpu")
    stylizer.load()
    content, style = pair.open()
    began = time.process_time()
    *_, result = stylizer.stylize(content, [style], Options(preset=preset, method=method))
    assert isinstance(result, Result)
    seconds = time.process_time() - began
    return Run(f"Atelier, {method}", reread_picture(result.picture), seconds, result.evaluations)


def _run_pastiche(pair: Pair, seconds: float) -> Run:
    from pastiche.pastiche import PasticheArtist, save_image  # noqa: PLC0415 - only its own process pays

    with TemporaryDirectory() as directory:
        paths = [str(Path(directory) / f"{number}.png") for number in range(2)]
        for picture, path in zip(pair.open(), paths, strict=True):
            picture.save(path)
        began, steps = time.process_time(), 0
        artist = PasticheArtist(paths[0], paths[1:], size_pixels=PASTICHE_PIXELS)
        while time.process_time() - began < seconds and steps < MOST_STEPS:
            artist.draw()
            steps += 1
        spent = time.process_time() - began
        save_image(artist.pastiche, paths[0])
        with Image.open(paths[0]) as painted:
            return Run("pastiche", painted.convert("RGB"), spent, steps)


class _OutOfTimeError(Exception):
    pass


def _run_tutorial(pair: Pair, seconds: float) -> Run:
    from tests.auxil import plain  # noqa: PLC0415 - only its own process pays

    features, normalize = plain.pastiche_features()
    content, style = pair.open()
    size = fit(content.size, TUTORIAL_SIDE)
    began, last = time.process_time(), [Image.new("RGB", size)]
    steps = 0

    def watched(pixels: Any) -> Any:
        nonlocal steps
        if pixels.requires_grad:
            last[0] = _picture(pixels)
            steps += 1
            if time.process_time() - began >= seconds:
                raise _OutOfTimeError
        return normalize(pixels)

    content_pixels, style_pixels = (_tensor(picture.resize(size)) for picture in (content, style))
    with suppress(_OutOfTimeError):
        plain.transfer(features, watched, content_pixels, style_pixels, evaluations=300)
    return Run("the tutorial", last[0], time.process_time() - began, steps)


def _print_losses(pairs: Sequence[Pair], rows: Sequence[Sequence[Run]]) -> None:
    print(f"| {'pair':40} | {'':16} | evaluations | CPU s | style loss | content loss |")
    print("|---|---|--:|--:|--:|--:|")
    for pair, row in zip(pairs, rows, strict=True):
        for run in row:
            losses = _judge(pair, run.picture)
            print(
                f"| {pair.subject}: {pair.content} x {pair.style} | {run.name} | {run.steps} "
                f"| {run.seconds:.0f} | {losses.style:.3f} | {losses.content:.3f} |"
            )


def _judge(pair: Pair, picture: Image.Image) -> Losses:
    from core.style.network import Accuracy, Networks  # noqa: PLC0415 - torch, after the contest
    from core.style.tensors import to_tensor  # noqa: PLC0415

    networks = Networks("pastiche", "cpu", None)
    content, style = pair.open()
    size = fit(content.size, JUDGED_SIDE)
    objective = networks.objective(
        replace(plan(Options(), content.size).goal, content_weight=1),
        Accuracy.FLOAT32,
        content=to_tensor(content, size, device=networks.device),
        styles=[to_tensor(style, fit(style.size, JUDGED_SIDE), device=networks.device)],
        style_weights=[1.0],
        tile=None,
    )
    return objective.measure(to_tensor(picture, size, device=networks.device))


def _tensor(picture: Image.Image) -> Any:
    import torch  # noqa: PLC0415

    values = np.asarray(picture.convert("RGB"), np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()


def _picture(pixels: Any) -> Image.Image:
    values = pixels.detach()[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0)
    return Image.fromarray(values.numpy())


if __name__ == "__main__":
    main()
