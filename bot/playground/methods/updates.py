"""How updates reach the bot: fetched or pushed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from bot.playground.delivery import Webhook, is_loopback
from bot.playground.errors import WEBHOOK_IS_ACTIVE, ApiError, bad_request
from bot.playground.methods.call import Call, FromJson

if TYPE_CHECKING:
    from bot.playground.methods.api import Api

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS: Final = {None, 443, 80, 88, 8443}
_LONGEST_POLL: Final = 50.0


class GetUpdates(Call):
    """Fetch updates, waiting ``timeout`` seconds for one where there is none."""

    offset: int = 0
    limit: int = 100
    timeout: float = 0
    allowed_updates: Annotated[list[str] | None, FromJson] = None


class DeleteWebhook(Call):
    """Push no more."""

    drop_pending_updates: bool = False


class SetWebhook(DeleteWebhook):
    """Push updates to a URL."""

    url: str = ""
    secret_token: str | None = None
    allowed_updates: Annotated[list[str] | None, FromJson] = None


class GetWebhookInfo(Call):
    """Ask for the webhook."""


async def get_updates(api: Api, call: GetUpdates) -> list[dict[str, Any]]:
    """The updates from ``offset`` on; those before it are confirmed."""
    if api.delivery.webhook is not None:
        raise ApiError(409, WEBHOOK_IS_ACTIVE)
    if call.allowed_updates is not None:
        api.world.inbox.allow(call.allowed_updates)
    limit = min(max(call.limit, 1), 100)
    return await api.delivery.poll(call.offset, limit, min(call.timeout, _LONGEST_POLL))


async def set_webhook(api: Api, call: SetWebhook) -> bool:
    """Push updates to a URL from now on; an empty one ends it."""
    if not call.url:
        return await delete_webhook(api, call)
    _check_url(call.url)
    if call.secret_token is not None and not _SECRET.fullmatch(call.secret_token):
        raise bad_request("secret token contains unallowed characters")
    if call.drop_pending_updates:
        api.world.inbox.clear()
    if call.allowed_updates is not None:
        api.world.inbox.allow(call.allowed_updates)
    await api.delivery.push_to(Webhook(call.url, call.secret_token))
    return True


async def delete_webhook(api: Api, call: DeleteWebhook) -> bool:
    """Let the bot fetch its updates again."""
    await api.delivery.push_to(None)
    if call.drop_pending_updates:
        api.world.inbox.clear()
    return True


async def get_webhook_info(api: Api, _call: GetWebhookInfo) -> dict[str, Any]:
    """The webhook and what last went wrong with it."""
    return api.delivery.info()


def _check_url(url: str) -> None:
    """Telegram takes HTTPS on four ports; a local Bot API server takes anything, and so does this one on loopback."""
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"} and is_loopback(parts.hostname or ""):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
