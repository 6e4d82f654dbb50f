"""Runs a transfer from a shell: reads arguments, writes a picture file and prints its losses."""

from __future__ import annotations

import signal
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, Self

from tqdm import tqdm

from core.command_arguments import OUTPUT_SUFFIXES, build_parser, read_options
from core.pictures.codec import read_picture, reread_picture, to_jpeg, to_png, to_webp
from core.pictures.picture_errors import PictureError
from core.style.device_errors import lost_device
from core.style.presets import plan
from core.style.progress import Progress, Result
from core.style.style_errors import StyleError, TransferError
from core.style.stylizer import Stylizer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import FrameType

    from PIL.Image import Image

    from core.engines.work import Painter
    from core.style.options import Options
    from core.style.progress import Event

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it


class UsageError(Exception):
    """The arguments name something impossible; the text is one sentence."""


def main(
    arguments: Sequence[str] | None = None, *, painter_factory: Callable[..., Painter] = Stylizer
) -> int:
    """Run the command.

    ``worker`` and ``cluster`` as the first argument are commands of their own: see ``core.engines.cluster_commands``.

    Args:
        arguments: The command line; None for the process's own.
        painter_factory: Makes the painter, from ``weights`` and ``device``.

    Returns:
        The exit code: 0, or 1 if the transfer failed, 2 for a bad file or option, 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] in (["worker"], ["cluster"]):
        from core.engines.cluster_commands import run  # noqa: PLC0415 - imports what only these commands need

        return run(words, painter_factory=painter_factory)
    parsed = build_parser().parse_args(words)
    try:
        request = _read_request(parsed)
        painter = painter_factory(weights=parsed.weights, device=parsed.device)
        return _paint(request, painter)
    except KeyboardInterrupt:
        return _fail("Stopped; nothing was saved.", EXIT_INTERRUPTED)
    except TransferError as error:
        return _fail(str(error), EXIT_FAILED)
    except (StyleError, UsageError) as error:
        return _fail(str(error), EXIT_USAGE)
    except RuntimeError as error:
        if (reason := lost_device(error)) is None:
            raise
        return _fail(f"The GPU failed ({reason}). Please try again.", EXIT_FAILED)


@dataclass(frozen=True)
class _Request:
    content: Image
    styles: tuple[Image, ...]
    options: Options
    output: Path


def _fail(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return code


def _read_request(parsed: argparse.Namespace) -> _Request:
    """Check everything before the network is loaded, which takes seconds, and the transfer runs, which takes minutes."""
    options = read_options(parsed)
    _check_output(parsed.output)
    return _Request(
        content=_read(parsed.content),
        styles=tuple(_read(style) for style in parsed.styles),
        options=options,
        output=parsed.output,
    )


def _read(path: Path) -> Image:
    try:
        return read_picture(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except PictureError as error:
        raise UsageError(f"{path}: {error}") from error


def _check_output(path: Path) -> None:
    if path.suffix.lower() not in OUTPUT_SUFFIXES:
        known = ", ".join(OUTPUT_SUFFIXES)
        raise UsageError(f"{path}: the output's suffix must be one of {known}.")
    if path.is_dir():
        raise UsageError(f"{path} cannot be written: it is a directory.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def _paint(request: _Request, painter: Painter) -> int:
    events = painter.stylize(request.content, request.styles, request.options)
    asked = plan(request.options, request.content.size).scales[-1].size
    with _Interruption() as interruption, tqdm(unit="ev", disable=None, leave=False) as bar:
        last = _run(events, bar, interruption, asked)
        if isinstance(last, Progress):
            _save(last.picture(), request.output)
            return _fail(_stopped(last, request.output), EXIT_INTERRUPTED)
    _save(reread_picture(last.picture), request.output)
    print("\n".join(_report(last, request.output)))  # noqa: T201 - the command's output
    return 0


def _run(
    events: Iterator[Event],
    bar: tqdm[NoReturn],
    interruption: _Interruption,
    size: tuple[int, int],
) -> Progress | Result:
    """Show the progress until the Result, or until Ctrl-C.

    Args:
        events: The transfer's events.
        bar: Shows the progress.
        interruption: Notes Ctrl-C.
        size: The requested (width, height); a smaller one is reported.

    Returns:
        The Result, or the Progress at which Ctrl-C interrupted the transfer.
    """
    while True:
        event = next(events)
        if isinstance(event, Result):
            return event
        if event.reduced and event.size != size:
            bar.write(_reduction(size, event.size), file=sys.stderr)
            size = event.size
        _update_bar(bar, event)
        interruption.has_picture = True
        if interruption.requested:
            return event


class _Interruption:
    """Notes the first Ctrl-C once there is a picture to save; an earlier or a second one raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.has_picture = False
        self.requested = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        if self.requested or not self.has_picture:
            raise KeyboardInterrupt
        self.requested = True


def _update_bar(bar: tqdm[NoReturn], progress: Progress) -> None:
    bar.total = progress.evaluations
    bar.set_description(f"{progress.size[0]} × {progress.size[1]}", refresh=False)
    bar.set_postfix(
        style=f"{progress.losses.style:.4g}",
        content=f"{progress.losses.content:.4g}",
        refresh=False,
    )
    bar.update(progress.evaluation - bar.n)


def _save(image: Image, path: Path) -> None:
    """Write a second file and rename it, so that an existing file is replaced completely or not at all."""
    encode = {".png": to_png, ".webp": to_webp}.get(path.suffix.lower(), to_jpeg)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(encode(image))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def _reduction(before: tuple[int, int], after: tuple[int, int]) -> str:
    (wide, high), (width, height) = before, after
    return f"Not enough memory for {wide} × {high} pixels: going on with {width} × {height}."


def _stopped(event: Progress, path: Path) -> str:
    width, height = event.size
    return (
        f"Stopped after {event.evaluation} of {event.evaluations} evaluations; "
        f"what was painted so far is in {path} ({width} × {height} pixels)."
    )


def _report(result: Result, path: Path) -> Iterator[str]:
    width, height = result.size
    yield f"{path}: {width} × {height} pixels" + (
        "" if result.complete else ", as far as the time limit allowed"
    )
    yield f"style loss    {result.initial.style:.6g} -> {result.final.style:.6g}"
    yield f"content loss  {result.initial.content:.6g} -> {result.final.content:.6g}"
    yield (
        f"{result.evaluations} evaluations in {result.seconds:.1f} s "
        f"on {result.device} with {result.weights} weights"
    )
    if not result.exact_losses:
        yield "The losses are approximate: there was not enough memory to measure them in float32."
