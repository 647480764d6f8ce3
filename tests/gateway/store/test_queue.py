"""The queue of windows and visits: leased to one worker at a time, settled by that one alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from gateway.ids import new_id, new_ids
from gateway.records import Connection, Load, Organisation, WindowRow
from gateway.store import connections, windows
from gateway.store.database import Database, Tx
from schemas.connection import ConnectionStatus
from tests.statements import FIRST, NOW, days

WALL = NOW + timedelta(days=400)
"""Leases go by the machine's time, which has nothing to do with the banks'."""
LEASE = timedelta(minutes=2)


@pytest.fixture
async def connection(database: Database, tenant_id: str) -> Connection:
    """A connection that is whole and due."""
    made = Connection(
        id=new_id("con", NOW),
        tenant_id=tenant_id,
        bank="bank",
        status=ConnectionStatus.ACTIVE,
        organisation=Organisation(id="org_1", name="Acme"),
        return_url="https://erp.example/back",
        history_from=FIRST,
        schedule="15m",
        created_at=NOW,
    )
    await database.write(lambda tx: connections.add(tx, made, state_hash=None, due_at=NOW))
    return made


async def plan(
    database: Database,
    connection: Connection,
    account_id: str,
    count: int,
    load_id: str | None = None,
) -> None:
    """Windows of a day each, all due now."""
    ids = new_ids("win", NOW)
    wanted = [windows.Wanted(next(ids), "history", days(number), NOW) for number in range(count)]

    async def work(tx: Tx) -> None:
        await windows.plan(
            tx,
            wanted,
            tenant_id=connection.tenant_id,
            account_id=account_id,
            connection_id=connection.id,
            bank=connection.bank,
            load_id=load_id,
        )

    await database.write(work)


async def lease(
    database: Database, account_id: str, *, later: timedelta = timedelta(), limit: int = 1000
) -> list[WindowRow]:
    """Take what is due; of this account, since the tests of a module share their tables."""
    wall = WALL + later
    taken = await database.write(lambda tx: windows.lease_due(tx, NOW, wall, wall + LEASE, limit))
    return [row for row in taken if row.account_id == account_id]


async def settle(database: Database, row: WindowRow) -> bool:
    """Write that a window has come, as whoever holds it."""
    done = msgspec.structs.replace(row, state="received", due_at=None)
    return await database.write(lambda tx: windows.settle(tx, done, fence=row.fence))


async def test_a_window_is_leased_to_one_worker_at_a_time(
    database: Database, connection: Connection, account_id: str
) -> None:
    """Two workers on one window would ask a bank twice, and count against its quota twice."""
    await plan(database, connection, account_id, 3)
    first = await lease(database, account_id)
    second = await lease(database, account_id)
    after = await lease(database, account_id, later=LEASE)

    assert (len(first), len(second), len(after)) == (3, 0, 3)
    assert [row.fence for row in after] == [row.fence + 1 for row in first]


async def test_workers_that_look_at_once_share_what_is_due(
    database: Database, connection: Connection, account_id: str
) -> None:
    """Nothing is taken twice and nobody waits for the others."""
    await plan(database, connection, account_id, 24)
    taken = await asyncio.gather(*(lease(database, account_id, limit=6) for _ in range(6)))
    rest = await lease(database, account_id)
    ids = [row.id for rows in [*taken, rest] for row in rows]

    assert len(ids) == len(set(ids)) == 24


async def test_whoever_lost_his_lease_can_settle_nothing(
    database: Database, connection: Connection, account_id: str
) -> None:
    """A worker that slept through its lease must not land over its successor."""
    await plan(database, connection, account_id, 1)
    (slow,) = await lease(database, account_id)
    (quick,) = await lease(database, account_id, later=LEASE)
    settled = [await settle(database, slow), await settle(database, quick)]
    settled.append(await settle(database, slow))

    assert settled == [False, True, False]


async def test_a_settled_window_is_not_due_and_an_open_one_stays_listed(
    database: Database, connection: Connection, account_id: str
) -> None:
    """Done is done; the planner must see what is still being worked on."""
    await plan(database, connection, account_id, 2)
    first, second = await lease(database, account_id)
    await settle(database, first)
    open_rows = await database.read(lambda tx: windows.open_of(tx, account_id))

    assert [row.id for row in open_rows] == [second.id]
    assert [row.id for row in await lease(database, account_id, later=LEASE)] == [second.id]


async def test_windows_of_a_connection_that_is_stopped_wait(
    database: Database, connection: Connection, account_id: str
) -> None:
    """Asking on without a permission would only bring refusals; repaired, all go on at once."""
    await plan(database, connection, account_id, 2)
    stopped = msgspec.structs.replace(connection, status=ConnectionStatus.EXPIRED)
    await database.write(lambda tx: connections.amend(tx, stopped))
    waiting = await lease(database, account_id)
    await database.write(lambda tx: connections.amend(tx, connection))

    assert (waiting, len(await lease(database, account_id))) == ([], 2)


async def test_after_a_restart_nothing_is_held_and_no_dead_worker_can_settle(
    database: Database, connection: Connection, account_id: str
) -> None:
    """An embedded installation is one process: what a dead one held is free at once."""
    await plan(database, connection, account_id, 1)
    (dead,) = await lease(database, account_id)
    await database.write(connections.forget_leases)
    (living,) = await lease(database, account_id)

    assert await settle(database, dead) is False
    assert await settle(database, living) is True


async def test_a_visit_is_made_by_one_worker_and_ended_by_that_one(
    database: Database, connection: Connection
) -> None:
    """The fence of a visit works like that of a window."""

    async def take(later: timedelta = timedelta()) -> list[int]:
        wall = WALL + later
        taken = await database.write(
            lambda tx: connections.lease_due(tx, NOW, wall, wall + LEASE, 1000)
        )
        return [fence for found, fence in taken if found == connection.id]

    async def give_back(fence: int) -> bool:
        again = NOW + timedelta(hours=1)
        return await database.write(lambda tx: connections.release(tx, connection.id, fence, again))

    at_once = [fence for fences in await asyncio.gather(take(), take()) for fence in fences]
    (later,) = await take(LEASE)

    assert len(at_once) == 1
    assert [await give_back(at_once[0]), await give_back(later)] == [False, True]
    assert await take(2 * LEASE) == []


async def test_a_cancelled_load_takes_its_windows_out_of_every_hand(
    database: Database, connection: Connection, account_id: str
) -> None:
    """Also a piece that is under way when its load is cancelled must not land."""
    load = Load(
        id=new_id("load", NOW),
        tenant_id=connection.tenant_id,
        account_id=account_id,
        first=FIRST,
        last=days(1).last,
        state="running",
        started_at=NOW,
    )
    await database.write(lambda tx: windows.add_load(tx, load))
    await plan(database, connection, account_id, 2, load.id)
    held, _ = await lease(database, account_id)
    cancelled = [
        await database.write(lambda tx: windows.cancel(tx, load.id, NOW)) for _ in range(2)
    ]

    assert cancelled == [True, False]
    assert await settle(database, held) is False
    assert await lease(database, account_id, later=LEASE) == []
