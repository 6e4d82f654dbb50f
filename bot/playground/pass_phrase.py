"""Asks for a pass phrase where others than this machine can reach the server.

A browser that has said it once holds a cookie until the server starts anew. The bot's own calls bear its token instead.
"""

from __future__ import annotations

import hmac
import html
import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.playground.origin_check import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody mistakes for another."""
_COOKIE: Final = "atelier_playground"
_ENTER: Final = "/enter"
_WITH_TOKEN: Final = ("/bot", "/file/bot")
_MAX_SAID: Final = 1 << 10
"""Bytes of a form that may hold the phrase, at most."""
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(
        "form-action 'none'", "form-action 'self'"
    ),
    # Without a referrer, a browser calls a form's origin "null".
    "Referrer-Policy": "same-origin",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Atelier playground</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <h1>Atelier playground</h1>
    <form method="post" action="/enter">
      <p><label for="phrase">{told}</label></p>
      <p><input id="phrase" name="phrase" type="password" autocomplete="current-password" required autofocus />
      <button>Enter</button></p>
    </form>
  </body>
</html>
"""


def new_phrase() -> str:
    """Returns a random phrase of 79 bits, such as ``k3wq-9fbm-x7ta-h2cz``, beyond anybody's guessing."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


class PassPhrase:
    """Lets in whoever knows the phrase.

    Args:
        phrase: What they have to say.
    """

    def __init__(self, phrase: str) -> None:
        self._phrase = phrase
        self._session = secrets.token_urlsafe(32)

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """Returns the check as an aiohttp middleware."""

        @web.middleware
        async def check(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if request.path.startswith(_WITH_TOKEN) or self._is_known(request):
                return await handler(request)
            if request.method == "POST" and request.path == _ENTER:
                return await self._enter(request)
            if request.method == "GET" and request.path == "/":
                return _asked("The pass phrase that the program printed when it started:", 401)
            raise web.HTTPUnauthorized(text="Open the playground's page and say the pass phrase.")

        return check

    def _is_known(self, request: web.Request) -> bool:
        given = request.cookies.get(_COOKIE, "")
        return hmac.compare_digest(given.encode(), self._session.encode())

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        size = request.content_length
        if size is None or size > _MAX_SAID or request.content_type.startswith("multipart"):
            raise web.HTTPRequestEntityTooLarge(_MAX_SAID, size or 0)
        said = str((await request.post()).get("phrase", "")).strip().lower()
        if not hmac.compare_digest(said.encode(), self._phrase.encode()):
            return _asked(
                "That is not the pass phrase. The program printed it when it started:", 403
            )
        entered = web.HTTPSeeOther("/")
        entered.set_cookie(_COOKIE, self._session, httponly=True, samesite="Strict")
        raise entered


def _asked(told: str, status: int) -> web.Response:
    page = _PAGE.format(told=html.escape(told))
    return web.Response(text=page, content_type="text/html", status=status, headers=_HEADERS)
