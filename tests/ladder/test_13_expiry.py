"""Rung 13: being shown the door.

A permission ends: by its date, by the customer's hand at the bank, or by ours. The worst thing you
can do then is to look well. Each end must come out as a code whose case names the person who can
mend it, and each must be told from a bank that is merely down, or else support calls the customer
about a thunderstorm, or waits for a customer who was never told.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway import walk
from providers.contract import Refused, Unreachable
from schemas.cases import Actor, case
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from schemas.window import DAY, Window
from tests.ladder import calm
from tests.ladder.climber import OWN, Climber, named
from tests.ladder.reader import Reader
from tests.ladder.stage import Stage

pytestmark = pytest.mark.parametrize("climber", OWN, ids=named)

CONSENT_DAYS = 5
ENDED = {ConnectionStatus.EXPIRED, ConnectionStatus.REVOKED, ConnectionStatus.ACTION_REQUIRED}


async def connected(stage: Stage, climber: Climber) -> str:
    """A quiet connection that has been read."""
    await stage.without_dice(climber.at, climber.fake.id)
    await stage.behaviour(climber.at, delivery={"every_minutes": 0})
    company = await stage.company(climber.fake.country, {climber.at: [{}]})
    living = await stage.connect(climber.bank.id, company, history_days=2, schedule="hourly")
    await stage.live(timedelta(hours=1))
    assert (await stage.connection(living.id)).status is ConnectionStatus.ACTIVE
    return living.id


async def ended(stage: Stage, connection_id: str) -> Code:
    """The code under which a connection stopped, once it did."""
    living = await stage.connection(connection_id)
    assert living.status in ENDED
    assert living.trouble is not None
    return living.trouble.code


async def test_a_permission_that_the_customer_withdraws_calls_for_him(
    climber: Climber, stage: Stage
) -> None:
    """He withdrew it at the bank, where nobody tells us: the next visit finds out."""
    connection_id = await connected(stage, climber)
    await stage.behaviour(climber.fake.id, consent_dies_after_calls=1)
    await stage.live(timedelta(days=1))

    assert case(await ended(stage, connection_id)).actor is Actor.CUSTOMER


async def test_a_permission_that_runs_out_calls_for_the_customer(
    climber: Climber, stage: Stage
) -> None:
    """By its date, with or without a warning before; reading stops and says why."""
    lives = {"consent_days": CONSENT_DAYS, "refresh_token_days": CONSENT_DAYS}
    await stage.behaviour(climber.fake.id, **lives)
    connection_id = await connected(stage, climber)
    await stage.advance(stage.clock.now() + timedelta(days=CONSENT_DAYS))
    await stage.live(timedelta(hours=6))

    assert case(await ended(stage, connection_id)).actor is Actor.CUSTOMER


async def test_a_customer_who_comes_back_is_read_again(climber: Climber, stage: Stage) -> None:
    """He gives his permission anew: the same connection goes on, with the same account."""
    connection_id = await connected(stage, climber)
    before = {account.id for account in await stage.accounts(connection_id)}
    await stage.behaviour(climber.fake.id, consent_dies_after_calls=1)
    await stage.live(timedelta(days=1))
    await ended(stage, connection_id)
    await stage.behaviour(climber.fake.id, consent_dies_after_calls=0)
    made = await walk.reconnect(stage.product, await stage.connection(connection_id))
    assert made.next.url is not None
    await stage.authorise(climber.bank.id, made.next.url)
    await stage.live(timedelta(hours=2))
    living = await stage.connection(connection_id)

    assert (living.status, living.trouble) == (ConnectionStatus.ACTIVE, None)
    assert {account.id for account in await stage.accounts(connection_id)} == before


async def test_a_bank_that_is_down_is_not_taken_for_a_customer_who_left(
    climber: Climber, reader: Reader
) -> None:
    """Maintenance is nobody's fault: what comes out never calls for the customer."""
    await reader.open_account()
    account = await reader.let_in()
    await calm.turn(reader.control, climber.fake.id, unavailable_share=1.0)
    day = Window(reader.today - DAY, reader.today - DAY)

    asked = await asyncio.gather(
        reader.provider.pull(reader.grant, account, day, None, reader.now),
        reader.provider.accounts(reader.grant, reader.now),
        reader.provider.probe(reader.grant, account, reader.now),
        reader.provider.renew(reader.grant, reader.now),
        return_exceptions=True,
    )
    failed = [answer for answer in asked if isinstance(answer, BaseException)]
    codes = [failure.code for failure in failed if isinstance(failure, Refused)]

    # keys may come from another house, which stands
    assert isinstance(asked[0], Refused | Unreachable)
    assert isinstance(asked[1], Refused | Unreachable)
    assert all(isinstance(failure, Refused | Unreachable) for failure in failed)
    assert all(case(code).actor is not Actor.CUSTOMER for code in codes)
