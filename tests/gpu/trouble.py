"""What the project makes of a GPU that a process cannot use any more.

As a program, ``python -m tests.gpu.trouble DEVICE CACHE``, it breaks its own context with a device-side assert while the
engine paints, notes what the engine does, and ends as the bot does.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from core.engines.exit_code import EXIT_DEVICE_LOST
from core.engines.local import LocalEngine
from core.engines.protocol import Work
from core.pictures.codec import to_jpeg
from core.style.options import Options, Preset
from core.style.progress import Result
from core.style.stylizer import Stylizer
from tests.gpu.rig import CAT, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from core.style.progress import Event
    from tests.gpu.rig import Rig

BROKEN_AFTER: Final = 2  # evaluations
TIMEOUT: Final = 60.0
EXPECTED: Final = {
    "the work that did it": "DeviceLostError",
    "the engine": "DeviceLostError",
    "the next work": "EngineUnreachableError",
    "slots": "0",
}


class Breaking:
    """A painter that breaks the GPU in the middle of its picture."""

    def __init__(self, painter: Stylizer) -> None:
        self._painter = painter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._painter, name)

    def stylize(
        self, content: Image.Image, styles: Sequence[Image.Image], options: Options, **others: Any
    ) -> Iterator[Event]:
        """The painter's events; the device is broken between two of them."""
        for number, event in enumerate(
            self._painter.stylize(content, styles, options, **others), start=1
        ):
            yield event
            if number == BROKEN_AFTER:
                _break(self._painter.device_name)


def sticky(rig: Rig) -> None:
    """A device-side assert in one process: the engine says so and the process ends; other processes go on."""
    if rig.tiny:
        seen = asyncio.run(_lose(Breaking(rig.stylizer), rig.options(Preset.QUICK)))
        _report(rig, seen)
        rig.say("exit code of such a process", "needs a card")
        return
    before = _paint(rig)
    command = [sys.executable, "-m", "tests.gpu.trouble", rig.device, str(rig.cache)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    with rig.attempt("what the engine does"):
        said = ended.stdout.strip().splitlines()
        if not said:
            raise RuntimeError(f"The process said nothing: {ended.stderr[-1500:]}")
        _report(rig, json.loads(said[-1]))
    rig.say(
        "exit code of a process that lost its GPU",
        ended.returncode,
        wanted=str(EXIT_DEVICE_LOST),
        ok=ended.returncode == EXIT_DEVICE_LOST,
    )
    if ended.returncode != EXIT_DEVICE_LOST:
        sys.stderr.write(ended.stderr[-3000:])
    after = _paint(rig)
    rig.say(
        "a picture in this process before and after",
        f"loss {before.final.total:.4f}, {after.final.total:.4f}",
        wanted="both complete",
        ok=before.complete and after.complete,
    )


async def _lose(painter: Breaking, options: Options) -> dict[str, str]:
    """What an engine does whose painter breaks the GPU."""
    content, style = (to_jpeg(picture) for picture in CAT.open())
    work = Work(content=content, styles=(style,), options=options)
    engine = LocalEngine(stylizer_factory=lambda: painter)
    await engine.start()
    seen: dict[str, str] = {}
    try:
        with _noted(seen, "the work that did it"):
            await asyncio.wait_for(engine.submit(work).result(), TIMEOUT / 2)
        with _noted(seen, "the engine"):
            await asyncio.wait_for(engine.watch(), 5)
        with _noted(seen, "the next work"):
            await asyncio.wait_for(engine.submit(work).result(), 5)
        seen["slots"] = str(engine.slots)
    finally:
        await engine.close()
    return seen


@contextmanager
def _noted(seen: dict[str, str], what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - it is what is asked for
        seen[what] = one_line(error)
    else:
        seen[what] = "nothing happened"


def _report(rig: Rig, seen: dict[str, str]) -> None:
    for what, wanted in EXPECTED.items():
        found = seen.get(what, "not reached")
        rig.say(
            f"after a device-side assert: {what}", found, wanted=wanted, ok=found.startswith(wanted)
        )


def _break(device: str) -> None:
    if torch.device(device).type != "cuda":
        raise RuntimeError("CUDA error: device-side assert triggered")
    # It is met at the next wait for the device, as in earnest.
    torch.zeros(4, device=device)[torch.tensor([1_000_000], device=device)] += 1


def _paint(rig: Rig) -> Result:
    content, style = CAT.open()
    *_, result = rig.stylizer.stylize(content, [style], rig.options(Preset.QUICK))
    assert isinstance(result, Result)
    return result


def main() -> None:
    """Lose the GPU, print what was seen, and end as the bot does."""
    device, cache = sys.argv[1:]
    stylizer = Stylizer(device=device, cache_dir=Path(cache))
    seen = asyncio.run(_lose(Breaking(stylizer), Options(preset=Preset.QUICK)))
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    sys.exit(EXIT_DEVICE_LOST)


if __name__ == "__main__":
    main()
