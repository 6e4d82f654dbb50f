"""Runs ``python -m core CONTENT STYLE -o OUT``: a transfer from a shell."""

from __future__ import annotations

import sys

from core.command_line import main

if __name__ == "__main__":
    sys.exit(main())
