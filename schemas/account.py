"""Accounts and what is on them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

AccountStatus = Literal["open", "blocked", "closed"]
BalanceType = Literal["booked", "available", "expected"]
Sign = Literal["credit", "debit"]


class Owner(Struct, frozen=True):
    """Whose account it is, as the bank says it; INN and KPP exist in Russia, ICO in Slovakia."""

    name: str | None = None
    inn: str | None = None
    kpp: str | None = None
    ico: str | None = None


class Balance(Struct, frozen=True):
    """One figure on one account; the amount is unsigned and `sign` says whose favour it is in."""

    type: BalanceType
    amount: Decimal
    sign: Sign
    currency: str
    as_of: datetime


class FoundAccount(Struct, frozen=True, kw_only=True):
    """An account as the bank lists it at this moment.

    `reference` is the bank's own handle, good for calls now and not for identity: Tatra banka
    changes it with every consent. `unfit` is the code of the reason why it cannot be read.
    """

    reference: str
    number: str | None = None
    iban: str | None = None
    bic: str | None = None
    bank_name: str | None = None
    linked_bank: str | None = None
    currency: str
    kind: str
    name: str | None = None
    owner: Owner = Owner()
    status: AccountStatus = "open"
    unfit: str | None = None
    balances: tuple[Balance, ...] = ()
    opened_on: date | None = None
    closed_on: date | None = None
    earliest: date | None = None
    """The oldest day that the bank will tell of this account, where it says so."""
    consent_expires_at: datetime | None = None
    """Expiry of this account's own link, where it differs from the connection's."""
    data_as_of: datetime | None = None
    """How old the bank's own copy is, where the account is kept elsewhere."""
    provable: bool = False
    """The bank gives figures that prove this account's days."""
    settles: bool = True
    """False where an answer that looks whole may still grow: history is read until it is still."""
    reads_per_day: int | None = None
