"""Rung 14, second half: the same trouble, on a connection that lives.

The scenarios begin at the beginning. Here a customer has been connected for hours and all is well;
then the control plane orders the next answers to be a situation, for each code that your fake bank
knows how to cause (`GET /control/v1/inject` lists them). Whatever could meet it is tried: visits,
statements, a payment with its push, the customer's walk through the bank's pages.

Three things are wanted. The code is seen. No other code is seen with it, for two diagnoses are
none. And when the situation is over, and the customer has done what the case asks of him, the
connection is active again, nothing is left standing, and nobody had to call support.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.sync import consequence
from sandbox.banks import BANKS as FAKES
from schemas.cases import Actor, case
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from schemas.window import DAY
from tests.ladder.climber import CLIMBERS, OWN, Climber
from tests.ladder.stage import ON_THE_WAY, Stage
from tests.ladder.test_14_scenarios import a_payment_comes_in

TIMES = 60
"""Enough answers that a renewal, a repeat and a probe all meet the situation."""
HISTORY_DAYS = 12
LONGER_DAYS = 24
"""Days, most of them busy, that a second load brings in: only what is new can be incomplete."""
CALM = timedelta(hours=1, minutes=5)
VISITED = timedelta(minutes=31)
HEALED = timedelta(hours=1)

SAME_FACT = {Code.LOAD_IN_PARTS: {Code.STATEMENT_INCOMPLETE}}
"""Rows that are still to come are missing from what the balances contain."""

SITUATIONS = [(climber, Code(code)) for climber in OWN for code in sorted(climber.fake.situations)]


def _spoken(value: Any) -> str:
    return str(value.value if isinstance(value, Code) else value)


@pytest.mark.parametrize(("climber", "code"), SITUATIONS, ids=_spoken)
async def test_a_situation_is_shown_as_its_code_and_passes(
    climber: Climber, code: Code, stage: Stage
) -> None:
    """One diagnosis while it lasts, none afterwards, and a connection that works again."""
    story = await living(stage, climber)
    before = await stage.codes() - ON_THE_WAY
    stage.shown.clear()
    await ordered(stage, story, code)
    await met(stage, story, code)
    shown = stage.shown - (ON_THE_WAY - {code}) - SAME_FACT.get(code, set())
    await overcome(stage, story, code)
    after = await stage.mine()

    assert before == set()
    assert shown == {code}
    assert after.status is ConnectionStatus.ACTIVE
    assert await stage.codes() - ON_THE_WAY == set()


async def living(stage: Stage, climber: Climber) -> dict[str, Any]:
    """A company with two accounts and a past, connected for hours."""
    fake = climber.fake
    await stage.without_dice(climber.at, fake.id)
    await stage.let_push(climber.bank.id)
    company = await stage.company(fake.country, {climber.at: [{}, {}]})
    today = stage.clock.now().date()
    since = today - timedelta(days=HISTORY_DAYS)
    for account in company["accounts"]:
        key = account["iban"] or account["number"]
        longer = {"from": str(today - timedelta(days=LONGER_DAYS)), "to": str(since - DAY)}
        await stage.payments(key, count=50, **longer)
        await stage.payments(key, count=10, **{"from": str(since), "to": str(today - DAY)})
    request = {
        "bank": climber.bank.id,
        "organisation": company,
        "return_url": "https://example.test/connected",
        "history_from": since.isoformat(),
        "schedule": "15m",
        "expected_accounts": [],
    }
    await stage.begin(request)
    await stage.live(CALM)
    return {"company": company, "accounts": company["accounts"], "connection_request": request}


async def ordered(stage: Stage, story: dict[str, Any], code: Code) -> None:
    """Order the situation: of one account where the code is about one, else of all."""
    order = {"bank": story["connection_request"]["bank"], "code": code.value, "times": TIMES}
    if consequence.of(code).scope is consequence.Scope.ACCOUNT:
        account = story["accounts"][0]
        order["account"] = account["iban"] or account["number"]
    await stage.post("/inject", order)


async def met(stage: Stage, story: dict[str, Any], code: Code) -> None:
    """Do all that could meet the situation, one after the other, until it has been seen."""
    await a_payment_comes_in(stage, story)
    await stage.live(VISITED)
    if code not in stage.shown:
        await stage.load_anew(LONGER_DAYS)
        await stage.live(VISITED)
    if code not in stage.shown:
        await stage.again()
        await stage.live(VISITED)
    if code not in stage.shown:
        await stage.again(afresh=True)
        await stage.live(VISITED)


async def overcome(stage: Stage, story: dict[str, Any], code: Code) -> None:
    """The situation ends, and whoever the case names does his part."""
    await stage.forget_orders()
    await stage.live(VISITED)
    living = await stage.mine()
    if case(code).actor is Actor.CUSTOMER or living.status is not ConnectionStatus.ACTIVE:
        await stage.again()
    await a_payment_comes_in(stage, story)
    await stage.live(HEALED)


def test_every_fake_bank_is_climbed() -> None:
    """What a fake covers and no descriptor reaches would be played to nobody, and the other way."""
    assert {climber.at for climber in CLIMBERS} == {at for fake in FAKES for at in fake.covers}
    assert {climber.fake.id for climber in OWN} == {fake.id for fake in FAKES}
