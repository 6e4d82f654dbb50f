"""Runs ``python -m core worker`` and ``python -m core cluster``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from core.engines.cluster_arguments import parse, read_tls
from core.engines.dask_setup import DaskSetupError, check_address, configure
from core.engines.exit_code import EXIT_DEVICE_LOST
from core.engines.warm_stylizer import WarmStylizer
from core.style.style_errors import StyleError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from core.engines.protocol import DeviceLostError
    from core.engines.work import Painter

log = logging.getLogger(__name__)

EXIT_FAILED: Final = 1


def run(words: Sequence[str], *, painter_factory: Callable[..., Painter]) -> int:
    """Run a command until a signal stops it.

    Args:
        words: The arguments, beginning with the command.
        painter_factory: Makes a worker's painter, from ``weights`` and ``device``.

    Returns:
        The exit code. A worker returns only if it cannot start; else it ends the process itself.
    """
    arguments = parse(words)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    try:
        configure()
        if arguments.command == "worker":
            _work(arguments, painter_factory)
        from core.engines.cluster_machine import run_cluster  # noqa: PLC0415 - needs Dask, which configure() found

        asyncio.run(run_cluster(arguments, read_tls(arguments)))
    except KeyboardInterrupt:
        return 0
    except (DaskSetupError, StyleError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EXIT_FAILED
    return 0


def _work(arguments: argparse.Namespace, painter_factory: Callable[..., Painter]) -> NoReturn:
    from core.engines.dask_worker import serve  # noqa: PLC0415 - needs Dask, which configure() found

    tls = read_tls(arguments)
    check_address(arguments.scheduler, tls)
    stylizer = WarmStylizer(
        partial(painter_factory, weights=arguments.weights, device=arguments.device), _end_worker
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(
            serve(
                arguments.scheduler,
                stylizer,
                tls=tls,
                host=arguments.host,
                name=arguments.name,
                exit_with_stdin=arguments.exit_with_stdin,
            )
        )
    # A thread may be inside torch, which aborts the process if the interpreter is torn down meanwhile.
    logging.shutdown()
    os._exit(0)


def _end_worker(error: DeviceLostError) -> None:
    """In the thread that paints: end the process at once, so that the scheduler loses its work and a supervisor starts another."""
    log.critical("%s: ending, so that a supervisor starts it anew.", error)
    logging.shutdown()
    os._exit(EXIT_DEVICE_LOST)
