"""Serves the Bot API over HTTP: ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``."""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.playground.api_errors import ApiError, too_many_requests
from bot.playground.faults import Fault, FaultKind
from bot.playground.form_parts import form_parts
from bot.playground.methods import call_method
from bot.playground.telegram_objects import ApiObject

if TYPE_CHECKING:
    from bot.playground.chat_files import UploadedFile
    from bot.playground.faults import Faults
    from bot.playground.methods.method_context import MethodContext


class BotApi:
    """Answers the bot.

    Args:
        context: What the methods need.
        token: The bot's token.
        faults: The faults that are switched on.

    Attributes:
        calls: How often each method was called.
        refused: How often each method was refused, by "method code": "sendMessage 429".
    """

    def __init__(self, context: MethodContext, token: str, faults: Faults) -> None:
        self._context = context
        self._token = token
        self._faults = faults
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def routes(self) -> list[web.RouteDef]:
        """Returns the routes for an aiohttp application."""
        return [
            web.post("/bot{token}/{method}", self._method),
            web.get("/file/bot{token}/{path:.+}", self._download),
        ]

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        self.calls[name] += 1
        try:
            self._check_token(request)
            fault = self._faults.strike(name)
            if fault is not None and fault.kind is FaultKind.FLOOD_ALL:
                self._context.flood.close(fault.seconds)
            elif fault is not None and fault.kind is not FaultKind.LOST_ANSWER:
                await self._apply_fault(fault, request)
            parameters, uploads = await read_parameters(request)
            result = await call_method(self._context, name, parameters, uploads)
        except ApiError as error:
            self.refused[f"{name} {error.code}"] += 1
            return _refusal(error)
        if fault is not None and fault.kind is FaultKind.LOST_ANSWER:
            _break_connection(request)
        return web.json_response({"ok": True, "result": wire(result)})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
            fault = self._faults.strike("download")
            if fault is not None:
                await self._apply_fault(fault, request)
        except ApiError as error:
            return _refusal(error)
        stored = self._context.world.files.find_path(request.match_info["path"])
        if stored is None or self._context.local_mode is not None:
            return _refusal(ApiError(404, "Not Found"))
        content = self._context.world.files.read(stored)
        return web.Response(body=content, content_type="application/octet-stream")

    async def _apply_fault(self, fault: Fault, request: web.Request) -> None:
        if fault.kind is FaultKind.SLOW:
            await self._faults.delay(fault.seconds)
        elif fault.kind is FaultKind.FLOOD:
            raise too_many_requests(max(1, round(fault.seconds)))
        elif fault.kind is FaultKind.ERROR:
            raise ApiError(fault.status, fault.words or HTTPStatus(fault.status).phrase)
        else:
            _break_connection(request)

    def _check_token(self, request: web.Request) -> None:
        given = request.match_info["token"]
        if ":" not in given:
            raise ApiError(404, "Not Found")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise ApiError(401, "Unauthorized")


async def read_parameters(
    request: web.Request,
) -> tuple[dict[str, object], dict[str, UploadedFile]]:
    """Returns the parameters and the files of a form.

    Raises:
        ApiError: 413 if it is too large (``form_parts``).
    """
    parameters: dict[str, object] = {}
    uploads: dict[str, UploadedFile] = {}
    if request.content_type == "multipart/form-data":
        await _read_multipart(request, parameters, uploads)
    else:
        form = await request.post()
        parameters |= {name: value for name, value in form.items() if isinstance(value, str)}
    return parameters, uploads


async def _read_multipart(
    request: web.Request, parameters: dict[str, object], uploads: dict[str, UploadedFile]
) -> None:
    async for name, content in form_parts(request):
        if isinstance(content, str):
            parameters[name] = content
        else:
            uploads[name] = content


def _break_connection(request: web.Request) -> None:
    """Break the connection, and end the request without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _refusal(error: ApiError) -> web.Response:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return web.json_response(refusal(error), status=error.code, headers=headers)


def refusal(error: ApiError) -> dict[str, Any]:
    """Returns the JSON that answers a refused call."""
    body: dict[str, Any] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    if error.migrate_to is not None:
        body["parameters"] = {"migrate_to_chat_id": error.migrate_to}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    return body


def wire(result: object) -> object:
    """Returns the result of a method as JSON."""
    if isinstance(result, ApiObject):
        return result.wire()
    if isinstance(result, list):
        return [wire(item) for item in result]
    return result
