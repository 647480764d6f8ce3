"""The engine's heart: a tick that takes what is due and hands it to the job broker.

The tables are the truth and the broker a hint: a message that is lost, stuck or doubled is delay
or nothing, since whoever gets it must hold the lease that the tick took, and the lease ends.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import msgspec
import structlog
from taskiq import AsyncBroker, InMemoryBroker
from taskiq.api import run_receiver_task

from gateway.clock import wall
from gateway.product import Product
from gateway.records import Connection, WindowRow
from gateway.store import accounts, connections, idempotency, windows
from gateway.store.database import Tx
from gateway.store.instants import from_micros
from gateway.store.standing import UNREACHABLE
from gateway.sync import pull
from gateway.sync.rotation import rotate
from gateway.sync.visit import visit

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
TICK_SECONDS = 2.0
"""The longest the engine sleeps in real time; a broker's stuck message waits no longer."""
TICK_SECONDS_FOLLOWING = 0.1
BATCH = 40
UNDER_WAY_MAX = 60
HOUSEKEEPING = timedelta(hours=1)
STOP_SECONDS = 10.0


async def _next_due(tx: Tx) -> int | None:
    """The earliest thing that is due and that nobody holds, in stored form."""
    real = wall()
    found = (await windows.next_due(tx, real), await connections.next_due(tx, real))
    return min((at for at in found if at is not None), default=None)


class Engine:
    """Takes due windows and visits, and sees them through."""

    def __init__(self, product: Product, broker: AsyncBroker | None = None) -> None:
        self._product = product
        self._broker = broker or InMemoryBroker(max_async_tasks=UNDER_WAY_MAX)
        self._alone = isinstance(self._broker, InMemoryBroker)
        self._under_way: set[str] = set()
        self._ticking: asyncio.Task[None] | None = None
        self._kept_house: datetime | None = None

        # taskiq renames the function that it is given, which a bound method does not suffer.
        async def pull_window(row: str) -> None:
            await self.pull_window(row)

        async def visit_connection(connection_id: str, fence: int) -> None:
            await self.visit_connection(connection_id, fence)

        self._window = self._broker.register_task(pull_window, task_name="pull_window")
        self._visit = self._broker.register_task(visit_connection, task_name="visit")

    @property
    def busy(self) -> bool:
        """Whether something that was taken is still being worked on."""
        return bool(self._under_way)

    async def start(self) -> None:
        """Begin to work."""
        await self._broker.startup()
        self._ticking = asyncio.create_task(self._tick_for_ever())

    async def ended(self) -> None:
        """Wait for the end of the work, which comes with `stop` or by an error; that is raised."""
        if self._ticking is not None:
            await asyncio.shield(self._ticking)

    async def listen(self) -> None:
        """Do the jobs that come over a broker between processes, until cancelled."""
        await run_receiver_task(self._broker, max_async_tasks=UNDER_WAY_MAX)

    async def stop(self) -> None:
        """Take nothing new, let what is under way finish, and leave the rest to its lease."""
        if self._ticking:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while self._under_way:  # noqa: ASYNC110 - a set that tasks leave on their own
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.warning("left_under_way", count=len(self._under_way))
        await self._broker.shutdown()

    async def _tick_for_ever(self) -> None:
        while True:
            try:
                if not await self.tick():
                    await self._product.wait_for_work(await self._seconds_to_next())
            except UNREACHABLE as trouble:
                # Work goes on as soon as the database is back; until then there is none to take.
                log.warning("database_unreachable", trouble=type(trouble).__name__)
                await asyncio.sleep(TICK_SECONDS)

    async def _seconds_to_next(self) -> float:
        """How long nothing can be due; a followed clock may jump, so then it is short."""
        product = self._product
        if product.settings.clock_url:
            return TICK_SECONDS_FOLLOWING

        due = await product.database.read(_next_due)
        if due is None:
            return TICK_SECONDS
        left = (from_micros(due) - product.clock.now()).total_seconds()
        return min(TICK_SECONDS, max(0.02, left))

    async def tick(self) -> int:
        """Take what is due and hand it on; how much that was."""
        product = self._product
        now, real = product.clock.now(), wall()
        room = UNDER_WAY_MAX - len(self._under_way)
        await product.journal.write(product.database)
        await self._keep_house(now)
        if room <= 0:
            await asyncio.sleep(0.01)
            return 0

        async def work(tx: Tx) -> tuple[list[tuple[str, int]], list[WindowRow]]:
            limit = min(room, BATCH)
            visits = await connections.lease_due(tx, now, real, real + LEASE, limit)
            rows = await windows.lease_due(tx, now, real, real + LEASE, limit)
            return visits, rows

        nearest = await product.database.read(_next_due)
        if nearest is None or from_micros(nearest) > now:
            return 0
        visits, rows = await product.database.write(work)
        for connection_id, fence in visits:
            self._hand_out(connection_id)
            await self._visit.kiq(connection_id, fence)
        for row in rows:
            self._hand_out(row.id)
            await self._window.kiq(msgspec.json.encode(row).decode())
        return len(visits) + len(rows)

    def _hand_out(self, job: str) -> None:
        """Count a job that this very process will do; what a broker carries off, another may."""
        if self._alone:
            self._under_way.add(job)

    async def _keep_house(self, now: datetime) -> None:
        """Once an hour, drop what is kept for a limited time only."""
        if self._kept_house is not None and now - self._kept_house < HOUSEKEEPING:
            return
        self._kept_house = now
        product = self._product
        await product.journal.forget(product.database, product.settings.keep_wire_days)
        await rotate(product)

        async def work(tx: Tx) -> None:
            await accounts.forget_readings(tx, now - timedelta(days=2))
            await idempotency.forget_before(tx, wall() - timedelta(days=2))

        await product.database.write(work)

    async def pull_window(self, row: str) -> None:
        """Work on one leased window."""
        leased = msgspec.json.decode(row, type=WindowRow)
        try:
            await pull.run(self._product, leased)
        finally:
            self._under_way.discard(leased.id)
            self._product.wake()

    async def visit_connection(self, connection_id: str, fence: int) -> None:
        """Visit one leased connection and say when to come again."""
        product = self._product

        async def find(tx: Tx) -> Connection | None:
            return await connections.find(tx, connection_id)

        try:
            connection = await product.database.read(find)
            again = await visit(product, connection) if connection else None

            async def release(tx: Tx) -> None:
                await connections.release(tx, connection_id, fence, again)

            await product.database.write(release)
        finally:
            self._under_way.discard(connection_id)
            self._product.wake()
