"""Serves the page over HTTP: ``/``, ``/static``, ``/samples`` and ``/client``, except its events."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError

from bot.playground import page_views, person_actions
from bot.playground.api_errors import ApiError
from bot.playground.faults import Fault, Faults
from bot.playground.form_parts import form_parts

if TYPE_CHECKING:
    from bot.playground.bot_api import BotApi
    from bot.playground.chat_files import StoredFile, UploadedFile
    from bot.playground.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
SAMPLES: Final = _HERE / "samples"
_SHOWN_INLINE: Final = {
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp",
    "video/mp4", "video/webm", "audio/ogg", "audio/mpeg",
}  # fmt: skip


class PageApi:
    """Answers the page.

    Args:
        world: The chats.
        faults: The faults that the page switches on and off.
        bot_api: Counts the bot's calls.
    """

    def __init__(self, world: World, faults: Faults, bot_api: BotApi) -> None:
        self._bot_api = bot_api
        self._world = world
        self._faults = faults

    def routes(self) -> list[web.AbstractRouteDef]:
        """Returns the routes for an aiohttp application."""
        routes: list[web.AbstractRouteDef] = [
            web.get("/", self._page),
            web.get("/client/state", self._state),
            web.post("/client/send", _explained(self._send)),
            web.post("/client/press", _explained(self._press)),
            web.post("/client/react", _explained(self._react)),
            web.post("/client/inline", _explained(self._ask_inline)),
            web.post("/client/inline/choose", _explained(self._choose_inline)),
            web.post("/client/block", _explained(self._block)),
            web.post("/client/rights", _explained(self._permit)),
            web.post("/client/topic", _explained(self._change_topic)),
            web.get("/client/file/{unique_id}", self._file),
            web.get("/client/samples", self._samples),
            web.get("/client/counters", self._counters),
            web.get("/client/faults", self._list_faults),
            web.post("/client/faults", _explained(self._add_fault)),
            web.delete("/client/faults", self._clear_faults),
        ]
        folders = {"/static": STATIC, "/samples": SAMPLES}
        return routes + [web.static(at, path) for at, path in folders.items() if path.is_dir()]

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        page = STATIC / "index.html"
        if not page.is_file():
            raise web.HTTPNotFound(text="The page is not installed.")
        return web.FileResponse(page)

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(page_views.state(self._world))

    async def _send(self, request: web.Request) -> web.Response:
        fields: dict[str, str] = {}
        uploads: list[UploadedFile] = []
        async for name, content in form_parts(request):
            if isinstance(content, str):
                # Browsers put CRLF between the lines of a form's text.
                fields[name] = content.replace("\r\n", "\n")
            else:
                uploads.append(content)
        draft = person_actions.MessageDraft.model_validate(
            {name: text for name, text in fields.items() if text}
        )
        messages = await person_actions.send(self._world, draft, uploads)
        return web.json_response({"messages": [page_views.entry(message) for message in messages]})

    async def _press(self, request: web.Request) -> web.Response:
        pressed = person_actions.ButtonPress.model_validate_json(await request.read())
        query = person_actions.press(self._world, pressed)
        return web.json_response({"callback_query_id": query.id})

    async def _react(self, request: web.Request) -> web.Response:
        wish = person_actions.ReactionRequest.model_validate_json(await request.read())
        message = person_actions.react(self._world, wish)
        return web.json_response({"reactions": page_views.reactions(message)})

    async def _ask_inline(self, request: web.Request) -> web.Response:
        wish = person_actions.InlineRequest.model_validate_json(await request.read())
        query_id, answer = await person_actions.ask_inline(self._world, wish)
        return web.json_response({"query_id": query_id, **page_views.offers(self._world, answer)})

    async def _choose_inline(self, request: web.Request) -> web.Response:
        choice = person_actions.InlineChoice.model_validate_json(await request.read())
        message = person_actions.choose_inline(self._world, choice)
        return web.json_response({"messages": [page_views.entry(message)]})

    async def _block(self, request: web.Request) -> web.Response:
        wish = person_actions.BlockRequest.model_validate_json(await request.read())
        person_actions.block(self._world, wish)
        return web.json_response({"blocked": sorted(self._world.rules.blocked)})

    async def _permit(self, request: web.Request) -> web.Response:
        wish = person_actions.RightsRequest.model_validate_json(await request.read())
        person_actions.permit(self._world, wish)
        return web.json_response({"forbidden": wish.forbidden})

    async def _change_topic(self, request: web.Request) -> web.Response:
        wish = person_actions.TopicRequest.model_validate_json(await request.read())
        return web.json_response({"topic": person_actions.change_topic(self._world, wish)})

    async def _file(self, request: web.Request) -> web.Response:
        stored = self._world.files.find_unique(request.match_info["unique_id"])
        if stored is None:
            raise web.HTTPNotFound(text="There is no such file.")
        content = self._world.files.read(stored)
        inline = stored.mime_type in _SHOWN_INLINE and "download" not in request.query
        return web.Response(body=content, headers=_file_headers(stored, inline=inline))

    async def _samples(self, _request: web.Request) -> web.Response:
        listed = SAMPLES / "samples.json"
        pairs = json.loads(listed.read_text("utf-8")) if listed.is_file() else []
        for pair in pairs:
            for picture in (pair["content"], pair["style"]):
                picture["url"] = f"/samples/{picture['file']}"
        return web.json_response(pairs)

    async def _counters(self, _request: web.Request) -> web.Response:
        counters = {"calls": self._bot_api.calls, "refused": self._bot_api.refused}
        return web.json_response(counters)

    async def _list_faults(self, _request: web.Request) -> web.Response:
        waiting = [fault.model_dump(mode="json") for fault in self._faults.waiting]
        return web.json_response({"faults": waiting})

    async def _add_fault(self, request: web.Request) -> web.Response:
        self._faults.add(Fault.model_validate_json(await request.read()))
        return await self._list_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return await self._list_faults(request)


def _file_headers(file: StoredFile, *, inline: bool) -> dict[str, str]:
    """A browser may show pictures and films, and only save all other types: it might run them."""
    disposition = "inline" if inline else "attachment"
    return {
        "Content-Type": file.mime_type if inline else "application/octet-stream",
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name, safe='')}",
        # A file never changes under its id.
        "Cache-Control": "private, max-age=86400, immutable",
    }


def _explained(handler: Handler) -> Handler:
    """Answer a refused request with the reason, as JSON."""

    async def explain(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except person_actions.CannotSendError as error:
            return web.json_response({"error": str(error)}, status=400)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            return web.json_response({"error": f"{where}: {first['msg']}"}, status=400)
        except ApiError as error:
            return web.json_response({"error": error.description}, status=error.code)

    return explain
