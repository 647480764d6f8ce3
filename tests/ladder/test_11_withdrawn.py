"""Rung 11: rows that the bank takes back.

Only for banks that state `withdrawals`, and the humblest of rungs: you told something that turned
out not to be so. Whether your bank says so in as many words, or just leaves the row out when it is
asked again, the row goes from our ledger, the day's sum is right again, and its neighbours stay as
they are, with their ids.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.records import Account
from tests.ladder.climber import FIRST_LINKED, OWN, Climber, named, needs
from tests.ladder.stage import Stage

pytestmark = pytest.mark.parametrize("climber", OWN + FIRST_LINKED, ids=named)

STAYS, GOES = "100.00", "55.55"
TAKEN_BACK = timedelta(hours=3)


async def with_a_row_to_go(stage: Stage, climber: Climber) -> tuple[Account, dict[str, Any]]:
    """An account on which two payments of today were read, one of which will be taken back."""
    needs(climber, "withdrawals")
    await stage.without_dice(climber.at, climber.fake.id)
    await stage.let_push(climber.bank.id)
    await stage.behaviour(climber.at, delivery={"every_minutes": 0})
    company = await stage.company(climber.fake.country, {climber.at: [{}]})
    there = company["accounts"][0]
    gone_at = stage.clock.now() + TAKEN_BACK
    items = [
        {"direction": "credit", "amount": STAYS, "purpose": "stays"},
        {
            "direction": "credit",
            "amount": GOES,
            "purpose": "goes",
            "withdrawn_at": gone_at.isoformat(),
        },
    ]
    await stage.post(f"/accounts/{there['iban'] or there['number']}/payments", {"items": items})
    living = await stage.connect(climber.bank.id, company, history_days=3, schedule="hourly")
    await stage.live(timedelta(hours=1))
    account = (await stage.accounts(living.id))[0]
    return account, {row["amount"]: row["id"] for row in await stage.ours(account.id)}


async def test_a_row_that_the_bank_takes_back_goes(climber: Climber, stage: Stage) -> None:
    """It goes within the day, and its neighbour stays what it was."""
    account, before = await with_a_row_to_go(stage, climber)
    await stage.live(TAKEN_BACK)
    after = {row["amount"]: row["id"] for row in await stage.ours(account.id)}

    assert set(before) == {STAYS, GOES}
    assert after == {STAYS: before[STAYS]}


async def test_after_a_withdrawal_the_ledger_is_the_banks(climber: Climber, stage: Stage) -> None:
    """Read anew days later, the day is proven by the bank's figures, which never knew the row."""
    account, _ = await with_a_row_to_go(stage, climber)
    await stage.live(timedelta(days=2))

    assert await stage.differences(account) == {"lacking": [], "too_much": []}
    assert not await stage.codes()
