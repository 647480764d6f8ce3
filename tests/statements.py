"""What a bank tells, in few words: rows, days with figures, and landing them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from gateway.ledger.landing import tell_all
from gateway.store.database import Database
from gateway.store.landing import Landed, Place, land
from schemas.statement import Figures, Piece
from schemas.transaction import Counterparty, Direction, Entry, Status
from schemas.window import Window

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FIRST = date(2026, 11, 1)


def day(number: int) -> date:
    """The day so many days after the first."""
    return FIRST + timedelta(days=number)


def days(first: int, last: int | None = None) -> Window:
    """A window by the numbers of its days."""
    return Window(day(first), day(first if last is None else last))


def entry(
    key: str,
    on: int = 0,
    amount: str = "10.00",
    direction: Direction = "credit",
    *,
    purpose: str = "rent",
    status: Status = "booked",
    account: str | None = "40702810000000000001",
    reverses: str | None = None,
) -> Entry:
    """One row as a bank tells it."""
    return Entry(
        key=key,
        status=status,
        direction=direction,
        amount=Decimal(amount),
        currency="RUB",
        booking_date=day(on),
        purpose=purpose,
        counterparty=Counterparty(account=account),
        reverses=reverses,
    )


def figures(
    span: Window, rows: Iterable[Entry], opening: str = "0", *, turnovers: bool = True
) -> Figures:
    """The bank's own figures for a span, by the rows that are truly in it."""
    inside = [row for row in rows if row.booking_date in span and row.status == "booked"]
    came = sum((row.amount for row in inside if row.direction == "credit"), Decimal(0))
    went = sum((row.amount for row in inside if row.direction == "debit"), Decimal(0))
    closing = Decimal(opening) + came - went
    if not turnovers:
        return Figures(first=span.first, last=span.last, opening=Decimal(opening), closing=closing)
    return Figures(
        first=span.first,
        last=span.last,
        opening=Decimal(opening),
        closing=closing,
        credits=came,
        debits=went,
        credit_count=sum(1 for row in inside if row.direction == "credit"),
        debit_count=sum(1 for row in inside if row.direction == "debit"),
    )


def reading(span: Window, rows: Sequence[Entry], *stated: Figures) -> Piece:
    """A complete reading of a span: its rows, and the figures that came with them."""
    inside = tuple(row for row in rows if row.booking_date in span)
    return Piece(covers=span, entries=inside, figures=stated)


def place(
    tenant_id: str,
    account_id: str,
    *,
    misses_to_remove: int = 1,
    pending: bool = False,
) -> Place:
    """Where to land."""
    return Place(tenant_id, account_id, "RUB", misses_to_remove, pending)


async def landed(database: Database, where: Place, piece: Piece, now: datetime = NOW) -> Landed:
    """Land a piece in a transaction of its own."""
    told = tell_all(piece.entries)
    return await database.write(lambda tx: land(tx, where, piece, told, now))
