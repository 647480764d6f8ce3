"""Rung 10: a payment that is seen before it is booked.

Only for banks that state `pending`. A card payment shows up at noon, is held, and is booked two
days later, often under another id and on another day. For the integrator who put our id into his
books in between it is one and the same payment: the booked row takes over the id of the held one,
and nothing of the held one is left behind. A held row that is never booked just goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.records import Account
from gateway.store import transactions
from tests.ladder.climber import FIRST_LINKED, OWN, Climber, named, needs
from tests.ladder.stage import Stage

pytestmark = pytest.mark.parametrize("climber", OWN + FIRST_LINKED, ids=named)

HELD = timedelta(days=2)
HELD_AMOUNT = "31.90"


async def opened(stage: Stage, climber: Climber) -> tuple[Account, str]:
    """A connected account without movements, and what the bank calls it."""
    needs(climber, "pending")
    await stage.without_dice(climber.at, climber.fake.id)
    await stage.let_push(climber.bank.id)
    await stage.behaviour(climber.at, delivery={"every_minutes": 0})
    company = await stage.company(climber.fake.country, {climber.at: [{}]})
    there = company["accounts"][0]
    living = await stage.connect(climber.bank.id, company, history_days=3, schedule="hourly")
    await stage.settle()
    return (await stage.accounts(living.id))[0], there["iban"] or there["number"]


async def held(stage: Stage, key: str, **fate: datetime) -> None:
    """A purchase by card that the bank holds."""
    item: dict[str, Any] = {"direction": "debit", "amount": HELD_AMOUNT, "purpose": "KAVIAREN"}
    fates = {word: instant.isoformat() for word, instant in fate.items()}
    await stage.post(f"/accounts/{key}/payments", {"items": [{**item, **fates}]})


async def shown(stage: Stage, account: Account) -> list[dict[str, Any]]:
    """Every row that an integrator is shown, pending ones too."""
    wanted = transactions.Filter(account_id=account.id)
    found = await stage.database.read(
        lambda tx: transactions.page(tx, stage.tenant_id, wanted, transactions.NEWEST, 100)
    )
    return [msgspec.json.decode(row[0]) for row in found]


async def test_a_held_payment_keeps_our_id_when_it_is_booked(
    climber: Climber, stage: Stage
) -> None:
    """The bank gives the booked row another id and day; to the integrator it is the same."""
    account, key = await opened(stage, climber)
    await held(stage, key, booked_at=stage.clock.now() + HELD)
    await stage.live(timedelta(days=1))
    before = await shown(stage, account)
    await stage.live(HELD)
    after = await shown(stage, account)

    assert [(row["status"], row["amount"]) for row in before] == [("pending", HELD_AMOUNT)]
    assert [(row["status"], row["amount"]) for row in after] == [("booked", HELD_AMOUNT)]
    assert before[0]["id"] == after[0]["id"]
    assert before[0]["booking_date"] < after[0]["booking_date"]


async def test_a_held_payment_that_is_never_booked_goes(climber: Climber, stage: Stage) -> None:
    """A hotel that blocks a card and lets it go leaves nothing behind."""
    account, key = await opened(stage, climber)
    now = stage.clock.now()
    await held(stage, key, booked_at=now + 5 * HELD, withdrawn_at=now + HELD)
    await stage.live(timedelta(days=1))
    before = await shown(stage, account)
    await stage.live(HELD)

    assert [Decimal(row["amount"]) for row in before] == [Decimal(HELD_AMOUNT)]
    assert await shown(stage, account) == []
