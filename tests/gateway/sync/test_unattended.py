"""Readings without the customer, which a law counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gateway.ids import new_ids
from gateway.store import accounts, windows
from gateway.store.database import Tx
from schemas.window import DAY, Window
from tests.rehearsal import rehearsal


async def test_readings_that_begin_at_once_share_what_is_left_of_the_day(tmp_path: Path) -> None:
    """After an outage many windows are due together, and each would see the same room left."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("SK", {"csob": [{"currency": "EUR"}]})
        made = await stage.connect("tatra", company, history_days=10, schedule="manual")
        await stage.run_for(hours=30)
        (account,) = await stage.accounts(made.id)
        now = stage.clock.now()
        ids = new_ids("win", now)
        days = [Window(day, day) for day in (now.date() - timedelta(days=n) for n in range(8))]

        async def plan(tx: Tx) -> None:
            await windows.plan(
                tx,
                [windows.Wanted(next(ids), "recent", day, now) for day in days],
                tenant_id=stage.tenant_id,
                account_id=account.id,
                connection_id=made.id,
                bank=account.bank,
                load_id=None,
            )

        await stage.database.write(plan)
        # On a clock that stands still all of them would be one and the same access.
        stage.sandbox.clock.set_speed(1)
        await stage.settle()
        counted, _ = await stage.database.read(
            lambda tx: accounts.readings_since(tx, account.id, now - DAY)
        )

        assert counted == account.found.reads_per_day
