"""A POST with an Idempotency-Key has one effect, and its first answer is given again.

What a request makes and the answer kept under its key stand in one transaction where the handler
can say so (`Claim.keep`). Where a bank is asked in between, the id of what will be made is written
first (`Claim.intend`), so that whoever takes over after a crash finds it instead of making another.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
from litestar.status_codes import HTTP_300_MULTIPLE_CHOICES, HTTP_500_INTERNAL_SERVER_ERROR
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.api.admission import product_of
from gateway.api.asking import JSON, AnyRequest, invalid
from gateway.clock import wall
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.store import idempotency
from gateway.store.database import Tx
from gateway.store.keys import Caller
from schemas.codes import Code

KEY_MAX = 255
LEFT_BEHIND = timedelta(seconds=60)
"""A request that has run for so long has lost its process."""
KEPT_HEADERS = frozenset({b"content-type", b"location", b"cache-control", b"content-language"})

_Headers = list[tuple[str, str]]


class Claim:
    """One request's hold on its key."""

    def __init__(self, product: Product, tenant_id: str, key: str, intent: str | None) -> None:
        self._product = product
        self._tenant_id = tenant_id
        self._key = key
        self.intent = intent
        """The id of what an earlier request under this key was about to make."""
        self.kept = False

    async def intend(self, made_id: str) -> None:
        """Write down the id of what is about to be made."""

        async def work(tx: Tx) -> None:
            await idempotency.intend(tx, self._tenant_id, self._key, made_id.encode())

        await self._product.database.write(work)

    async def keep(
        self, tx: Tx, body: bytes, status: int, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Keep the answer in the transaction that has the effect."""
        told: _Headers = [("content-type", JSON), ("cache-control", "no-store"), *headers]
        await idempotency.finish(
            tx,
            self._tenant_id,
            self._key,
            status=status,
            body=body,
            headers=msgspec.json.encode(told),
        )
        self.kept = True

    async def end(self, status: int, body: bytes, headers: _Headers) -> None:
        """Keep what was answered, or free the key when nothing came of the request."""
        done = status < HTTP_300_MULTIPLE_CHOICES or status == HTTP_500_INTERNAL_SERVER_ERROR
        if done and self.kept:
            return

        async def work(tx: Tx) -> None:
            if done:
                told = msgspec.json.encode(headers)
                await idempotency.finish(
                    tx, self._tenant_id, self._key, status=status, body=body, headers=told
                )
            else:
                await idempotency.forget(tx, self._tenant_id, self._key)

        await self._product.database.write(work)


def claim_of(request: AnyRequest) -> Claim | None:
    """The hold that a request has on its key, if it came with one."""
    claim: Claim | None = request.scope["state"].get("claim")
    return claim


class Idempotency:
    """Stands before every POST of the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the first request of a key through, and answer the others from what is kept."""
        key = _key(scope["headers"]) if scope.get("method") == "POST" else None
        if key is None:
            await self._app(scope, receive, send)
            return
        caller: Caller = scope["auth"]
        request: AnyRequest = scope["litestar_app"].request_class(scope, receive, send)
        body = await request.body()
        path = scope["state"]["path"].encode()
        told = b"\n".join((path, scope["query_string"], body))
        place = f"POST {scope['path_template']} {key}"
        product = product_of(scope)
        found = await _claim(product, caller.tenant_id, place, sha256(told).hexdigest())
        if isinstance(found, idempotency.Kept):
            await _replay(found, send)
            return
        scope["state"]["claim"] = found
        answer = _Answer()
        await self._app(scope, receive, answer.hear)
        await found.end(answer.status, bytes(answer.body), answer.headers)
        await answer.tell(send)


async def _claim(
    product: Product, tenant_id: str, key: str, fingerprint: str
) -> idempotency.Kept | Claim:
    # Real time: what is under way must not look left behind when a virtual clock jumps.
    now = wall()

    async def work(tx: Tx) -> tuple[idempotency.Kept | None, bool]:
        kept = await idempotency.begin(tx, tenant_id, key, fingerprint, now)
        if kept is None or kept.fingerprint != fingerprint or kept.state == "done":
            return kept, False
        return kept, await idempotency.take_over(tx, tenant_id, key, now - LEFT_BEHIND, now)

    kept, taken = await product.database.write(work)
    if kept is None:
        return Claim(product, tenant_id, key, None)
    if kept.fingerprint != fingerprint:
        raise ProblemError(Code.IDEMPOTENCY_MISMATCH, field="Idempotency-Key")
    if kept.state == "done":
        return kept
    if not taken:
        raise ProblemError(
            Code.IDEMPOTENCY_IN_FLIGHT, field="Idempotency-Key", headers={"retry-after": "1"}
        )
    intent = bytes(kept.body).decode() if kept.body else None
    return Claim(product, tenant_id, key, intent)


class _Answer:
    """An answer on its way out, held until it is kept."""

    def __init__(self) -> None:
        self.status = 500
        self.body = bytearray()
        self.headers: _Headers = []
        self._messages: list[Any] = []

    async def hear(self, message: Any) -> None:
        self._messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
                if name.lower() in KEPT_HEADERS
            ]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def tell(self, send: Send) -> None:
        for message in self._messages:
            await send(message)


def _key(headers: Any) -> str | None:
    told = [value for name, value in headers if name == b"idempotency-key"]
    if not told:
        return None
    key: str = told[0].decode("latin-1")
    if len(told) > 1 or not 0 < len(key) <= KEY_MAX or not key.isascii() or not key.isprintable():
        raise invalid("Idempotency-Key", f"A key has 1 to {KEY_MAX} visible ASCII characters.")
    return key


async def _replay(kept: idempotency.Kept, send: Send) -> None:
    body = bytes(kept.body or b"")
    headers = msgspec.json.decode(kept.headers or b"[]", type=_Headers)
    told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    told += [(b"idempotency-replayed", b"true"), (b"content-length", str(len(body)).encode())]
    start: Any = {"type": "http.response.start", "status": kept.status or 200, "headers": told}
    end: Any = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)
