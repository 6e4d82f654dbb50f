"""The refusals of the Bot API, in Telegram's own words."""

from __future__ import annotations

from typing import Final

MESSAGE_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLLER: Final = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
POLL_ENDED_BY_WEBHOOK: Final = "Conflict: terminated by setWebhook request"
WEBHOOK_IS_ACTIVE: Final = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class ApiError(Exception):
    """A refused call.

    Args:
        code: HTTP status and ``error_code`` of the answer.
        description: The sentence that the caller reads.
        retry_after: Whole seconds to wait, given with 429.
        migrate_to: The new id of a group that became a supergroup.
    """

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: int | None = None,
        migrate_to: int | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to = migrate_to


def bad_request(reason: str) -> ApiError:
    """Returns a 400 with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """Returns a 403 with Telegram's prefix."""
    return ApiError(403, f"Forbidden: {reason}")


def chat_migrated(new_id: int) -> ApiError:
    """Returns a 400 that names the new id of the chat."""
    reason = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, reason, migrate_to=new_id)


def too_many_requests(retry_after: int) -> ApiError:
    """Returns a 429 that names the seconds to wait, in its sentence and as a parameter."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
