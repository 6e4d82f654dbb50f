"""``python -m tests.auxil.small_bot``: all of ``python -m bot``, whose "Quick" paints a quarter of the pixels in half the steps."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from bot.__main__ import run
from core.style.options import Preset
from core.style.presets import RECIPES

if __name__ == "__main__":
    small = replace(RECIPES[Preset.QUICK], size=256, evaluations=(16, 20))
    with patch.dict(RECIPES, {Preset.QUICK: small}):
        run()
