"""The running program: one process that does all, or one of many beside workers."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from gateway.app import create_app
from gateway.product import Product, open_product
from gateway.settings import Settings
from gateway.store import connections, schema
from gateway.store.database import Tx
from gateway.sync.engine import Engine
from schemas import cases

log = structlog.get_logger()


class AlreadyRunning(Exception):  # noqa: N818 - said of an installation
    """Another process holds this embedded installation."""


@asynccontextmanager
async def sole_process(settings: Settings) -> AsyncIterator[None]:
    """Hold an embedded installation for this process alone; the kernel lets go when it dies.

    Raises:
        AlreadyRunning: when somebody else holds it.
    """
    if not settings.database_url.startswith("sqlite:///"):
        yield
        return
    settings.folder.mkdir(parents=True, exist_ok=True)
    file = Path(settings.database_url.removeprefix("sqlite:///") + ".lock")
    with file.open("a") as held:  # noqa: ASYNC230 - opened once, before anything is served
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            sentence = f"another process already serves {settings.database_url}"
            raise AlreadyRunning(sentence) from busy
        yield


async def serve(settings: Settings) -> None:
    """Answer requests and, without Redis, do all the work until told to stop."""
    cases.load()
    async with sole_process(settings):
        product, engine = await _open(settings)
        server = Server(
            create_app(product),
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_enabled=False,
            backlog=1024,
        )
        await _until_told(server, product, engine)


async def _open(settings: Settings) -> tuple[Product, Engine | None]:
    if settings.database_url.startswith("sqlite:///"):
        schema.migrate(settings.database_url)
    product = await open_product(settings)
    if settings.redis_url is not None:
        return product, None

    async def forget(tx: Tx) -> None:
        # Nobody else can be running: what a dead process seems to hold is free.
        await connections.forget_leases(tx)

    if product.database.dialect == "sqlite":
        await product.database.write(forget)
    return product, Engine(product)


async def _until_told(server: Server, product: Product, engine: Engine | None) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for word in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(word, told.set)
    if engine is not None:
        await engine.start()
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(told.wait())
    # A server whose engine has died would go on answering from a ledger that stands still.
    working = asyncio.create_task(engine.ended() if engine is not None else told.wait())
    await asyncio.wait({serving, waiting, working}, return_when=asyncio.FIRST_COMPLETED)
    failed = working.exception() if working.done() and not told.is_set() else None
    waiting.cancel()
    working.cancel()
    if not serving.done():
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it untyped
    await asyncio.gather(serving, return_exceptions=not serving.done())
    if engine is not None:
        await engine.stop()
    await product.close()
    if failed is not None:
        raise failed


async def work(settings: Settings) -> None:
    """Do the jobs that serving processes leave to workers, until told to stop."""
    from gateway import distributed  # noqa: PLC0415 - Redis is an extra

    if settings.redis_url is None:
        raise ValueError("MOSTIK_REDIS_URL must be set for a worker")
    product = await open_product(settings)
    engine = Engine(product, distributed.broker(settings.redis_url))
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for word in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(word, told.set)
    await engine.start()
    listening = asyncio.create_task(engine.listen())
    await told.wait()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await engine.stop()
    await product.close()


def configure_logs(level: str) -> None:
    """One JSON line for each event on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, level.upper(), logging.INFO)
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
