"""Accounts, balances and owners from Tochka's words to ours; pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from providers.tochka import wire
from providers.tochka.bank import NAME
from providers.tochka.translate import (
    MOSCOW,
    OLDEST,
    currency_of,
    instant,
    number,
    possible,
)
from schemas.account import AccountStatus, Balance, BalanceType, FoundAccount, Owner
from schemas.codes import Code
from schemas.numbers import account as account_number
from schemas.numbers import inn, kpp

ACCOUNT_STATUSES: dict[str | None, tuple[AccountStatus, str | None]] = {
    "Enabled": ("open", None),
    "Disabled": ("blocked", None),
    "Deleted": ("closed", Code.ACCOUNT_CLOSED.value),
    # the bank is still opening these: nothing can be read yet
    "ProForma": ("blocked", Code.BANK_CONFIRMATION_PENDING.value),
    "Pending": ("blocked", Code.BANK_CONFIRMATION_PENDING.value),
}

# Kinds that are told by the sub-type; of a current account the number knows more.
UNFIT_KINDS = {
    "CreditCard": "credit_card",
    "Loan": "loan",
    "Mortgage": "loan",
    "PrePaidCard": "personal_card",
    "Savings": "deposit",
}

# `Expected` is the sum of what is blocked and `OverdraftAvailable` a limit: neither is a balance.
BALANCES: dict[str, BalanceType] = {"OpeningAvailable": "booked", "ClosingAvailable": "available"}


def balances(theirs: Sequence[wire.Balance]) -> dict[str, tuple[Balance, ...]]:
    """Balances by the account's 20 digits.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` with the path of a balance that cannot be.
    """
    found: dict[str, tuple[Balance, ...]] = defaultdict(tuple)
    for place, told in enumerate(theirs):
        kind = BALANCES.get(told.type)
        if kind is None:
            continue
        where = f"$.Data.Balance[{place}].Amount"
        amount = told.amount.amount
        currency = currency_of(told.amount.currency, f"{where}.currency")
        possible(amount, currency, f"{where}.amount")
        as_of = instant(told.date_time)
        assert as_of is not None
        found[number(told.account_id)] += (
            Balance(kind, abs(amount), "debit" if amount < 0 else "credit", currency, as_of),
        )
    return found


def owner(theirs: wire.Customer | None) -> Owner:
    """The company under its short name, where it has one."""
    if theirs is None:
        return Owner()
    return Owner(
        name=theirs.short_name or theirs.full_name or None,
        inn=inn.known(theirs.tax_code),
        kpp=kpp.known(theirs.kpp),
    )


def of_no_business(theirs: wire.Account) -> bool:
    """Whether it is a kind of account that has no statements for a company."""
    return theirs.account_sub_type in UNFIT_KINDS or theirs.account_type == "Personal"


def account(
    theirs: wire.Account,
    *,
    place: int,
    owners: Mapping[str, Owner],
    ours: str | None,
    balances: Mapping[str, tuple[Balance, ...]],
    ends: datetime | None = None,
) -> FoundAccount:
    """An account with whatever keeps it from being read; `ours` is the company we are here for.

    `ends` is when the customer's consent does.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` where the currency is none.
    """
    own = number(theirs.account_id)
    status, unfit = ACCOUNT_STATUSES.get(theirs.status, ("open", None))
    kind = UNFIT_KINDS.get(theirs.account_sub_type or "")
    if of_no_business(theirs):
        unfit = Code.ACCOUNT_KIND_NOT_SUPPORTED.value
    elif ours and theirs.customer_code and theirs.customer_code != ours:
        unfit = Code.ACCOUNT_OF_OTHER_ORGANISATION.value
    changed = instant(theirs.status_update_date_time)
    opened = theirs.registration_date
    if opened is not None and opened < OLDEST:
        opened = None
    return FoundAccount(
        reference=theirs.account_id,
        number=own,
        bic=theirs.account_id.partition("/")[2] or None,
        bank_name=NAME,
        currency=currency_of(theirs.currency, f"$.Data.Account[{place}].currency"),
        kind=kind or _kind_of(own, theirs.account_sub_type),
        owner=owners.get(theirs.customer_code or "", Owner()),
        status=status,
        unfit=unfit,
        balances=balances.get(own, ()),
        opened_on=opened,
        closed_on=(changed.astimezone(MOSCOW).date() if changed and status == "closed" else None),
        earliest=opened,
        consent_expires_at=ends,
        provable=True,
    )


def _kind_of(own: str, sub_type: str | None) -> str:
    """What the first digits say; where they say nothing, the bank's sub-type."""
    told = account_number.kind(own)
    if told is not account_number.AccountKind.OTHER:
        return told.value
    return "special" if sub_type == "Special" else account_number.AccountKind.SETTLEMENT.value
