"""Keeps scrubbed copies of bank calls under the connection on whose behalf they were made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from gateway.clock import Clock
from gateway.records import Connection
from gateway.store import exchanges
from gateway.store.database import Database, Tx
from providers.transport import Exchange

UNSAVED_MAX = 5_000
"""Copies are for support, not for the books: when they pile up, the oldest are let go."""

_behalf: ContextVar[tuple[str, str] | None] = ContextVar("behalf", default=None)


@contextmanager
def on_behalf_of(connection: Connection) -> Iterator[None]:
    """Everything said to a bank within belongs to this connection."""
    token = _behalf.set((connection.tenant_id, connection.id))
    try:
        yield
    finally:
        _behalf.reset(token)


class Journal:
    """Collects copies and writes them in batches, off the path of the calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unsaved: list[tuple[str, str, datetime, Exchange]] = []

    def keep(self, exchange: Exchange) -> None:
        """Remember a call until the next batch is written."""
        behalf = _behalf.get()
        if behalf is None:
            return
        if len(self._unsaved) >= UNSAVED_MAX:
            del self._unsaved[: UNSAVED_MAX // 2]
        self._unsaved.append((*behalf, self._clock.now(), exchange))

    async def write(self, database: Database) -> None:
        """Write what has come together."""
        batch, self._unsaved = self._unsaved, []
        if not batch:
            return

        async def work(tx: Tx) -> None:
            await exchanges.keep(tx, batch)

        await database.write(work)

    async def forget(self, database: Database, days: int) -> None:
        """Drop copies older than so many days."""
        before = self._clock.now() - timedelta(days=days)

        async def work(tx: Tx) -> None:
            await exchanges.forget_before(tx, before)

        await database.write(work)
