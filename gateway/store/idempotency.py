"""Answers kept under an Idempotency-Key, so that a repeated POST has one effect."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql

from gateway.store.database import Tx
from gateway.store.instants import from_micros, to_micros
from gateway.store.tables import idempotency

I = idempotency.c  # noqa: E741 - the table's columns, as T and W elsewhere

_get = select(I.fingerprint, I.state, I.status, I.body, I.headers, I.at).where(
    I.tenant_id == bindparam("tenant_id"), I.key == bindparam("key")
)
# Two requests may come at once: on PostgreSQL the second waits here for the first one's commit.
_begin = (
    postgresql.insert(idempotency)
    .values(
        tenant_id=bindparam("tenant_id"),
        key=bindparam("key"),
        fingerprint=bindparam("fingerprint"),
        state="running",
        at=bindparam("at"),
    )
    .on_conflict_do_nothing(index_elements=["tenant_id", "key"])
)
_finish = (
    update(idempotency)
    .where(I.tenant_id == bindparam("of_tenant"), I.key == bindparam("of_key"))
    .values(
        state="done", status=bindparam("status"), body=bindparam("body"),
        headers=bindparam("headers"),
    )
)  # fmt: skip
_forget = delete(idempotency).where(
    I.tenant_id == bindparam("tenant_id"), I.key == bindparam("key")
)
_take_over = (
    update(idempotency)
    .where(I.tenant_id == bindparam("of_tenant"), I.key == bindparam("of_key"))
    .where(I.state == "running", I.at < bindparam("before"))
    .values(at=bindparam("at"))
)
_intend = (
    update(idempotency)
    .where(I.tenant_id == bindparam("of_tenant"), I.key == bindparam("of_key"))
    .where(I.state == "running")
    .values(body=bindparam("body"))
)
_old = delete(idempotency).where(I.at < bindparam("before"))


class Kept(Struct, frozen=True):
    """The first answer to a key, or the fact that it is still being made."""

    fingerprint: str
    state: Literal["running", "done"]
    status: int | None
    body: bytes | None
    headers: bytes | None
    at: datetime


async def begin(tx: Tx, tenant_id: str, key: str, fingerprint: str, now: datetime) -> Kept | None:
    """Take a key for a request; what is kept under it already, if anything is."""
    place = {"tenant_id": tenant_id, "key": key}
    while not await tx.run(_begin, **place, fingerprint=fingerprint, at=to_micros(now)):
        row = await tx.row(_get, **place)
        if row is not None:
            return Kept(row[0], row[1], row[2], row[3], row[4], from_micros(row[5]))
    return None


async def take_over(tx: Tx, tenant_id: str, key: str, before: datetime, now: datetime) -> bool:
    """Take a key whose request was begun before an instant and never ended."""
    touched = await tx.run(
        _take_over, of_tenant=tenant_id, of_key=key, before=to_micros(before), at=to_micros(now)
    )
    return touched == 1


async def intend(tx: Tx, tenant_id: str, key: str, body: bytes) -> None:
    """Remember what a request is about to make, for whoever takes it over."""
    await tx.run(_intend, of_tenant=tenant_id, of_key=key, body=body)


async def finish(
    tx: Tx, tenant_id: str, key: str, *, status: int, body: bytes, headers: bytes
) -> None:
    """Keep the answer."""
    await tx.run(
        _finish, of_tenant=tenant_id, of_key=key, status=status, body=body, headers=headers
    )


async def forget(tx: Tx, tenant_id: str, key: str) -> None:
    """Give a key back, since its request had no effect."""
    await tx.run(_forget, tenant_id=tenant_id, key=key)


async def forget_before(tx: Tx, before: datetime) -> None:
    """Drop answers that are too old to be asked for again."""
    await tx.run(_old, before=to_micros(before))
