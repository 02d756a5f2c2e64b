"""The server's application: HTTP in, HTTP out. What is answered is decided in `keyflow.serve.live`."""

from __future__ import annotations

import asyncio
import json

import anyio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from keyflow.http.gateway import Answer
from keyflow.serve import guard
from keyflow.serve.live import Live
from keyflow.serve.pages import pages
from keyflow.serve.request import HttpRequest
from keyflow.serve.rest_api import MOST_BYTES

STUDIO = "/_keyflow"
_AT_A_TIME = 4
"""Requests that are worked on side by side; Python runs one of them at any moment."""
_BODY_SECONDS = 30
"""How long a body may take to arrive."""
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def application(live: Live) -> ASGIApp:
    """The application."""
    limiter = anyio.CapacityLimiter(_AT_A_TIME)

    async def call(request: Request) -> Response:
        api = request.path_params["api"]
        if not live.has_api(api):
            return _no_api(live, api)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except TimeoutError:
            return _json_response(408, "the body did not arrive in time")
        if body is None:
            return _response(live.too_large(api))
        return _response(await anyio.to_thread.run_sync(live.answer, api, _read(request, api, body), limiter=limiter))

    routes = [
        Route("/", lambda _request: RedirectResponse(f"{STUDIO}/")),
        Mount(STUDIO, routes=pages(live)),
        Route("/{api}", call, methods=_METHODS),
        Route("/{api}/{rest:path}", call, methods=_METHODS),
    ]
    return _Guarded(Starlette(routes=routes), live)


class _Guarded:
    """Refuses what another website sends, before anything else."""

    def __init__(self, inner: ASGIApp, live: Live) -> None:
        self._inner = inner
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            reason = guard.refusal(headers, self._live.origins)
            if reason is not None:
                await _json_response(403, reason)(scope, receive, send)
                return
        await self._inner(scope, receive, send)


async def _body(request: Request) -> bytes | None:
    """The body; None where it is longer than API Gateway takes."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MOST_BYTES:
        return None
    body = bytearray()
    async with asyncio.timeout(_BODY_SECONDS):
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return None
    return bytes(body)


def _read(request: Request, api: str, body: bytes) -> HttpRequest:
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return HttpRequest(
        method=request.method,
        path=path[len(api) + 1 :] or "/",
        query=request.url.query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        client="127.0.0.1" if request.client is None else request.client.host,
    )


def _response(answer: Answer) -> Response:
    body = b"" if answer.status in (204, 304) else answer.body.encode()
    return Response(body, answer.status, dict(answer.headers), "application/json")


def _json_response(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}, ensure_ascii=False), status, media_type="application/json")


def _no_api(live: Live, name: str) -> Response:
    names = ", ".join(f"/{api.name}" for api in live.site.apis) or "none"
    return _json_response(
        404, f"there is no API {name!r}: a path begins with an API's name, of which there are {names}"
    )
