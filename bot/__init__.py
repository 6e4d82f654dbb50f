"""Atelier in a chat: everything that knows Telegram."""
