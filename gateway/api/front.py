"""The door that every request passes first: its id, its language, the time its body may take."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from time import perf_counter
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gateway.problems import ProblemError, language_of
from schemas.codes import Code

BODY_BYTES_MAX = 1_000_000
BODY_SECONDS_MAX = 10.0

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
"""Other words are not counted by name, since a stranger may invent as many as he likes."""

_SANE = re.compile(rb"[\x21-\x7e]{1,128}")

Observe = Callable[[str, str, int, float], None]
"""Told of each answer: method, path template, status, seconds."""


class Front:
    """Gives each request its id and its deadline, and counts the answers."""

    def __init__(
        self, app: ASGIApp, observe: Observe, body_seconds_max: float = BODY_SECONDS_MAX
    ) -> None:
        self._app = app
        self._observe = observe
        self._body_seconds_max = body_seconds_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass; everything else, such as the start and the end, goes by."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers.get(b"x-request-id", b""))
        state: dict[str, Any] = {**scope.get("state", {})}
        scope["state"] = state
        state["request_id"] = request_id.decode()
        state["language"] = language_of(headers.get(b"accept-language", b"").decode("latin-1"))
        state["path"] = scope["path"].encode("utf-8", "replace").decode()
        began, status = perf_counter(), 0

        async def labelled(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        with bound_contextvars(request_id=state["request_id"]):
            try:
                await self._app(scope, self._in_time(receive), labelled)
            finally:
                template = scope.get("path_template") or "other"
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._observe(method, template, status, perf_counter() - began)

    def _in_time(self, receive: Receive) -> Receive:
        """Hear a body that comes within its time; what follows it may take as long as it likes."""
        ends: float | None = None
        whole = False

        async def hear() -> Any:
            nonlocal ends, whole
            if whole:
                return await receive()
            loop = asyncio.get_running_loop()
            ends = ends or loop.time() + self._body_seconds_max
            try:
                async with asyncio.timeout_at(ends):
                    message = await receive()
            except TimeoutError as slow:
                raise ProblemError(
                    Code.REQUEST_INVALID,
                    detail="body: The body came too slowly.",
                    field="body",
                    status=408,
                    headers={"connection": "close"},
                ) from slow
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        return hear


def _request_id(told: bytes) -> bytes:
    """The caller's own id when it is printable and short, else one of ours."""
    return told if _SANE.fullmatch(told) else b"req_" + secrets.token_hex(12).encode()
