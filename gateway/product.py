"""The product's parts, put together by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from msgspec import Struct

from gateway.clock import Clock, FollowedClock, SystemClock
from gateway.sealing import Sealer
from gateway.settings import Settings, identity_of
from gateway.store.database import Database, open_database
from gateway.sync.gate import Gate
from gateway.sync.journal import Journal
from gateway.sync.tokens import Tokens
from providers import BANKS
from providers.contract import Provider
from providers.transport import Wire, client
from schemas.bank import Bank


class OpenBank(Struct, frozen=True):
    """A bank that can be called: its descriptor, its adapter, its gate."""

    bank: Bank
    provider: Provider
    gate: Gate
    client: httpx.AsyncClient


class Product:
    """Everything that handlers, walks and the engine need, in one place."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        sealer: Sealer,
        *,
        clients: dict[str, httpx.AsyncClient] | None = None,
        limiter: MovingWindowRateLimiter | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.sealer = sealer
        self.journal = Journal(clock)
        self.tokens = Tokens(database, sealer, clock)
        self.counts: dict[tuple[str, str], int] = {}
        """Refusals by bank and code since start, for `/metrics`."""
        self.on_close: list[Callable[[], Awaitable[None]]] = []
        """What else must be let go of at the end."""
        self._due = asyncio.Event()
        limiter = limiter or MovingWindowRateLimiter(MemoryStorage())
        self.banks: dict[str, OpenBank] = {}
        for name, entrance in BANKS.items():
            gate = Gate(entrance.bank, clock, limiter)
            own: Any = settings.banks[name]
            called = (clients or {}).get(name) or client(identity_of(own))
            wire = Wire(called, gate=gate, journal=self.journal.keep)
            self.banks[name] = OpenBank(entrance.bank, entrance.open(own, wire), gate, called)

    def wake(self) -> None:
        """Something is due now: whoever waits for work looks at once."""
        self._due.set()

    async def wait_for_work(self, seconds: float) -> None:
        """Return when woken, or after so many real seconds."""
        try:
            await asyncio.wait_for(self._due.wait(), seconds)
        except TimeoutError:
            return
        self._due.clear()

    def count(self, bank: str, code: str) -> None:
        """Count a refusal."""
        self.counts[bank, code] = self.counts.get((bank, code), 0) + 1

    async def close(self) -> None:
        """Write what is unsaved and let go of everything."""
        await self.journal.write(self.database)
        for bank in self.banks.values():
            await bank.client.aclose()
        if isinstance(self.clock, FollowedClock):
            await self.clock.stop()
        for let_go in self.on_close:
            await let_go()
        await self.database.close()


async def open_product(settings: Settings) -> Product:
    """Put the product together from its settings.

    Raises:
        ValueError: when a setting cannot be used.
        OSError, httpx.HTTPError: when a place it names cannot be reached.
    """
    clock: Clock = SystemClock()
    if settings.clock_url:
        followed = FollowedClock(settings.clock_url, httpx.AsyncClient(trust_env=False))
        await followed.start()
        clock = followed
    keys, _ = settings.sealing_keys()
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(
            parents=True, exist_ok=True
        )
    database = await open_database(settings.database_url)
    if settings.redis_url is None:
        return Product(settings, clock, database, Sealer(keys))
    from gateway import distributed  # noqa: PLC0415 - Redis is an extra

    limiter = distributed.limiter(settings.redis_url)
    product = Product(settings, clock, database, Sealer(keys), limiter=limiter)
    product.on_close.append(limiter.close)
    return product
