"""Who may come in: the key in the Authorization header, looked up at each request."""

from __future__ import annotations

from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.problems import ProblemError
from gateway.product import Product
from gateway.store import keys
from gateway.store.database import Tx
from schemas.codes import Code

KEY_MAX = 200
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Admission:
    """Lets a request pass with the caller that its key belongs to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller and whether his key is good for this."""
        if "\x00" in scope["path"]:
            # PostgreSQL takes no such text; no id of ours has it, so nothing can be found there.
            raise ProblemError(Code.NOT_FOUND, field="path")
        caller = await _caller(product_of(scope), _bearer(scope["headers"]))
        wanted = "read" if scope.get("method") in READING else "write"
        if wanted not in caller.scopes:
            raise ProblemError(
                Code.FORBIDDEN,
                detail=f"This key lacks the scope `{wanted}`.",
                evidence={"scope": wanted, "scopes": sorted(caller.scopes)},
            )
        scope["auth"] = caller
        await self._app(scope, receive, send)


def product_of(scope: Scope) -> Product:
    """The product that the application serves."""
    product: Product = scope["litestar_app"].state.product
    return product


async def _caller(product: Product, key: str) -> keys.Caller:
    async def look(tx: Tx) -> keys.Caller | None:
        return await keys.caller(tx, key)

    found = await product.database.glance(look) if key else None
    if found is None:
        raise ProblemError(
            Code.UNAUTHENTICATED,
            field="Authorization",
            headers={"www-authenticate": 'Bearer realm="mostik"'},
        )
    return found


def _bearer(headers: Any) -> str:
    """The key of a well-formed Authorization header, or nothing."""
    told = [value for name, value in headers if name == b"authorization"]
    if len(told) != 1 or len(told[0]) > KEY_MAX:
        return ""
    scheme, _, key = told[0].decode("latin-1").partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and key.startswith("mk_") and key.isascii() else ""
