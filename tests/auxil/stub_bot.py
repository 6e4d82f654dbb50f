"""``python -m tests.auxil.stub_bot``: all of ``python -m bot``, around a stub painter in place of the network.

It paints at once; with ``PAINTER_HELD`` in the environment it stops in the middle of each painting, and with
``PAINTER_LOSES_DEVICE`` the GPU breaks there.
"""

from __future__ import annotations

import os
from unittest.mock import patch

from bot.__main__ import run
from core.engines.local import LocalEngine
from tests.auxil.painters import HeldPainter, device_loss


def _painter() -> HeldPainter:
    painter = HeldPainter()
    if "PAINTER_HELD" in os.environ:
        painter.hold()
    if "PAINTER_LOSES_DEVICE" in os.environ:
        painter.mishap = device_loss()
    return painter


if __name__ == "__main__":
    with patch("bot.app.build_engine", lambda _: LocalEngine(stylizer_factory=_painter)):
        run()
