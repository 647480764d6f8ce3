"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from typing import Literal

from litestar import Response, get
from litestar.di import NamedDependency
from msgspec import Struct

from gateway.api.answering import answer
from gateway.api.operations import operation
from gateway.product import Product
from gateway.store import keys
from gateway.store.database import Tx

TAG = "Operation"


class Health(Struct, frozen=True):
    """The word that a balancer waits for."""

    status: Literal["ok", "ready"]


@get("/health/live", opt=operation("Whether the process lives", TAG, answer=Health))
async def live() -> Response[bytes]:
    """Answered as long as the process can answer anything."""
    return answer(Health("ok"))


@get("/health/ready", opt=operation("Whether requests can be served", TAG, answer=Health))
async def ready(product: NamedDependency[Product]) -> Response[bytes]:
    """Answered when the tables can be read; else the problem INTERNAL, status 500."""

    async def look(tx: Tx) -> None:
        await keys.caller(tx, "")

    await product.database.read(look)
    return answer(Health("ready"))


ROUTES = (live, ready)
