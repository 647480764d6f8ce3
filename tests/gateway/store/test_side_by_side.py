"""Transactions that really run side by side, as PostgreSQL lets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from gateway.ledger.landing import tell_all
from gateway.records import Anchor, Connection, Organisation
from gateway.store import accounts, connections, schema, transactions
from gateway.store.database import Database, Tx, open_database
from gateway.store.landing import land
from gateway.store.transactions import NEWEST, Filter
from schemas.connection import ConnectionStatus
from tests.gateway.store.conftest import opened_account
from tests.statements import NOW, day, days, entry, landed, place, reading

A_WHILE = 0.2


@pytest.fixture
def migrated_url(postgres_url: str) -> str:
    """A database with tables; made outside the event loop, as the command does."""
    schema.migrate(postgres_url)
    return postgres_url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """The open database."""
    opened = await open_database(migrated_url)
    try:
        yield opened
    finally:
        await opened.close()


def connection(tenant_id: str) -> Connection:
    """A connection of a tenant that has no other."""
    return Connection(
        id=f"con_{tenant_id}",
        tenant_id=tenant_id,
        bank="bank",
        status=ConnectionStatus.ACTIVE,
        organisation=Organisation(id="org_1", name="Ours"),
        return_url="https://erp.example/back",
        history_from=day(0),
        schedule="15m",
        created_at=NOW,
    )


async def test_a_review_and_a_correction_of_one_row_are_both_kept(
    database: Database, tenant_id: str, account_id: str
) -> None:
    """Whoever wrote last would else put back the words, or the decision, of before."""
    where = place(tenant_id, account_id)
    await landed(database, where, reading(days(0), [entry("k", 0, "10.00")]))
    told = reading(days(0), [entry("k", 0, "12.00")])
    under_way = asyncio.Event()

    async def correct(tx: Tx) -> None:
        await land(tx, where, told, tell_all(told.entries), NOW)
        under_way.set()
        await asyncio.sleep(A_WHILE)

    async def rows(tx: Tx) -> list[tuple[bytes, str, str]]:
        return await transactions.page(tx, tenant_id, Filter(account_id=account_id), NEWEST, 10)

    ((_, _, row_id),) = await database.read(rows)

    async def confirm() -> None:
        await under_way.wait()
        await database.write(
            lambda tx: transactions.review(tx, tenant_id, [(row_id, "confirmed")], NOW)
        )

    await asyncio.gather(database.write(correct), confirm())
    ((doc, _, _),) = await database.read(rows)
    row = msgspec.json.decode(doc)

    assert (row["amount"], row["review"], row["version"]) == ("12.00", "confirmed", 3)


async def test_units_of_work_that_block_each_other_are_both_carried_out(
    database: Database, tenant_id: str
) -> None:
    """PostgreSQL ends one of them; ending it for its caller too would lose what he wanted."""
    one, other = [await opened_account(database, tenant_id) for _ in range(2)]
    met = asyncio.Barrier(2)
    tries = 0

    async def anchor(first: str, second: str, balance: str) -> None:
        async def work(tx: Tx) -> None:
            nonlocal tries
            tries += 1
            for account_id in (first, second):
                account = await accounts.hold(tx, account_id)
                assert account is not None
                changed = msgspec.structs.replace(account, anchor=Anchor(day(0), balance))
                await accounts.save(tx, changed)
                if tries <= 2 and account_id == first:
                    await met.wait()

        await database.write(work)

    await asyncio.gather(anchor(one, other, "1.00"), anchor(other, one, "2.00"))

    async def anchors(tx: Tx) -> set[Anchor | None]:
        return {found.anchor for each in (one, other) if (found := await accounts.find(tx, each))}

    assert tries == 3
    assert len(await database.read(anchors)) == 1


async def test_a_connection_that_is_held_is_read_as_its_holder_left_it(
    database: Database, tenant_id: str
) -> None:
    """A visit that read it before it was closed would else write it back as active."""
    made = connection(tenant_id)
    await database.write(lambda tx: connections.add(tx, made, state_hash=None, due_at=None))
    under_way = asyncio.Event()

    async def close(tx: Tx) -> None:
        held = await connections.hold(tx, made.id)
        assert held is not None
        under_way.set()
        await asyncio.sleep(A_WHILE)
        await connections.save(tx, msgspec.structs.replace(held, status=ConnectionStatus.CLOSED))

    async def look(tx: Tx) -> Connection | None:
        return await connections.hold(tx, made.id)

    async def visit() -> Connection | None:
        await under_way.wait()
        return await database.write(look)

    _, seen = await asyncio.gather(database.write(close), visit())

    assert seen is not None
    assert seen.status is ConnectionStatus.CLOSED


async def test_a_state_is_used_up_once(database: Database, tenant_id: str) -> None:
    """A browser that comes back twice at the same moment must not use the bank's code twice."""
    made = connection(tenant_id)
    await database.write(lambda tx: connections.add(tx, made, state_hash="state", due_at=None))

    async def use(tx: Tx) -> bool:
        living = await connections.take_state(tx, "state")
        await asyncio.sleep(A_WHILE)
        if living is not None:
            await connections.save(tx, living)
        return living is not None

    used = await asyncio.gather(database.write(use), database.write(use))

    assert sorted(used) == [False, True]
