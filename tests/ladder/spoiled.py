"""A line to a fake bank that changes, on the way, what the bank answered."""

from __future__ import annotations

from collections.abc import Callable

import httpx

Spoiling = Callable[[httpx.Request, httpx.Response, bytes], httpx.Response]


def answer(like: httpx.Response, body: bytes, *, kind: str | None = None) -> httpx.Response:
    """The same answer with another body, and perhaps as another media type."""
    lengths = {"content-length", "content-encoding", "transfer-encoding"}
    headers = {name: value for name, value in like.headers.items() if name not in lengths}
    if kind is not None:
        headers["content-type"] = kind
    return httpx.Response(like.status_code, headers=headers, stream=httpx.ByteStream(body))


class Spoiled(httpx.AsyncBaseTransport):
    """Carries calls to the bank, and lets `spoil` make of each answer what it likes."""

    def __init__(self, inner: httpx.AsyncBaseTransport, spoil: Spoiling) -> None:
        self._inner = inner
        self.spoil = spoil

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One call."""
        response = await self._inner.handle_async_request(request)
        return self.spoil(request, response, await response.aread())
