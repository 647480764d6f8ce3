"""Amounts that a bank may tell one by one and that no ledger can add up."""

from __future__ import annotations

from pathlib import Path

from gateway.store import windows
from schemas.codes import Code
from tests.rehearsal import rehearsal

LARGEST = "999999999999999.99"
ROWS = 100


async def test_a_day_whose_sums_outgrow_the_ledger_is_refused_and_said(tmp_path: Path) -> None:
    """A window that can never land must show why and not be tried in silence for ever."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("RU", {"tochka": [{"currency": "RUB"}]})
        number = company["accounts"][0]["number"]
        items = [
            {"date": "2026-11-18", "direction": way, "amount": LARGEST, "purpose": f"{way} {n}"}
            for way in ("credit", "debit")
            for n in range(ROWS)
        ]
        path = f"/control/v1/accounts/{number}/payments"
        assert (await stage.control.post(path, json={"items": items})).status_code == 201
        made = await stage.connect("tochka", company, history_days=5)
        await stage.run_for(hours=1)
        (account,) = await stage.accounts(made.id)
        (row,) = await stage.database.read(lambda tx: windows.open_of(tx, account.id))

        assert row.trouble is not None
        assert row.trouble.code is Code.BANK_FORMAT_CHANGED
