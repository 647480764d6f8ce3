"""One payment in a bank's books, and what the bank knows of it at an instant."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

Direction = Literal["credit", "debit"]
Day = date  # so that a field may be called `date`


class Party(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The far side; empty text is what the bank does not know."""

    name: str = ""
    inn: str = ""
    kpp: str = ""
    ico: str = ""
    account: str = ""
    bic: str = ""
    corr_account: str = ""
    bank_name: str = ""
    iban: str = ""


class Card(Struct, frozen=True, kw_only=True):
    """A purchase or cash by card; `spent` may be in another currency than the entry."""

    number_masked: str
    merchant: str
    city: str
    country: str
    spent: Decimal
    spent_currency: str
    authorised_at: datetime


class Revision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From `at` on the bank tells another purpose or kind; the amount never changes."""

    at: datetime
    purpose: str | None = None
    kind: str | None = None


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment as it is in the end; `told` says what of it is known at an instant.

    `date` is the bank day it is booked on, `at` the instant of the operation. The amount is
    positive, the direction seen from the account's owner. Kinds: payment_order, memo_order,
    bank_order, collection_order, card, fee, tax, salary, return, storno, acquiring, cash, interest.
    """

    bank_id: str
    date: Day
    at: datetime
    direction: Direction
    amount: Decimal
    currency: str
    purpose: str
    kind: str = "payment_order"
    document_number: str = ""
    document_date: Day | None = None
    value_date: Day | None = None
    counterparty: Party = Party()
    vs: str = ""
    ss: str = ""
    ks: str = ""
    end_to_end_id: str = ""
    card: Card | None = None
    booked_at: datetime | None = None  # pending until then; None is booked from the start
    visible_at: datetime | None = None  # enters the bank's books only then (late, older `date`)
    withdrawn_at: datetime | None = None  # leaves the books then, as if it had never been
    revisions: tuple[Revision, ...] = ()
    storno_of: str | None = None  # bank_id of the entry that this one takes back
    twin_of: str | None = None  # bank_id of an entry that looks the same and is another payment
    status: Literal["booked", "pending"] = "booked"  # as told; stored entries say "booked"

    @property
    def signed(self) -> Decimal:
        """The amount as it moves the balance."""
        return self.amount if self.direction == "credit" else -self.amount

    @property
    def known_from(self) -> datetime:
        """The instant from which the bank's books contain it, pending or booked."""
        return self.visible_at or self.at

    @property
    def restless(self) -> bool:
        """Whether what is told of it depends on the instant beyond having happened."""
        return bool(
            self.booked_at or self.visible_at or self.withdrawn_at or self.revisions,
        )


def told(entry: Entry, at: datetime, operation_day: Day) -> Entry | None:
    """The entry as the bank's books have it at an instant, None before or after its life.

    A pending entry stands on the day of the operation, since it has no booking day yet.
    """
    if at < entry.known_from or (entry.withdrawn_at is not None and at >= entry.withdrawn_at):
        return None
    shown = entry
    for revision in entry.revisions:
        if at >= revision.at:
            shown = msgspec.structs.replace(
                shown,
                purpose=shown.purpose if revision.purpose is None else revision.purpose,
                kind=shown.kind if revision.kind is None else revision.kind,
            )
    if entry.booked_at is not None and at < entry.booked_at:
        shown = msgspec.structs.replace(shown, status="pending", date=operation_day)
    return shown
