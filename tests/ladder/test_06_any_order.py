"""Rung 6: history comes as it likes, and the ledger is the same.

So far you had a patient bank. Real ones hand out history in windows, half an hour apart, in any
order they like; they tell rows twice, tell some a day late, cut an answer short without a word,
tell a draft first and its true wording afterwards, and take back what they told. From this rung on
the whole product reads: your adapter says what it got and what that covers, the engine asks again,
and the store lands it.

Two promises are kept here. When the bank has told everything, our ledger is its ledger, whatever
the way was. And on the way there, no day is called proven while one of its rows is hidden from us.
If your bank states figures, this is where they earn their keep; if it does not, your adapter must
be all the more careful with `covers`, for nobody will correct it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.records import Account
from schemas.window import DAY, Window
from tests.ladder.climber import FIRST_LINKED, OWN, Climber, named
from tests.ladder.stage import Stage

SEEDS = range(10)
ORDERS = ("shuffled", "forward", "reverse")
HISTORY_DAYS = 20
ROWS = 40
NOTHING: dict[str, list[Any]] = {"lacking": [], "too_much": []}

LIES: dict[str, Any] = {
    "window_days": 5,
    "every_minutes": 30,
    "duplicate_share": 0.2,
    "overlap_days": 1,
    "late_share": 0.1,
    "late_minutes": 90,
    "cut_share": 0.1,
    "changed_share": 0.2,
    "withdrawn_share": 0.1,
}
"""Everything at once, and more of it than any bank does in a bad year."""

UNTIL_TOLD = timedelta(days=4)
"""Longer than drafts stay drafts: after this the bank has told the truth about every day."""

pytestmark = pytest.mark.parametrize("climber", OWN + FIRST_LINKED, ids=named)


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_order_of_delivery_ends_in_the_banks_own_ledger(
    climber: Climber, stage: Stage, seed: int
) -> None:
    """Late, twice, cut, changed, taken back, and in any order: the same ledger, proven."""
    order = ORDERS[seed % len(ORDERS)]
    account = await loading(stage, climber, seed=seed, **LIES, order=order)
    await stage.live(UNTIL_TOLD)
    closed = closed_days(stage, account)

    assert await stage.differences(account) == NOTHING
    assert await days(stage, account, closed) == {
        "proven" if account.found.provable else "received": closed.days
    }


async def test_no_day_is_proven_while_a_row_of_it_is_hidden(climber: Climber, stage: Stage) -> None:
    """A bank that cuts every answer proves nothing of what it cut, however often it is asked."""
    account = await loading(stage, climber, seed=3, every_minutes=0, cut_share=1.0)
    if not account.found.provable:
        pytest.skip(f"{climber}: the bank gives no figures for this account")
    for _ in range(3):
        await stage.live(timedelta(hours=1))
        lacking = {row[0] for row in (await stage.differences(account))["lacking"]}

        assert lacking
        assert not lacking & await proven(stage, account)


async def loading(stage: Stage, climber: Climber, *, seed: int, **delivery: Any) -> Account:
    """A company whose history is being loaded from a bank with these habits."""
    await stage.without_dice(climber.at, climber.fake.id)
    await stage.let_push(climber.bank.id)
    await stage.behaviour(climber.at, delivery={"seed": seed, **delivery})
    company = await stage.company(climber.fake.country, {climber.at: [{}]})
    there = company["accounts"][0]
    today = stage.sandbox.clock.today(climber.fake.country)
    past = Window(today - HISTORY_DAYS * DAY, today - DAY)
    span = {"from": str(past.first), "to": str(past.last)}
    await stage.payments(there["iban"] or there["number"], **span, count=ROWS, seed=seed)
    living = await stage.connect(
        climber.bank.id, company, history_days=HISTORY_DAYS, schedule="daily"
    )
    await stage.settle()
    return next(each for each in await stage.accounts(living.id))


def closed_days(stage: Stage, account: Account) -> Window:
    """The days of the account's history that are over by now."""
    assert account.history_from is not None
    return Window(account.history_from, stage.clock.now().date() - 2 * DAY)


async def days(stage: Stage, account: Account, span: Window) -> dict[str, int]:
    """How many days of a span are in which state."""
    return dict(await stage.states(account, span))


async def proven(stage: Stage, account: Account) -> set[str]:
    """The days that are called proven."""
    states = {
        day: await days(stage, account, Window(day, day)) for day in closed_days(stage, account)
    }
    return {str(day) for day, state in states.items() if state == {"proven": 1}}
