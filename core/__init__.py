"""The transfer, the jobs and the engines. Nothing here knows Telegram."""
