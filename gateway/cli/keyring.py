"""The keys of this installation, in its database."""

from __future__ import annotations

from gateway.cli.installation import change, settings
from gateway.clock import wall
from gateway.store import keys
from gateway.store.database import Tx


def create(tenant: str, scopes: tuple[str, ...]) -> keys.NewKey:
    """Make a key, and the tenant if it is new."""

    async def work(tx: Tx) -> keys.NewKey:
        return await keys.create(tx, tenant, scopes, wall())

    return change(settings().database_url, work)


def every() -> list[keys.KeyLine]:
    """All keys, oldest first."""
    return change(settings().database_url, keys.every)


def revoke(key_id: str) -> bool:
    """End a key; False when there is no such living key."""

    async def work(tx: Tx) -> bool:
        return await keys.revoke(tx, key_id, wall())

    return change(settings().database_url, work)
