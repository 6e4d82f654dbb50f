"""What every test shares."""

from __future__ import annotations

import os

# As the bot's own main() does; PTB reads it whenever it makes a time.
os.environ.setdefault("PTB_TIMEDELTA", "true")
