"""What becomes of work under way when nobody wants it any more, or somebody else takes it over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from gateway import walk
from gateway.records import Account, Connection
from gateway.store import connections
from gateway.store.database import Tx
from schemas.connection import ConnectionStatus
from schemas.window import Window
from tests.rehearsal import Rehearsal, rehearsal

DAYS = 8


async def _connected(stage: Rehearsal) -> tuple[dict[str, Any], Connection, Account]:
    """A connection whose history is ordered and has not come."""
    company = await stage.company("RU", {"sber": [{"currency": "RUB"}]})
    made = await stage.connect("sber", company, history_days=DAYS, schedule="daily")
    (account,) = await stage.accounts(made.id)
    return company, made, account


def _history(stage: Rehearsal) -> Window:
    today = stage.clock.now().date()
    return Window(today - timedelta(days=DAYS), today)


async def test_a_load_under_way_is_finished_through_the_next_connection(tmp_path: Path) -> None:
    """An account's key is for ever, so its history must not hang on a connection that died."""
    async with rehearsal(tmp_path) as stage:
        company, made, account = await _connected(stage)
        days = _history(stage)

        async def die(tx: Tx) -> None:
            living = await connections.find(tx, made.id)
            assert living is not None
            dead = msgspec.structs.replace(living, status=ConnectionStatus.EXPIRED)
            await connections.save(tx, dead)
            await connections.set_due(tx, made.id, None)

        await stage.database.write(die)
        await stage.connect("sber", company, history_days=DAYS, schedule="daily")
        await stage.run_for(hours=12)

        assert {"proven": days.days} == await stage.states(account, days)
        assert [load.state for load in await stage.loads(account.id)] == ["complete"]


async def test_an_account_that_is_deselected_is_read_no_more_until_it_is_selected_again(
    tmp_path: Path,
) -> None:
    """Whoever leaves an account out does not want it read, also where its load had begun."""
    async with rehearsal(tmp_path) as stage:
        _, made, account = await _connected(stage)
        days = _history(stage)
        await walk.choose(stage.product, made, [])
        await stage.run_for(hours=6)
        left_out = await stage.states(account, days)
        await walk.choose(stage.product, await stage.connection(made.id), [account.id])
        await stage.run_for(hours=12)

        assert {"missing": days.days} == left_out
        assert {"proven": days.days} == await stage.states(account, days)
