"""What is known of each day, and balances on any day."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import bindparam, func, select

from gateway.ledger.proof import Proof
from gateway.store.database import Tx
from gateway.store.tables import days, transactions
from schemas.coverage import DayState
from schemas.window import Window

D = days.c
T = transactions.c

_in = (
    select(
        D.day, D.state, D.opening, D.credits, D.debits, D.closing, D.credit_count, D.debit_count,
        D.reason,
    )
    .where(D.account_id == bindparam("account_id"))
    .where(D.day.between(bindparam("first"), bindparam("last")))
    .order_by(D.day)
)  # fmt: skip
_read = (
    select(D.day)
    .where(D.account_id == bindparam("account_id"), D.state != DayState.MISSING.value)
    .where(D.day.between(bindparam("first"), bindparam("last")))
    .order_by(D.day)
)
_edges = select(func.min(D.day), func.max(D.day)).where(
    D.account_id == bindparam("account_id"), D.state != DayState.MISSING.value
)
_closing_at = (
    select(D.day, D.closing)
    .where(D.account_id == bindparam("account_id"), D.state == DayState.PROVEN.value)
    .where(D.day == bindparam("day"))
)
_sums = (
    select(T.direction, func.sum(T.amount_minor))
    .where(T.account_id == bindparam("account_id"), T.gone == 0, T.status == "booked")
    .where(T.review != "rejected")
    .where(T.booking_date.between(bindparam("first"), bindparam("last")))
    .group_by(T.direction)
)


async def proofs(tx: Tx, account_id: str, span: Window) -> list[Proof]:
    """The known days of a span, oldest first; days of which nothing is known are not there."""
    rows = await tx.rows(
        _in, account_id=account_id, first=span.first.isoformat(), last=span.last.isoformat()
    )
    return [
        Proof(
            day=date.fromisoformat(row[0]),
            state=DayState(row[1]),
            opening=row[2],
            credits=row[3],
            debits=row[4],
            closing=row[5],
            credit_count=row[6],
            debit_count=row[7],
            reason=row[8],
        )
        for row in rows
    ]


async def read_days(tx: Tx, account_id: str, span: Window) -> list[Window]:
    """The runs of days within a span of which a complete reading has landed."""
    runs: list[Window] = []
    rows = await tx.rows(
        _read, account_id=account_id, first=span.first.isoformat(), last=span.last.isoformat()
    )
    for (text,) in rows:
        day = date.fromisoformat(text)
        if runs and runs[-1].last + timedelta(days=1) == day:
            runs[-1] = Window(runs[-1].first, day)
        else:
            runs.append(Window(day, day))
    return runs


async def edges(tx: Tx, account_id: str) -> Window | None:
    """From the oldest to the newest day that was read."""
    row = await tx.row(_edges, account_id=account_id)
    if row is None or row[0] is None:
        return None
    return Window(date.fromisoformat(row[0]), date.fromisoformat(row[1]))


async def proven_closing(tx: Tx, account_id: str, day: date) -> int | None:
    """The proven balance at the end of a day, in minor units."""
    row = await tx.row(_closing_at, account_id=account_id, day=day.isoformat())
    return row[1] if row else None


async def net(tx: Tx, account_id: str, span: Window) -> int:
    """Credits less debits of a span, in minor units; rejected rows do not count."""
    rows = await tx.rows(
        _sums, account_id=account_id, first=span.first.isoformat(), last=span.last.isoformat()
    )
    sums = {row[0]: int(row[1]) for row in rows}
    return sums.get("credit", 0) - sums.get("debit", 0)
