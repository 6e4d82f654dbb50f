"""The methods for polling and for the webhook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from bot.playground.api_errors import WEBHOOK_IS_ACTIVE, ApiError, bad_request
from bot.playground.methods.method_call import FromJson, MethodCall
from bot.playground.update_delivery import WebhookTarget
from core.loopback import is_loopback

if TYPE_CHECKING:
    from bot.playground.methods.method_context import MethodContext

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS: Final = {None, 443, 80, 88, 8443}
_LONGEST_POLL: Final = 50.0


class GetUpdatesCall(MethodCall):
    """The parameters of getUpdates; ``timeout`` in seconds."""

    offset: int = 0
    limit: int = 100
    timeout: float = 0
    allowed_updates: Annotated[list[str] | None, FromJson] = None


class DeleteWebhookCall(MethodCall):
    """The parameters of deleteWebhook."""

    drop_pending_updates: bool = False


class SetWebhookCall(DeleteWebhookCall):
    """The parameters of setWebhook."""

    url: str = ""
    secret_token: str | None = None
    allowed_updates: Annotated[list[str] | None, FromJson] = None


class GetWebhookInfoCall(MethodCall):
    """The parameters of getWebhookInfo."""


async def get_updates(context: MethodContext, call: GetUpdatesCall) -> list[dict[str, Any]]:
    """Returns the updates from ``offset`` on, and deletes those before it."""
    if context.delivery.webhook is not None:
        raise ApiError(409, WEBHOOK_IS_ACTIVE)
    if call.allowed_updates is not None:
        context.world.update_queue.allow(call.allowed_updates)
    limit = min(max(call.limit, 1), 100)
    return await context.delivery.poll(call.offset, limit, min(call.timeout, _LONGEST_POLL))


async def set_webhook(context: MethodContext, call: SetWebhookCall) -> bool:
    """Post updates to a URL from now on; an empty URL deletes the webhook."""
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
    """Delete the webhook, so that the bot may poll again."""
    await context.delivery.push_to(None)
    if call.drop_pending_updates:
        context.world.update_queue.clear()
    return True


async def get_webhook_info(context: MethodContext, _call: GetWebhookInfoCall) -> dict[str, Any]:
    """Returns the webhook and its last error."""
    return context.delivery.info()


def _check_url(url: str) -> None:
    """Refuse the URLs that Telegram refuses; as with a local Bot API server, any URL on this machine is allowed."""
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"} and is_loopback(parts.hostname or ""):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
