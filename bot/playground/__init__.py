"""A local chat in the browser: the part of the Bot API that the bot calls, and a page that plays the client.

From the inside out:

- ``telegram_objects`` defines Telegram's objects. ``world`` joins what happens in the chats: ``chat_rooms`` (people and their
  chats), ``chat_messages``, ``chat_files`` with ``photo_sizes``, ``pending_queries`` (pressed buttons), ``update_queue``
  (updates for the bot), ``event_log`` (events for the page), ``profile_photos``, ``bot_identity`` (the bot's commands and descriptions) and
  ``privacy_mode`` (which messages of a group the bot reads). ``chat_database`` keeps all of it. None of them knows HTTP.
- ``entities`` reads Telegram's HTML, ``rendering`` writes it for the page.
- ``methods`` holds the Bot API, one function a method. ``update_delivery`` brings updates to the bot by polling or webhook.
  ``flood_control`` and ``faults`` refuse calls. ``bot_api`` serves the methods over HTTP, and ``api_errors`` holds its refusals.
- ``person_actions`` does what people do (``special_content``: with stickers, animations and the like), ``page_views`` describes it to the page, ``page_api`` and ``event_stream`` serve it
  over HTTP. ``origin_check`` checks where a browser's request comes from.
- ``server`` connects the parts.
"""
