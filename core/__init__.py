"""The transfer, the jobs and the engines. Nothing in here imports the bot or Telegram."""
