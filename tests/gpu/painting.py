"""Every preset on the card, and what happens when its memory runs short."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import torch

from core.pictures.codec import reread_picture, to_jpeg
from core.style.memory import release
from core.style.options import Options, Preset
from core.style.presets import offered, plan
from core.style.progress import Result
from tests.auxil.contact import save_small, table
from tests.gpu.rig import CAT, LANDSCAPE, NEEDS_CARD, networks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.style.stylizer import Stylizer
    from tests.auxil.pairs import Pair
    from tests.gpu.rig import Rig

SHARES: Final = (1.2, 0.7, 0.4, 0.25, 0.15, 0.1, 0.07, 0.05, 0.035, 0.025, 0.015)
"""Of the memory that a picture takes on a free card, beside the network's."""
OCCUPIED: Final = (1.5, 0.5)
"""The shares of it that are left free beside other programs."""
SECONDS_A_PAIR: Final = 45.0


def presets(rig: Rig) -> None:
    """Each preset that is offered here, at its own size."""
    rows, titles = [], ["photo", "style"]
    for number, pair in enumerate((CAT, LANDSCAPE)):
        if number and (rig.tiny or rig.left < SECONDS_A_PAIR):
            break
        row = list(pair.open())
        for preset in (Preset.QUICK, Preset.CLASSIC) if rig.tiny else offered(rig.device):
            with rig.attempt(f"{preset}, {pair.subject}"):
                result = _paint(rig, pair, preset)
                row.append(reread_picture(result.picture))
                if number == 0:
                    titles.append(preset)
        if len(row) == len(titles):
            rows.append(row)
            if Preset.ULTRA in titles:
                large = to_jpeg(row[titles.index(Preset.ULTRA)], quality=88)
                (rig.output / f"ultra-{pair.subject}.jpg").write_bytes(large)
            save_small(
                table(rows, titles, width=560), rig.output / "presets.jpg", most_bytes=5_000_000
            )


def _paint(rig: Rig, pair: Pair, preset: Preset) -> Result:
    options = rig.options(preset)
    stylizer = rig.stylizer
    if rig.cuda:
        torch.cuda.reset_peak_memory_stats(rig.device)
    result = _result(stylizer, pair, options)
    planned = plan(options, pair.open()[0].size)
    right = (
        result.complete
        and result.evaluations == planned.evaluations
        and (result.reduced or result.size == planned.scales[-1].size)
        and result.final.total < result.initial.total
    )
    rig.say(
        f"{preset}, {pair.subject}, {result.size[0]} x {result.size[1]}",
        f"{result.seconds:.2f} s, {result.evaluations} evaluations, loss {result.initial.total:.4g} to"
        f" {result.final.total:.4g} ({result.final.style:.4g} + {result.final.content:.4g})"
        f"{_peak(rig)}{', REDUCED' if result.reduced else ''}",
        wanted=f"complete, {planned.evaluations} evaluations, at its size, with less loss",
        ok=right,
    )
    return result


def memory(rig: Rig) -> None:
    """A small limit makes `fine` step down: shorter history, tiles, and at last a smaller picture, which says so."""
    if not rig.cuda:
        rig.say("a limit on the memory", NEEDS_CARD)
        return
    stylizer, device = rig.stylizer, torch.device(rig.device)
    release(device)
    network = torch.cuda.memory_reserved(device)
    options = Options(preset=Preset.FINE, evaluations=24)
    _result(stylizer, CAT, options)  # loads the deep network in both precisions
    release(device)
    network = max(network, torch.cuda.memory_reserved(device))
    torch.cuda.reset_peak_memory_stats(device)
    whole = _result(stylizer, CAT, options)
    # What lives at the same time, not what the allocator kept: with less, it gives back and goes on.
    taken = torch.cuda.max_memory_allocated(device) - network
    rig.say(
        "fine on a free card",
        f"{whole.size[0]} x {whole.size[1]}, {whole.seconds:.2f} s, {network / 1e9:.2f} GB of network and"
        f" {taken / 1e9:.2f} GB beside it",
        wanted="not reduced",
        ok=not whole.reduced,
    )
    for share in OCCUPIED:
        with (
            rig.attempt("fine on an occupied card"),
            _occupied(device, share * taken),
        ):
            _paint_short(rig, stylizer, options, whole, f"{share * taken / 1e9:.2f} GB are free")
    tiled = reduced = False
    for share in SHARES:
        limit = network + share * taken
        with rig.attempt(f"fine within {limit / 1e9:.2f} GB"), _limited(device, limit):
            told = f"allocations fail beyond {limit / 1e9:.2f} GB, {share:g} of it"
            result, tiles = _paint_short(rig, stylizer, options, whole, told)
            tiled |= bool(tiles) and not result.reduced
            reduced |= result.reduced
        if reduced or rig.left < 10:
            break
    rig.say("tiles at full size were needed", tiled, wanted="True", ok=tiled)
    rig.say("a smaller picture was needed", reduced, wanted="True", ok=reduced)


def _paint_short(
    rig: Rig, stylizer: Stylizer, options: Options, whole: Result, circumstance: str
) -> tuple[Result, list[int]]:
    """A picture for which memory is short, and the sides of the tiles that it took."""
    device = torch.device(rig.device)
    failures = _failures(device)
    with _tiles_noted(stylizer) as tiles:
        result = _result(stylizer, CAT, options)
    rig.say(
        f"fine, {circumstance}",
        f"{result.size[0]} x {result.size[1]}, {result.seconds:.2f} s, loss {result.final.total:.4g},"
        f" tiles {tiles or 'none'}, memory ran out {_failures(device) - failures} times"
        f"{', reduced' if result.reduced else ''}",
        wanted="a complete picture that says whether it is smaller",
        ok=result.complete and result.reduced == (result.size != whole.size),
    )
    return result, tiles


@contextmanager
def _limited(device: torch.device, limit: float) -> Iterator[None]:
    """Allocations of this process fail beyond so many bytes; nothing says so before."""
    release(device)
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(limit / total, device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


@contextmanager
def _occupied(device: torch.device, left: float) -> Iterator[None]:
    """All of the card's memory but so many bytes is taken, as by other programs."""
    release(device)
    free, _ = torch.cuda.mem_get_info(device)
    taken = torch.empty(max(0, int(free - left)), dtype=torch.uint8, device=device)
    try:
        yield
    finally:
        del taken
        release(device)


def _failures(device: torch.device) -> int:
    """How often memory ran out so far."""
    return int(torch.cuda.memory_stats(device).get("num_ooms", 0))


@contextmanager
def _tiles_noted(stylizer: Stylizer) -> Iterator[list[int]]:
    """The sides of the tiles that objectives are made with, each once."""
    networks, seen = networks_of(stylizer), list[int]()
    make = networks.objective

    def noting(*arguments: Any, **choices: Any) -> Any:
        if (tile := choices.get("tile")) is not None and tile not in seen:
            seen.append(tile)
        return make(*arguments, **choices)

    networks.objective = noting  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        del networks.objective


def _result(stylizer: Stylizer, pair: Pair, options: Options) -> Result:
    content, style = pair.open()
    *_, result = stylizer.stylize(content, [style], options)
    assert isinstance(result, Result)
    return result


def _peak(rig: Rig) -> str:
    if not rig.cuda:
        return ""
    allocated = torch.cuda.max_memory_allocated(rig.device) / 1e9
    return f", {allocated:.2f} GB at most, {torch.cuda.max_memory_reserved(rig.device) / 1e9:.2f} GB held"
