"""Loads: periods wished for, and the picture of how far they have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from gateway.ids import new_id, new_ids
from gateway.product import Product
from gateway.records import Account, Load, WindowRow
from gateway.store import accounts, windows
from gateway.store.database import Tx
from gateway.sync.plan import history
from schemas.codes import Code
from schemas.window import Window

DELIVERY_DAYS = 10
DELIVERY_EVERY = timedelta(minutes=30)
"""The pace at which a bank hands over history, until its own pace is seen (seed 000)."""
LONG = timedelta(days=1)


class Picture(Struct, frozen=True):
    """How far a load has come: windows done and all, rows, when it should end, what to advise."""

    done: int
    total: int
    found: int
    eta: datetime | None
    advice: Code | None


async def begin(tx: Tx, product: Product, account: Account, wanted: Window, now: datetime) -> Load:
    """Plan a load within a transaction of the caller's."""
    bank = product.banks[account.bank].bank
    load_id = new_id("load", now)
    spans = history(bank, account.found, wanted, now)
    load = Load(
        id=load_id,
        tenant_id=account.tenant_id,
        account_id=account.id,
        first=wanted.first,
        last=wanted.last,
        state="running" if spans else "complete",
        started_at=now,
        finished_at=None if spans else now,
    )
    await windows.add_load(tx, load)
    ids = new_ids("win", now)
    await windows.plan(
        tx,
        [windows.Wanted(next(ids), "history", span, now) for span in spans],
        tenant_id=account.tenant_id,
        account_id=account.id,
        connection_id=account.connection_id,
        bank=account.bank,
        load_id=load_id,
    )
    if account.history_from is None or wanted.first < account.history_from:
        await accounts.save(tx, msgspec.structs.replace(account, history_from=wanted.first))
    return load


async def start(product: Product, account: Account, wanted: Window) -> Load:
    """Begin a load now."""
    now = product.clock.now()

    async def work(tx: Tx) -> Load:
        living = await accounts.hold(tx, account.id)
        return await begin(tx, product, living or account, wanted, now)

    load = await product.database.write(work)
    product.wake()
    return load


def picture(load: Load, rows: Sequence[WindowRow], now: datetime) -> Picture:
    """The progress of a load by its windows; windows to be read again count as under way."""
    total = len(rows)
    done = sum(1 for row in rows if row.due_at is None)
    found = sum(row.count for row in rows)
    if load.state != "running":
        return Picture(total if load.state == "complete" else done, total, found, None, None)
    arrived = [row for row in rows if row.received_at is not None]
    left = total - done
    if arrived and now > load.started_at:
        pace = (now - load.started_at) / len(arrived)
    else:
        days = sum((row.last - row.first).days + 1 for row in rows)
        parts = max(1, -(-days // DELIVERY_DAYS))
        pace = parts * DELIVERY_EVERY / max(1, total)
    eta = now + pace * left
    advice = None
    if eta - load.started_at > LONG:
        advice = Code.LOAD_PERIOD_TOO_LONG
    elif total > 1 or any(row.due_at is not None for row in arrived):
        # Also one window whose rows come bit by bit, as linked banks tell them.
        advice = Code.LOAD_IN_PARTS
    return Picture(done, total, found, eta, advice)
