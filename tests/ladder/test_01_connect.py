"""Rung 1: getting in.

Hello, and thank you for adding a bank. You are on the lowest rung of a ladder that every bank of
`providers.BANKS` climbs, and which of the rungs are yours is chosen by what your descriptor says
the bank can do, never by its name. Begin with a descriptor that states nothing, come back here
after each verb that you write, and switch a capability on when you want its rung:

    .venv/bin/pytest tests/ladder -k <your bank>

Nothing is stubbed. Your adapter speaks HTTP with the fake bank that somebody else wrote from the
same papers. So when a rung gives way, do not ask first how to make it hold: ask which of the two of
you has misread the paper, and mend that side.

This rung wants little. The customer says yes, and we are in; the account that he has is listed with
the currency that it has; his no is a refusal that the catalogue knows, and never a grant.
"""

from __future__ import annotations

import msgspec
import pytest

from providers.contract import Grant, Refused
from schemas.cases import Actor, case
from tests.ladder.climber import CLIMBERS, named
from tests.ladder.reader import Reader

pytestmark = pytest.mark.parametrize("climber", CLIMBERS, ids=named)


async def test_a_customer_says_yes_and_his_account_is_listed(reader: Reader) -> None:
    """The account is found again by the number that the customer knows, and it can be read."""
    await reader.open_account()
    account = await reader.let_in()
    told = reader.company["accounts"][0]

    assert (account.currency, account.unfit) == (told["currency"], None)
    assert account.status == "open"
    assert account.owner.inn in {None, reader.company["inn"]}
    assert account.owner.ico in {None, reader.company["ico"]}


async def test_listing_again_shows_the_same_accounts(reader: Reader) -> None:
    """What identifies an account does not depend on when it is asked for, nor on its place."""
    await reader.open_account()
    await reader.let_in()
    first = await reader.provider.accounts(reader.grant, reader.now)
    again = await reader.provider.accounts(reader.grant, reader.now)

    assert {(one.number, one.iban, one.currency) for one in first} == {
        (one.number, one.iban, one.currency) for one in again
    }
    assert len(first) == len({one.number or one.iban for one in first})


async def test_what_a_grant_remembers_is_whole(reader: Reader) -> None:
    """It is sealed, put away, and read by another process after a restart; instants are aware."""
    await reader.open_account()
    await reader.let_in()
    sealed = msgspec.json.encode(reader.grant)

    assert msgspec.json.decode(sealed, type=Grant) == reader.grant
    assert reader.grant.access
    assert reader.grant.access_expires_at is None or reader.grant.access_expires_at > reader.now


async def test_a_customer_who_says_no_is_heard(reader: Reader) -> None:
    """His no is a refusal that the catalogue knows, whoever must act then; never a grant."""
    await reader.open_account()
    with pytest.raises(Refused) as refused:
        await reader.let_in("refuse")

    assert case(refused.value.code).actor is Actor.CUSTOMER
