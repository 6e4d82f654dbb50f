"""Lists the licence of everything that the program runs with, and fails at one that is neither permissive nor LGPL.

``make licences`` runs it. What is installed is asked, by the names in ``locks/run.txt``; what a wheel carries besides Python,
its file names tell.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "locks" / "run.txt"
PINNED = re.compile(r"^([a-z0-9._-]+)==", re.MULTILINE)
ACCEPTED = re.compile(
    r"0BSD|3-Clause BSD|Apache|BSD|BSL-1|CC0|LGPL|LLVM|MIT|MPL|Mozilla Public|PSF|Python Software Foundation|Zlib"
)
"""MPL is copyleft for its own files only, and LGPL for its own library."""
COPYLEFT = re.compile(r"(?<!L)(?<!Lesser )(GPL|General Public License)|SSPL|Proprietary")
ENCODERS = re.compile(r"^lib(x264|x265)\b")
"""Libraries under GPL-2 that wheels of permissive packages carry."""
NVIDIA = re.compile(r"^(nvidia-|cuda-toolkit$)")
EXCUSED = {
    "av": "carries x264 and x265, GPL-2: whoever passes on an image has to offer their source",
    "pillow-heif": "carries x265, GPL-2: as above",
}
EXCUSED_NVIDIA = "NVIDIA's own licence, which lets it be passed on with a program; the CPU's image has none of it"


def licence(name: str) -> str:
    """What a package says of its licence."""
    told = metadata.metadata(name)
    classifiers = [
        one.split(" :: ")[-1] for one in told.get_all("Classifier", []) if one.startswith("License")
    ]
    written = told["License"].strip().splitlines()[:1] if "License" in told else []
    if "License-Expression" in told:
        return told["License-Expression"]
    return ", ".join(classifiers or written) or "not told"


def carried(name: str) -> list[str]:
    """The encoders under GPL-2 that a package brings along."""
    files = metadata.files(name) or []
    return sorted({found[1] for one in files if (found := ENCODERS.match(one.name))})


def objection(name: str, told: str, encoders: list[str]) -> str | None:
    """Why a package may not be used; None if it may."""
    if NVIDIA.match(name):
        return None
    if encoders and name not in EXCUSED:
        return f"carries {' and '.join(encoders)}"
    if COPYLEFT.search(told) or not ACCEPTED.search(told):
        return "neither permissive nor LGPL"
    return None


def main() -> int:
    """Print the list; the exit code is 1 if something may not be used."""
    wrong = 0
    for name in PINNED.findall(LOCK.read_text("utf-8")):
        try:
            told, encoders = licence(name), carried(name)
        except metadata.PackageNotFoundError:
            print(f"{name:28} not for this platform")
            continue
        why = objection(name, told, encoders)
        wrong += why is not None
        note = why or (EXCUSED_NVIDIA if NVIDIA.match(name) else EXCUSED.get(name))
        print(f"{name:28} {told}" + (f"  [{note}]" if note else ""))
    print(f"{wrong} may not be used" if wrong else "All may be used.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
