"""A local chat in the browser: the part of the Bot API that the bot uses, and a page that plays the client.

From the inside out:

- ``schema`` Telegram's objects, ``world`` people, chats and messages, with ``files`` and ``photos``, ``inbox`` (updates
  for the bot), ``journal`` (events for the page), ``profile`` (what the bot says of itself), ``privacy`` (what it reads
  of a group) and ``archive`` (where all that is kept). No HTTP in there.
- ``entities`` reads Telegram's HTML, ``rendering`` writes it for the page.
- ``methods`` the Bot API, one function a method; ``delivery`` brings updates by polling or webhook; ``flood`` and
  ``faults`` stand in the way; ``bot_api`` puts it on HTTP.
- ``people`` what persons send, ``views`` how the page gets it, ``client`` and ``stream`` on HTTP; ``guard`` checks who asks.
- ``server`` wires it up.
"""
