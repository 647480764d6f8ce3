"""Tenants and the keys they call with; only hashes are kept."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import bindparam, insert, select, update

from gateway.ids import new_id
from gateway.store.database import Tx
from gateway.store.instants import from_micros, maybe_from, to_micros
from gateway.store.tables import keys, tenants

SCOPES = ("read", "write", "admin")

_tenant = select(tenants.c.id).where(tenants.c.name == bindparam("name"))
_add_tenant = insert(tenants).values(
    id=bindparam("id"), name=bindparam("name"), created_at=bindparam("created_at")
)
_add = insert(keys).values(
    id=bindparam("id"),
    tenant_id=bindparam("tenant_id"),
    hash=bindparam("hash"),
    scopes=bindparam("scopes"),
    ending=bindparam("ending"),
    created_at=bindparam("created_at"),
)
_by_hash = (
    select(keys.c.id, keys.c.tenant_id, keys.c.scopes)
    .where(keys.c.hash == bindparam("hash"), keys.c.revoked_at.is_(None))
)  # fmt: skip
_list = (
    select(
        keys.c.id, tenants.c.name, keys.c.scopes, keys.c.ending, keys.c.created_at,
        keys.c.revoked_at,
    )
    .join(tenants, tenants.c.id == keys.c.tenant_id)
    .order_by(keys.c.created_at, keys.c.id)
)  # fmt: skip
_revoke = (
    update(keys)
    .where(keys.c.id == bindparam("of_id"), keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)


class Caller(Struct, frozen=True):
    """Who calls, and what the key allows."""

    key_id: str
    tenant_id: str
    scopes: frozenset[str]


class KeyLine(Struct, frozen=True):
    """A key as a list shows it."""

    id: str
    tenant: str
    scopes: tuple[str, ...]
    ending: str
    created_at: datetime
    revoked_at: datetime | None


class NewKey(Struct, frozen=True):
    """A key at the only moment when it can be read."""

    id: str
    key: str
    tenant: str
    scopes: tuple[str, ...]


def hashed(key: str) -> str:
    """What is kept of a key; keys are long and random, so that a plain hash is enough."""
    return sha256(key.encode()).hexdigest()


async def create(tx: Tx, tenant: str, scopes: tuple[str, ...], now: datetime) -> NewKey:
    """Make a key, and the tenant if it is new."""
    row = await tx.row(_tenant, name=tenant)
    tenant_id = row[0] if row else new_id("ten", now)
    if row is None:
        await tx.run(_add_tenant, id=tenant_id, name=tenant, created_at=to_micros(now))
    key = "mk_" + secrets.token_urlsafe(32)
    made = NewKey(new_id("key", now), key, tenant, scopes)
    await tx.run(
        _add,
        id=made.id,
        tenant_id=tenant_id,
        hash=hashed(key),
        scopes=" ".join(scopes),
        ending=key[-4:],
        created_at=to_micros(now),
    )
    return made


async def caller(tx: Tx, key: str) -> Caller | None:
    """Who a living key belongs to."""
    row = await tx.row(_by_hash, hash=hashed(key))
    return Caller(row[0], row[1], frozenset(row[2].split())) if row else None


async def every(tx: Tx) -> list[KeyLine]:
    """All keys, oldest first."""
    return [
        KeyLine(
            row[0], row[1], tuple(row[2].split()), row[3], from_micros(row[4]), maybe_from(row[5])
        )
        for row in await tx.rows(_list)
    ]


async def revoke(tx: Tx, key_id: str, now: datetime) -> bool:
    """End a key; False when there is no such living key."""
    return await tx.run(_revoke, of_id=key_id, at=to_micros(now)) == 1
