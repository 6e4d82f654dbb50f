"""What an operator's monitoring may ask: Prometheus metrics, whether the bot lives, whether it takes work."""
