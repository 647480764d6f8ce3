"""Which accounts there are, and why some cannot be read."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from providers.contract import Grant, Refused
from providers.sber.bank import Settings
from providers.sber.provider import Sber
from providers.transport import Wire
from schemas.account import FoundAccount, Owner
from schemas.codes import Code
from tests.providers.sber.conftest import FIXTURES, Script

USER = "/v2/oauth/user-info"
CLIENT = "/v1/client-info"
SUMMARY = "/v2/statement/summary"
USER_INFO = json.loads((FIXTURES / "user_info.json").read_bytes())
OWNER = Owner(name='ООО "Лесной Причал"', inn="7709123453", kpp="770901001")


@pytest.fixture
def bank(script: Script) -> Script:
    script.says(USER, USER_INFO)
    script.says(CLIENT, "client_info")
    script.says(SUMMARY, "summary")
    return script


async def test_every_account_is_listed_with_the_reason_why_not(
    bank: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """Support answers "where is my account" from this list, so nothing is left out of it."""
    named = msgspec.structs.replace(
        grant, notes={**grant.notes, "expected": "40702810938000007777"}
    )

    found = await sber.accounts(named, now)

    assert [(a.number, a.kind, a.currency, a.status, a.unfit) for a in found] == [
        ("40702810938000012345", "settlement", "RUB", "open", None),
        ("40702840938000054821", "settlement", "USD", "blocked", None),
        ("42102810938000000077", "deposit", "RUB", "open", Code.ACCOUNT_KIND_NOT_SUPPORTED),
        ("40702810938000000088", "settlement", "RUB", "closed", Code.ACCOUNT_CLOSED),
        ("40702810938000000099", "settlement", "RUB", "open", Code.ACCOUNT_NOT_IN_OFFER),
        ("40802810938000000011", "sole_proprietor", "RUB", "open", None),
        ("40702810938000007777", "settlement", "RUB", "open", Code.ACCOUNT_NOT_IN_OFFER),
    ]
    assert bank.asked(SUMMARY)[0]["statementDate"] == "2026-03-20"


async def test_an_account_carries_what_the_bank_tells(
    bank: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """Names, dates and the owner stand in client-info, the balance in today's summary."""
    found = (await sber.accounts(grant, now))[0]

    assert msgspec.structs.replace(found, balances=()) == FoundAccount(
        reference="40702810938000012345",
        number="40702810938000012345",
        bic="044525225",
        bank_name="ПАО Сбербанк",
        currency="RUB",
        kind="settlement",
        name="Основной",
        owner=OWNER,
        opened_on=date(2021, 4, 12),
        provable=True,
        settles=True,
    )
    assert [(b.type, b.amount, b.sign) for b in found.balances] == [
        ("booked", Decimal("1049659.89"), "credit")
    ]
    assert bank.answers[CLIENT]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, b""),
        (404, {"cause": "DATA_NOT_FOUND"}),
        (400, {"cause": "WORKFLOW_FAULT"}),
        (500, b""),
    ],
)
async def test_a_balance_is_not_worth_failing_for(
    *, bank: Script, sber: Sber, grant: Grant, now: datetime, status: int, body: Any
) -> None:
    """Before three in the morning and while a day is formed there is none."""
    bank.says(SUMMARY, body, status=status)

    found = await sber.accounts(grant, now)

    assert found[0].balances == ()


async def test_an_account_that_only_the_offer_names_is_listed(
    bank: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """client-info may lag behind the offer; what the customer ticked is what counts."""
    bank.says(CLIENT, {"accounts": []})

    found = await sber.accounts(grant, now)

    assert [(a.number, a.currency, a.bic, a.unfit) for a in found] == [
        ("40702810938000012345", "RUB", "044525225", None),
        ("40702840938000054821", "USD", "044525225", None),
        ("40802810938000000011", "RUB", "044525225", None),
    ]


async def test_whatever_was_typed_for_an_account_can_be_explained(
    bank: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """A slip in the number is not in the offer either, and must not stop the rest."""
    typed = msgspec.structs.replace(grant, notes={**grant.notes, "expected": "407"})

    found = await sber.accounts(typed, now)

    assert bank.asked(USER) == [{}]
    assert (found[-1].number, found[-1].unfit) == ("407", Code.ACCOUNT_NOT_IN_OFFER)


@pytest.mark.parametrize(
    ("contract", "readable"),
    [
        ("platform", {"calculated"}),
        ("holding", {"calculated", "transit", "specialTransit"}),
        ("company", {"calculated", "transit", "specialTransit", "deposit"}),
    ],
)
async def test_the_contract_decides_which_kinds_have_statements(
    *,
    bank: Script,
    settings: Settings,
    line: Wire,
    grant: Grant,
    now: datetime,
    contract: str,
    readable: set[str],
) -> None:
    """Partners see settlement accounts only, companies their deposits as well."""
    kinds = ["calculated", "transit", "specialTransit", "deposit", "loan", "budget"]
    kinds.append("assuranceRegistration")
    numbers = {f"4070281093800000{place:04}": kind for place, kind in enumerate(kinds)}
    listed = [{"number": n, "currencyCode": "810", "type": kind} for n, kind in numbers.items()]
    bank.says(CLIENT, {"accounts": listed})
    bank.says(USER, {**USER_INFO, "accounts": [{"accountNumber": n} for n in numbers]})
    provider = Sber(msgspec.structs.replace(settings, contract=contract), line)

    found = await provider.accounts(grant, now)

    assert {numbers[a.reference] for a in found if a.unfit is None} == readable


async def test_an_offer_taken_back_is_noticed_before_the_accounts(
    bank: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """An empty list would look as if the customer had no accounts; the renewal tells the rest."""
    bank.says(USER, {**USER_INFO, "accounts": []})

    with pytest.raises(Refused) as refused:
        await sber.accounts(grant, now)

    assert refused.value.code is Code.OFFER_NOT_SIGNED


@pytest.mark.parametrize(
    "field", [{"currencyCode": "rouble"}, {"openDate": "0001-01-01"}, {"number": "x"}]
)
async def test_an_account_that_cannot_be_is_refused_with_its_place(
    bank: Script, sber: Sber, grant: Grant, now: datetime, field: dict[str, str]
) -> None:
    """Money in no currency cannot be counted."""
    bank.says(
        CLIENT, {"accounts": [{"number": "40702810938000012345", "currencyCode": "", **field}]}
    )

    with pytest.raises(Refused) as refused:
        await sber.accounts(grant, now)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert refused.value.evidence["where"].startswith("$.accounts[0]")
