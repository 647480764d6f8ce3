"""Scrubbed copies of what was said to banks, and the pushes that were seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql

from gateway.ids import new_ids
from gateway.store.database import Tx
from gateway.store.instants import to_micros
from gateway.store.tables import exchanges, pushes
from providers.transport import Exchange

E = exchanges.c

_add = insert(exchanges).values({column: bindparam(column.name) for column in exchanges.c})
_of_connection = (
    select(E.doc, E.at)
    .where(E.tenant_id == bindparam("tenant_id"), E.connection_id == bindparam("connection_id"))
    .order_by(E.at.desc(), E.id.desc())
    .limit(bindparam("limit"))
)
_old = delete(exchanges).where(E.at < bindparam("before"))
_seen = (
    postgresql.insert(pushes)
    .values(bank=bindparam("bank"), key=bindparam("key"), at=bindparam("at"))
    .on_conflict_do_nothing(index_elements=["bank", "key"])
)
_old_pushes = delete(pushes).where(pushes.c.at < bindparam("before"))


async def keep(tx: Tx, kept: Iterable[tuple[str, str, datetime, Exchange]]) -> None:
    """Keep exchanges, each with its tenant, connection and instant."""
    batch = list(kept)
    if not batch:
        return
    ids = new_ids("exc", batch[0][2])
    await tx.many(
        _add,
        [
            {
                "id": next(ids),
                "tenant_id": tenant_id,
                "connection_id": connection_id,
                "at": to_micros(at),
                "doc": msgspec.json.encode(exchange),
            }
            for tenant_id, connection_id, at, exchange in batch
        ],
    )


async def forget_before(tx: Tx, before: datetime) -> None:
    """Drop copies and pushes that are older than support needs."""
    await tx.run(_old, before=to_micros(before))
    await tx.run(_old_pushes, before=to_micros(before))


async def first_sight(tx: Tx, bank: str, key: str, now: datetime) -> bool:
    """Whether this push was never seen before."""
    return await tx.run(_seen, bank=bank, key=key, at=to_micros(now)) == 1
