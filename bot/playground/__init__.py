"""A local chat in the browser: the part of the Bot API that the bot uses, and a page that plays the client."""
