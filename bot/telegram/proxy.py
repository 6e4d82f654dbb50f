"""Which proxy the bot's calls pass, if any: the one that the operator sets, or the environment's."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from bot.settings import SettingsError
from core.loopback import is_loopback

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

    from pydantic import SecretStr

SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_NO_CREDENTIALS: Final = ("407", "Invalid username/password", "Requested ")
"""How httpx's complaints about the credentials begin: HTTP's status, SOCKS's refusal, SOCKS wanting some or none."""


@dataclass(frozen=True, slots=True)
class ApiProxy:
    """A proxy between the bot and the Bot API server.

    Attributes:
        url: Its address, with credentials if it wants some.
        source: Who names it: a setting, or a variable of the environment.
    """

    url: httpx.URL = field(repr=False)
    source: str

    def __str__(self) -> str:
        """The address and who names it, without credentials."""
        where = httpx.URL(scheme=self.url.scheme, host=self.url.host, port=self.url.port)
        return f"{where} ({self.source})"

    def for_httpx(self, tls: ssl.SSLContext) -> httpx.Proxy:
        """The same as httpx takes it."""
        return httpx.Proxy(self.url, ssl_context=tls if self.url.scheme == "https" else None)

    def fault(self, error: Exception) -> str | None:
        """What is wrong with the proxy as it is set up, if a failed call tells; None where waiting may help."""
        for cause in _causes(error):
            if isinstance(cause, ConnectionRefusedError):
                return "refuses connections. Is it running, and is this its port?"
            if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
                return "cannot be found: nobody knows its host name."
            if isinstance(cause, httpx.ProxyError) and str(cause).startswith(_NO_CREDENTIALS):
                return "does not accept the user name and password in its address, or misses them."
        return None


def choose_proxy(api_url: str, setting: SecretStr | None) -> ApiProxy | None:
    """The proxy for calls to a Bot API server; None for a server on this machine, and where nobody names a proxy.

    Args:
        api_url: The server's address.
        setting: The operator's choice. Without it the environment's counts: HTTPS_PROXY, ALL_PROXY, NO_PROXY.

    Raises:
        SettingsError: The proxy's address makes no sense. The text does not repeat it, as it may contain a password.
    """
    server = httpx.URL(api_url)
    if is_loopback(server.host):
        return None
    if setting is not None:
        return _read(setting.get_secret_value(), "PROXY_URL")
    named = getproxies()
    scheme = next((one for one in (server.scheme, "all") if named.get(one)), None)
    if scheme is None or _is_exempt(server.host, named.get("no", "").split(",")):
        return None
    return _read(named[scheme], f"{scheme.upper()}_PROXY")


def _read(value: str, source: str) -> ApiProxy:
    # Without a scheme it speaks HTTP, and desktops write socks for socks5.
    scheme, given, rest = value.strip().rpartition("://")
    scheme = scheme.lower() if given else "http"
    scheme = "socks5" if scheme == "socks" else scheme
    with suppress(httpx.InvalidURL):
        url = httpx.URL(f"{scheme}://{rest}")
        if scheme in SCHEMES and _leads_to_host(url):
            return ApiProxy(url, source)
    raise SettingsError(
        f"{source} is not the address of a proxy. One looks like http://proxy.example:3128 or "
        f"socks5://user:password@127.0.0.1:1080; it begins with one of {', '.join(SCHEMES)}, "
        "and special characters in the password are percent-encoded."
    )


def _leads_to_host(url: httpx.URL) -> bool:
    port = url.port is None or 0 < url.port < 1 << 16
    return bool(url.host) and "%" not in url.host and port and url.raw_path in {b"", b"/"}


def _is_exempt(host: str, entries: Iterable[str]) -> bool:
    """Whether NO_PROXY names a host: by name, domain or address, or by network, as in 10.0.0.0/8."""
    if proxy_bypass(host) or "*" in map(str.strip, entries):
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return any(address in network for network in _networks(entries))
    return False


def _networks(
    entries: Iterable[str],
) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for entry in entries:
        with suppress(ValueError):
            yield ipaddress.ip_network(entry.strip(), strict=False)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and all that led to it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__
