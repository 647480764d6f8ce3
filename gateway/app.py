"""The HTTP application, wired by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp

from gateway.api import (
    accounts,
    banks,
    callback,
    changes,
    checks,
    connections,
    coverage,
    docs,
    errors,
    health,
    loads,
    metrics,
    push,
    transactions,
)
from gateway.api.admission import Admission
from gateway.api.answering import refusal
from gateway.api.front import BODY_BYTES_MAX, BODY_SECONDS_MAX, Front
from gateway.api.idempotency import Idempotency
from gateway.api.metrics import Meter
from gateway.product import Product
from gateway.sync.engine import Engine

KEYED = (banks, checks, connections, accounts, coverage, loads, transactions, changes, errors)
OPEN = (callback, push, docs, health, metrics)


def create_app(
    product: Product,
    engine: Engine | None = None,
    *,
    body_seconds_max: float = BODY_SECONDS_MAX,
) -> ASGIApp:
    """The application over a product; an engine that is given starts and stops with it.

    Whoever opened the product closes it.
    """
    meter = Meter(product)
    return Front(rooms(product, meter, engine), meter.observe, body_seconds_max)


def rooms(product: Product, meter: Meter, engine: Engine | None = None) -> Litestar:
    """The routes with what each needs, behind the front door."""
    api = Router(
        "/v1",
        route_handlers=[handler for module in KEYED for handler in module.ROUTES],
        middleware=[Admission, Idempotency],
    )
    return Litestar(
        [api, *(handler for module in OPEN for handler in module.ROUTES)],
        dependencies={
            "product": Provide(lambda: product, sync_to_thread=False),
            "meter": Provide(lambda: meter, sync_to_thread=False),
        },
        exception_handlers={Exception: refusal},
        lifespan=[_living(engine)],
        state=State({"product": product, "document": docs.Shelved(), "stopping": asyncio.Event()}),
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
    )


def _living(engine: Engine | None) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(app: Litestar) -> AsyncIterator[None]:
        if engine is not None:
            await engine.start()
        try:
            yield
        finally:
            stopping: asyncio.Event = app.state.stopping
            stopping.set()
            if engine is not None:
                await engine.stop()

    return live
