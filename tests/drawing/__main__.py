"""``python -m tests.drawing``: write the built-in style pictures to files."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.drawing import PATTERNS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.drawing", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all of them if none")
    parser.add_argument("-o", "--out", type=Path, default=Path(), help="the folder to write to")
    parser.add_argument(
        "--size", type=int, nargs="+", default=[768], help="side, or width and height"
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed, another picture")
    parser.add_argument("--quality", type=int, default=88, help="of the JPEG, 1 to 95")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in PATTERNS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PATTERNS)}")
    return arguments


def main() -> None:
    """Draw the requested patterns, one file each."""
    arguments = _arguments()
    size = (arguments.size[0], arguments.size[-1])
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or PATTERNS:
        path = arguments.out / f"{name}.jpg"
        picture = PATTERNS[name].draw(size, arguments.seed)
        picture.save(path, quality=arguments.quality, optimize=True)
        print(path)


if __name__ == "__main__":
    main()
