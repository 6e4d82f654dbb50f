"""Lets a browser talk to the server from the server's own page only.

A page elsewhere can point its own host name at 127.0.0.1 (DNS rebinding), so the Host must be an address, ``localhost`` or a
name that the operator gave. And it can post forms to 127.0.0.1 (CSRF), so a request that says where it comes from must come
from here.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' blob: data:; "
    "media-src 'self' blob:; "
    "connect-src 'self'; "
    "font-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'; "
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class OriginCheck:
    """Refuses requests that come from the pages of other sites.

    Args:
        allowed_hosts: Names of this server, besides its addresses and ``localhost``.
    """

    def __init__(self, allowed_hosts: Collection[str] = ()) -> None:
        self._names = {"localhost", *(name.lower() for name in allowed_hosts)}

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """Returns the check as an aiohttp middleware."""

        @web.middleware
        async def check(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if not self._knows_host(request.host):
                raise web.HTTPMisdirectedRequest(text="This server does not go by that name.")
            if not _comes_from_here(request):
                raise web.HTTPForbidden(text="Another site has no business here.")
            return await handler(request)

        return check

    def _knows_host(self, host: str) -> bool:
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers that the handler has not set itself."""
    # The page's own files are nobody's secret: a browser keeps them, and asks whether they have changed.
    if request.path.startswith(("/static/", "/samples/")):
        response.headers.setdefault("Cache-Control", "no-cache")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _comes_from_here(request: web.Request) -> bool:
    # A link on another site may open the page; every other request must come from the page itself.
    opens_the_page = request.method == "GET" and request.path == "/"
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in {"same-origin", "none"} and not opens_the_page:
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()
