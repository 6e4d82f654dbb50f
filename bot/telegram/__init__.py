"""Everything that talks to Telegram."""
