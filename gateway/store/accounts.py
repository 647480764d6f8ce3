"""Accounts: one row for ever for each bank, number or IBAN, currency and owner."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, tuple_, update

from gateway.records import Account
from gateway.store.database import Tx
from gateway.store.instants import to_micros
from gateway.store.tables import accounts, readings
from gateway.store.upsert import upsert

A = accounts.c

_insert = insert(accounts).values({column: bindparam(column.name) for column in accounts.c})
_update = (
    update(accounts)
    .where(A.id == bindparam("of_id"))
    .values(
        connection_id=bindparam("connection_id"),
        selected=bindparam("selected"),
        doc=bindparam("doc"),
    )
)
_get = select(A.doc).where(A.tenant_id == bindparam("tenant_id"), A.id == bindparam("id"))
_any = select(A.doc).where(A.id == bindparam("id"))
_hold = _any.with_for_update()
_same = select(A.doc).where(
    A.tenant_id == bindparam("tenant_id"), A.identity == bindparam("identity")
)
_of_connection = (
    select(A.doc).where(A.connection_id == bindparam("connection_id")).order_by(A.created_at, A.id)
)
_list = (
    select(A.doc, A.created_at, A.id)
    .where(A.tenant_id == bindparam("tenant_id"))
    .where(tuple_(A.created_at, A.id) > tuple_(bindparam("after_at"), bindparam("after_id")))
    .order_by(A.created_at, A.id)
    .limit(bindparam("limit"))
)
_list_of_connection = _list.where(A.connection_id == bindparam("connection_id"))

_readings = select(func.count(), func.min(readings.c.at)).where(
    readings.c.account_id == bindparam("account_id"), readings.c.at > bindparam("since")
)
# What is read at one instant is one access, however many calls it takes.
_add_reading = upsert(readings, ("account_id", "at"))
_drop_reading = delete(readings).where(
    readings.c.account_id == bindparam("account_id"), readings.c.at == bindparam("at")
)
_old_readings = delete(readings).where(readings.c.at <= bindparam("since"))


async def add(tx: Tx, account: Account, now: datetime) -> None:
    """Keep a new account."""
    await tx.run(
        _insert,
        id=account.id,
        tenant_id=account.tenant_id,
        connection_id=account.connection_id,
        bank=account.bank,
        identity=account.identity,
        selected=int(account.selected),
        doc=msgspec.json.encode(account),
        created_at=to_micros(now),
    )


async def save(tx: Tx, account: Account) -> None:
    """Keep what an account is now."""
    await tx.run(
        _update,
        of_id=account.id,
        connection_id=account.connection_id,
        selected=int(account.selected),
        doc=msgspec.json.encode(account),
    )


async def get(tx: Tx, tenant_id: str, account_id: str) -> Account | None:
    """One account of a tenant."""
    row = await tx.row(_get, tenant_id=tenant_id, id=account_id)
    return msgspec.json.decode(row[0], type=Account) if row else None


async def find(tx: Tx, account_id: str) -> Account | None:
    """One account, for the engine."""
    row = await tx.row(_any, id=account_id)
    return msgspec.json.decode(row[0], type=Account) if row else None


async def hold(tx: Tx, account_id: str) -> Account | None:
    """One account, which nobody else changes until this transaction ends.

    A row that is read and written back as a whole would else undo what was written in between.
    """
    row = await tx.row(_hold, id=account_id)
    return msgspec.json.decode(row[0], type=Account) if row else None


async def same(tx: Tx, tenant_id: str, identity: str) -> Account | None:
    """The account that has this identity, whichever connection it was seen through."""
    row = await tx.row(_same, tenant_id=tenant_id, identity=identity)
    return msgspec.json.decode(row[0], type=Account) if row else None


async def of_connection(tx: Tx, connection_id: str) -> list[Account]:
    """The accounts of a connection, in the order in which they were first seen."""
    rows = await tx.rows(_of_connection, connection_id=connection_id)
    return [msgspec.json.decode(row[0], type=Account) for row in rows]


async def page(
    tx: Tx,
    tenant_id: str,
    *,
    after: tuple[int, str],
    limit: int,
    connection_id: str | None = None,
) -> list[tuple[Account, tuple[int, str]]]:
    """A tenant's accounts, oldest first, each with its place."""
    values = {"tenant_id": tenant_id, "after_at": after[0], "after_id": after[1], "limit": limit}
    if connection_id is None:
        rows = await tx.rows(_list, **values)
    else:
        rows = await tx.rows(_list_of_connection, connection_id=connection_id, **values)
    return [(msgspec.json.decode(row[0], type=Account), (row[1], row[2])) for row in rows]


async def readings_since(tx: Tx, account_id: str, since: datetime) -> tuple[int, int | None]:
    """How many unattended readings were made since, and when the first of them, in stored form."""
    row = await tx.row(_readings, account_id=account_id, since=to_micros(since))
    assert row is not None
    return int(row[0]), row[1]


async def count_reading(tx: Tx, account_id: str, now: datetime) -> bool:
    """Remember an unattended reading; False when it is one with another of the same instant."""
    return await tx.run(_add_reading, account_id=account_id, at=to_micros(now)) == 1


async def uncount_reading(tx: Tx, account_id: str, now: datetime) -> bool:
    """Forget a reading from which nothing came."""
    return await tx.run(_drop_reading, account_id=account_id, at=to_micros(now)) == 1


async def forget_readings(tx: Tx, before: datetime) -> None:
    """Drop readings that no quota looks at any more."""
    await tx.run(_old_readings, since=to_micros(before))


def identity(bank: str, number: str, currency: str, owner: str) -> str:
    """What makes an account the same one for ever."""
    return f"{bank}|{number}|{currency}|{owner}"
