"""Brings secrets under the first of `SECRET_KEYS`, a row at a time, while reads go on."""

from __future__ import annotations

from functools import partial

import structlog

from gateway.product import Product
from gateway.sealing import Unsealable
from gateway.store import connections
from gateway.store.connections import Sealed
from gateway.store.database import Tx

log = structlog.get_logger()


async def rotate(product: Product) -> int:
    """Seal anew what is sealed under an older key; how many secrets that were.

    Each secret changes in a transaction of its own that names the version it read, so a kill
    anywhere leaves every secret under one key or the other, and a renewed grant is never undone.
    """

    async def every(tx: Tx) -> list[tuple[str, str, str, Sealed]]:
        return await connections.all_grants(tx)

    done = 0
    for connection_id, slot, tenant_id, kept in await product.database.read(every):
        if product.sealer.is_current(kept.sealed):
            continue
        place = (tenant_id, connection_id, slot)
        try:
            secret = product.sealer.open(kept.sealed, place)
        except Unsealable as lost:
            log.warning("secret_unreadable", connection=connection_id, trouble=str(lost))
            continue
        sealed = product.sealer.seal(secret, place)

        work = partial(
            connections.reseal,
            connection_id=connection_id,
            slot=slot,
            version=kept.version,
            sealed=sealed,
        )
        done += await product.database.write(work)
    if done:
        log.info("secrets_rotated", count=done)
    return done
