"""Rung 12: staying in.

An access token lives for minutes or hours, a refresh token for weeks or years, and neither asks
whether it is a good moment. Your `renew` gets a grant and gives back one that reads; all that the
old one knew (consent, permissions, your notes) is still in it. If your descriptor says that
refreshing replaces the refresh token, the new one is in the grant as well, for the old one may be
dead by now; if it comes back unchanged, it must still be good.

Then the product lives through some days with tokens dying all the time, and nobody notices.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from providers.contract import Grant
from schemas.connection import ConnectionStatus
from schemas.window import DAY, Window
from tests.ladder.climber import OWN, Climber, named
from tests.ladder.reader import Reader, rows
from tests.ladder.stage import Stage

pytestmark = pytest.mark.parametrize("climber", OWN, ids=named)

TOKEN_MINUTES = 20
DAYS_LIVED = 2


def carried(grant: Grant) -> tuple[object, ...]:
    """What a renewal has to carry on as it was."""
    return grant.consent_id, grant.notes, set(grant.permissions)


async def test_a_renewed_grant_reads_on(reader: Reader) -> None:
    """When the token is long dead, the grant that `renew` gives shows the same rows again."""
    await reader.open_account()
    window = Window(reader.today - 2 * DAY, reader.today - DAY)
    await reader.generate(window, 5)
    account = await reader.let_in()
    before, old = rows(await reader.entries(account, window)), reader.grant
    assert old.access_expires_at is not None
    reader.sandbox.clock.set_now(old.access_expires_at + timedelta(minutes=1))
    reader.grant = await reader.provider.renew(old, reader.now)

    assert reader.grant.access != old.access
    assert reader.grant.access_expires_at is not None
    assert reader.grant.access_expires_at > reader.now
    assert rows(await reader.entries(account, window)) == before
    assert carried(reader.grant) == carried(old)


async def test_a_renewal_can_be_renewed(climber: Climber, reader: Reader) -> None:
    """A chain is as long as the permission lives, whether refresh tokens rotate or stay."""
    await reader.open_account()
    await reader.let_in()
    used = [reader.grant.refresh]
    for _ in range(3):
        reader.sandbox.clock.advance(timedelta(minutes=30))
        reader.grant = await reader.provider.renew(reader.grant, reader.now)
        used.append(reader.grant.refresh)

    assert None not in used
    assert await reader.account()
    assert climber.bank.capabilities.refresh_rotates or len(set(used)) == 1


async def test_tokens_that_die_all_the_time_are_not_noticed(climber: Climber, stage: Stage) -> None:
    """Hourly visits and tokens of minutes: no code is ever shown, and the ledger is whole."""
    await stage.without_dice(climber.at, climber.fake.id)
    for bank in {climber.at, climber.fake.id}:
        await stage.behaviour(bank, access_token_minutes=TOKEN_MINUTES)
    await stage.behaviour(climber.at, delivery={"every_minutes": 0})
    company = await stage.company(climber.fake.country, {climber.at: [{}]})
    there = company["accounts"][0]
    today = stage.sandbox.clock.today(climber.fake.country)
    span = {"from": str(today - DAYS_LIVED * DAY), "to": str(today + DAYS_LIVED * DAY)}
    await stage.payments(there["iban"] or there["number"], **span, count=20)
    living = await stage.connect(climber.bank.id, company, history_days=3, schedule="hourly")
    await stage.live(timedelta(days=DAYS_LIVED))
    account = (await stage.accounts(living.id))[0]

    assert (await stage.connection(living.id)).status is ConnectionStatus.ACTIVE
    assert stage.told(set()) == set()
    assert await stage.differences(account) == {"lacking": [], "too_much": []}
