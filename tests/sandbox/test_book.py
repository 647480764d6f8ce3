"""Books add up at every instant, whatever is pending, late, changed or withdrawn."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from sandbox.book import Book
from sandbox.clock import bank_day
from sandbox.entry import Entry, Revision

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AFTER = START + timedelta(days=400)


def an_entry(
    bank_id: str, at: datetime, amount: str, direction: str = "credit", **more: object
) -> Entry:
    words: dict[str, object] = {"purpose": "x", "currency": "RUB", "date": bank_day(at, "RU")}
    return Entry(
        bank_id=bank_id, at=at, amount=Decimal(amount), direction=direction, **(words | more)
    )  # type: ignore[arg-type] # words are fields of Entry


def test_a_payment_ahead_of_the_clock_is_not_in_the_books_yet() -> None:
    """Payments may be put in for tomorrow; the bank does not know them today."""
    book = Book("RU", Decimal(100))
    book.add([an_entry("1", START, "10"), an_entry("2", START + timedelta(hours=3), "5")])
    now = START + timedelta(hours=1)

    assert [row.bank_id for row in book.told(START.date(), START.date(), now)] == ["1"]
    assert book.balance(START.date(), now) == Decimal(110)
    assert book.balance(START.date(), LONG_AFTER) == Decimal(115)


def test_a_pending_row_moves_the_balance_only_when_booked() -> None:
    """It stands on the day it happened while pending, on the booking day afterwards."""
    booked = START + timedelta(days=2)
    row = an_entry("1", START, "40", "debit", booked_at=booked, date=booked.date())
    book = Book("RU", Decimal(100))
    book.add([row])
    before, after = booked - timedelta(hours=1), booked

    assert [(r.status, r.date) for r in book.told(START.date(), booked.date(), before)] == [
        ("pending", START.date())
    ]
    assert book.balance(booked.date(), before) == Decimal(100)
    assert [(r.status, r.date) for r in book.told(START.date(), booked.date(), after)] == [
        ("booked", booked.date())
    ]
    assert book.balance(booked.date(), after) == Decimal(60)
    assert book.balance(START.date(), after) == Decimal(100)


def test_a_late_row_changes_an_older_day_when_it_comes() -> None:
    """Card rows are booked with an older date; a reader of old days must meet that."""
    comes = START + timedelta(days=3)
    book = Book("RU", Decimal(0))
    book.add([an_entry("1", START, "7", visible_at=comes)])

    assert book.balance(START.date(), comes - timedelta(seconds=1)) == Decimal(0)
    assert book.balance(START.date(), comes) == Decimal(7)


def test_a_revision_changes_words_and_a_withdrawal_removes() -> None:
    """The same bank id tells another purpose from an instant on, and may go for good."""
    changed, gone = START + timedelta(hours=1), START + timedelta(hours=2)
    row = an_entry(
        "1",
        START,
        "7",
        revisions=(Revision(at=changed, purpose="y", kind="tax"),),
        withdrawn_at=gone,
    )
    book = Book("RU", Decimal(0))
    book.add([row])
    day = START.date()

    assert [(r.purpose, r.kind) for r in book.told(day, day, START)] == [("x", "payment_order")]
    assert [(r.purpose, r.kind) for r in book.told(day, day, changed)] == [("y", "tax")]
    assert book.told(day, day, gone) == []
    assert book.balance(day, gone) == Decimal(0)


def test_an_entry_of_a_known_id_replaces() -> None:
    """The control plane corrects a payment by its bank id."""
    book = Book("RU", Decimal(0))
    book.add([an_entry("1", START, "7")])
    book.add([an_entry("1", START, "8", visible_at=START + timedelta(hours=1))])
    book.add([an_entry("1", START + timedelta(days=1), "9")])

    assert len(book) == 1
    assert book.balance(date(2026, 12, 31), LONG_AFTER) == Decimal(9)


@pytest.mark.parametrize("seed", range(6))
def test_every_day_chains_to_the_next_at_every_instant(seed: int) -> None:
    """Opening + credits - debits = closing = the next opening, on which proofs are built."""
    rng = Random(seed)
    book = Book("RU", Decimal(1000))
    for number in range(120):
        at = START + timedelta(hours=rng.randrange(24 * 20))
        turns: dict[str, object] = {}
        if rng.random() < 0.2:
            booked = at + timedelta(days=rng.randrange(1, 4))
            turns = {"booked_at": booked, "date": bank_day(booked, "RU")}
        elif rng.random() < 0.2:
            turns = {"visible_at": at + timedelta(days=rng.randrange(1, 5))}
        elif rng.random() < 0.1:
            turns = {"withdrawn_at": at + timedelta(days=1)}
        way = rng.choice(("credit", "debit"))
        book.add([an_entry(str(number), at, str(rng.randrange(1, 500)), way, **turns)])
    for hours in range(0, 24 * 26, 17):
        at = START + timedelta(hours=hours)
        days = [START.date() + timedelta(days=n) for n in range(27)]
        chain = [book.turnovers(day, day, at) for day in days]
        whole = book.turnovers(days[0], days[-1], at)

        assert [one.closing for one in chain[:-1]] == [one.opening for one in chain[1:]]
        assert [one.closing for one in chain] == [book.balance(day, at) for day in days]
        assert (whole.opening, whole.closing) == (chain[0].opening, chain[-1].closing)
        assert whole.credit_count == sum(one.credit_count for one in chain)
