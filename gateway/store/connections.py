"""Connections and the secrets they read with."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from gateway.records import Connection, Organisation
from gateway.store.database import Tx
from gateway.store.instants import maybe_to, to_micros
from gateway.store.tables import connections, grants, organisations, windows
from gateway.store.upsert import upsert
from schemas.connection import ConnectionStatus

C = connections.c
G = grants.c

_insert = insert(connections).values(
    {
        column: bindparam(column.name)
        for column in connections.c
        if column.name not in {"lease_until", "fence"}
    }
)
_update = (
    update(connections)
    .where(C.id == bindparam("of_id"))
    .values(
        status=bindparam("status"),
        state_hash=bindparam("state_hash"),
        consent_id=bindparam("consent_id"),
        doc=bindparam("doc"),
    )
)
_set_due = (
    update(connections)
    .where(C.id == bindparam("of_id"))
    # A visit that is being made knows nothing of this: its own word on the next one is void.
    .values(due_at=bindparam("due_at"), fence=C.fence + 1)
)
_get = select(C.doc).where(C.tenant_id == bindparam("tenant_id"), C.id == bindparam("id"))
_any = select(C.doc).where(C.id == bindparam("id"))
_hold = _any.with_for_update()
_by_state = select(C.doc).where(C.state_hash == bindparam("state_hash"))
_take_state = _by_state.with_for_update()
_state_of = select(C.state_hash).where(C.id == bindparam("id"))
_living = select(C.doc).where(C.bank == bindparam("bank"), C.status != "closed")
_list = (
    select(C.doc, C.created_at, C.id)
    .where(C.tenant_id == bindparam("tenant_id"))
    .where(tuple_(C.created_at, C.id) > tuple_(bindparam("after_at"), bindparam("after_id")))
    .order_by(C.created_at, C.id)
    .limit(bindparam("limit"))
)
_of_bank = _list.where(C.bank == bindparam("bank"))
_of_status = _list.where(C.status == bindparam("status"))
_of_both = _of_bank.where(C.status == bindparam("status"))
_due = (
    select(C.id)
    .where(C.due_at <= bindparam("now"), C.lease_until <= bindparam("wall"))
    .order_by(C.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_lease = (
    update(connections)
    .where(C.id == bindparam("of_id"), C.lease_until <= bindparam("wall"))
    .values(lease_until=bindparam("until"), fence=C.fence + 1)
    .returning(C.fence)
)
_release = (
    update(connections)
    .where(C.id == bindparam("of_id"), C.fence == bindparam("of_fence"))
    .values(lease_until=0, due_at=bindparam("due_at"))
)
_next_due = (
    select(C.due_at)
    .where(C.due_at.is_not(None), C.lease_until <= bindparam("wall"))
    .order_by(C.due_at)
    .limit(1)
)

_grant = select(G.sealed, G.version).where(
    G.connection_id == bindparam("connection_id"), G.slot == bindparam("slot")
)
_put_grant = upsert(grants, ("connection_id", "slot"))
_drop_grant = delete(grants).where(
    G.connection_id == bindparam("connection_id"), G.slot == bindparam("slot")
)
_claim = (
    update(grants)
    .where(G.connection_id == bindparam("of_connection"), G.slot == "live")
    .where(G.version == bindparam("of_version"), G.refresh_until <= bindparam("wall"))
    .values(refresh_until=bindparam("until"), refresh_attempts=G.refresh_attempts + 1)
)
_renewed = (
    update(grants)
    .where(G.connection_id == bindparam("of_connection"), G.slot == "live")
    .where(G.version == bindparam("of_version"))
    .values(sealed=bindparam("sealed"), version=G.version + 1, refresh_until=0, refresh_attempts=0)
)
_unclaim = (
    update(grants)
    .where(G.connection_id == bindparam("of_connection"), G.slot == "live")
    .where(G.version == bindparam("of_version"))
    .values(refresh_until=0)
)
_all_grants = select(G.connection_id, G.slot, G.tenant_id, G.sealed, G.version)
_reseal = (
    update(grants)
    .where(G.connection_id == bindparam("of_connection"), G.slot == bindparam("of_slot"))
    .where(G.version == bindparam("of_version"))
    .values(sealed=bindparam("sealed"))
)
_forget_leases = update(connections).values(lease_until=0)
_forget_refreshes = update(grants).values(refresh_until=0)
_forget_windows = update(windows).values(lease_until=0, fence=windows.c.fence + 1)

_put_organisation = upsert(organisations, ("id",))
_organisation = select(organisations.c.doc).where(
    organisations.c.tenant_id == bindparam("tenant_id"), organisations.c.id == bindparam("id")
)


class Sealed(Struct, frozen=True):
    """A secret as it rests, with the number that a change of it must name."""

    sealed: bytes
    version: int


async def add(
    tx: Tx, connection: Connection, *, state_hash: str | None, due_at: datetime | None
) -> None:
    """Keep a new connection."""
    await tx.run(
        _insert,
        id=connection.id,
        tenant_id=connection.tenant_id,
        bank=connection.bank,
        status=connection.status.value,
        state_hash=state_hash,
        consent_id=connection.consent_id,
        due_at=maybe_to(due_at),
        doc=msgspec.json.encode(connection),
        created_at=to_micros(connection.created_at),
    )


async def save(tx: Tx, connection: Connection, *, state_hash: str | None = None) -> None:
    """Keep a connection's new standing; without a state the walk to the bank is over."""
    await tx.run(
        _update,
        of_id=connection.id,
        status=connection.status.value,
        state_hash=state_hash,
        consent_id=connection.consent_id,
        doc=msgspec.json.encode(connection),
    )


async def amend(tx: Tx, connection: Connection) -> None:
    """Keep a connection's new standing and leave a walk that is going on as it is."""
    row = await tx.row(_state_of, id=connection.id)
    await save(tx, connection, state_hash=row[0] if row else None)


async def get(tx: Tx, tenant_id: str, connection_id: str) -> Connection | None:
    """One connection of a tenant."""
    row = await tx.row(_get, tenant_id=tenant_id, id=connection_id)
    return msgspec.json.decode(row[0], type=Connection) if row else None


async def find(tx: Tx, connection_id: str) -> Connection | None:
    """One connection, for the engine, which serves all tenants."""
    row = await tx.row(_any, id=connection_id)
    return msgspec.json.decode(row[0], type=Connection) if row else None


async def hold(tx: Tx, connection_id: str) -> Connection | None:
    """One connection, which nobody else changes until this transaction ends."""
    row = await tx.row(_hold, id=connection_id)
    return msgspec.json.decode(row[0], type=Connection) if row else None


async def by_state(tx: Tx, state_hash: str) -> Connection | None:
    """The connection whose walk this state belongs to."""
    row = await tx.row(_by_state, state_hash=state_hash)
    return msgspec.json.decode(row[0], type=Connection) if row else None


async def take_state(tx: Tx, state_hash: str) -> Connection | None:
    """Like `by_state` for whoever uses the state up: of two at once the second finds nothing."""
    row = await tx.row(_take_state, state_hash=state_hash)
    return msgspec.json.decode(row[0], type=Connection) if row else None


async def living(tx: Tx, bank: str) -> list[Connection]:
    """All connections of a bank that are not closed, of all tenants."""
    rows = await tx.rows(_living, bank=bank)
    return [msgspec.json.decode(row[0], type=Connection) for row in rows]


async def page(
    tx: Tx,
    tenant_id: str,
    *,
    after: tuple[int, str],
    limit: int,
    bank: str | None = None,
    status: ConnectionStatus | None = None,
) -> list[tuple[Connection, tuple[int, str]]]:
    """A tenant's connections, oldest first, each with its place."""
    values = {
        "tenant_id": tenant_id, "after_at": after[0], "after_id": after[1], "limit": limit,
    }  # fmt: skip
    statement = _list
    if bank is not None:
        values["bank"] = bank
        statement = _of_bank
    if status is not None:
        values["status"] = status.value
        statement = _of_status if bank is None else _of_both
    return [
        (msgspec.json.decode(row[0], type=Connection), (row[1], row[2]))
        for row in await tx.rows(statement, **values)
    ]


async def set_due(tx: Tx, connection_id: str, at: datetime | None) -> None:
    """When the connection is to be visited next."""
    await tx.run(_set_due, of_id=connection_id, due_at=maybe_to(at))


async def next_due(tx: Tx, wall: datetime) -> int | None:
    """The earliest planned visit that nobody is making already, in stored form."""
    row = await tx.row(_next_due, wall=to_micros(wall))
    return row[0] if row else None


async def lease_due(
    tx: Tx, now: datetime, wall: datetime, until: datetime, limit: int
) -> list[tuple[str, int]]:
    """Take connections that are due for a visit: ids with the fence of the lease."""
    taken = []
    due = await tx.rows(_due, now=to_micros(now), wall=to_micros(wall), limit=limit)
    for (connection_id,) in due:
        row = await tx.row(
            _lease, of_id=connection_id, wall=to_micros(wall), until=to_micros(until)
        )
        if row:
            taken.append((connection_id, int(row[0])))
    return taken


async def release(tx: Tx, connection_id: str, fence: int, due_at: datetime | None) -> bool:
    """Give a visit's lease back and say when to come again; False when it was lost."""
    touched = await tx.run(_release, of_id=connection_id, of_fence=fence, due_at=maybe_to(due_at))
    return touched == 1


async def grant(tx: Tx, connection_id: str, slot: str = "live") -> Sealed | None:
    """The sealed secret in a slot."""
    row = await tx.row(_grant, connection_id=connection_id, slot=slot)
    return Sealed(bytes(row[0]), int(row[1])) if row else None


async def put_grant(
    tx: Tx, tenant_id: str, connection_id: str, sealed: bytes, slot: str = "live"
) -> None:
    """Put a secret in its slot, over whatever was there."""
    old = await grant(tx, connection_id, slot)
    await tx.run(
        _put_grant,
        connection_id=connection_id,
        slot=slot,
        tenant_id=tenant_id,
        sealed=sealed,
        version=old.version + 1 if old else 1,
        refresh_until=0,
        refresh_attempts=0,
    )


async def drop_grant(tx: Tx, connection_id: str, slot: str) -> None:
    """Forget a secret."""
    await tx.run(_drop_grant, connection_id=connection_id, slot=slot)


async def claim_refresh(
    tx: Tx, connection_id: str, version: int, wall: datetime, until: datetime
) -> bool:
    """Say that we are about to refresh this very grant; False when somebody else is."""
    touched = await tx.run(
        _claim,
        of_connection=connection_id,
        of_version=version,
        wall=to_micros(wall),
        until=to_micros(until),
    )
    return touched == 1


async def refreshed(tx: Tx, connection_id: str, version: int, sealed: bytes) -> bool:
    """Keep what the bank gave for this grant; False when it has been replaced meanwhile."""
    touched = await tx.run(_renewed, of_connection=connection_id, of_version=version, sealed=sealed)
    return touched == 1


async def unclaim_refresh(tx: Tx, connection_id: str, version: int) -> None:
    """Let others try: our refresh ended without an answer worth keeping."""
    await tx.run(_unclaim, of_connection=connection_id, of_version=version)


async def all_grants(tx: Tx) -> list[tuple[str, str, str, Sealed]]:
    """Every secret with its connection, slot and tenant, for rotation."""
    return [
        (row[0], row[1], row[2], Sealed(bytes(row[3]), int(row[4])))
        for row in await tx.rows(_all_grants)
    ]


async def reseal(tx: Tx, connection_id: str, slot: str, version: int, sealed: bytes) -> bool:
    """Put the same secret under another key, unless it has changed meanwhile."""
    touched = await tx.run(
        _reseal, of_connection=connection_id, of_slot=slot, of_version=version, sealed=sealed
    )
    return touched == 1


async def forget_leases(tx: Tx) -> None:
    """Free whatever a dead process of the embedded mode still seems to hold."""
    await tx.run(_forget_leases)
    await tx.run(_forget_refreshes)
    await tx.run(_forget_windows)


async def put_organisation(tx: Tx, tenant_id: str, organisation: Organisation) -> None:
    """Keep an organisation."""
    await tx.run(
        _put_organisation,
        id=organisation.id,
        tenant_id=tenant_id,
        doc=msgspec.json.encode(organisation),
    )


async def organisation(tx: Tx, tenant_id: str, organisation_id: str) -> Organisation | None:
    """One organisation of a tenant."""
    row = await tx.row(_organisation, tenant_id=tenant_id, id=organisation_id)
    return msgspec.json.decode(row[0], type=Organisation) if row else None
