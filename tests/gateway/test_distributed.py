"""What runs over Redis: hints between processes, a shared pace, and life without it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import redis
from limits import RateLimitItemPerSecond
from taskiq import AsyncBroker
from taskiq.api import run_receiver_task

from gateway import distributed
from gateway.clock import wall
from gateway.records import Connection, Organisation
from gateway.store import connections, schema
from gateway.store.database import Database, Tx, open_database
from schemas.connection import ConnectionStatus
from tests.house.sources import ROOT

NOWHERE = "redis://127.0.0.1:1/0"
LEASE = timedelta(seconds=1)

DYING_WORKER = """
import asyncio, os, signal, sys
from taskiq.api import run_receiver_task
from gateway import distributed

async def main():
    broker = distributed.broker(sys.argv[1])

    @broker.task(task_name="visit")
    async def visit(connection_id: str, fence: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    await broker.startup()
    print("ready", flush=True)
    await run_receiver_task(broker)

asyncio.run(main())
"""


async def until(true: Callable[[], bool], seconds: float = 8.0) -> None:
    """Wait until something is so; too long is a failure."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what it waits for happens in another process
            await asyncio.sleep(0.02)


@asynccontextmanager
async def working(broker: AsyncBroker) -> AsyncIterator[None]:
    """Do the jobs of a broker as long as the block lasts."""
    await broker.startup()
    listening = asyncio.create_task(run_receiver_task(broker))
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await broker.shutdown()


async def test_a_job_put_by_one_broker_is_done_once_by_one_of_two_workers(redis_url: str) -> None:
    """Serving processes put, workers do; two of them share the work and do not double it."""
    done: list[int] = []
    putting, first, second = (distributed.broker(redis_url) for _ in range(3))

    async def double(number: int) -> None:
        done.append(number)

    for broker in (first, second):
        broker.register_task(double, task_name="double")
    task = putting.register_task(double, task_name="double")
    await putting.startup()
    async with working(first), working(second):
        for number in range(20):
            await task.kiq(number)
        await until(lambda: len(done) >= 20)
        await asyncio.sleep(0.1)
    await putting.shutdown()

    assert sorted(done) == list(range(20))


async def test_what_was_put_before_any_worker_lived_is_done(redis_url: str) -> None:
    """After an update the serving process is often up first."""
    done: list[int] = []
    broker = distributed.broker(redis_url)

    async def job(number: int) -> None:
        done.append(number)

    task = broker.register_task(job, task_name="job")
    await task.kiq(1)
    async with working(broker):
        await until(lambda: bool(done))

    assert done == [1]


async def test_an_emptied_redis_is_survived(redis_url: str) -> None:
    """The group is gone with the stream; the listener declares it anew and goes on."""
    done: list[int] = []
    broker = distributed.broker(redis_url)

    async def job(number: int) -> None:
        done.append(number)

    task = broker.register_task(job, task_name="job")
    async with working(broker):
        await task.kiq(1)
        await until(lambda: done == [1])
        with redis.Redis.from_url(redis_url) as client:
            client.flushall()
        await task.kiq(2)
        await until(lambda: done == [1, 2])

    assert done == [1, 2]


async def test_without_redis_a_hint_is_dropped_and_nothing_breaks() -> None:
    """The tick that put it goes on, and the lease's end brings the work back."""
    broker = distributed.broker(NOWHERE)

    async def job() -> None:
        return

    task = broker.register_task(job, task_name="job")
    await broker.startup()
    put = await task.kiq()
    await broker.shutdown()

    assert put.task_id


async def test_the_pace_is_kept_by_all_processes_together(redis_url: str) -> None:
    """Two workers that each keep a bank's limit call it twice as often as it allows."""
    item = RateLimitItemPerSecond(3, 60)
    limiters = [distributed.limiter(redis_url) for _ in range(2)]
    allowed = [await limiter.hit(item, "bank") for _ in range(4) for limiter in limiters]
    for limiter in limiters:
        await limiter.close()

    assert sum(allowed) == 3


async def test_without_redis_each_process_keeps_the_pace_for_itself() -> None:
    """A broken broker is no reason to overrun a bank, or to stop reading it."""
    item = RateLimitItemPerSecond(3, 60)
    limiter = distributed.limiter(NOWHERE)
    allowed = [await limiter.hit(item, "bank") for _ in range(5)]
    await limiter.close()

    assert allowed == [True, True, True, False, False]


async def test_trouble_tells_whether_redis_answers(redis_url: str) -> None:
    """For the doctor, without a traceback."""
    assert await distributed.trouble(redis_url) is None
    assert "cannot be used" in (await distributed.trouble(NOWHERE) or "")


def due_connection() -> Connection:
    """A connection that a visit is due for."""
    return Connection(
        id="con_1",
        tenant_id="ten_1",
        bank="somewhere",
        status=ConnectionStatus.ACTIVE,
        organisation=Organisation(id="org_1", name="Acme"),
        return_url="https://acme.example/done",
        history_from=date(2026, 1, 1),
        schedule="15m",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def leased(database: Database) -> list[tuple[str, int]]:
    """What a tick takes now: connections with the fence of their lease."""

    async def work(tx: Tx) -> list[tuple[str, int]]:
        now = wall()
        return await connections.lease_due(tx, now, now, now + LEASE, 10)

    return await database.write(work)


async def released(database: Database, fence: int) -> bool:
    """Give the visit's lease back with this fence; False when it was lost."""

    async def work(tx: Tx) -> bool:
        return await connections.release(tx, "con_1", fence, None)

    return await database.write(work)


async def test_a_killed_workers_job_is_done_by_another_once_its_lease_ends(
    redis_url: str, tmp_path: Path
) -> None:
    """The broker may keep the dead worker's message for minutes; the tables do not wait for it."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    await asyncio.to_thread(schema.migrate, url)
    database = await open_database(url)

    async def add(tx: Tx) -> None:
        await connections.add(tx, due_connection(), state_hash=None, due_at=wall())

    await database.write(add)
    done: list[tuple[str, int, bool]] = []

    async def visit(connection_id: str, fence: int) -> None:
        done.append((connection_id, fence, await released(database, fence)))

    putting, living = distributed.broker(redis_url), distributed.broker(redis_url)
    hint = putting.register_task(visit, task_name="visit")
    living.register_task(visit, task_name="visit")
    await putting.startup()
    doomed = subprocess.Popen(  # noqa: ASYNC220 - it only has to be started
        [sys.executable, "-c", DYING_WORKER, redis_url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert doomed.stdout is not None
    await asyncio.to_thread(doomed.stdout.readline)
    (first,) = await leased(database)
    await hint.kiq(*first)
    await asyncio.to_thread(doomed.wait, 8)
    doomed.stdout.close()
    while_held = await leased(database)
    async with working(living):
        await asyncio.sleep(LEASE.total_seconds())
        (second,) = await leased(database)
        await hint.kiq(*second)
        await until(lambda: bool(done))
    late = await released(database, first[1])
    await putting.shutdown()
    await database.close()

    assert doomed.returncode == -signal.SIGKILL
    assert while_held == []
    assert done == [("con_1", first[1] + 1, True)]
    assert late is False
