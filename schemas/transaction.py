"""A movement on an account: as a bank tells it, and as we tell it on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

Direction = Literal["credit", "debit"]
Status = Literal["booked", "pending"]
Review = Literal["new", "confirmed", "rejected"]


class Counterparty(Struct, frozen=True, gc=False):
    """The far side, as far as the bank tells it."""

    name: str | None = None
    inn: str | None = None
    kpp: str | None = None
    account: str | None = None
    iban: str | None = None
    bic: str | None = None
    bank_name: str | None = None


class Symbols(Struct, frozen=True, gc=False):
    """Slovak payment symbols; text, since leading zeros are written."""

    variable: str | None = None
    specific: str | None = None
    constant: str | None = None


NO_SYMBOLS = Symbols()
NOBODY = Counterparty()


class Entry(Struct, frozen=True, gc=False):
    """One movement as a bank told it, in our words.

    `amount` is positive; `direction` is seen from the owner: credit raises the balance. `key` is
    the bank's own stable id of the movement, empty where it has none. `operation_at` is an aware
    instant or None where the bank knows only the day. The order of the fields is part of the
    contract: the banks' translations give them by place, which costs a quarter of giving them by
    name.
    """

    key: str
    direction: Direction
    amount: Decimal
    currency: str
    booking_date: date
    value_date: date | None = None
    operation_at: datetime | None = None
    document_number: str | None = None
    document_date: date | None = None
    kind: str | None = None
    purpose: str = ""
    counterparty: Counterparty = NOBODY
    bank_ids: dict[str, str] = {}
    status: Status = "booked"
    symbols: Symbols = NO_SYMBOLS
    end_to_end_id: str | None = None
    reverses: str | None = None
    """The bank's id of the movement that this one takes back, where the bank says so."""


class Transaction(Struct, frozen=True, kw_only=True):
    """One movement as `/v1/transactions` shows it; the amount is an unsigned decimal string."""

    id: str
    account_id: str
    status: Status
    direction: Direction
    amount: str
    currency: str
    booking_date: date
    value_date: date | None
    operation_at: datetime | None
    received_at: datetime
    document_number: str | None
    document_date: date | None
    kind: str | None
    purpose: str
    counterparty: Counterparty
    symbols: Symbols
    end_to_end_id: str | None
    bank_ids: dict[str, str]
    review: Review
    reversal_of: str | None
    version: int
