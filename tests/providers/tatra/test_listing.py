"""The list of accounts says whose each is and what may be relied on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from providers.contract import Grant, Refused
from providers.tatra import listing, wire
from providers.tatra.provider import Tatra
from schemas.account import Balance, FoundAccount, Owner
from schemas.codes import Code
from tests.providers.tatra.script import Script, fixture


def told(**fields: Any) -> wire.Account:
    plain = {"accountId": "a", "accountReference": {"iban": "SK1", "currency": "EUR"}, **fields}
    return msgspec.json.decode(msgspec.json.encode(plain), type=wire.Account)


async def test_accounts_of_several_banks_are_listed(
    tatra: Tatra, script: Script, grant: Grant, now: datetime
) -> None:
    """One connection carries several banks and currencies, each with its own expiry."""
    script.says("GET /v3/accounts", fixture("accounts.json"))

    found = await tatra.accounts(grant, now)

    copied = datetime(2026, 5, 12, 5, 42, 10, tzinfo=UTC)
    assert found == (
        FoundAccount(
            reference="6a1f0c8e-5b1d-4f0f-9a64-2d1c7b0e9a55",
            iban="SK6875000000004001122334",
            bic="CEKOSKBX",
            bank_name="CSOB",
            linked_bank="csob",
            currency="EUR",
            kind="current",
            name="Bezny ucet",
            owner=Owner(name="Firma Vzor s.r.o."),
            balances=(
                Balance("available", Decimal("9120.75"), "credit", "EUR", copied),
                Balance("booked", Decimal("312.40"), "credit", "EUR", copied),
            ),
            consent_expires_at=datetime(2026, 9, 30, 22, tzinfo=UTC),
            data_as_of=copied,
            settles=False,
            reads_per_day=4,
        ),
        FoundAccount(
            reference="0d5e2f31-8a1a-4f0f-9a64-2d1c7b0e9a56",
            iban="SK9611000000002949876543",
            bic="TATRSKBX",
            bank_name="Tatra banka",
            currency="EUR",
            kind="current",
            name="BusinessUcet",
            owner=Owner(name="Firma Vzor s.r.o."),
            balances=(Balance("booked", Decimal("20.50"), "debit", "EUR", now),),
            provable=True,
        ),
        FoundAccount(
            reference="0d5e2f31-8a1a-4f0f-9a64-2d1c7b0e9a57",
            iban="SK5511000000002611111111",
            bic="TATRSKBX",
            bank_name="Raiffeisen banka",
            linked_bank="raiffeisen",
            currency="CZK",
            kind="current",
            owner=Owner(name="Firma Vzor s.r.o."),
            status="blocked",
            unfit=Code.CONSENT_EXPIRED,
            consent_expires_at=datetime(2026, 5, 11, 22, tzinfo=UTC),
            data_as_of=datetime(2026, 5, 9, 22, tzinfo=UTC),
            settles=False,
            reads_per_day=4,
        ),
        FoundAccount(
            reference="0d5e2f31-8a1a-4f0f-9a64-2d1c7b0e9a58",
            iban="SK3109000000005012345678",
            linked_bank="slsp",
            currency="EUR",
            kind="current",
            status="closed",
            unfit=Code.ACCOUNT_CLOSED,
            balances=(
                Balance(
                    "booked",
                    Decimal("0.00"),
                    "credit",
                    "EUR",
                    datetime(2026, 5, 1, 22, tzinfo=UTC),
                ),
            ),
            consent_expires_at=datetime(2026, 8, 1, 8, tzinfo=UTC),
            settles=False,
            reads_per_day=4,
        ),
    )
    assert script.queries("GET /v3/accounts") == [{"withBalance": "true"}]


@pytest.mark.parametrize(
    ("fields", "bank"),
    [
        ({"bankCode": "1100", "bankName": "Tatra banka, a.s."}, "tatra"),
        ({"bankCode": "1100", "bankName": "RAIFFEISEN BANKA"}, "raiffeisen"),
        ({"bankCode": "RBSK"}, "raiffeisen"),
        ({"bankCode": "1100"}, "tatra"),
        ({"bankName": "Československá obchodná banka"}, "csob"),
        ({"bankCode": "5200"}, "csob"),
        ({"bankName": "Slovenská sporiteľňa"}, "slsp"),
        ({"bankCode": "8330"}, "fio"),
        ({"bankName": "VÚB banka"}, "vub"),
        ({"bic": "TATRSKBX"}, "tatra"),
        ({"bankCode": "1111", "bankName": "UniCredit"}, "1111"),
        ({}, "other"),
    ],
)
def test_the_keeper_is_named_by_code_and_name(fields: dict[str, str], bank: str) -> None:
    """Raiffeisen shares Tatra's code, BIC and so its IBANs; only the name tells them apart."""
    account = told(**fields, accountReference={"iban": "SK9611000000002949876543"})

    assert listing.keeper(account, own_only=False) == bank


def test_a_final_consumer_sees_own_accounts_only(now: datetime) -> None:
    """There no bank needs naming, so a list without names is Tatra's."""
    assert listing.found(told(), now, own_only=True).linked_bank is None


def test_balances_do_not_depend_on_their_order(now: datetime) -> None:
    """A live client once showed a far smaller balance, since it took the first."""
    both = [
        {"balanceType": name, "balanceAmount": {"currency": "EUR", "amount": amount}}
        for name, amount in (("interimAvailable", 9), ("interimBooked", 3))
    ]
    forth = listing.found(told(balances=both), now, own_only=True)
    back = listing.found(told(balances=both[::-1]), now, own_only=True)

    assert forth.balances == back.balances


def test_an_account_without_any_currency_is_listed_and_unfit(now: datetime) -> None:
    """One odd account must not hide the others of its connection."""
    found = listing.found(told(accountReference={"iban": "SK1"}), now, own_only=True)

    assert (found.currency, found.unfit) == ("XXX", Code.BANK_FORMAT_CHANGED)


@pytest.mark.parametrize(
    "odd",
    [
        {"consentExpirationDate": "soon"},
        {"consentExpirationDate": "9999-12-31"},
        {"dateUpdated": "12.05.2026"},
        {"balances": [{"balanceAmount": {"currency": "EUR", "amount": "NaN"}}]},
        {"balances": [{"balanceAmount": {"currency": "??", "amount": 1}}]},
    ],
)
def test_values_that_cannot_be_are_refused(odd: dict[str, Any], now: datetime) -> None:
    """The account is named by four digits, the value not at all."""
    account = told(accountReference={"iban": "SK9611000000002949876543", "currency": "EUR"}, **odd)

    with pytest.raises(Refused) as refused:
        listing.found(account, now, own_only=True)

    assert (refused.value.code, refused.value.evidence["account"]) == (
        Code.BANK_FORMAT_CHANGED,
        "…6543",
    )
