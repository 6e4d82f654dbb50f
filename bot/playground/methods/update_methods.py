"""How updates reach the bot: fetched or pushed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from bot.playground.api_errors import WEBHOOK_IS_ACTIVE, ApiError, bad_request
from bot.playground.methods.method_call import FromJson, MethodCall
from bot.playground.update_delivery import WebhookTarget, is_loopback

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS: Final = {None, 443, 80, 88, 8443}
_LONGEST_POLL: Final = 50.0


class GetUpdatesCall(MethodCall):
    """Fetch updates, waiting ``timeout`` seconds for one where there is none."""

    offset: int = 0
    limit: int = 100
    timeout: float = 0
    allowed_updates: Annotated[list[str] | None, FromJson] = None


class DeleteWebhookCall(MethodCall):
    """Push no more."""

    drop_pending_updates: bool = False


class SetWebhookCall(DeleteWebhookCall):
    """Push updates to a URL."""

    url: str = ""
    secret_token: str | None = None
    allowed_updates: Annotated[list[str] | None, FromJson] = None


class GetWebhookInfoCall(MethodCall):
    """Ask for the webhook."""


async def get_updates(context: MethodContext, call: GetUpdatesCall) -> list[dict[str, Any]]:
    """The updates from ``offset`` on; those before it are confirmed."""
    if context.delivery.webhook is not None:
        raise ApiError(409, WEBHOOK_IS_ACTIVE)
    if call.allowed_updates is not None:
        context.world.update_queue.allow(call.allowed_updates)
    limit = min(max(call.limit, 1), 100)
    return await context.delivery.poll(call.offset, limit, min(call.timeout, _LONGEST_POLL))


async def set_webhook(context: MethodContext, call: SetWebhookCall) -> bool:
    """Push updates to a URL from now on; an empty one ends it."""
    if not call.url:
        return await delete_webhook(context, call)
    _check_url(call.url)
    if call.secret_token is not None and not _SECRET.fullmatch(call.secret_token):
        raise bad_request("secret token contains unallowed characters")
    if call.drop_pending_updates:
        context.world.update_queue.clear()
    if call.allowed_updates is not None:
        context.world.update_queue.allow(call.allowed_updates)
    await context.delivery.push_to(WebhookTarget(call.url, call.secret_token))
    return True


async def delete_webhook(context: MethodContext, call: DeleteWebhookCall) -> bool:
    """Let the bot fetch its updates again."""
    await context.delivery.push_to(None)
    if call.drop_pending_updates:
        context.world.update_queue.clear()
    return True


async def get_webhook_info(context: MethodContext, _call: GetWebhookInfoCall) -> dict[str, Any]:
    """The webhook and what last went wrong with it."""
    return context.delivery.info()


def _check_url(url: str) -> None:
    """Telegram takes HTTPS on four ports; a local Bot API server takes anything, and so does this one on loopback."""
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"} and is_loopback(parts.hostname or ""):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
