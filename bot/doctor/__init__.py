"""``python -m bot doctor``: whether this installation will work, before and while the bot runs."""
