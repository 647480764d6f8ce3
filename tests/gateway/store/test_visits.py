"""When a connection is visited next, and who may say so."""

from __future__ import annotations

from datetime import timedelta

from gateway.records import Connection, Organisation
from gateway.store import connections
from gateway.store.database import Database, Tx
from gateway.store.instants import to_micros
from schemas.connection import ConnectionStatus
from tests.statements import NOW, day

LEASE = timedelta(minutes=2)


async def test_a_visit_under_way_does_not_put_off_what_was_asked_for_meanwhile(
    database: Database, tenant_id: str
) -> None:
    """One that ends with nothing to come again for would leave a new grant unvisited for ever."""
    made = Connection(
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

    async def work(tx: Tx) -> tuple[bool, int | None]:
        await connections.add(tx, made, state_hash=None, due_at=NOW)
        leased = dict(await connections.lease_due(tx, NOW, NOW, NOW + LEASE, 100))
        await connections.set_due(tx, made.id, NOW)
        told = await connections.release(tx, made.id, leased[made.id], None)
        return told, await connections.next_due(tx, NOW + LEASE)

    told, due = await database.write(work)

    assert (told, due) == (False, to_micros(NOW))
